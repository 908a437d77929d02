"""The journal of payments as a list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from contacts.searching import parse
from core import formats
from core.addresses import row_url
from core.among import among_found
from core.listing import Cell, Column, Listing, register
from core.listing.columns import EMPTY, text_column
from core.listing.filters import Flag, MultiModel, PeriodFilterSet, period_bounds
from core.zones import company_zone
from deals.models import Payment
from tenants.access import Section
from tenants.models import Membership

Row = Mapping[str, Any]


class PaymentFilterSet(PeriodFilterSet):
    """What narrows payments; the period is that of the money's arrival."""

    date_field = "paid_on"
    date_label = _("Paid on")
    usual = ("q", "period", "owner", "by_bank", "taken_back")

    q = django_filters.CharFilter(
        method="filter_text",
        label=_("Text"),
        widget=forms.TextInput(attrs={"type": "search", "maxlength": "100"}),
    )
    owner = MultiModel(
        queryset=Membership.objects.order_by("-is_active", "name"),
        field_name="invoice__deal__owner",
        label=_("Responsible"),
    )
    by_bank = Flag(method="filter_by_bank", label=_("From a bank statement"))
    taken_back = Flag(method="filter_taken_back", label=_("Taken back ones too"))

    class Meta:
        model = Payment
        fields: list[str] = []

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        rows = super().filter_queryset(queryset)
        return rows if self.asked.cleaned_data.get("taken_back") else rows.filter(cancelled_at=None)

    def filter_period(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Days, not moments: money comes on a day."""
        if value == "all":
            return queryset
        return queryset.filter(
            paid_on__range=period_bounds(value, timezone.localdate(timezone=company_zone()))
        )

    def filter_first(self, queryset: QuerySet[Any], name: str, value: dt.date) -> QuerySet[Any]:
        return queryset.filter(paid_on__gte=value) if value else queryset

    def filter_last(self, queryset: QuerySet[Any], name: str, value: dt.date) -> QuerySet[Any]:
        return queryset.filter(paid_on__lte=value) if value else queryset

    def filter_text(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Look for the invoice as its list does, and in the payer's name and the comment."""
        query = parse(value)
        if not query.words:
            return queryset
        select = "SELECT id FROM search.payments(%s::text[], %s::text[])"
        return queryset.filter(among_found(select, query.words, query.digits))

    def filter_by_bank(self, queryset: QuerySet[Any], name: str, value: bool) -> QuerySet[Any]:
        return queryset.exclude(entry=None) if value else queryset

    def filter_taken_back(self, queryset: QuerySet[Any], name: str, value: bool) -> QuerySet[Any]:
        return queryset


def _amount_cell(row: Row) -> Cell:
    text = formats.money(row["amount"], row["currency"])
    if row["cancelled_at"]:
        return Cell(text, tone="muted", title=gettext("Taken back"), hint=gettext("taken back"))
    return Cell(text)


def _invoice_cell(row: Row) -> Cell:
    title = gettext("Invoice %(number)s") % {"number": formats.numbered(row["invoice__number"])}
    return Cell(
        title, hint=row["invoice__deal__title"], url=row_url("deals:invoice", row["invoice_id"]), look="title"
    )


def _client(row: Row) -> str:
    return row["invoice__deal__company__name"] or row["invoice__deal__contact__name"] or ""


def _client_cell(row: Row) -> Cell:
    name = _client(row)
    return Cell(name, title=name) if name else EMPTY


def _kind(row: Row) -> str:
    return gettext("bank statement") if row["entry_id"] else gettext("by hand")


def _owner_cell(row: Row) -> Cell:
    name = row["invoice__deal__owner__name"]
    return Cell(name, look="person", key=str(row["invoice__deal__owner_id"])) if name else EMPTY


@register
class PaymentListing(Listing):
    """Money that has come, the newest first."""

    page = "deals:payments"
    section = Section.DEALS
    title = _("Payments")
    filterset = PaymentFilterSet
    sorts = {"paid": "paid_on", "amount": "amount", "created": "created_at"}
    default_sort = "-created"
    empty_template = "deals/payments/list_empty.html"
    file_name = "payments"
    columns = (
        Column("invoice", _("Invoice"), ("invoice_id", "invoice__number", "invoice__deal__title"), _invoice_cell,
               lambda r: r["invoice__number"], width=240, is_fixed=True, css="c-name"),
        Column("amount", _("Amount"), ("amount", "currency", "cancelled_at"), _amount_cell, lambda r: r["amount"],
               sort="amount", width=140, css="r c-sum"),
        Column("paid_on", _("Paid on"), ("paid_on",), lambda r: Cell(formats.short_date(r["paid_on"])),
               lambda r: r["paid_on"], sort="paid", width=110),
        Column("client", _("Client"), ("invoice__deal__company__name", "invoice__deal__contact__name"), _client_cell,
               _client, width=200, css="cut"),
        Column("kind", _("How"), ("entry_id",), lambda r: Cell(_kind(r)), _kind, width=140),
        text_column("payer", _("Payer"), "entry__payer", width=180, is_default=False, css="cut"),
        text_column("purpose", _("Purpose"), "entry__purpose", width=260, is_default=False, css="cut"),
        text_column("comment", _("Comment"), "comment", width=180, css="cut"),
        text_column("by", _("Written down by"), "created_by__name", width=160),
        Column("owner", _("Responsible"), ("invoice__deal__owner_id", "invoice__deal__owner__name"), _owner_cell,
               lambda r: r["invoice__deal__owner__name"] or "", width=170, is_default=False, css="c-man"),
        text_column("currency", _("Currency"), "currency", width=80, is_default=False),
    )  # fmt: skip

    def rows(self, member: Membership, action: str = "view") -> QuerySet[Payment]:
        """Payments of the deals the member may see."""
        rows: QuerySet[Payment] = Payment.objects.visible_to(member, action)
        return rows

    def summary(self, queryset: QuerySet[Any]) -> str:
        """Sum the whole filtered set but what was taken back, each currency by itself."""
        valid = queryset.filter(cancelled_at=None).order_by()
        sums = valid.values_list("currency").annotate(sum=Sum("amount"))
        return " + ".join(formats.money(total, currency) for currency, total in sorted(sums))
