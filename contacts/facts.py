"""Facts about a client as its card shows them."""

from __future__ import annotations

import dataclasses
from typing import Any

from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from contacts import categories
from contacts.forms import GROUPS, LANGUAGE_CHOICES
from contacts.models import Company, Contact
from core import formats

CONTACT_FACTS = (
    "name_parts", "position", "kind", "city", "source", "owner", "tags", "language", "time_zone", "consent", "comment",
)  # fmt: skip
COMPANY_FACTS = (
    "client_type", "industry", "potential", "turnover", "headcount", "site", "city", "address", "head_company", "source",
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
    is_own: bool = False  # the link leads to a page of ours


def facts_of(client: Contact | Company) -> list[Fact]:
    """List the facts of a card in their order."""
    names = CONTACT_FACTS if isinstance(client, Contact) else COMPANY_FACTS
    return [fact_of(client, name) for name in names]


def fact_of(client: Contact | Company, name: str) -> Fact:
    """Make one fact."""
    text = _TEXTS.get(name, _plain)(client, name)
    url = _url_of(client, name, text) if text else ""
    label = label_of(client, name)
    return Fact(name, label, text, url, is_long=name == "comment", is_own=name == "head_company")


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


def _category(client: Any, name: str) -> str:
    return categories.label_of(name, getattr(client, name))


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


def _url_of(client: Any, name: str, text: str) -> str:
    """Where a value leads: to the site, to the head company's card."""
    if name == "site":
        return site_url(text)
    return reverse("contacts:company_detail", args=[client.head_company_id]) if name == "head_company" else ""


def site_url(text: str) -> str:
    """Complete a site as people write it to an address."""
    return text if text.startswith(("http://", "https://")) else f"https://{text}"


_TEXTS: dict[str, Any] = {
    "client_type": _category,
    "industry": _category,
    "tags": _tags,
    "name_parts": _parts,
    "consent": _consent,
    "language": _language,
    "time_zone": _zone,
    "potential": _potential,
    "turnover": _turnover,
    "headcount": _headcount,
}
