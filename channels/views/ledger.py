"""The ledger page: everything received, by channel and by what became of it (K7)."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from channels.journal import Ledger, ledgers
from channels.models import Channel, EventItem
from tenants.access import require
from tenants.requests import MemberRequest

PERIODS = (("24", _("24 hours")), ("168", _("7 days")), ("720", _("30 days")), ("", _("All time")))
_OUTCOMES = (
    ("leads", EventItem.Outcome.LEAD, _("Leads")),
    ("joined", EventItem.Outcome.JOINED, _("Joined")),
    ("duplicates", EventItem.Outcome.DUPLICATE, _("Duplicates")),
    ("ignored", EventItem.Outcome.IGNORED, _("Ignored")),
    ("failed", EventItem.Outcome.FAILED, _("Failed")),
    ("pending", EventItem.Outcome.PENDING, _("Waiting")),
)


@dataclasses.dataclass(frozen=True, slots=True)
class Figure:
    """One number, and the deliveries behind it."""

    label: Any
    count: int
    url: str
    is_bad: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One channel, or all of them together."""

    channel: Channel | None
    received: int
    figures: list[Figure]


@require_safe
@require("channels")
def ledger_page(request: MemberRequest) -> HttpResponse:
    """Show that received is the sum of its ends, for each channel and together."""
    period = request.GET.get("hours", "24")
    if period not in dict(PERIODS):
        period = "24"
    since = timezone.now() - dt.timedelta(hours=int(period)) if period else None
    books = ledgers(since=since)
    channels = [c for c in Channel.objects.order_by("-is_active", "created_at") if c.pk in books]
    context = {
        "tabs": [_tab(value, label, is_on=value == period) for value, label in PERIODS],
        "columns": [label for _name, _outcome, label in _OUTCOMES],
        "rows": [_row(channel, books[channel.pk], period) for channel in channels],
        "total": _row(None, sum(books.values(), start=Ledger()), period),
    }
    return render(request, "channels/ledger.html", context)


def _tab(value: str, label: Any, *, is_on: bool) -> dict[str, Any]:
    return {"label": label, "url": f"?hours={value}", "is_on": is_on}


def _row(channel: Channel | None, book: Ledger, period: str) -> Row:
    return Row(channel, book.received, [_figure(channel, book, period, *one) for one in _OUTCOMES])


def _figure(
    channel: Channel | None, book: Ledger, period: str, name: str, outcome: str, label: Any
) -> Figure:
    query = {"outcome": outcome} | ({"hours": period} if period else {})
    if channel is not None:
        query["channel"] = str(channel.pk)
    count = getattr(book, name)
    url = f"{reverse('channels:journal')}?{urlencode(query)}"
    return Figure(label, count, url, is_bad=bool(count) and outcome == EventItem.Outcome.FAILED)
