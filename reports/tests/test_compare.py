"""With what a report's figures are compared."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from leads.models import Lead
from reports.periods import Period, comparison
from tenants.models import Membership

SignIn = Callable[[Membership], Client]
COMPARING = (
    "leads",
    "quality",
    "reasons",
    "response",
    "peaks",
    "regions",
    "money",
    "explorer",
    "managers",
    "funnel",
    "losses",
)


@pytest.mark.parametrize(
    ("first", "last", "how", "expected"),
    [
        ("2026-03-01", "2026-03-31", "previous", ("2026-01-29", "2026-02-28")),
        ("2026-03-05", "2026-03-10", "year", ("2025-03-05", "2025-03-10")),
        ("2024-02-29", "2024-02-29", "year", ("2023-02-28", "2023-02-28")),
        (
            "2025-02-01",
            "2025-02-28",
            "year",
            ("2024-02-01", "2024-02-29"),
        ),  # a whole month with a whole month
        ("2024-02-01", "2024-02-29", "year", ("2023-02-01", "2023-02-28")),
        ("2025-02-10", "2025-02-28", "year", ("2024-02-10", "2024-02-28")),
        ("2026-03-01", "2026-03-31", "none", None),
    ],
)
def test_a_period_is_compared(first: str, last: str, how: str, expected: tuple[str, str] | None) -> None:
    period = Period(dt.date.fromisoformat(first), dt.date.fromisoformat(last))
    found = comparison(QueryDict(f"compare={how}"), period)
    assert found.period == (expected and Period(*map(dt.date.fromisoformat, expected)))
    assert not found.why_not


@pytest.mark.parametrize(
    ("first", "last", "why"),
    [
        (None, None, "Only a period with both ends can be compared."),
        (dt.date(2026, 1, 1), None, "Only a period with both ends can be compared."),
        (dt.date(2026, 2, 1), dt.date(2026, 1, 1), "The period ends before it begins."),
        (dt.date(1970, 1, 1), dt.date(1970, 1, 9), "Nothing is known of the time before 1970."),
        (dt.date(1970, 1, 1), dt.date(2200, 1, 1), "Nothing is known of the time before 1970."),
    ],
)
@pytest.mark.parametrize("how", ["previous", "year", "nonsense"])
def test_what_cannot_be_compared_is_said(
    settings: Any, first: dt.date | None, last: dt.date | None, why: str, how: str
) -> None:
    with translation.override("en"):
        found = comparison(QueryDict(f"compare={how}"), Period(first, last))
    assert found.period is None
    assert found.why_not == why


@pytest.mark.parametrize("report", COMPARING)
def test_reports_compare_with_last_year(client_of: SignIn, admin: Membership, report: str) -> None:
    address = f"{reverse(f'reports:{report}')}?first=2026-03-01&last=2026-03-31&rows=source"
    page = client_of(admin).get(f"{address}&compare=year").content.decode()
    assert 'id="compare-menu"' in page
    assert "2025" in page.split('id="compare-menu"')[0].rsplit("popovertarget", 1)[1]
    open_ended = client_of(admin).get(f"{reverse(f'reports:{report}')}?first=2026-03-01&compare=year")
    assert "у которого есть начало и конец" in open_ended.content.decode()


def test_last_year_is_counted(client_of: SignIn, admin: Membership, make_lead: Callable[..., Lead]) -> None:
    now = timezone.now()
    make_lead(received_at=now - dt.timedelta(days=1))
    for days in (366, 367, 368):
        make_lead(received_at=now - dt.timedelta(days=days))
    client, address = client_of(admin), f"{reverse('reports:explorer')}?rows=channel_kind&period=30d"
    assert "1 против 3" in client.get(f"{address}&compare=year").content.decode()
    assert "1 против 0" in client.get(f"{address}&compare=previous").content.decode()
    assert "против" not in client.get(f"{address}&compare=none").content.decode().split("<main")[1]
