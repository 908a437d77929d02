"""The start page: what to do now, for a manager or for a team (R10)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from activities.timeline import latest
from core import formats
from core.listing.filters import day_start
from core.responses import is_htmx
from leads import clock
from reports.queries import start
from tenants.access import Action, Scope, Section, may, scope_of
from tenants.hours import HoursBook, book_of
from tenants.models import Membership, Role

HAPPENED = 12


@require_GET
def dashboard(request: HttpRequest) -> HttpResponse:
    """Show counters, the day's plan, the head of the queue, cooling deals and the month so far."""
    member: Any = request.member  # type: ignore[attr-defined]
    has_team = scope_of(member, "deals") in (Scope.DEPARTMENT, Scope.ALL)
    is_team = (
        has_team
        and request.GET.get("whose", "mine" if member.role.code == Role.Code.MANAGER else "team") == "team"
    )
    now, today = timezone.now(), timezone.localdate()
    people = start.People(member, is_team, now)
    day = (day_start(today), day_start(today + dt.timedelta(days=1)))
    month_start = day_start(today.replace(day=1))
    to_do = start.to_do(people, day=day)
    book = book_of(member.tenant, now=now)
    context = {
        "greeting": _greeting(timezone.localtime(now).hour),
        "first_name": member.name.split(" ")[0],
        "advice": _advice(to_do),
        "has_team": has_team,
        "is_team": is_team,
        "today": today,
        "now": now,
        "to_do": to_do,
        "urls": _urls(people),
        "plan": start.day_plan(people, day=day),
        "overdue": start.overdue(people),
        "queue": [_queued(lead, book, now) for lead in start.queue(people)],
        "cooling": [_cooling(deal, now) for deal in start.cooling(people)],
        "month": start.month(people, since=month_start),
        "happened": latest(member, limit=HAPPENED, now=now),
        "best": start.best(people, since=month_start) if has_team else [],
        "loads": start.loads(people, day=day) if is_team else [],
    } | _rights(member)
    part = "#dash" if is_htmx(request) else ""
    return render(request, f"reports/dashboard.html{part}", context)


def _rights(member: Membership) -> dict[str, bool]:
    """Say which of its buttons the page may offer."""
    return {
        "sees_plans": may(member, Section.ACTIVITIES),
        "may_plan": may(member, Section.ACTIVITIES, Action.ADD),
        "may_complete": may(member, Section.ACTIVITIES, Action.EDIT),
        "may_accept": may(member, Section.LEADS, Action.EDIT),
    }


def _urls(people: start.People) -> dict[str, str]:
    """Address the rows behind each counter."""
    day = reverse("activities:list") + ("?owner=all&section=" if people.is_team else "?section=")
    idle = f"{reverse('deals:list')}?next=none&state=open"
    return {
        "overdue": f"{day}overdue",
        "today": f"{day}today",
        "unsorted": people.queue.url,
        "without_step": idle if people.is_team else f"{idle}&owner={people.member.pk}",
    }


def _greeting(hour: int) -> str:
    if 5 <= hour < 12:
        return _("Good morning")
    if 12 <= hour < 18:
        return _("Good afternoon")
    return _("Good evening")


def _advice(to_do: start.ToDo) -> str:
    """One sentence: what comes first."""
    if to_do.overdue:
        return _("First what is overdue, then the queue.")
    if to_do.unsorted:
        return _("Nothing is overdue: the queue comes first.")
    if to_do.today:
        return _("The queue is empty: on with today's plan.")
    if to_do.without_step:
        return _("All done for today: plan the next step of the deals that have none.")
    return _("Everything is done.")


def _queued(lead: Any, book: HoursBook, now: dt.datetime) -> dict[str, Any]:
    waited = clock.calendar_for(lead, book).minutes_between(lead.received_at, now)
    return {
        "lead": lead,
        "title": lead.name or formats.phone(lead.phone) or str(lead),
        "is_missed": lead.kind == "missed_call",
        "waited": waited,
        "is_late": bool(lead.response_limit_min and waited > lead.response_limit_min),
    }


def _cooling(deal: Any, now: dt.datetime) -> dict[str, Any]:
    days = (now - deal.stage_entered_at).days
    return {"deal": deal, "days": days, "limit": round(deal.stage.time_limit_h / 24, 1)}
