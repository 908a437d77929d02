"""Facts about a client as its card shows them."""

from __future__ import annotations

import dataclasses
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from contacts.forms import GROUPS, LANGUAGE_CHOICES
from contacts.models import Company, Contact
from core import formats

CONTACT_FACTS = (
    "name_parts", "position", "kind", "source", "owner", "tags", "language", "time_zone", "consent", "comment",
)  # fmt: skip
COMPANY_FACTS = (
    "client_type", "industry", "site", "address", "potential", "turnover", "headcount", "head_company", "source",
    "owner", "tags", "comment",
)  # fmt: skip
EDITED_IN_PLACE = {Contact: ("name", *CONTACT_FACTS), Company: ("name", *COMPANY_FACTS)}


@dataclasses.dataclass(frozen=True, slots=True)
class Fact:
    """One line of the card: label and value; `url` makes the value a link."""

    name: str
    label: str
    text: str
    url: str = ""
    is_long: bool = False


def facts_of(client: Contact | Company) -> list[Fact]:
    """List the facts of a card in their order."""
    names = CONTACT_FACTS if isinstance(client, Contact) else COMPANY_FACTS
    return [fact_of(client, name) for name in names]


def fact_of(client: Contact | Company, name: str) -> Fact:
    """Make one fact."""
    text = _TEXTS.get(name, _plain)(client, name)
    url = _site_url(text) if name == "site" and text else ""
    return Fact(name, label_of(client, name), text, url, is_long=name == "comment")


def label_of(client: Contact | Company, name: str) -> str:
    """Name a fact."""
    own = {"name_parts": _("Full name"), "consent": _("Consent")}
    if name in own:
        return own[name]
    field: Any = client._meta.get_field(GROUPS.get(name, (name,))[0])
    return capfirst(str(field.verbose_name))


def _plain(client: Any, name: str) -> str:
    value = getattr(client, name)
    return "" if value is None else str(value)


def _choice(client: Any, name: str) -> str:
    return str(getattr(client, f"get_{name}_display")())


def _tags(client: Any, name: str) -> str:
    return ", ".join(client.tags)


def _parts(client: Any, name: str) -> str:
    return " ".join(part for part in (client.last_name, client.first_name, client.middle_name) if part)


def _consent(client: Any, name: str) -> str:
    return formats.exact(client.consented_at) if client.consented_at else ""


def _language(client: Any, name: str) -> str:
    return str(dict(LANGUAGE_CHOICES).get(client.language, client.language)) if client.language else ""


def _zone(client: Any, name: str) -> str:
    return str(client.time_zone).replace("_", " ")


def _potential(client: Any, name: str) -> str:
    if client.potential is None:
        return ""
    how = _("regular") if client.is_potential_regular else _("one-off")
    return f"{formats.money(client.potential, client.currency)}, {how}"


def _turnover(client: Any, name: str) -> str:
    return formats.money(client.turnover, client.currency)


def _headcount(client: Any, name: str) -> str:
    return formats.number(client.headcount)


def _site_url(text: str) -> str:
    return text if text.startswith(("http://", "https://")) else f"https://{text}"


_TEXTS: dict[str, Any] = {
    "client_type": _choice,
    "tags": _tags,
    "name_parts": _parts,
    "consent": _consent,
    "language": _language,
    "time_zone": _zone,
    "potential": _potential,
    "turnover": _turnover,
    "headcount": _headcount,
}
