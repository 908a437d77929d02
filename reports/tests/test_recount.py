"""Every figure reckoned again in plain Python from the lists people take out: neither queries nor cells take part."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.zones import zones
from reports.managers.measures import WON
from reports.managers.rows import GROUPS
from reports.queries.cohorts import DAYS
from reports.tests.exported import exported, table_of
from reports.tests.varied import fill
from tenants.models import Membership, Tenant

SignIn = Callable[[Membership], Client]
EVERY_LEAD = "period=all&non_advertising=on"


@pytest.fixture
def varied(tenant: Tenant, alice: Membership, bob: Membership, directories: dict[str, Any]) -> None:
    fill(tenant, directories, [alice, bob])


@pytest.fixture
def leads(varied: None, admin: Membership, tmp_path: Path) -> Callable[..., list[list[str]]]:
    """Return a function that exports columns of all leads, or of those a query finds."""
    return lambda *columns, query=EVERY_LEAD: exported(admin, "leads:list", columns, tmp_path, query)


@pytest.fixture
def deals(varied: None, admin: Membership, tmp_path: Path) -> Callable[..., list[list[str]]]:
    return lambda *columns, query="period=all": exported(admin, "deals:list", columns, tmp_path, query)


@pytest.fixture
def report(client_of: SignIn, admin: Membership) -> Callable[[str, str], list[list[str]]]:
    """Return a function that takes a report's table out as a file, without its heads."""

    def read(page: str, query: str) -> list[list[str]]:
        return table_of(client_of(admin).get(f"{reverse(page)}?{query}&format=csv"))[1:]  # type: ignore[arg-type]

    return read


def numbers(row: list[str]) -> list[int]:
    return [int(cell) for cell in row if cell.isdigit()]


@pytest.mark.parametrize("by", ["source", "channel"])
def test_quality(leads: Any, report: Any, by: str) -> None:
    plain = Counter(row[0] for row in leads(by))
    shown = {row[0]: int(row[1]) for row in report("reports:quality", f"{EVERY_LEAD}&by={by}")}
    total = shown.pop(list(shown)[-1])
    assert total == sum(plain.values())
    assert {name: count for name, count in shown.items() if name in plain} == {
        n: c for n, c in plain.items() if n
    }
    assert [count for name, count in shown.items() if name not in plain] == ([plain[""]] if plain[""] else [])


def test_quality_by_kind(leads: Any, report: Any) -> None:
    plain = Counter(row[0] for row in leads("quality"))
    *_rows, whole = report("reports:quality", f"{EVERY_LEAD}&by=source")
    assert sorted(numbers(whole[2:7])) == sorted([*plain.values(), *[0] * (5 - len(plain))])


def test_reasons(leads: Any, report: Any) -> None:
    plain = Counter(row[0] for row in leads("reason", query=f"{EVERY_LEAD}&state=rejected"))
    shown = {row[0]: int(row[1]) for row in report("reports:reasons", f"{EVERY_LEAD}&by=source")}
    assert sorted(shown.values()) == sorted(plain.values())
    assert all(shown[name] == count for name, count in plain.items() if name)


def test_regions_however_written(leads: Any, report: Any) -> None:
    plain = Counter(row[0].lower() for row in leads("region"))
    shown = report("reports:regions", EVERY_LEAD)[:-1]
    assert sorted(int(next(cell for cell in row if cell.isdigit())) for row in shown) == sorted(
        plain.values()
    )


def test_peaks(leads: Any, report: Any, admin: Membership) -> None:
    moments = [dt.datetime.fromisoformat(row[0]) for row in leads("time")]
    plain = Counter((moment.weekday(), moment.hour) for moment in moments)
    shown = [int(row[2]) for row in report("reports:peaks", EVERY_LEAD) if int(row[2])]
    assert Counter(shown) == Counter(plain.values())
    assert sum(shown) == len(moments)


def test_explorer(leads: Any, report: Any) -> None:
    plain = Counter((row[0], row[1]) for row in leads("source", "quality") if row[0])
    rows = report(
        "reports:explorer", f"{EVERY_LEAD}&subject=leads&rows=source&columns=quality&measure=count&top=50"
    )
    shown = Counter(
        count
        for row in rows[:-1]
        if row[0] in {n for n, _q in plain}
        for count in numbers(row[1:-1])
        if count
    )
    assert shown == Counter(plain.values())


def test_cohorts(deals: Any, report: Any) -> None:
    plain: dict[str, list[int]] = {}
    for created, closed in deals("created_at", "closed_at", query="period=all&state=won"):
        took = dt.datetime.fromisoformat(closed) - dt.datetime.fromisoformat(created)
        of_month = plain.setdefault(created[:7], [0] * len(DAYS))
        for place, days in enumerate(DAYS):
            of_month[place] += took <= dt.timedelta(days=days)
    shown = [row for row in report("reports:cohorts", "period=all&by=month") if int(row[-1])]
    assert len(shown) == len(plain)
    for (_month, counted), row in zip(sorted(plain.items()), shown, strict=True):
        assert [int(cell) if cell else None for cell in row[2:-1]] == [
            count if cell else None for count, cell in zip(counted, row[2:-1], strict=True)
        ]


def test_losses_by_reason(deals: Any, report: Any) -> None:
    plain = Counter(row[0] for row in deals("reason", query="period=all&state=lost&state=archived"))
    *rows, whole = report("reports:losses", "period=all")
    assert sorted(int(row[1]) for row in rows) == sorted(plain.values())
    assert int(whole[1]) == sum(plain.values()) == sum(numbers(whole[2:]))


def test_won_by_managers(deals: Any, report: Any, admin: Membership) -> None:
    with zones(reader=admin.tenant.time_zone, company=admin.tenant.time_zone):
        today = timezone.localdate()
    first = today - dt.timedelta(days=100)
    query = f"first={first}&last={today}&dates=closed&state=won"
    plain = Counter(row[0] for row in deals("owner", query=query))
    *rows, whole = report("reports:managers", f"first={first}&last={today}")
    won = 1 + [one.measure for _label, columns in GROUPS for one in columns].index(WON)
    shown = {row[0]: int(row[won]) for row in rows if int(row[won])}
    assert {name: shown.pop(name) for name in plain if name} == {name: n for name, n in plain.items() if name}
    assert list(shown.values()) == [plain[""]]
    assert int(whole[won]) == sum(plain.values()) > 0
