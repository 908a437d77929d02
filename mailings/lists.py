"""Mailings and their recipients as lists: filters, columns and what each cell shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import django_filters
from django import forms
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from channels.models import Channel
from core import formats, placeholders
from core.addresses import row_url
from core.listing import Cell, Column, Listing, register
from core.listing.columns import EMPTY, text_column, words
from core.listing.filters import Flag, MultiChoice, MultiModel, PeriodFilterSet
from mailings.models import Mailing, Recipient
from mailings.results import CONDITIONS
from tenants.access import Section
from tenants.models import Membership

Row = Mapping[str, Any]
TONES = {"sending": "ok", "paused": "warn", "scheduled": "", "draft": "muted", "cancelled": "muted"}
_state = words(dict(Mailing.State.choices))
_fate = words(dict(Recipient.State.choices))
_reason = words(dict(Recipient.Reason.choices))


# --- Mailings ----------------------------------------------------------------------------------------
class MailingFilterSet(PeriodFilterSet):
    """The filters of mailings."""

    usual = ("q", "state", "owner", "period")

    q = django_filters.CharFilter(
        method="filter_text",
        label=_("Text"),
        widget=forms.TextInput(attrs={"type": "search", "maxlength": "100"}),
    )
    state = MultiChoice(choices=Mailing.State.choices, label=_("State"))
    owner = MultiModel(queryset=Membership.objects.order_by("-is_active", "name"), label=_("Responsible"))
    channel = MultiModel(queryset=Channel.objects.order_by("name"), label=_("Channel"))

    class Meta:
        model = Mailing
        fields: list[str] = []

    def filter_text(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        text = value.strip()[:100]
        return queryset.filter(Q(name__icontains=text) | Q(subject__icontains=text) | Q(text__icontains=text))


def _name_cell(row: Row) -> Cell:
    """The subject as somebody reads it of whom nothing is known."""
    subject = placeholders.put(row["subject"], dict.fromkeys(placeholders.named_in(row["subject"]), ""))
    return Cell(row["name"], hint=subject.strip(), url=row_url("mailings:detail", row["id"]), look="title")


def _state_cell(row: Row) -> Cell:
    return Cell(_state(row["state"]), tone=TONES.get(row["state"], ""), look="label")


def _count_cell(name: str, *, with_share: bool = False) -> Any:
    def cell(row: Row) -> Cell:
        if not row[name]:
            return EMPTY
        share = formats.percent(100 * row[name] / row["sent"]) if with_share and row["sent"] else ""
        return Cell(formats.number(row[name]), hint=share)

    return cell


def _count_column(name: str, label: Any, *, with_share: bool = False, **options: Any) -> Column:
    reads = (name, "sent") if with_share else (name,)
    cell = _count_cell(name, with_share=with_share)
    return Column(name, label, reads, cell, lambda row: row[name], width=110, css="num r c-more", **options)


def _moment_cell(name: str) -> Any:
    return lambda row: Cell(formats.stamp(row[name]), title=formats.exact(row[name])) if row[name] else EMPTY


def _moment_column(name: str, label: Any, field: str, **options: Any) -> Column:
    return Column(
        name, label, (field,), _moment_cell(field), lambda row: row[field], width=120, css="c-more", **options
    )


def _person_cell(name: str, key: str) -> Any:
    return lambda row: Cell(row[name], look="person", key=str(row[key])) if row[name] else EMPTY


@register
class MailingListing(Listing):
    """«Рассылки», the newest first."""

    page = "mailings:list"
    section = Section.MAILINGS
    title = _("Mailings")
    filterset = MailingFilterSet
    sorts = {"created": "created_at", "name": "name"}
    default_sort = "-created"
    page_size = 20
    empty_template = "mailings/list_empty.html"
    file_name = "mailings"
    columns = (
        Column("name", pgettext_lazy("of a thing", "Name"), ("name", "subject"), _name_cell, lambda r: r["name"],
               sort="name", width=280, is_fixed=True, css="c-name"),
        Column("state", _("State"), ("state",), _state_cell, lambda r: _state(r["state"]), width=130),
        text_column("channel", _("Channel"), "channel__name", width=170, css="cut c-more"),
        Column("owner", _("Responsible"), ("owner_id", "owner__name"), _person_cell("owner__name", "owner_id"),
               lambda r: r["owner__name"], width=170, css="c-man"),
        _count_column("people", _("Recipients")),
        _count_column("sent", _("Sent")),
        _count_column("opened", pgettext_lazy("readers", "Opened"), with_share=True),
        _count_column("clicked", pgettext_lazy("readers", "Clicked"), with_share=True),
        _count_column("replied", _("Replied"), with_share=True, is_default=False),
        _count_column("unsubscribed", _("Unsubscribed"), with_share=True),
        _count_column("bounced", _("Came back"), with_share=True, is_default=False),
        _moment_column("started", _("Started"), "started_at"),
        _moment_column("created", _("Created"), "created_at", sort="created", is_default=False),
    )  # fmt: skip

    def rows(self, member: Membership, action: str = "view") -> QuerySet[Mailing]:
        """Every mailing the member may see, with its figures."""
        found: QuerySet[Mailing] = Mailing.objects.visible_to(member, action)
        counts = {
            name: CONDITIONS[name] for name in ("opened", "clicked", "replied", "unsubscribed", "bounced")
        }
        counts |= {"sent": Q(state=Recipient.State.SENT), "people": ~Q(state=Recipient.State.EXCLUDED)}
        return found.annotate(**{name: _count(condition) for name, condition in counts.items()})


def _count(condition: Q) -> Coalesce:
    rows = Recipient.objects.filter(condition, mailing=OuterRef("pk")).order_by().values("mailing")
    return Coalesce(Subquery(rows.annotate(n=Count("pk")).values("n")), 0)


# --- Recipients --------------------------------------------------------------------------------------
class OneMailing(django_filters.ModelChoiceFilter):
    """The mailing whose rows are shown: comes with the link, and is not offered to choose others from."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=Mailing.objects.all(), widget=forms.HiddenInput, **kwargs)


