"""A list costs the same number of queries for three rows and for three hundred."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from activities.models import Activity
from contacts.models import Company, Contact
from core.tenancy import TenantOwned, tenant_scope
from core.tests.filling import build
from crm_project.tests.walkers.asking import signed_in
from crm_project.tests.walkers.routes import Route, of_kind
from crm_project.tests.walkers.world import NOW, World
from deals.models import Deal
from leads.models import Lead

pytestmark = pytest.mark.django_db
_LISTS = re.compile(r"(^|_)(list|board|unsorted|journal|people|sources|reasons|roles|departments|pipelines)$")
LISTS = [r for r in of_kind("tenant") if not r.kwargs and _LISTS.search(r.name.split(":")[1])]
ROWS = 300
PAST_A_PAGE = 1  # rows that fit a page are counted in Python; beyond it the total is one query, at any size


def many(world: World, model: type[TenantOwned], count: int) -> None:
    """Make rows that refer to whatever the world has, so that a query a row would show."""
    known = {type(row): row for row in world.rows.values()}
    refers: dict[str, Any] = {}
    for field in model._meta.local_fields:
        target = field.related_model
        if isinstance(target, type) and target in known and target is not model:
            refers[field.name] = known[target]
    model._default_manager.bulk_create([build(model, **refers | _own(model, n)) for n in range(count)])


def _own(model: type[models.Model], number: int) -> dict[str, Any]:
    """Give what makes a row appear in its list."""
    if model is Activity:
        return {"kind": "task", "is_done": False, "due_at": NOW, "deal": None, "lead": None, "contact": None}
    if model is Lead:
        return {
            "number": 10_000 + number,
            "state": "new",
            "kind": "call",
            "deal": None,
            "call": None,
            "dialog": None,
        }
    if model is Deal:
        return {"number": 10_000 + number, "state": "open"}
    return {}


def cost(client: Client, address: str) -> int:
    """Count the queries of a page that has been opened before."""
    client.get(address)
    connection.queries_log.clear()
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(address)
    assert answer.status_code == 200
    return len(queries)


def test_lists_are_found():
    assert {"leads:unsorted", "leads:list", "deals:board", "deals:list", "contacts:list"} <= {
        r.name for r in LISTS
    }


def test_lists_cost_the_same_for_three_and_three_hundred_rows(tenant, admin):
    world, client = World(tenant, admin), signed_in(admin)

    def grow(count: int) -> None:
        with tenant_scope(tenant):
            for model in (Contact, Company, Lead, Deal, Activity):
                many(world, model, count)

    def costs() -> dict[Route, int]:
        return {route: cost(client, reverse(route.name)) for route in LISTS}

    grow(3)
    few = costs()
    with tenant_scope(tenant):  # numbers are unique: the three give way to the three hundred
        Lead.objects.filter(number__gte=10_000).delete()
        Deal.objects.filter(number__gte=10_000).delete()
    grow(ROWS)
    lots = costs()
    grown = {
        str(route): (few[route], lots[route]) for route in LISTS if lots[route] - few[route] > PAST_A_PAGE
    }
    assert grown == {}
