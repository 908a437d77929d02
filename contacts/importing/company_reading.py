"""What a row of a table says of a company: which columns there are, how each is read, and how it is shown."""

from __future__ import annotations

import dataclasses
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts import requisites
from contacts.categories import words_of
from contacts.folding import digits_of, fold
from contacts.identity import Key
from contacts.importing import custom, spellings
from contacts.importing.context import Mistake, Reader
from contacts.importing.kinds import Field
from contacts.models import CompanyCategory, LegalDetails
from core.tabular import values
from core.tenancy import remembered_in_scope
from tenants.models import CustomField

LEGAL = ("inn", "kpp", "ogrn", "bank", "bik", "account", "correspondent_account", "legal_address")


Kind = CompanyCategory.Kind


_ABOUT = gettext_lazy("About the company")


_LEGAL = gettext_lazy("Legal details")


_MORE = gettext_lazy("More")


def fields() -> list[Field]:
    """List what a column of companies can hold."""
    words = spellings.COMPANIES

    def field(name: str, label: Any, group: Any, *, is_many: bool = False) -> Field:
        return Field(name, label, group=group, is_many=is_many, **words[name])

    return [
        field("name", gettext_lazy("Name"), _ABOUT),
        field("phone", gettext_lazy("Phone"), _ABOUT, is_many=True),
        field("email", gettext_lazy("E-mail"), _ABOUT, is_many=True),
        field("site", gettext_lazy("Site"), _ABOUT),
        field("address", gettext_lazy("Address"), _ABOUT, is_many=True),
        field("client_type", gettext_lazy("Client type"), _ABOUT),
        field("industry", gettext_lazy("Industry"), _ABOUT),
        field("headcount", gettext_lazy("Headcount"), _ABOUT),
        field("potential", gettext_lazy("Potential"), _ABOUT),
        field("turnover", gettext_lazy("Turnover"), _ABOUT),
        field("head_company", gettext_lazy("Head company"), _ABOUT),
        field("inn", gettext_lazy("INN"), _LEGAL),
        field("legal_title", gettext_lazy("Legal name"), _LEGAL),
        field("kpp", gettext_lazy("KPP"), _LEGAL),
        field("ogrn", gettext_lazy("OGRN"), _LEGAL),
        field("bank", gettext_lazy("Bank"), _LEGAL),
        field("bik", gettext_lazy("BIK"), _LEGAL),
        field("account", gettext_lazy("Account"), _LEGAL),
        field("correspondent_account", gettext_lazy("Correspondent account"), _LEGAL),
        field("legal_address", gettext_lazy("Legal address"), _LEGAL),
        field("source", gettext_lazy("Source"), _MORE),
        field("owner", gettext_lazy("Responsible"), _MORE),
        field("tags", gettext_lazy("Tags"), _MORE, is_many=True),
        field("comment", gettext_lazy("Comment"), _MORE, is_many=True),
        field("created_at", gettext_lazy("Created"), _MORE),
        field("external", gettext_lazy("Number in the other program (ID)"), _MORE),
        *custom.fields(CustomField.Entity.COMPANY),
    ]


@dataclasses.dataclass(slots=True)
class Draft:
    """What a row says of a company."""

    number: int
    values: dict[str, Any]
    points: list[Key]
    legal: dict[str, str]
    head: str = ""
    external: str = ""


def read_company(reader: Reader) -> Draft:
    """Make a draft of a row; raise Mistake for what can't be one."""
    name = reader.text("name", 200) or reader.text("legal_title", 200)
    if not name:
        raise Mistake(_("The row has no company's name."))
    found: dict[str, Any] = {
        "name": name,
        "site": reader.text("site", 200),
        "address": ", ".join(dict.fromkeys(text for _head, text in reader.row.cells.get("address", ())))[
            :300
        ],
        "industry": _industry(reader.text("industry", 100)),
        "client_type": reader.named(
            "client_type", _codes(Kind.CLIENT_TYPE), _("There is no client type “%(text)s”.")
        ),
        "potential": reader.amount("potential"),
        "turnover": reader.amount("turnover"),
        "headcount": reader.parsed("headcount", values.whole, _("“%(text)s” is no whole number.")),
        "owner": reader.owner(),
        "source": reader.source(),
        "tags": reader.listed("tags"),
        "created_at": reader.moment("created_at"),
    }
    draft = Draft(
        reader.row.number,
        {},
        [*reader.phones(), *reader.emails()],
        legal=_legal(reader, name),
        head=reader.text("head_company", 200),
        external=reader.text("external", 100),
    )
    found["currency"] = reader.context.by.tenant.currency if found["potential"] or found["turnover"] else ""
    found |= custom.read(reader, CustomField.Entity.COMPANY)
    found["comment"] = reader.with_remarks(reader.paragraphs("comment"))
    draft.values = {key: value for key, value in found.items() if value not in ("", None, [])}
    return draft


def _legal(reader: Reader, name: str) -> dict[str, str]:
    """Read a set of legal details; nothing where only the legal name is given."""
    limits = {field: LegalDetails._meta.get_field(field).max_length or 0 for field in LEGAL}  # type: ignore[union-attr]
    found = {
        field: reader.text(field, limit if field in ("bank", "legal_address") else 0)
        for field, limit in limits.items()
    }
    for field in ("inn", "ogrn", "bik", "account", "correspondent_account"):
        found[field] = digits_of(found[field])
    inn = found["inn"]
    if len(inn) in (9, 11):  # a spreadsheet took the INN for a number and dropped its zero
        inn = found["inn"] = f"0{inn}"
    if inn and not requisites.is_inn(inn):
        reader.parsed("inn", _refuse, _("“%(text)s” is no INN: its control digit does not fit."))
        found["inn"] = ""
    found = {field: value[: limits[field]] for field, value in found.items() if value}
    return {"title": (reader.text("legal_title", 250) or name)} | found if found else {}


def _refuse(text: str) -> str:
    raise ValueError(text)


def _codes(kind: str) -> dict[str, str]:
    """Give the codes of a directory by their names and by themselves; read once a scope."""
    return remembered_in_scope(
        f"importing:codes:{kind}",
        lambda: {fold(text): word.code for word in words_of(kind) for text in (word.code, word.label)},
    )


def _industry(text: str) -> str:
    """Find an industry in the directory; one it lacks stays as it is written, and is shown so."""
    return _codes(Kind.INDUSTRY).get(fold(text), text)


def shown(draft: Draft) -> dict[str, str]:
    """Write a draft as its preview shows it."""
    found = {name: ", ".join(v) if isinstance(v, list) else str(v) for name, v in draft.values.items()}
    found |= custom.shown(CustomField.Entity.COMPANY, draft.values)
    for kind in ("phone", "email"):
        found[kind] = ", ".join(point.value for point in draft.points if point.kind == kind)
    return found | draft.legal | {"external": draft.external, "head_company": draft.head}
