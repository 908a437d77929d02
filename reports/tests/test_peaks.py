"""Peak hours (R5): leads by hour of the week on the company's clock, against people."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from core.tenancy import tenant_scope
from leads.models import Lead
from reports.queries.peaks import Pressure, pressures
from tenants.models import Membership, Tenant, WorkSchedule
from tenants.services import set_hours

SignIn = Callable[[Membership], Client]
MakeLead = Callable[..., Lead]
ADDRESS = "{}?first=2026-11-16&last=2026-11-22"  # a week from Monday to Sunday


@pytest.fixture
def week(tenant: Tenant, make_lead: MakeLead, alice: Membership, admin: Membership, bob: Membership) -> None:
    """The case of docs/reports.md: two leads on Monday at ten, one on Sunday night; Alice works Mondays 9 to 12."""
    zone = zoneinfo.ZoneInfo("Europe/Moscow")
    Tenant.objects.filter(pk=tenant.pk).update(time_zone="Europe/Moscow")
    for day, hour, kind in ((16, 10, "call"), (16, 10, "chat"), (22, 23, "chat")):
        make_lead(
            received_at=dt.datetime(2026, 11, day, hour, 30, tzinfo=zone),
            channel_kind=kind,
            kind=kind,
            taken_by=alice,
        )
    monday = (((9 * 60, 12 * 60),), *(((),) * 6))
    with tenant_scope(tenant):
        set_hours(by=admin, member=alice, hours=WorkSchedule.Hours.WEEK, week=monday)


def _address(**params: str) -> str:
    return ADDRESS.format(reverse("reports:peaks")) + "".join(f"&{k}={v}" for k, v in params.items())


def test_hours_are_those_of_the_company(client_of: SignIn, admin: Membership, week: None) -> None:
    """And not of the reader, who sits seven hours further east."""
    type(admin.user).objects.filter(pk=admin.user.pk).update(time_zone="Asia/Vladivostok")
    page = client_of(admin).get(_address()).context
    cells = {
        (row["hour"], page["weekdays"][place][0]): cell.text
        for row in page["leads_map"]
        for place, cell in enumerate(row["cells"])
        if cell.text != "0"
    }
    first, last = page["weekdays"][0][0], page["weekdays"][6][0]
    assert cells == {("10:00", first): "2", ("23:00", last): "1"}


def test_people_are_those_the_filter_means(
    client_of: SignIn, admin: Membership, alice: Membership, week: None
) -> None:
    page = client_of(admin).get(_address(manager=str(alice.pk))).context
    people = {row["hour"]: [cell.text for cell in row["cells"]] for row in page["people_map"]}
    assert people["10:00"] == ["1", "0", "0", "0", "0", "0", "0"]
    assert people["13:00"] == ["0"] * 7
    hard = {row["name"]: (row["leads"], row["people"], row["per_person"]) for row in page["hard"]}
    assert list(hard.values()) == [(1, "0,0", None), (2, "1,0", "2,0")]


def test_colleagues_hours_are_not_told_to_a_manager(
    client_of: SignIn, alice: Membership, bob: Membership, week: None
) -> None:
    page = client_of(alice).get(_address()).context
    assert max(float(cell.text) for row in page["people_map"] for cell in row["cells"]) == 1


def test_every_cell_opens_its_rows(
    client_of: SignIn, admin: Membership, week: None, opened_numbers: Any
) -> None:
    numbers = opened_numbers(client_of(admin), _address())
    # all, two hours of the week, a call and two chats
    assert sorted(numbers.values()) == [1, 1, 1, 1, 2, 3]
    assert any("weekday=1" in url and "hour=10" in url for url in numbers)
    assert any("channel_kind=chat" in url and "hour=23" in url for url in numbers)


def test_pressure_puts_hours_without_anybody_first() -> None:
    found = pressures({(1, 10): 4, (2, 10): 2, (3, 10): 9}, {(1, 10): 1.0, (3, 10): 3.0}, {1: 2, 2: 2, 3: 3})
    assert found == [
        Pressure(2, 10, 2, 1.0, 0.0),
        Pressure(1, 10, 4, 2.0, 1.0),
        Pressure(3, 10, 9, 3.0, 3.0),
    ]
    assert [one.per_person for one in found] == [None, 2.0, 1.0]
