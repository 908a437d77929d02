"""Proposals and invoices as lists: their filters, columns and what each cell shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contacts.searching import parse
from core import formats
from core.addresses import row_url
from core.among import among_found
from core.listing import Cell, Column, Listing, register
from core.listing.columns import EMPTY, text_column, words
from core.listing.filters import Flag, MultiChoice, MultiModel, PeriodFilterSet
from deals.models import Invoice, OurCompany, Proposal
from deals.models.documents import InvoiceQuerySet, shown_number
from tenants.access import Section
from tenants.models import Department, Membership

Row = Mapping[str, Any]
PROPOSAL_TONES = {"accepted": "ok", "declined": "danger", "expired": "warn"}
INVOICE_TONES = {"paid": "ok", "partly_paid": "warn", "cancelled": ""}
_proposal_state = words(dict(Proposal.State.choices))
_invoice_state = words(dict(Invoice.State.choices))


DATES = [("created", _("Created")), ("sent", _("Sent"))]


class DocumentFilterSet(PeriodFilterSet):
    """What narrows documents of both kinds."""

    usual: Sequence[str] = ("q", "state", "owner", "period")
    defaults = {"period": "all", "dates": "created"}

    q = django_filters.CharFilter(
        method="filter_text",
        label=_("Text"),
        widget=forms.TextInput(attrs={"type": "search", "maxlength": "100"}),
    )
    owner = MultiModel(
        queryset=Membership.objects.order_by("-is_active", "name"),
        field_name="deal__owner",
        label=_("Responsible"),
    )
    dates = django_filters.ChoiceFilter(
        choices=DATES, method="filter_dates", label=_("By date"), empty_label=None, initial="created"
    )
    no_owner = Flag(field_name="deal__owner", lookup_expr="isnull", label=_("Nobody is responsible"))
    department = MultiModel(
        queryset=Department.objects.all(), field_name="deal__owner__department", label=_("Department")
    )
    no_department = Flag(field_name="deal__owner__department", lookup_expr="isnull", label=_("No department"))
    seller = MultiModel(queryset=OurCompany.objects.all(), label=_("Our company"))
    never_opened = Flag(method="filter_never_opened", label=_("Sent and never opened"))

    def filter_text(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Look in the number, and for the deal as the list of deals does."""
        query = parse(value)
        if not query.words:
            return queryset
        kind = queryset.model._meta.model_name
        select = "SELECT id FROM search.documents(%s, %s::text[], %s::text[])"
        return queryset.filter(among_found(select, kind, query.words, query.digits))

    def moment_field(self) -> str:
        return "sent_at" if self.data.get("dates") == "sent" else self.date_field

    def filter_dates(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Leave what has such a date."""
        return queryset.filter(sent_at__isnull=False) if value == "sent" else queryset

    def filter_never_opened(self, queryset: QuerySet[Any], name: str, value: bool) -> QuerySet[Any]:
        return queryset.filter(sent_at__isnull=False, viewed_at=None) if value else queryset


class ProposalFilterSet(DocumentFilterSet):
    """The filters of proposals."""

    state = MultiChoice(choices=Proposal.State.choices, label=_("State"))
    valid_to = django_filters.DateFilter(
        field_name="valid_until",
        lookup_expr="lte",
        label=_("Valid until, at the latest"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    class Meta:
        model = Proposal
        fields: list[str] = []


class InvoiceFilterSet(DocumentFilterSet):
    """The filters of invoices."""

    usual = ("q", "state", "overdue", "owner", "period")

    state = MultiChoice(choices=Invoice.State.choices, label=_("State"))
    overdue = Flag(method="filter_overdue", label=_("Overdue"))
    due_to = django_filters.DateFilter(
        field_name="due_on",
        lookup_expr="lte",
        label=_("Due on, at the latest"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    class Meta:
        model = Invoice
        fields: list[str] = []

    def filter_overdue(self, queryset: InvoiceQuerySet, name: str, value: bool) -> QuerySet[Any]:
        return queryset.overdue(on=timezone.localdate()) if value else queryset


def _number_column(name: str, with_version: bool) -> Column:
    def cell(row: Row) -> Cell:
        version = row["version"] if with_version else 1
        text = shown_number(row["number"])
        if version > 1:
            text += " · " + str(_("version %(version)s") % {"version": version})
        return Cell(text, hint=row["deal__title"], url=row_url(name, row["id"]), look="title")

    reads = ("number", "deal__title", "version") if with_version else ("number", "deal__title")
    return Column(
        "number",
        _("Number"),
        reads,
        cell,
        lambda row: row["number"],
        sort="number",
        width=240,
        is_fixed=True,
        css="c-name",
    )


def _client_cell(row: Row) -> Cell:
    name = row["deal__company__name"] or row["deal__contact__name"]
    return Cell(name, title=name) if name else EMPTY


def _owner_cell(row: Row) -> Cell:
    if not row["deal__owner__name"]:
        return EMPTY
    return Cell(row["deal__owner__name"], look="person", key=str(row["deal__owner_id"]))


def _sum_cell(field: str) -> Any:
    return lambda row: Cell(formats.money(row[field], row["currency"]))


def _day_cell(field: str) -> Any:
    return lambda row: Cell(formats.short_date(row[field])) if row[field] else EMPTY


def _due_cell(row: Row) -> Cell:
    if not row["due_on"]:
        return EMPTY
    is_late = row["state"] in Invoice.UNPAID and row["due_on"] < timezone.localdate()
    return Cell(formats.short_date(row["due_on"]), tone="danger" if is_late else "")


def _moment_cell(field: str) -> Any:
    return lambda row: Cell(formats.ago(row[field]), title=formats.exact(row[field])) if row[field] else EMPTY


def _shared() -> tuple[Column, ...]:
    return (
        Column("client", _("Client"), ("deal__company__name", "deal__contact__name"), _client_cell,
               lambda r: r["deal__company__name"] or r["deal__contact__name"] or "", width=200, css="c-client cut"),
        Column("total", _("Sum"), ("total", "currency"), _sum_cell("total"), lambda r: r["total"], sort="total",
               width=130, css="r c-sum"),
    )  # fmt: skip


def _rest() -> tuple[Column, ...]:
    return (
        Column("opened", _("Opened"), ("viewed_at",), _moment_cell("viewed_at"), lambda r: r["viewed_at"], width=130,
               css="c-created"),
        text_column("view_count", _("Times opened"), "view_count", width=110, is_default=False, css="r"),
        Column("owner", _("Responsible"), ("deal__owner_id", "deal__owner__name"), _owner_cell,
               lambda r: r["deal__owner__name"] or "", width=170, css="c-man"),
        text_column("seller", _("Our company"), "seller__name", width=150, is_default=False),
        text_column("currency", _("Currency"), "currency", width=80, is_default=False),
        Column("sent_at", _("Sent"), ("sent_at",), _moment_cell("sent_at"), lambda r: r["sent_at"], width=130, css="c-created"),
        Column("created_at", _("Created"), ("created_at",), _moment_cell("created_at"), lambda r: r["created_at"],
               sort="created", width=130, is_default=False),
    )  # fmt: skip


def _state_column(labels: Any, shown: Any, tones: Mapping[str, str]) -> Column:
    def cell(row: Row) -> Cell:
        return Cell(shown(row["state"]), look="label", tone=tones.get(row["state"], ""))

    return Column(
        "state",
        _("State"),
        ("state",),
        cell,
        lambda row: row["state"],
        labels=dict(labels),
        width=150,
        css="c-stage",
    )


class _DocumentListing(Listing):
    """What both lists share."""

    section = Section.DEALS
    sorts = {"created": "created_at", "number": "number", "total": "total"}
    default_sort = "-created"

    def summary(self, queryset: QuerySet[Any]) -> str:
        """Sum the whole filtered set, each currency by itself."""
        sums = queryset.order_by().values_list("currency").annotate(sum=Sum("total"))
        return " + ".join(formats.money(round(total), currency) for currency, total in sorted(sums) if total)


@register
class ProposalListing(_DocumentListing):
    """Proposals, without those a newer version replaced unless they are asked for."""

    page = "deals:proposals"
    title = _("Proposals")
    columns = (
        _number_column("deals:proposal", with_version=True),
        _state_column(Proposal.State.choices, _proposal_state, PROPOSAL_TONES),
        *_shared(),
        Column("valid_until", _("Valid until"), ("valid_until",), _day_cell("valid_until"),
               lambda r: r["valid_until"], width=120, css="c-next"),
        *_rest(),
    )  # fmt: skip
    filterset = ProposalFilterSet
    empty_template = "deals/documents/list_empty.html"
    file_name = "proposals"

    def rows(self, member: Membership, action: str = "view") -> QuerySet[Proposal]:
        rows: QuerySet[Proposal] = Proposal.objects.visible_to(member, action)
        return rows


@register
class InvoiceListing(_DocumentListing):
    """Invoices."""

    page = "deals:invoices"
    title = _("Invoices")
    columns = (
        _number_column("deals:invoice", with_version=False),
        _state_column(Invoice.State.choices, _invoice_state, INVOICE_TONES),
        *_shared(),
        Column("paid", _("Paid"), ("paid", "currency"), _sum_cell("paid"), lambda r: r["paid"], width=130,
               css="r c-created"),
        Column("due_on", _("Due on"), ("due_on", "state"), _due_cell, lambda r: r["due_on"], width=120, css="c-next"),
        *_rest(),
    )  # fmt: skip
    filterset = InvoiceFilterSet
    empty_template = "deals/documents/list_empty.html"
    file_name = "invoices"

    def rows(self, member: Membership, action: str = "view") -> QuerySet[Invoice]:
        rows: QuerySet[Invoice] = Invoice.objects.visible_to(member, action)
        return rows
