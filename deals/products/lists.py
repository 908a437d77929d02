"""The catalogue as a list: its columns and what each cell shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core import formats
from core.addresses import row_url
from core.listing import Cell, Column, Listing, register
from core.listing.columns import EMPTY, text_column, words
from deals.models import Product
from deals.products.filters import ProductFilterSet
from deals.terms import vat_text
from tenants.access import Section
from tenants.models import Membership

Row = Mapping[str, Any]
_kind = words(dict(Product.Kind.choices))


def _name_cell(row: Row) -> Cell:
    return Cell(
        row["name"], hint=row["description"][:120], url=row_url("deals:product", row["id"]), look="title"
    )


def _price_cell(row: Row) -> Cell:
    return Cell(formats.money(row["price"], row["currency"]))


def _state_cell(row: Row) -> Cell:
    return Cell(str(_("Archived")), look="label") if row["is_archived"] else EMPTY


def _made_cell(row: Row) -> Cell:
    return Cell(formats.ago(row["created_at"]), title=formats.exact(row["created_at"]))


COLUMNS = (
    Column("name", _("Product"), ("name", "description"), _name_cell, lambda r: r["name"], sort="name", width=320,
           is_fixed=True, css="c-name"),
    text_column("sku", pgettext_lazy("of goods", "Article"), "sku", width=140, css="c-client cut"),
    text_column("category", _("Category"), "category__name", width=160, css="c-created"),
    Column("kind", _("Kind"), ("kind",), lambda r: Cell(_kind(r["kind"])), lambda r: r["kind"],
           labels=dict(Product.Kind.choices), width=110, css="c-created"),
    text_column("unit", _("Unit"), "unit", width=80, css="c-created"),
    Column("price", _("Price"), ("price", "currency"), _price_cell, lambda r: r["price"], sort="price", width=140,
           css="r c-sum"),
    text_column("currency", _("Currency"), "currency", width=80, is_default=False),
    Column("vat", _("VAT"), ("vat_percent",), lambda r: Cell(vat_text(r["vat_percent"])),
           lambda r: vat_text(r["vat_percent"]), width=110, css="c-created"),
    Column("state", _("State"), ("is_archived",), _state_cell,
           lambda r: str(_("Archived")) if r["is_archived"] else "", width=110, is_default=False),
    Column("created_at", _("Created"), ("created_at",), _made_cell, lambda r: r["created_at"], sort="created",
           width=140, is_default=False),
)  # fmt: skip


@register
class ProductListing(Listing):
    """Everything that is sold."""

    page = "deals:products"
    section = Section.DEALS
    title = _("Products")
    columns = COLUMNS
    filterset = ProductFilterSet
    sorts = {"name": "name", "price": "price", "created": "created_at"}
    default_sort = "name"
    empty_template = "deals/products/list_empty.html"
    file_name = "products"

    def rows(self, member: Membership, action: str = "view") -> QuerySet[Product]:
        """The catalogue is one for all who sell."""
        rows: QuerySet[Product] = Product.objects.all()
        return rows
