"""When robots act, when they don't, and what stops them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from activities.models import Activity, Notification
from automation import limits
from automation.errors import BeyondRights
from automation.models import Robot, RobotRun
from automation.services import delete_robot, switch_robot
from core.conditions import Value
from core.tenancy import tenant_scope
from deals.models import Deal, Stage
from deals.services import delete_deal, move_deal, update_deal
from tenants.models import Membership, Role, Tenant

Make = Callable[..., Any]
pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def move(tenant: Tenant, stages: dict[str, Stage], alice: Membership) -> Callable[[Deal, str], Deal]:
    def go(deal: Deal, stage: str, **more: Any) -> Deal:
        from django.utils import timezone

        with tenant_scope(tenant):
            return move_deal(deal=deal, stage=stages[stage], by=alice, now=timezone.now(), **more)

    return go


def planned(tenant: Tenant) -> list[Activity]:
    with tenant_scope(tenant):
        return list(Activity.objects.planned().select_related("owner", "author").order_by("created_at"))


def test_deal_that_enters_the_stage_sets_the_robot_off(
    tenant: Tenant, make_deal: Make, make_robot: Make, move: Make, work_off: Make, alice: Membership
) -> None:
    make_robot(name="First call")
    move(make_deal(), "second")
    assert planned(tenant) == []
    (run,) = work_off()
    assert (run.state, run.outcome, run.name) == ("done", "planned", "First call")
    (call,) = planned(tenant)
    assert call.kind == "call" and call.owner == alice
    assert call.data["robot"] == "First call"


def test_deal_made_in_the_stage_sets_the_robot_off(
    make_deal: Make, make_robot: Make, stages: dict[str, Stage], work_off: Make
) -> None:
    make_robot()
    make_deal(stage=stages["second"])
    assert [run.state for run in work_off()] == ["done"]


def test_robot_of_another_stage_stays_quiet(
    make_deal: Make, make_robot: Make, move: Make, work_off: Make
) -> None:
    make_robot("third")
    move(make_deal(), "second")
    assert work_off() == []


def test_robot_waits_for_its_moment(
    clock: Any, make_deal: Make, make_robot: Make, move: Make, work_off: Make
) -> None:
    make_robot(wait=2, wait_unit="h")
    move(make_deal(), "second")
    assert [run.state for run in work_off()] == ["waiting"]
    clock.shift(dt.timedelta(minutes=119))
    assert [run.state for run in work_off()] == ["waiting"]
    clock.shift(dt.timedelta(minutes=1))
    assert [run.state for run in work_off()] == ["done"]


def test_deal_that_leaves_calls_off_what_waited(
    clock: Any, tenant: Tenant, make_deal: Make, make_robot: Make, move: Make, work_off: Make
) -> None:
    make_robot(wait=2, wait_unit="h")
    deal = move(make_deal(), "second")
    move(deal, "third")
    clock.shift(dt.timedelta(days=1))
    (run,) = work_off()
    assert (run.state, run.outcome) == ("passed", "left_stage")
    assert planned(tenant) == []


def test_robot_of_leaving_acts_though_the_deal_is_elsewhere(
    make_deal: Make, make_robot: Make, move: Make, work_off: Make
) -> None:
    make_robot(trigger="left", wait=5)
    deal = move(make_deal(), "second")
    assert work_off() == []
    move(deal, "third")
    assert [run.trigger for run in work_off()] == ["left"]


def test_deal_that_comes_back_is_another_occasion(
    tenant: Tenant, make_deal: Make, make_robot: Make, move: Make, work_off: Make
) -> None:
    make_robot()
    deal = move(make_deal(), "second")
    move(move(deal, "third"), "second")
    work_off()
    states = [run.state for run in work_off()]
    assert sorted(states) == ["done", "passed"]
    assert len(planned(tenant)) == 1


def test_conditions_are_asked_when_it_acts(
    tenant: Tenant,
    make_deal: Make,
    make_robot: Make,
    move: Make,
    work_off: Make,
    alice: Membership,
    clock: Any,
) -> None:
    make_robot(wait=60, conditions={"amount_from": [Value("1000")]})
    small, grown = make_deal(amount=10), make_deal(amount=10)
    for deal in (small, grown):
        move(deal, "second")
    with tenant_scope(tenant):
        update_deal(deal=grown, by=alice, now=dt.datetime.now(dt.UTC), amount=5000)
    clock.shift(dt.timedelta(hours=1))
    assert {run.deal_id: (run.state, run.outcome) for run in work_off()} == {
        small.pk: ("passed", "unmet"),
        grown.pk: ("done", "planned"),
    }


def test_robot_acts_only_within_its_makers_rights(
    tenant: Tenant, make_deal: Make, make_robot: Make, move: Make, work_off: Make, admin: Membership
) -> None:
    """Its maker was an administrator; a manager who sees own deals only is left."""
    make_robot(action="comment", text="Look")
    with tenant_scope(tenant):
        admin.role = Role.objects.get(code=Role.Code.MANAGER)
        admin.save()
    move(make_deal(), "second")
    (run,) = work_off()
    assert (run.state, run.outcome) == ("failed", "beyond_rights")
    with tenant_scope(tenant):
        assert not Activity.objects.filter(kind="note").exists()


def test_robot_of_a_dismissed_maker_fails_and_says_so(
    tenant: Tenant, make_deal: Make, make_robot: Make, move: Make, work_off: Make, admin: Membership
) -> None:
    make_robot()
    with tenant_scope(tenant):
        Membership.objects.filter(pk=admin.pk).update(is_active=False)
    move(make_deal(), "second")
    (run,) = work_off()
    assert (run.state, run.outcome) == ("failed", "maker_gone")


def test_nobody_makes_a_robot_without_the_right(make_robot: Make, alice: Membership) -> None:
    with pytest.raises(BeyondRights):
        make_robot(by=alice)


def test_switched_off_robot_does_nothing_even_what_waited(
    tenant: Tenant,
    make_deal: Make,
    make_robot: Make,
    move: Make,
    work_off: Make,
    admin: Membership,
    clock: Any,
) -> None:
    robot = make_robot(wait=10)
    move(make_deal(), "second")
    with tenant_scope(tenant):
        switch_robot(robot=robot, is_active=False, by=admin, now=dt.datetime.now(dt.UTC))
    clock.shift(dt.timedelta(minutes=10))
    assert [(run.state, run.outcome) for run in work_off()] == [("passed", "switched_off")]
    move(make_deal(), "second")
    assert len(work_off()) == 1


def test_deleted_deal_and_deleted_robot_end_what_waited(
    tenant: Tenant,
    make_deal: Make,
    make_robot: Make,
    move: Make,
    work_off: Make,
    admin: Membership,
    clock: Any,
) -> None:
    robot, now = make_robot(wait=10), dt.datetime.now(dt.UTC)
    gone, orphaned = make_deal(), make_deal()
    for deal in (gone, orphaned):
        move(deal, "second")
    with tenant_scope(tenant):
        delete_deal(deal=gone, by=admin, now=now)
    clock.shift(dt.timedelta(minutes=5))
    with tenant_scope(tenant):
        kept = make_robot("third", wait=10)
        move(orphaned, "third")
        delete_robot(robot=kept, by=admin, now=now)
    clock.shift(dt.timedelta(minutes=10))
    assert sorted(run.outcome for run in work_off()) == ["deal_gone", "left_stage", "robot_gone"]
    assert robot.pk


def test_two_robots_that_chase_a_deal_round_are_stopped(
    tenant: Tenant, stages: dict[str, Stage], make_deal: Make, make_robot: Make, move: Make, work_off: Make
) -> None:
    make_robot("second", action="move", to_stage=stages["third"], reason=None)
    make_robot("third", action="move", to_stage=stages["second"], reason=None)
    move(make_deal(), "second")
    runs = work_off()
    assert [run.state for run in runs].count("done") == limits.DEEPEST + 1
    assert runs[-1].outcome == "stopped_loop"
    with tenant_scope(tenant):
        stopped = Robot.objects.exclude(stopped_at=None)
        assert [robot.stopped_why for robot in stopped] == ["loop"]
        assert Notification.objects.filter(code="robot_stopped").exists()


def test_robot_that_comes_back_to_a_deal_too_often_is_stopped(
    tenant: Tenant, make_deal: Make, make_robot: Make, move: Make, work_off: Make
) -> None:
    robot, deal = make_robot(), make_deal()
    for _time in range(limits.PER_DEAL_A_DAY + 1):
        deal = move(move(deal, "second"), "third") if deal.stage_id != robot.stage_id else deal
        deal = move(deal, "second")
        work_off()
        deal = move(deal, "first")
    with tenant_scope(tenant):
        robot.refresh_from_db()
        assert robot.stopped_why == "again"
        assert RobotRun.objects.filter(state="done").count() == limits.PER_DEAL_A_DAY


def test_switching_on_lets_a_stopped_robot_go_on(tenant: Tenant, make_robot: Make, admin: Membership) -> None:
    robot, now = make_robot(), dt.datetime.now(dt.UTC)
    with tenant_scope(tenant):
        limits.stop(robot, why="loop", now=now)
        assert not Robot.objects.active().exists()
        switch_robot(robot=robot, is_active=True, by=admin, now=now)
        assert Robot.objects.active().get() == robot


def test_gate_refuses_robots_as_it_refuses_people(
    tenant: Tenant, stages: dict[str, Stage], make_deal: Make, make_robot: Make, move: Make, work_off: Make
) -> None:
    """Won demands an amount, whoever moves the deal there (D5, D6)."""
    make_robot(action="move", to_stage=stages["won"], reason=None)
    deal = move(make_deal(), "second")
    (run,) = work_off()
    assert (run.state, run.outcome) == ("failed", "lacks_fields")
    with tenant_scope(tenant):
        deal.refresh_from_db()
        assert deal.stage_id == stages["second"].pk
        assert Notification.objects.filter(code="robot_failed").count() == 1


def test_what_broke_is_tried_again_and_then_given_up(
    tenant: Tenant, make_deal: Make, make_robot: Make, move: Make
) -> None:
    from automation import engine

    make_robot()
    move(make_deal(), "second")
    with tenant_scope(tenant):
        run = RobotRun.objects.get()
    for number in range(1, engine.TRIES + 1):
        engine._put_off(tenant.pk, run.pk, run.due_at)
        with tenant_scope(tenant):
            run.refresh_from_db()
        assert run.try_count == number
    assert (run.state, run.outcome) == ("failed", "broken")
