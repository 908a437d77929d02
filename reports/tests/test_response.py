"""The first response (R4): minutes, late answers and what was left, counted by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.db.models import Q
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from core.tenancy import tenant_scope
from core.zones import company_zone
from leads.models import Lead
from reports.dimensions import DIMENSIONS, HOUR
from reports.periods import Period
from reports.queries.response import responses_by, whole_of
from reports.rollups.cubes import on_the_clock, with_answers
from reports.rollups.reading import Figured
from tenants.models import Membership, Tenant

SignIn = Callable[[Membership], Client]
MakeLead = Callable[..., Lead]
NAME = "reports:response"


def of_rows(rows: Any) -> Figured:
    rows = on_the_clock(with_answers(rows), "received_at", company_zone())
    return Figured(rows, "received_at", "received", Period(None, None), None, Q(), {})


@pytest.fixture
def answered(make_lead: MakeLead, alice: Membership) -> None:
    """The case of docs/reports.md: three chats, three calls, three letters and one lead that asks for nothing."""
    at = timezone.now() - dt.timedelta(days=1)

    def lead(kind: str, channel_kind: str, minutes: int | None, limit: int, **fields: Any) -> None:
        is_answered = minutes is not None
        make_lead(
            kind=kind,
            channel_kind=channel_kind,
            received_at=at,
            first_response_at=at if is_answered else None,
            response_min=minutes,
            response_limit_min=limit,
            waiting_since=None if is_answered else at,
            **fields,
        )

    lead("chat", "chat", 1, 2, taken_by=alice, state="in_work")
    lead("chat", "chat", 2, 2)
    lead("chat", "chat", 9, 2)
    lead("call", "call", 0, 5)
    lead("missed_call", "call", 30, 5)
    lead("missed_call", "call", None, 5)
    lead("email", "email", 60, 30)
    lead("email", "email", None, 30, state="rejected")
    lead("email", "email", None, 30, state="rejected", quality="non_targeted")  # spam needs no answer
    lead("manual", "request", None, 30)  # was spoken to
    lead("request", "request", None, 30, state="converted")  # became something


def test_groups_tell_minutes_and_what_was_left(tenant: Tenant, answered: None) -> None:
    with tenant_scope(tenant):
        groups = responses_by(of_rows(Lead.objects.all()), DIMENSIONS["channel_kind"])
    found = {group.value: group for group in groups}
    chat, call, mail, form = (found[kind] for kind in ("chat", "call", "email", "request"))
    assert dict(chat.counts) == {"in_time": 2, "late": 1, "none": 0, "not_needed": 0}
    assert dict(call.counts) == {"in_time": 1, "late": 1, "none": 1, "not_needed": 0}
    assert dict(mail.counts) == {"in_time": 0, "late": 1, "none": 1, "not_needed": 1}
    assert dict(form.counts) == {"in_time": 0, "late": 0, "none": 0, "not_needed": 2}
    assert (call.missed, call.called_back, call.not_called_back) == (2, 1, 1)
    assert [round(share) for share in (chat.late_share, call.late_share)] == [33, 50]
    assert [group.unprocessed for group in (chat, call, mail, form)] == [1, 1, 1, 0]
    assert (round(mail.unprocessed_share), form.unprocessed_share) == (50, 0)


def test_median_and_ninetieth_of_the_whole(tenant: Tenant, answered: None) -> None:
    with tenant_scope(tenant):
        whole = whole_of(responses_by(of_rows(Lead.objects.all()), HOUR))
    assert whole.median_min is not None and whole.p90_min is not None
    assert (round(whole.median_min), round(whole.p90_min)) == (2, 60)  # of 0 1 2 9 30 60
    assert (whole.total, whole.answered, whole.unprocessed) == (11, 6, 3)


@pytest.mark.parametrize(
    "query", ["", "by=channel", "by=manager&period=all", "by=hour", "by=hour&dates=taken&period=all"]
)
@pytest.mark.parametrize("who", ["admin", "alice"])
def test_every_number_opens_its_rows(
    query: str,
    who: str,
    request: pytest.FixtureRequest,
    client_of: SignIn,
    answered: None,
    opened_numbers: Any,
) -> None:
    client = client_of(request.getfixturevalue(who))
    numbers = opened_numbers(client, f"{reverse(NAME)}?{query}")
    assert bool(numbers) == ("taken" not in query)


def test_page_says_what_it_counted(client_of: SignIn, admin: Membership, answered: None) -> None:
    page = client_of(admin).get(reverse(NAME)).context
    assert (page["whole"]["median"], page["whole"]["group"].not_called_back) == ("2 мин", 1)
    assert page["unmeasured"] == 0


def test_answers_not_measured_yet_are_said(client_of: SignIn, admin: Membership, make_lead: MakeLead) -> None:
    make_lead(first_response_at=timezone.now(), state="in_work")
    page = client_of(admin).get(reverse(NAME))
    assert page.context["unmeasured"] == 1
    assert page.context["whole"]["median"] == "—"


def test_hours_stand_against_people_on_duty(
    client_of: SignIn, admin: Membership, alice: Membership, answered: None
) -> None:
    """On a week of nine to six, people are on duty in working hours and on no other."""
    page = client_of(admin).get(reverse(NAME), {"by": "hour"}).context
    assert page["has_duty"]
    assert page["duty"][12] > 0 and 3 not in page["duty"]


def test_export_tells_the_same(client_of: SignIn, admin: Membership, answered: None) -> None:
    file = client_of(admin).get(reverse(NAME), {"format": "csv"})
    text = file.content.decode("utf-8-sig")  # type: ignore[attr-defined]
    assert (
        "Чат;3;3;2;9;1;33,3;0;0;0;1;33,3" in text.replace('"', "")
        or "Чат;3;3;2;9;1;33.3;0;0;0;1;33.3" in text
    )


def test_forbidden_without_the_right(client_of: SignIn, tenant: Tenant) -> None:
    from conftest import make_member

    client = client_of(make_member(tenant, "Dina", "dispatcher"))
    for name in (NAME, "reports:peaks", "reports:leaks", "reports:regions"):
        assert client.get(reverse(name)).status_code == 403


@pytest.mark.parametrize("name", [NAME, "reports:peaks", "reports:leaks", "reports:regions"])
def test_costs_the_same_for_any_number_of_leads(
    name: str, client_of: SignIn, admin: Membership, make_lead: MakeLead
) -> None:
    client = client_of(admin)
    address = reverse(name) + "?by=hour"
    counts = []
    for _round in range(2):
        for serial in range(5):
            at = timezone.now() - dt.timedelta(hours=30 * serial + 1)
            make_lead(received_at=at, first_response_at=at, response_min=serial, region=f"R{serial}")
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("name", [NAME, "reports:peaks", "reports:leaks", "reports:regions"])
@pytest.mark.parametrize("query", ["", "first=0001-01-01&last=9999-12-31", "by=x&hour=x&answer=x&weekday=9"])
def test_empty_and_absurd_pages_answer(name: str, query: str, client_of: SignIn, admin: Membership) -> None:
    assert client_of(admin).get(f"{reverse(name)}?{query}").status_code == 200
