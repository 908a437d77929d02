"""The explorer: every number by every dimension opens its rows, its totals count rows once, and who sees what."""

from __future__ import annotations

import html
import random
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from core.listing import listing_for
from core.tenancy import tenant_scope
from core.zones import zones
from deals.models import Deal
from leads.models import Lead
from reports.axes import axes_of
from reports.explorer.measures import FIGURES
from reports.explorer.table import LISTS
from reports.tests.varied import fill
from tenants.field_rights import seen_by
from tenants.models import CustomField, Membership, Tenant

SignIn = Callable[[Membership], Client]
EXPLORER = reverse("reports:explorer")
_CELL = re.compile(r'<a class="numlink" href="([^"]+)" data-rows="(\d+)"')
_TOTAL = re.compile(r'data-rows="(\d+)"')
FEW = 12  # numbers of a table with columns that are opened
EVERYTHING = "period=all&non_advertising=on&top=10"


@pytest.fixture
def varied(tenant: Tenant, alice: Membership, bob: Membership, directories: dict[str, Any]) -> None:
    fill(tenant, directories, [alice, bob])


def _addresses(tenant: Tenant, member: Membership, subject: str) -> Iterator[str]:
    """Each dimension alone, beside its neighbour and beside one far away; each measure in turn."""
    with tenant_scope(tenant), seen_by(member):
        keys = list(axes_of(subject, person="owner"))
    figures = [one.key for one in FIGURES[subject]]
    for place, key in enumerate(keys):
        yield f"rows={key}"
        for step in (1, 5, 11):
            other = keys[(place + step) % len(keys)]
            yield f"rows={key}&columns={other}&measure={figures[(place + step) % len(figures)]}"
    many = [key for key in keys if key in ("tags", "product") or key.startswith("cf_")]
    yield from (f"rows={a}&columns={b}" for a in many for b in many if a < b)


@pytest.mark.parametrize("who", ["admin", "head", "alice"])
@pytest.mark.parametrize("subject", ["leads", "deals"])
def test_every_number_of_the_explorer_opens_its_rows(
    request: pytest.FixtureRequest, client_of: SignIn, tenant: Tenant, varied: None, who: str, subject: str
) -> None:  # fmt: skip
    member: Membership = request.getfixturevalue(who)
    client, wrong, chance = client_of(member), [], random.Random(3)
    counted: dict[str, int] = {}
    tables = 0
    for address in _addresses(tenant, member, subject):
        page = client.get(f"{EXPLORER}?{EVERYTHING}&subject={subject}&{address}")
        assert page.status_code == 200, address
        found = [(html.unescape(href), int(n)) for href, n in _CELL.findall(page.content.decode())]
        tables += bool(found)
        for href, number in found if "columns" not in address else chance.sample(found, min(FEW, len(found))):
            if href not in counted:
                counted[href] = _rows(tenant, member, subject, href)
            if counted[href] != number:
                wrong.append(f"{address}: {number} opens {counted[href]} rows: {href}")
    assert wrong == []
    assert tables > 60, tables


def _rows(tenant: Tenant, member: Membership, subject: str, href: str) -> int:
    path, _mark, query = href.partition("?")
    assert path == reverse(LISTS[subject])
    with tenant_scope(tenant), zones(reader="UTC", company=member.tenant.time_zone), seen_by(member):
        count: int = listing_for(LISTS[subject]).filtered(member, QueryDict(query)).qs.count()
    return count


@pytest.mark.parametrize(
    "address",
    [
        "subject=leads&rows=source&columns=week&period=quarter",
        "subject=leads&rows=week&columns=source&dates=taken&first=2026-01-07",
        "subject=leads&rows=tags&tags=vip",
        "subject=deals&rows=tags&columns=product&tag=vip",
        "subject=deals&rows=reason&columns=manager&state=lost&dates=closed",
        "subject=leads&rows=manager&columns=department&whose=owner",
    ],
)
def test_filters_of_the_reader_stay_in_force(
    client_of: SignIn, tenant: Tenant, admin: Membership, varied: None, address: str
) -> None:  # fmt: skip
    page = client_of(admin).get(f"{EXPLORER}?top=10&{address}").content.decode()
    found = [(html.unescape(href), int(n)) for href, n in _CELL.findall(page)]
    subject = "deals" if "subject=deals" in address else "leads"
    assert found
    assert [(href, n) for href, n in found if _rows(tenant, admin, subject, href) != n] == []
