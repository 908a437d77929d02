"""Robots that wait for stillness."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from activities.services import add_note
from automation.models import RobotRun
from core.tenancy import tenant_scope
from deals.models import Stage
from deals.services import move_deal
from tenants.models import Membership, Tenant

Make = Callable[..., Any]
DAY = dt.timedelta(days=1)
COMMENT = {"action": "comment", "text": "Still there?"}


@pytest.fixture
def standing(tenant: Tenant, make_deal: Make, stages: dict[str, Stage], alice: Membership, clock: Any) -> Any:
    deal = make_deal()
    with tenant_scope(tenant):
        return move_deal(deal=deal, stage=stages["second"], by=alice, now=timezone.now())


def states(runs: list[RobotRun]) -> list[str]:
    return [run.state for run in runs]


def test_robot_acts_when_nothing_has_happened_for_so_long(
    clock: Any, make_robot: Make, standing: Any, work_off: Make
) -> None:
    make_robot(trigger="idle", wait=3, wait_unit="d", is_working_time=False, **COMMENT)
    clock.shift(3 * DAY - dt.timedelta(minutes=1))
    assert states(work_off()) == ["waiting"]
    clock.shift(dt.timedelta(minutes=1))
    assert states(work_off()) == ["done", "waiting"]


def test_what_happens_meanwhile_puts_it_off(
    clock: Any, tenant: Tenant, make_robot: Make, standing: Any, alice: Membership, work_off: Make
) -> None:
    make_robot(trigger="idle", wait=3, wait_unit="d", is_working_time=False, **COMMENT)
    clock.shift(2 * DAY)
    with tenant_scope(tenant):
        add_note(text="They will call back", by=alice, now=timezone.now(), deal=standing)
    clock.shift(2 * DAY)
    assert states(work_off()) == ["waiting"]
    clock.shift(DAY)
    assert states(work_off()) == ["done", "waiting"]


def test_one_time_of_stillness_is_acted_upon_once(
    clock: Any, tenant: Tenant, make_robot: Make, standing: Any, alice: Membership, work_off: Make
) -> None:
    """Its own note is not news; a person's is."""
    make_robot(trigger="idle", wait=1, wait_unit="d", is_working_time=False, **COMMENT)
    for _day in range(4):
        clock.shift(DAY)
        work_off()
    assert states(work_off()).count("done") == 1
    with tenant_scope(tenant):
        add_note(text="They are back", by=alice, now=timezone.now(), deal=standing)
    for _day in range(4):
        clock.shift(DAY)
        work_off()
    assert states(work_off()).count("done") == 2


def test_robot_saved_again_watches_each_deal_once(
    tenant: Tenant, make_robot: Make, standing: Any, admin: Membership
) -> None:
    from automation.services import switch_robot

    robot = make_robot(trigger="idle", wait=1, wait_unit="d", **COMMENT)
    with tenant_scope(tenant):
        for _time in range(2):
            switch_robot(robot=robot, is_active=True, by=admin, now=timezone.now())
        assert RobotRun.objects.waiting().count() == 1