def _happened(label: Any) -> Flag:
    return Flag(method="filter_happened", label=label)


class RecipientFilterSet(PeriodFilterSet):
    """The filters of recipients."""

    date_field = "sent_at"
    usual = ("q", "state", "mailing", "opened", "clicked", "replied")

    q = django_filters.CharFilter(
        method="filter_text",
        label=_("Text"),
        widget=forms.TextInput(attrs={"type": "search", "maxlength": "100"}),
    )
    mailing = OneMailing(label=_("Mailing"))
    state = MultiChoice(choices=Recipient.State.choices, label=_("State"))
    reason = MultiChoice(
        choices=[choice for choice in Recipient.Reason.choices if choice[0]], label=_("Why left out")
    )
    opened = _happened(pgettext_lazy("readers", "Opened"))
    unopened = _happened(_("Sent and not opened"))
    clicked = _happened(pgettext_lazy("readers", "Clicked"))
    replied = _happened(_("Replied"))
    unsubscribed = _happened(_("Unsubscribed"))
    bounced = _happened(_("Came back"))
    complained = _happened(_("Called spam"))
    link = django_filters.NumberFilter(
        method="filter_link", label=_("Followed the link No."), min_value=1, max_value=1000
    )

    class Meta:
        model = Recipient
        fields: list[str] = []

    def filter_text(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        text = value.strip()[:100]
        return queryset.filter(Q(contact__name__icontains=text) | Q(address__icontains=text))

    def filter_happened(self, queryset: QuerySet[Any], name: str, value: bool) -> QuerySet[Any]:
        return queryset.filter(CONDITIONS[name]) if value else queryset

    def filter_link(self, queryset: QuerySet[Any], name: str, value: Any) -> QuerySet[Any]:
        return queryset.filter(clicks__position=int(value))


def _contact_cell(row: Row) -> Cell:
    name = row["contact__name"] or row["address"] or gettext("No name")
    return Cell(name, url=row_url("contacts:detail", row["contact_id"]), look="title")


def _address(row: Row) -> str:
    return (
        str(row["address"]) if row["mailing__channel__kind"] == "email" else ""
    )  # a dialog's key says nothing


def _fate_text(row: Row) -> str:
    if row["state"] == Recipient.State.EXCLUDED:
        return gettext("Left out: %(reason)s") % {"reason": _reason(row["reason"])}
    return _fate(row["state"])


def _fate_cell(row: Row) -> Cell:
    tones = {"sent": "ok", "refused": "danger", "unknown": "warn", "excluded": "muted", "dropped": "muted"}
    return Cell(_fate_text(row), tone=tones.get(row["state"], ""), title=row["error"] or _fate_text(row))


@register
class RecipientListing(Listing):
    """Whom mailings went to, and what became of it."""

    page = "mailings:recipients"
    section = Section.MAILINGS
    title = _("Recipients")
    filterset = RecipientFilterSet
    sorts = {"order": "id"}
    default_sort = "order"
    mail_url = "mailings:to_recipients"
    file_name = "recipients"
    columns = (
        Column("contact", _("Contact"), ("contact_id", "contact__name", "address"), _contact_cell,
               lambda r: r["contact__name"], width=220, is_fixed=True, css="c-name"),
        Column("address", _("E-mail"), ("address", "mailing__channel__kind"),
               lambda r: Cell(_address(r), title=_address(r)) if _address(r) else EMPTY, _address, width=200, css="cut c-more"),
        Column("state", _("State"), ("state", "reason", "error"), _fate_cell, _fate_text, width=200, css="cut"),
        _moment_column("sent", _("Sent"), "sent_at"),
        _moment_column("opened", pgettext_lazy("readers", "Opened"), "opened_at"),
        _moment_column("clicked", pgettext_lazy("readers", "Clicked"), "clicked_at"),
        _moment_column("replied", _("Replied"), "replied_at"),
        _moment_column("unsubscribed", _("Unsubscribed"), "unsubscribed_at"),
        _moment_column("bounced", _("Came back"), "bounced_at"),
        text_column("error", _("Why refused"), "error", width=240, is_default=False, css="cut c-more"),
        text_column("mailing", _("Mailing"), "mailing__name", width=180, is_default=False, css="cut c-more"),
    )  # fmt: skip

    def rows(self, member: Membership, action: str = "view") -> QuerySet[Recipient]:
        """Recipients of the mailings the member may see."""
        rows: QuerySet[Recipient] = Recipient.objects.visible_to(member, action)
        return rows
