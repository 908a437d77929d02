"""Who is on duty while clients come: the people a report is about, and their hours over its period."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from core.zones import company_zone
from reports.periods import Period
from tenants.access import Action, Scope, Section, department_ids, may, scope_of
from tenants.hours import book_of, people_at_work
from tenants.hours.book import PAST, read_book
from tenants.models import Membership

LONGEST = 366  # days: of a longer period the last ones are looked at


def on_duty(
    member: Membership, chosen: Any, period: Period, ends: tuple[dt.date, dt.date] | None
) -> dict[tuple[int, int], float]:
    """Tell how many people are at work on average, by (weekday, hour) of the company's clock.

    Of those who may work on leads and whom the reader sees; `chosen` are the values of the lead list's filters. Eight
    queries at most, however long the period is.
    """
    days = list(_days(period, ends))[-LONGEST:]
    if not days:
        return {}
    today = timezone.localdate(timezone=company_zone())
    is_near = days[0] >= today - PAST
    book = (
        book_of(member.tenant, now=timezone.now())
        if is_near
        else read_book(member.tenant, today=today, since=days[0])
    )
    return people_at_work((book.of(one) for one in _people(member, chosen)), days, company_zone())


def days_of_week(period: Period, ends: tuple[dt.date, dt.date] | None) -> Counter[int]:
    """Count how often each day of the week, 1 for Monday, lies in a period."""
    return Counter(day.isoweekday() for day in _days(period, ends))


def _days(period: Period, ends: tuple[dt.date, dt.date] | None) -> Iterator[dt.date]:
    """Yield the days of a period up to today; where it is open, those between the first and the last lead."""
    if ends is None:
        return
    today = timezone.localdate(timezone=company_zone())
    day, last = period.first or ends[0], min(period.last or ends[1], today)
    while day <= last:
        yield day
        day += dt.timedelta(days=1)


def _people(member: Membership, chosen: Any) -> Iterator[Membership]:
    people = Membership.objects.active().select_related("role").order_by()
    scope = scope_of(member, Section.LEADS)
    if scope == Scope.DEPARTMENT and (departments := department_ids(member)):
        people = people.filter(department__in=departments)
    elif scope != Scope.ALL:
        people = people.filter(pk=member.pk)
    if managers := chosen.get("manager"):
        people = people.filter(pk__in=[one.pk for one in managers])
    if departments := chosen.get("department"):
        people = people.filter(department__in=[one.pk for one in departments])
    return (one for one in people if may(one, Section.LEADS, Action.EDIT))
