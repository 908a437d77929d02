"""Where we leak: what is forgotten, overdue or nobody's, and the way to hand it out or plan it (R12)."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from core.listing import listing_for
from reports import periods, sentences
from reports.queries.leaks import Leak, leak_of
from reports.views import answer, report_page
from tenants.access import Action, Section, may, may_export, require
from tenants.models import Membership

LEADS, DEALS = "leads:list", "deals:list"
# What the lead list calls its filters, and the deal list
_SAME = ("period", "first", "last", "source", "source_group", "no_source", "department", "no_department")
_OF_DEALS = {name: name for name in _SAME} | {"manager": "owner", "no_manager": "no_owner", "stage": "stage"}


@dataclasses.dataclass(frozen=True, slots=True)
class Hole:
    """A place where clients get lost: the rows, the moment each has lain since, and what helps."""

    key: str
    title: str | Promise
    page: str
    narrowing: Mapping[str, str | Sequence[str]]
    since: tuple[str, ...]
    is_open: bool = True  # can still be handed to somebody


_OPEN_LEADS = ("new", "in_work")
HOLES = (
    Hole(
        "unanswered",
        gettext_lazy("Leads nobody has answered"),
        LEADS,
        {"answer": "none", "state": _OPEN_LEADS},
        ("waiting_since",),
    ),
    Hole("unowned", gettext_lazy("Leads nobody has"), LEADS, {"unowned": "on"}, ("received_at",)),
    Hole(
        "unowned_deals",
        gettext_lazy("Deals nobody is responsible for"),
        DEALS,
        {"no_owner": "on", "state": "open"},
        ("created_at",),
    ),
    Hole(
        "without_step",
        gettext_lazy("Deals without a next step"),
        DEALS,
        {"next": "none", "state": "open"},
        ("last_activity_at", "created_at"),
    ),
    Hole(
        "overdue",
        gettext_lazy("Deals with something overdue"),
        DEALS,
        {"next": "late", "state": "open"},
        ("next_activity_at",),
    ),
    Hole(
        "stalled",
        gettext_lazy("Deals longer in their stage than it allows"),
        DEALS,
        {"stalled": "on"},
        ("stage_entered_at",),
    ),
    Hole(
        "no_reason",
        gettext_lazy("Leads rejected without a reason"),
        LEADS,
        {"no_reason": "on"},
        ("closed_at", "received_at"),
        is_open=False,
    ),
    Hole(
        "lost_for_good",
        gettext_lazy("Lost deals nobody means to return to"),
        DEALS,
        {"lost_for_good": "on"},
        ("closed_at", "created_at"),
        is_open=False,
    ),
)


@require("reports")
@require_GET
def leaks(request: HttpRequest) -> HttpResponseBase:
    """R12: count what leaks as things stand, with money and age. Every place costs one query."""
    member: Any = request.member  # type: ignore[attr-defined]
    params = request.GET
    page = report_page(listing_for(LEADS), member, params)
    rows = rows_of(member, params, now=timezone.now())
    context = {
        "title": _("Where we leak"),
        "page": page,
        "listing": page.listing,
        "period": periods.of(params),
        "query": page.query,
        "rows": rows,
        "has_leaks": any(row["leak"].count for row in rows),
        "sentence": sentences.of_leaks([(row["title"], row["leak"]) for row in rows], member.tenant.currency),
        "may_export": may_export(member, "reports"),
    }
    heads = [_("What"), _("Count"), _("Amount"), _("Median age, days")]
    table = [[str(row["title"]), row["leak"].count, _said(row["leak"]), row["leak"].age_days] for row in rows]
    return answer(request, "reports/leaks.html", context, (heads, table))


def rows_of(member: Membership, params: QueryDict, *, now: dt.datetime) -> list[dict[str, Any]]:
    """Measure the places of the sections the member sees, with what each number opens."""
    rows = []
    for hole in HOLES:
        if not may(member, _section(hole)):
            continue
        narrowed = _narrowed(hole, params)
        found = listing_for(hole.page).filtered(member, narrowed).qs
        leak = leak_of(found, *hole.since, now=now, has_money=hole.page == DEALS)
        rows.append(_row(hole, leak, narrowed, member))
    return rows


def _section(hole: Hole) -> str:
    return Section.LEADS if hole.page == LEADS else Section.DEALS


def _narrowed(hole: Hole, params: QueryDict) -> QueryDict:
    """The filters of the list behind a place, inside those of the report.

    A client who waits is one whether or not they count in advertising statistics.
    """
    if hole.page == LEADS:
        narrowed = params.copy()
        for name in ("format", "filters", "cursor", "by"):
            narrowed.pop(name, None)
        narrowed["non_advertising"] = "on"
    else:
        narrowed = QueryDict(mutable=True)
        for name, theirs in _OF_DEALS.items():
            narrowed.setlist(theirs, params.getlist(name))
    for name, value in hole.narrowing.items():
        narrowed.setlist(name, [value] if isinstance(value, str) else list(value))
    return narrowed


def _row(hole: Hole, leak: Leak, narrowed: QueryDict, member: Any) -> dict[str, Any]:
    url = f"{reverse(hole.page)}?{narrowed.urlencode()}"
    of_leads = hole.page == LEADS
    assign = reverse("leads:bulk", args=["assign"]) if of_leads else reverse("deals:bulk_assign")
    may_assign = hole.is_open and may(member, _section(hole), Action.EDIT)
    may_plan = may(member, Section.ACTIVITIES, Action.ADD)
    return {
        "key": hole.key,
        "title": hole.title,
        "leak": leak,
        "url": url,
        "query": narrowed.urlencode(),
        "assign_url": assign if leak.count and may_assign else "",
        "plan_url": reverse("activities:plan_leads" if of_leads else "activities:plan_deals")
        if leak.count and may_plan
        else "",
    }


def _said(leak: Leak) -> str:
    return ", ".join(f"{amount} {currency}" for currency, amount in leak.amounts)
