"""Reading costs and campaigns by the API: filters, pages, and what they cost."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts.models import SourceCost
from contacts.sources import services
from contacts.tests.api import Program, cost, put
from core.tenancy import tenant_scope

pytestmark = pytest.mark.django_db


@pytest.fixture
def program(admin) -> Program:
    return Program(admin)


@pytest.fixture
def source(admin, tenant):
    with tenant_scope(tenant):
        return services.create_source(name="Yandex", by=admin, utm_source="yandex")


def test_filters_narrow_by_day_source_campaign_name_and_origin(program, tenant, admin, source):
    with tenant_scope(tenant):
        services.add_cost(source=source, by=admin, starts_on=dt.date(2026, 1, 1), ends_on=dt.date(2026, 1, 31),
                          amount=Decimal(5), currency="RUB")  # fmt: skip
    put(program, cost("a", "2026-01-31", campaign="Brand"), cost("b", "2026-02-01", campaign="VK"))

    def found(query):
        return [one["external_id"] for one in program("GET", f"costs?{query}").json()["items"]]

    assert found("") == ["b", "a", ""]
    assert found("first=2026-01-31&last=2026-01-31") == ["a", ""]
    assert found("last=2025-12-31") == []
    assert found(f"source_id={source.pk}") == found("origin=hand") == [""]
    assert found("campaign=Brand") == found("external_id=a") == ["a"]
    for wrong in (
        "first=x",
        "limit=0",
        "limit=501",
        "source_id=x",
        "origin=x",
        "after=x",
        "first=20000",
        "form=2026-01-01",
    ):
        answer = program("GET", f"costs?{wrong}")
        assert answer.status_code == 422, wrong
        assert answer.json()["errors"][0]["field"] == wrong.partition("=")[0]


def test_pages_are_stable_while_costs_come(program, tenant):
    put(program, *[cost(f"{n:02}", f"2026-11-{n % 5 + 1:02}", campaign=str(n)) for n in range(23)])
    seen, after = [], ""
    while True:
        told = program("GET", f"costs?limit=5&after={after}").json()
        seen += [one["external_id"] for one in told["items"]]
        put(program, cost(f"late {len(seen)}", "2026-12-01", campaign=f"late {len(seen)}"))
        if told["next"] is None:
            break
        after = told["next"]
    assert sorted(seen) == [f"{n:02}" for n in range(23)]


def test_campaigns_are_listed_once_for_each_way_they_came(program, tenant, admin, source):
    put(program, *[cost(f"{n}", "2026-11-27", campaign=name) for n, name in enumerate(["", "B", "A", "C"])])
    put(program, cost("later", "2026-11-29", campaign="A"))
    with tenant_scope(tenant):
        SourceCost.objects.create(
            origin="file", campaign="A", starts_on="2026-01-01", ends_on="2026-01-02", amount=1
        )
        services.set_campaign_source(origin="api", campaign="B", source=source, by=admin)
    seen, after = [], ""
    while True:
        told = program("GET", f"campaigns?limit=2&after={after}").json()
        seen += told["items"]
        if told["next"] is None:
            break
        after = told["next"]
    assert [(one["campaign"], one["origin"]) for one in seen] == [
        ("", "api"), ("A", "api"), ("A", "file"), ("B", "api"), ("C", "api"),
    ]  # fmt: skip
    assert (seen[1]["first_on"], seen[1]["last_on"]) == ("2026-11-27", "2026-11-29")
    assert [one["source_id"] for one in seen] == [None, None, None, str(source.pk), None]


def test_reading_and_sending_cost_the_same_however_many(program, tenant):
    def queries_of(*asked):
        with CaptureQueriesContext(connection) as queries:
            assert program(*asked).status_code == 200
        return len(queries)

    few = [cost(f"{n}", "2026-01-01", campaign=f"{n}") for n in range(2)]
    many = [cost(f"{n}", "2026-01-01", campaign=f"{n}") for n in range(40)]
    program("GET", "costs")  # the use of the token is noted once
    sent = queries_of("POST", "costs", {"costs": few})
    read = queries_of("GET", "costs")
    campaigns = queries_of("GET", "campaigns")
    assert queries_of("POST", "costs", {"costs": many[2:]}) == sent
    assert queries_of("GET", "costs") == read
    assert queries_of("GET", "campaigns") == campaigns
