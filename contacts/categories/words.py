"""What the directory offers: the tenant's own entries, or the built-in words until it changes them."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from contacts.models import Company, CompanyCategory

Kind = CompanyCategory.Kind
BUILT_IN: Mapping[str, Mapping[str, str | Promise]] = {
    Kind.CLIENT_TYPE: dict(Company.ClientType.choices),
    Kind.INDUSTRY: {
        "trade": _("Trade"),
        "manufacturing": _("Manufacturing"),
        "construction": _("Construction and repair"),
        "food": _("Restaurants and hotels"),
        "services": _("Services"),
        "it": _("IT and telecom"),
        "logistics": _("Transport and logistics"),
        "health": _("Medicine and pharmacy"),
        "education": _("Education and science"),
        "finance": _("Finance and insurance"),
        "agriculture": _("Agriculture"),
        "government": _("Government"),
    },
}


@dataclasses.dataclass(frozen=True, slots=True)
class Word:
    """One entry as it is offered; `pk` is None while the tenant has not changed its directory."""

    code: str
    label: str
    is_archived: bool = False
    pk: uuid.UUID | None = None


def words_of(kind: str) -> list[Word]:
    """List the entries in their order, the archived ones too; one query."""
    rows = CompanyCategory.objects.filter(kind=kind)
    own = [Word(row.code, name_of(kind, row.code, row.name), row.is_archived, row.pk) for row in rows]
    return own or [Word(code, str(label)) for code, label in BUILT_IN[kind].items()]


def choices(kind: str, *, chosen: str = "") -> list[tuple[str, str]]:
    """Offer what is in use, and what is chosen already even when it no longer is."""
    found = [
        (word.code, word.label) for word in words_of(kind) if not word.is_archived or word.code == chosen
    ]
    if chosen and chosen not in dict(found):
        found.append((chosen, name_of(kind, chosen, "")))
    return [("", "—"), *found]


def label_of(kind: str, code: str) -> str:
    """Say an entry's word; one query where there is a code."""
    if not code:
        return ""
    own = CompanyCategory.objects.filter(kind=kind, code=code).values_list("name", flat=True).first()
    return name_of(kind, code, own or "")


def name_of(kind: str, code: str, name: str) -> str:
    """Say an entry whose own name is known: the name, else the built-in word, else the code."""
    return name or str(BUILT_IN[kind].get(code, code))


def recorded(kind: str, code: str) -> str:
    """Write an entry for the history: its name, but a built-in client type by its code, in every reader's language."""
    label = label_of(kind, code)
    if kind == Kind.CLIENT_TYPE and label == str(BUILT_IN[kind].get(code, "")):
        return code
    return label
