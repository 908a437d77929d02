"""The lists of contacts and companies: columns and what each cell shows."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from typing import Any, cast

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from contacts import address_books
from contacts.categories import name_of
from contacts.filters import CompanyFilterSet, ContactFilterSet
from contacts.models import (
    Company,
    CompanyCategory,
    CompanyMember,
    CompanyPoint,
    Contact,
    IdentityKey,
    LegalDetails,
)
from core import formats
from core.addresses import row_url
from core.listing import Cell, Column, register
from core.listing.columns import EMPTY, text_column
from tenants.custom_fields.listing import CustomListing
from tenants.models import CustomField, Membership

Row = Mapping[str, Any]


# --- Cells both lists have ---------------------------------------------------------------------------
def _phone_cell(row: Row) -> Cell:
    return Cell(formats.phone(row["phone"]), url=f"tel:{row['phone']}") if row["phone"] else EMPTY


def _email_cell(row: Row) -> Cell:
    return Cell(row["email"], url=f"mailto:{row['email']}", title=row["email"]) if row["email"] else EMPTY


def _owner_cell(row: Row) -> Cell:
    if not row["owner__name"]:
        return Cell(gettext("Nobody"), tone="muted")
    return Cell(row["owner__name"], look="person", key=str(row["owner_id"]))


def _moment_cell(name: str) -> Any:
    def cell(row: Row) -> Cell:
        at = row[name]
        return Cell(formats.short_date(at), title=formats.exact(at)) if at else EMPTY

    return cell


def _tags_cell(row: Row) -> Cell:
    text = ", ".join(row["tags"])
    return Cell(text, title=text) if text else EMPTY


PHONE = Column(
    "phone", _("Phone"), ("phone",), _phone_cell, lambda row: row["phone"] or "", width=172, css="c-phone nw"
)
EMAIL = Column(
    "email", _("E-mail"), ("email",), _email_cell, lambda row: row["email"] or "", width=200, css="cut c-more"
)
OWNER = Column(
    "owner",
    _("Responsible"),
    ("owner_id", "owner__name"),
    _owner_cell,
    lambda row: row["owner__name"] or "",
    width=168,
    css="c-man",
)
SOURCE = text_column("source", _("Source"), "source__name", width=140, css="c-src cut")
TAGS = Column(
    "tags", _("Tags"), ("tags",), _tags_cell, lambda row: ", ".join(row["tags"]), width=160, css="cut c-more"
)
LAST = Column(
    "last",
    _("Last activity"),
    ("last_activity_at",),
    _moment_cell("last_activity_at"),
    lambda row: row["last_activity_at"],
    width=124,
    css="num c-more",
)
CREATED = Column(
    "created",
    _("Created"),
    ("created_at",),
    _moment_cell("created_at"),
    lambda row: row["created_at"],
    sort="created",
    width=112,
    css="num c-time",
)
COMMENT = text_column("comment", _("Comment"), "comment", width=220, is_default=False, css="cut c-more")
CITY = text_column("city", _("City"), "city", width=130, is_default=False, css="cut c-more")
SORTS = {"name": "name", "created": "created_at"}


# --- Contacts ----------------------------------------------------------------------------------------
def _contact_name(row: Row) -> str:
    """The name, else how they are reached: half of the first calls leave no name."""
    return row["name"] or formats.phone(row["phone"] or "") or row["email"] or gettext("No name")


def _contact_cell(row: Row, way_back: str = "") -> Cell:
    url = row_url("contacts:detail", row["id"]) + way_back
    return Cell(_contact_name(row), hint=row["position"], url=url, look="title")


def _companies_cell(row: Row) -> Cell:
    text = ", ".join(row["company_names"] or [])
    return Cell(text, title=text) if text else EMPTY


def _consent_cell(row: Row) -> Cell:
    return Cell(gettext("given"), tone="ok") if row["consented_at"] else Cell(gettext("none"), tone="muted")


class ClientListing(CustomListing):
    """What both lists share: the first column names the client and links to its card."""

    def __init__(self, way_back: str = "") -> None:
        """`way_back` is added to the cards' addresses: back into this state of the list."""
        name: Column = type(self).columns[0]
        cell: Any = functools.partial(cast(Any, name.cell), way_back=way_back)
        self.columns = (dataclasses.replace(name, cell=cell), *type(self).columns[1:])


