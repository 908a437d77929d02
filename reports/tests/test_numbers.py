"""Every number of every report, by every dimension it offers, for every reader: its link opens exactly so many rows."""

from __future__ import annotations

import datetime as dt
import html
import random
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from activities.models import Activity
from core.tenancy import tenant_scope
from deals.models import Deal, Stage
from deals.services import move_deal
from leads.models import Lead
from reports.catalogue import REPORTS
from reports.rollups.refreshing import rebuild
from reports.tests.opening import rows_of, rows_shown
from tenants.models import Membership, Tenant

_NUMBER = re.compile(r'<a class="numlink[^"]*" href="([^"]+)">([\d\s\xa0 ]+)</a>')
_CHOICE = re.compile(r'<a href="(\?[^"]*\b(?:by|cut)=[^"]+)"')


@pytest.fixture
def year(
    tenant: Tenant, admin: Membership, alice: Membership, bob: Membership, directories: dict[str, Any],
    make_lead: Callable[..., Lead], make_deal: Callable[..., Deal],
) -> None:  # fmt: skip
    """Some hundred leads, deals and activities of a year, counted beforehand; a few of them changed since."""
    chance = random.Random(5)
    reasons, now = directories["reasons"], timezone.now()
    for _index in range(70):
        state = chance.choice(["new", "in_work", "rejected", "converted"])
        make_lead(
            received_at=now - dt.timedelta(hours=chance.randrange(24 * 200)),
            source=chance.choice([directories["ads"], directories["word"], None]),
            campaign=chance.choice(["brand", "", "осень"]),
            region=chance.choice(["Москва", "Казань", ""]),
            channel_kind=chance.choice(["call", "request", "email"]),
            quality=chance.choice(["targeted", "repeat", "non_targeted", "unverified"]),
            state=state,
            closed_at=now - dt.timedelta(days=chance.randrange(20))
            if state in ("rejected", "converted")
            else None,
            rejection_reason=chance.choice([*reasons[:3], None]) if state == "rejected" else None,
            taken_by=chance.choice([alice, bob, None]),
            is_advertising=chance.random() > 0.2,
        )
    with tenant_scope(tenant):
        stages = list(Stage.objects.filter(pipeline=directories["pipeline"], kind__in=("open", "won")))
    for _index in range(20):
        deal = make_deal(chance.choice([alice, bob]), days_ago=chance.randrange(1, 90), amount=100)
        with tenant_scope(tenant):
            move_deal(deal=deal, stage=chance.choice(stages[1:]), by=admin, now=now)
    with tenant_scope(tenant):
        for _index in range(40):
            is_done = chance.random() > 0.3
            Activity.objects.create(
                kind=chance.choice(["call", "meeting", "email", "message", "task"]),
                direction=chance.choice(["in", "out"]),
                outcome=chance.choice(["", "talked", "no_answer", "held", "absent"]),
                owner=chance.choice([alice, bob, None]),
                author=chance.choice([alice, bob]),
                is_done=is_done,
                occurred_at=now - dt.timedelta(hours=chance.randrange(24 * 60)),
                due_at=chance.choice([None, now - dt.timedelta(hours=chance.randrange(24 * 60))]),
            )
        rebuild(Tenant.objects.get(pk=tenant.pk), now=now)
        for lead in Lead.objects.order_by("pk")[:5]:
            Lead.objects.filter(pk=lead.pk).update(quality="repeat")


WALKED = [
    report for report in REPORTS if report.page != "reports:explorer"
]  # test_explorer.py walks through that
REALLY_OPENED = 10  # numbers of a reader whose pages are asked, too
PERIODS = ("period=all&non_advertising=on", "period=year&dates=closed")


@pytest.mark.parametrize("who", ["admin", "head", "alice"])
def test_every_number_opens_its_rows(
    request: pytest.FixtureRequest, client_of: Callable[[Membership], Client], year: None, who: str
) -> None:  # fmt: skip
    """In one walk: its hundred rows are made once for all reports."""
    member: Membership = request.getfixturevalue(who)
    client, wrong, seen = client_of(member), [], dict.fromkeys((report.page for report in WALKED), 0)
    counted: dict[str, int | str] = {}
    for report in WALKED:
        for period in PERIODS if who == "admin" else PERIODS[:1]:
            for address in _addresses(client, f"{reverse(report.page)}?{period}"):
                for href, number in _numbers(client, address):
                    seen[report.page] += 1
                    if href not in counted:
                        counted[href] = rows_of(member, href)
                    if counted[href] != number:
                        wrong.append(f"{address}: {number} opens {counted[href]} rows: {href}")
    assert wrong == []
    assert who != "admin" or all(seen.values()), seen
    for href in random.Random(5).sample(sorted(counted), REALLY_OPENED):
        assert rows_shown(client, href) == counted[href], href


def _addresses(client: Client, address: str) -> Iterator[str]:
    yield address
    page = client.get(address).content.decode()
    for query in set(_CHOICE.findall(page)):
        yield address.split("?")[0] + html.unescape(query)


def _numbers(client: Client, address: str) -> set[tuple[str, int]]:
    answer = client.get(address)
    assert answer.status_code == 200, address
    found = _NUMBER.findall(answer.content.decode())
    return {(html.unescape(href), int(re.sub(r"\D", "", number))) for href, number in found}
