"""Regions (R9): leads and conversion, however a region is written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from leads.models import Lead
from tenants.models import Membership

SignIn = Callable[[Membership], Client]
NAME = "reports:regions"


@pytest.fixture
def places(make_lead: Callable[..., Lead]) -> None:
    """The case of docs/reports.md: three leads from Kazan, of them one written otherwise, and two from nowhere."""
    for region, state in (("Казань", "converted"), ("казань", "new"), ("Казань", "rejected")):
        make_lead(region=region, state=state)
    for _n in range(2):
        make_lead()
    make_lead(region="Казань", received_at=timezone.now() - dt.timedelta(days=40))


def test_a_region_is_one_however_it_is_written(client_of: SignIn, admin: Membership, places: None) -> None:
    page = client_of(admin).get(reverse(NAME)).context
    found = [(row["name"], row["total"], round(row["share"]), row["delta"]) for row in page["rows"]]
    assert found == [("Казань", 3, 33, 2), ("Регион не указан", 2, 0, 2)]
    assert page["whole"]["total"] == 5


def test_every_number_opens_its_rows(
    client_of: SignIn, admin: Membership, places: None, opened_numbers: Any
) -> None:
    assert sorted(opened_numbers(client_of(admin), reverse(NAME)).values())[-1] == 5


def test_export_tells_the_same(client_of: SignIn, admin: Membership, places: None) -> None:
    file = client_of(admin).get(reverse(NAME), {"format": "csv"})
    lines = file.content.decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    assert lines[1].startswith("Казань;3;1;0;1;1;33")
