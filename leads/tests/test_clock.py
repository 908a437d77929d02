"""The response clock: by whose hours a client waits, and how long is too long."""

from __future__ import annotations

import datetime as dt
import zoneinfo

import pytest

from leads.clock import Wait, calendar_for, wait_of
from leads.models import Lead
from leads.tests.factories import NOW, make_channel, make_lead
from tenants.hours import WorkCalendar, current_book
from tenants.models import Membership, Tenant, WorkSchedule
from tenants.services import set_hours

ALWAYS = WorkCalendar(zoneinfo.ZoneInfo("Europe/Moscow"), (((0, 24 * 60),),) * 7)


@pytest.mark.parametrize(
    ("minutes", "limit", "level"),
    [(11, 10, "late"), (10, 10, "soon"), (8, 10, "soon"), (7, 10, ""), (500, None, ""), (500, 0, "")],
)
def test_wait_level_follows_the_limit(minutes: int, limit: int | None, level: str) -> None:
    assert Wait(minutes, limit).level == level


def test_wait_of_an_answered_lead_is_none() -> None:
    assert wait_of(ALWAYS, waiting_since=None, limit_min=5, now=NOW) is None


def test_lead_waits_by_the_hours_of_whoever_has_it(
    scope: Tenant, admin: Membership, alice: Membership, bob: Membership
) -> None:
    late = ((14 * 60, 22 * 60),)
    set_hours(by=admin, member=alice, hours=WorkSchedule.Hours.WEEK, week=(late,) * 7)
    lead = make_lead(channel=make_channel(responsible=alice))  # 11:00 in Moscow
    book, at_three = current_book(now=NOW), NOW + dt.timedelta(hours=4)

    def waits(lead: Lead) -> int:
        return calendar_for(lead, book).minutes_between(NOW, at_three)

    assert waits(lead) == 60  # Alice has begun at two
    lead.taken_by = bob
    assert waits(lead) == 240  # Bob works by the company's day
    lead.taken_by = lead.responsible = None
    assert waits(lead) == 240
