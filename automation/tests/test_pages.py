"""The pages of robots: made, ordered, switched, tried, logged, called off."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from automation.models import Robot, RobotRun
from automation.views.common import board_url
from core.tenancy import tenant_scope
from deals.models import Pipeline, Stage
from deals.services import move_deal
from tenants.models import Membership, Tenant

Make = Callable[..., Any]
CALL = {
    "trigger": "entered", "wait": "15", "wait_unit": "min", "is_working_time": "on", "is_active": "on", "name": "",
    "activity_kind": "call", "subject": "Call {client_name}", "text": "", "due": "1", "due_unit": "h",
    "whom": "owner",
}  # fmt: skip


@pytest.fixture
def desk(client_of: Callable[[Membership], Client], admin: Membership) -> Client:
    return client_of(admin)


def test_robot_is_made_in_the_browser(tenant: Tenant, desk: Client, stages: dict[str, Stage]) -> None:
    stage = stages["second"]
    assert b"plan" in desk.get(reverse("automation:choose", args=[stage.pk])).content
    url = reverse("automation:create", args=[stage.pk, "plan"])
    assert desk.get(url).status_code == 200
    answer = desk.post(url, CALL | {"if_amount_from": "1 000", "if_city": "Казань"})
    assert answer.status_code == 302 and answer.url == board_url(stage.pipeline_id)
    with tenant_scope(tenant):
        robot = Robot.objects.get()
        assert (robot.wait, robot.subject, robot.is_active) == (15, "Call {client_name}", True)
        assert sorted(robot.conditions.values_list("kind", "value")) == [
            ("amount_from", "1000"),
            ("city", "Казань"),
        ]
    board = desk.get(board_url(stage.pipeline_id)).content.decode()
    assert "Call {client_name}" in board and "Казань" in board


def test_form_keeps_what_was_typed_and_says_what_is_wrong(desk: Client, stages: dict[str, Stage]) -> None:
    url = reverse("automation:create", args=[stages["second"].pk, "plan"])
    answer = desk.post(url, CALL | {"subject": "Call {nobody}", "trigger": "idle", "wait": "0"})
    assert answer.status_code == 422
    assert "wait" in answer.context["form"].errors
    answer = desk.post(url, CALL | {"subject": "Call {nobody}"})
    assert answer.status_code == 422 and "{nobody}" in answer.content.decode()


def test_robot_is_changed_and_has_another_maker(
    tenant: Tenant, desk: Client, make_robot: Make, admin: Membership
) -> None:
    robot = make_robot()
    url = reverse("automation:robot", args=[robot.pk])
    assert 'value="Call {client_name}"' in desk.get(url).content.decode()
    desk.post(url, CALL | {"subject": "Visit", "is_active": ""})
    with tenant_scope(tenant):
        robot.refresh_from_db()
        assert (robot.subject, robot.is_active, robot.maker_id) == ("Visit", False, admin.pk)


def test_robots_are_ordered_copied_switched_and_deleted(
    tenant: Tenant, desk: Client, make_robot: Make, stages: dict[str, Stage]
) -> None:
    first, second = make_robot(name="One"), make_robot(name="Two")
    desk.post(reverse("automation:order"), {"down": first.pk})
    desk.post(reverse("automation:switch", args=[first.pk]), {})
    desk.post(reverse("automation:copy", args=[second.pk]), {"stage": stages["third"].pk})
    desk.post(reverse("automation:delete", args=[second.pk]))
    with tenant_scope(tenant):
        found = list(Robot.objects.order_by("stage__position").values_list("name", "stage_id", "is_active"))
    assert found == [("One", stages["second"].pk, False), ("Two", stages["third"].pk, False)]


def test_trial_page_shows_what_would_happen(
    desk: Client, make_robot: Make, make_deal: Make, stages: dict[str, Stage]
) -> None:
    make_robot(subject="Call them")
    deal = make_deal()
    url = reverse("automation:trial", args=[stages["second"].pk])
    assert deal.title in desk.get(url).content.decode()
    assert "Call them" in desk.post(url, {"deal": deal.pk}).content.decode()
    assert desk.post(url, {"deal": ""}).status_code == 422


@pytest.fixture
def waiting(
    tenant: Tenant, make_robot: Make, make_deal: Make, stages: dict[str, Stage], alice: Membership
) -> RobotRun:
    make_robot(wait=2, wait_unit="h", name="First call")
    deal = make_deal()
    with tenant_scope(tenant):
        move_deal(deal=deal, stage=stages["second"], by=alice, now=timezone.now())
        return RobotRun.objects.get()


def test_deal_tells_what_robots_are_about_to_do_and_it_is_called_off(
    tenant: Tenant, client_of: Make, alice: Membership, waiting: RobotRun
) -> None:
    desk = client_of(alice)
    assert "First call" in desk.get(reverse("automation:of_deal", args=[waiting.deal_id])).content.decode()
    desk.post(reverse("automation:call_off", args=[waiting.pk]))
    with tenant_scope(tenant):
        waiting.refresh_from_db()
    assert (waiting.state, waiting.outcome, waiting.params) == ("passed", "called_off", {"by": "Alice"})
    answer = desk.post(reverse("automation:do_now", args=[waiting.pk]), headers={"HX-Request": "true"})
    assert answer.status_code == 409


def test_run_of_a_colleagues_deal_is_nobody_elses(
    client_of: Make, bob: Membership, charlie: Membership, waiting: RobotRun
) -> None:
    url = reverse("automation:call_off", args=[waiting.pk])
    for stranger in (bob, charlie):
        assert client_of(stranger).post(url).status_code == 404
        assert (
            client_of(stranger).get(reverse("automation:of_deal", args=[waiting.deal_id])).status_code == 404
        )


def test_log_is_filtered_and_paged(tenant: Tenant, desk: Client, waiting: RobotRun) -> None:
    from automation.views.log import PAGE

    with tenant_scope(tenant):
        now = dt.datetime.now(dt.UTC)
        RobotRun.objects.bulk_create(
            RobotRun(
                robot=waiting.robot, name=f"Run {n}", deal=waiting.deal, stage=waiting.stage, trigger="entered",
                occasion=str(n), state="done", outcome="commented", due_at=now, ended_at=now,
            )
            for n in range(PAGE + 5)
        )  # fmt: skip
    url = reverse("automation:log")
    first = desk.get(url)
    assert len(first.context["lines"]) == PAGE
    rest = desk.get(url, {"before": first.context["more"]})
    assert len(rest.context["lines"]) == 6 and rest.context["more"] is None
    assert len(desk.get(url, {"state": "waiting"}).context["lines"]) == 1
    assert desk.get(url, {"state": "failed"}).context["lines"] == []


def test_board_costs_the_same_for_few_robots_and_for_many(
    desk: Client, pipeline: Pipeline, make_robot: Make, django_assert_max_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    make_robot()
    desk.get(board_url(pipeline.pk))
    with CaptureQueriesContext(connection) as few:
        desk.get(board_url(pipeline.pk))
    for _number in range(10):
        make_robot("third")
    with CaptureQueriesContext(connection) as many:
        desk.get(board_url(pipeline.pk))
    assert len(many) == len(few)
