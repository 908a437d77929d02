"""A pipeline with three open stages, reasons, and a way to make deals."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from core.tenancy import tenant_scope
from deals.models import Deal, Pipeline, RejectionReason, Stage
from deals.services import create_deal
from deals.setup import create_starter_pipeline, create_starter_reasons
from tenants.models import Membership, Tenant

NOW = dt.datetime(2026, 11, 17, 9, 0, tzinfo=dt.UTC)


@pytest.fixture
def now() -> dt.datetime:
    return NOW


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
        values = {"pipeline": pipeline, "by": alice, "now": NOW} | fields
        with tenant_scope(tenant):
            return create_deal(title=title, **values)

    return make