@register
class ContactListing(ClientListing):
    """«Контакты»."""

    page = "contacts:list"
    entity = CustomField.Entity.CONTACT
    section = "contacts"
    title = _("Contacts")
    filterset = ContactFilterSet
    sorts = SORTS
    default_sort = "-created"
    page_size = 20
    actions_template = "contacts/list_actions.html"
    plan_url = "activities:plan_contacts"
    mail_url = "mailings:to_contacts"
    empty_template = "contacts/list_empty.html"
    file_name = "contacts"
    file_formats = address_books.FORMATS
    columns = (
        Column(
            "name", pgettext_lazy("of a person", "Name"), ("name", "position", "phone", "email"), _contact_cell,
            lambda row: row["name"],
            sort="name", width=240, is_fixed=True, css="c-name",
        ),
        PHONE,
        EMAIL,
        Column(
            "company", _("Company"), ("company_names",), _companies_cell,
            lambda row: ", ".join(row["company_names"] or []), width=190, css="c-q",
        ),
        OWNER,
        SOURCE,
        TAGS,
        LAST,
        CREATED,
        text_column("position", _("Position"), "position", width=160, is_default=False, css="cut c-more"),
        CITY,
        text_column("kind", _("Type"), "kind", width=120, is_default=False, css="c-more"),
        text_column("last_name", _("Last name"), "last_name", is_default=False, css="c-more"),
        text_column("first_name", _("First name"), "first_name", is_default=False, css="c-more"),
        text_column("middle_name", _("Middle name"), "middle_name", is_default=False, css="c-more"),
        Column(
            "consent", _("Consent"), ("consented_at",), _consent_cell, lambda row: row["consented_at"],
            width=100, is_default=False,
        ),
        COMMENT,
    )  # fmt: skip

    def rows(self, member: Membership, action: str = "view") -> QuerySet[Contact]:
        """Every contact the member may see, with the primary phone and address and the companies."""
        found: QuerySet[Contact] = Contact.objects.visible_to(member, action)
        return found.annotate(
            phone=_first_key(IdentityKey.Kind.PHONE),
            email=_first_key(IdentityKey.Kind.EMAIL),
            company_names=ArraySubquery(
                CompanyMember.objects.working()
                .filter(contact=OuterRef("pk"), company__deleted_at=None)
                .order_by("-is_main_company", "company__name")
                .values(label=F("company__name"))
            ),
        )


def _first_key(kind: str) -> Subquery:
    keys = IdentityKey.objects.filter(contact=OuterRef("pk"), kind=kind)
    return Subquery(keys.order_by("-is_primary", "created_at").values("value")[:1])


# --- Companies ---------------------------------------------------------------------------------------
def _company_cell(row: Row, way_back: str = "") -> Cell:
    url = row_url("contacts:company_detail", row["id"]) + way_back
    return Cell(row["name"], hint=row["address"], url=url, look="title")


def _category_column(kind: str, **options: Any) -> Column:
    """A column of the directory; the word is the tenant's own, or the built-in one in the reader's language."""

    def plain(row: Row) -> str:
        return name_of(kind, row[kind], row[f"{kind}_name"] or "") if row[kind] else ""

    def cell(row: Row) -> Cell:
        return Cell(plain(row), look="label") if row[kind] else EMPTY

    label = CompanyCategory.Kind(kind).label
    return Column(
        "type" if kind == "client_type" else kind, label, (kind, f"{kind}_name"), cell, plain, **options
    )


def _category_name(kind: str) -> Subquery:
    own = CompanyCategory.objects.filter(kind=kind, code=OuterRef(kind))
    return Subquery(own.values("name")[:1])


def _money_column(name: str, label: Any, **options: Any) -> Column:
    def cell(row: Row) -> Cell:
        return EMPTY if row[name] is None else Cell(formats.money(row[name], row["currency"]))

    return Column(
        name, label, (name, "currency"), cell, lambda row: row[name], width=120, css="num r c-more", **options
    )


@register
class CompanyListing(ClientListing):
    """«Компании»."""

    page = "contacts:company_list"
    entity = CustomField.Entity.COMPANY
    section = "companies"
    title = _("Companies")
    filterset = CompanyFilterSet
    sorts = SORTS
    default_sort = "-created"
    page_size = 20
    actions_template = "contacts/list_actions.html"
    plan_url = "activities:plan_companies"
    mail_url = "mailings:to_companies"
    empty_template = "contacts/company_list_empty.html"
    file_name = "companies"
    columns = (
        Column(
            "name", _("Name"), ("name", "address"), _company_cell, lambda row: row["name"],
            sort="name", width=260, is_fixed=True, css="c-name",
        ),
        _category_column("client_type", width=140, css="c-q"),
        PHONE,
        EMAIL,
        text_column("inn", _("INN"), "inn", width=120, css="num c-more"),
        _money_column("potential", _("Potential")),
        OWNER,
        SOURCE,
        TAGS,
        LAST,
        CREATED,
        _category_column("industry", is_default=False, css="c-more"),
        text_column("kpp", _("KPP"), "kpp", width=110, is_default=False, css="num c-more"),
        _money_column("turnover", _("Turnover"), is_default=False),
        CITY,
        text_column("site", _("Site"), "site", is_default=False, css="cut c-more"),
        text_column("address", _("Address"), "address", width=200, is_default=False, css="cut c-more"),
        text_column("head", _("Head company"), "head_company__name", width=160, is_default=False, css="cut c-more"),
        text_column("headcount", _("Headcount"), "headcount", width=100, is_default=False, css="num r c-more"),
        COMMENT,
    )  # fmt: skip

    def rows(self, member: Membership, action: str = "view") -> QuerySet[Company]:
        """Every company the member may see, with its first phone, address and INN."""
        found: QuerySet[Company] = Company.objects.visible_to(member, action)
        details = LegalDetails.objects.filter(company=OuterRef("pk")).exclude(inn="").main_first()
        return found.annotate(
            phone=_first_point(CompanyPoint.Kind.PHONE),
            email=_first_point(CompanyPoint.Kind.EMAIL),
            inn=Subquery(details.values("inn")[:1]),
            kpp=Subquery(details.values("kpp")[:1]),
            client_type_name=_category_name("client_type"),
            industry_name=_category_name("industry"),
        )


def _first_point(kind: str) -> Subquery:
    points = CompanyPoint.objects.filter(company=OuterRef("pk"), kind=kind)
    return Subquery(points.order_by("pk").values("value")[:1])
