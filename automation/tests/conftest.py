"""A pipeline, an administrator who makes robots, and a way to let them work."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from automation.models import Robot, RobotRun
from automation.services import RobotValues, save_robot
from automation.tests.working import work
from core.tenancy import tenant_scope
from deals.models import Deal, Pipeline, RejectionReason, Stage
from deals.services import create_deal
from deals.setup import create_starter_pipeline, create_starter_reasons
from tenants.models import Membership, Tenant

NOW = dt.datetime(2026, 11, 17, 9, 0, tzinfo=dt.UTC)  # Tuesday noon in Moscow


@pytest.fixture
def clock(tenant: Tenant) -> Any:
    """Tuesday noon; travels."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def pipeline(tenant: Tenant) -> Pipeline:
    with tenant_scope(tenant):
        return create_starter_pipeline(template="simple")


@pytest.fixture
def stages(tenant: Tenant, pipeline: Pipeline) -> dict[str, Stage]:
    """The stages by what they are: first, second, third, won, lost, archived."""
    with tenant_scope(tenant):
        found = list(Stage.objects.select_related("pipeline").filter(pipeline=pipeline).order_by("position"))
    return dict(zip(["first", "second", "third", "won", "lost", "archived"], found, strict=True))


@pytest.fixture
def reason(tenant: Tenant) -> RejectionReason:
    with tenant_scope(tenant):
        return create_starter_reasons()[0]


@pytest.fixture
def make_deal(tenant: Tenant, pipeline: Pipeline, alice: Membership) -> Callable[..., Deal]:
    """Return a function that makes a deal of Alice's in the first stage."""

    def make(title: str = "Coffee machine", **fields: Any) -> Deal:
        values = {"pipeline": pipeline, "by": alice, "now": timezone.now()} | fields
        with tenant_scope(tenant):
            return create_deal(title=title, **values)

    return make


@pytest.fixture
def make_robot(tenant: Tenant, stages: dict[str, Stage], admin: Membership) -> Callable[..., Robot]:
    """Return a function that makes a robot of the second stage; without more it plans a call."""

    def make(stage: str = "second", **fields: Any) -> Robot:
        action = fields.pop("action", "plan")
        settings = ("trigger", "wait", "wait_unit", "is_working_time", "is_active", "name", "conditions")
        given = {name: fields.pop(name) for name in settings if name in fields}
        by = fields.pop("by", admin)
        usual = {
            "activity_kind": "call",
            "subject": "Call {client_name}",
            "text": "",
            "due": 1,
            "due_unit": "h",
        }
        values = RobotValues(
            action=action,
            action_values=(usual | {"whom": "owner", "member": None} if action == "plan" else {}) | fields,
            **({"trigger": "entered"} | given),
        )
        with tenant_scope(tenant):
            return save_robot(values=values, by=by, now=timezone.now(), stage=stages[stage])

    return make


@pytest.fixture
def work_off(tenant: Tenant) -> Callable[[], list[RobotRun]]:
    """Return a function that lets the robots do what is due, and gives all runs, the first made first."""

    def go() -> list[RobotRun]:
        with tenant_scope(tenant):
            work()
            return list(RobotRun.objects.select_related("robot", "deal").order_by("pk"))

    return go
