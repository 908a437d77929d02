"""Sources end to end, over a case counted by hand (docs/reports.md), and every number opens what it is made of."""

from __future__ import annotations

import datetime as dt
import html
import itertools
import random
import re
from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from contacts.models import Contact, Source, SourceCost, SourceGroup
from core.listing import listing_for
from core.tenancy import tenant_scope
from deals.models import Deal, Stage
from deals.services import create_deal, move_deal
from deals.setup import create_starter_pipeline
from leads.models import Lead
from reports.rollups.refreshing import rebuild
from reports.tests.exported import exported
from tenants.models import CurrencyRate, Membership, Tenant

pytestmark = pytest.mark.django_db
SignIn = Callable[[Membership], Client]
MARCH = "first=2026-03-16&last=2026-03-31"
_numbers = itertools.count(50_000)


def at(day: int, month: int = 3) -> dt.datetime:
    return dt.datetime(2026, month, day, 9, tzinfo=dt.UTC)


class Shop:
    """The tenant of the case, and short ways to fill it."""

    def __init__(self, tenant: Tenant, by: Membership) -> None:
        self.tenant, self.by = tenant, by
        self.pipeline = create_starter_pipeline(template="simple")
        self.won = Stage.objects.get(pipeline=self.pipeline, kind="won")
        self.ads = SourceGroup.objects.create(name="Ads")
        self.yandex = Source.objects.create(name="Yandex", group=self.ads)
        self.vk = Source.objects.create(name="VK")

    def lead(self, on: dt.datetime, source: Source | None, **fields: Any) -> Lead:
        values = {"kind": "request", "channel_kind": "request", "quality": "repeat", "campaign": ""}
        return Lead.objects.create(number=next(_numbers), received_at=on, source=source, **values | fields)

    def deal(self, made: dt.datetime, won: dt.datetime | None = None, **fields: Any) -> Deal:
        deal = create_deal(title="Deal", pipeline=self.pipeline, by=self.by, now=made, **fields)
        return move_deal(deal=deal, stage=self.won, by=self.by, now=won) if won else deal

    def cost(
        self, source: Source | None, first: dt.date, last: dt.date, amount: str, **fields: Any
    ) -> SourceCost:
        return SourceCost.objects.create(
            source=source, starts_on=first, ends_on=last, amount=Decimal(amount), **fields
        )


@pytest.fixture
def shop(tenant: Tenant, admin: Membership) -> Shop:
    with tenant_scope(tenant):
        return Shop(tenant, admin)


@pytest.fixture
def case(shop: Shop) -> Shop:
    """Anna asks three times and buys, a deal without a client is won, Clara only asks."""
    with tenant_scope(shop.tenant):
        shop.cost(shop.yandex, dt.date(2026, 3, 1), dt.date(2026, 3, 31), "3100")
        shop.cost(
            shop.vk, dt.date(2026, 3, 20), dt.date(2026, 3, 20), "100", currency="USD", campaign="spring"
        )
        CurrencyRate.objects.create(base="RUB", currency="USD", on=dt.date(2026, 3, 30), value=80)
        anna, clara = (Contact.objects.create(name=name) for name in ("Anna", "Clara"))
        shop.lead(at(2), shop.yandex, contact=anna, name="Anna", quality="targeted")
        shop.lead(at(10), shop.vk, contact=anna, name="Anna", campaign="spring", channel_kind="chat")
        shop.lead(at(18), shop.yandex, contact=anna, name="Anna", campaign="brand")
        shop.lead(at(28), shop.vk, contact=anna, name="Anna", campaign="spring")
        shop.lead(at(20), shop.vk, contact=clara, name="Clara", quality="targeted")
        shop.deal(at(18), at(25), contact=anna, amount=Decimal("1000.01"))
        shop.deal(at(17), at(20), source=shop.vk, amount=Decimal(5000), note="nobody")
        shop.deal(at(20), contact=clara, amount=Decimal(777))
    return shop


def page_of(client: Client, query: str) -> Any:
    answer = client.get(f"{reverse('reports:money')}?{query}")
    assert answer.status_code == 200
    return answer


def found(client: Client, query: str) -> dict[str, tuple[Any, ...]]:
    rows = page_of(client, query).context["rows"]
    return {
        row.name: (row.cost, row.leads, row.targeted, row.deals, row.won, row.revenue, row.profit)
        for row in rows
    }


def test_case_by_last_touch(case: Shop, client_of: SignIn, admin: Membership) -> None:
    assert found(client_of(admin), f"{MARCH}&model=last") == {
        "Yandex": (1600, 1, 0, 1, 1, Decimal("1000.01"), Decimal("-599.99")),
        "VK": (8000, 2, 1, 2, 1, 5000, -3000),
    }
    context = page_of(client_of(admin), MARCH).context
    whole = context["whole"]
    assert (whole.cost, whole.revenue, whole.profit) == (9600, Decimal("6000.01"), Decimal("-3599.99"))
    assert (whole.deals, whole.deal_rows, whole.won_rows) == (3, 3, 2)
    assert (whole.per_lead, whole.per_targeted, whole.per_deal) == (3200, 9600, 3200)
    assert round(whole.roi_percent, 2) == Decimal("-37.50")
    assert "80" in context["rates"] and not context["lacking"]
    # of the 15 days before: 1 to 15 March, half a month of Yandex
    assert context["old"].cost == 1500


@pytest.mark.parametrize(
    ("model", "yandex", "vk"),
    [
        ("first", "1000.01", "0"),
        ("last", "1000.01", "0"),
        ("linear", "666.67", "333.34"),
        ("position", "800.01", "200.00"),
    ],
)
def test_revenue_is_shared_by_the_model(
    case: Shop, client_of: SignIn, admin: Membership, model: str, yandex: str, vk: str
) -> None:
    rows = found(client_of(admin), f"{MARCH}&model={model}")
    assert (rows["Yandex"][5], rows["VK"][5]) == (Decimal(yandex), Decimal(vk) + 5000)


def test_kinds_divide_the_money_of_a_source_as_its_leads(
    case: Shop, client_of: SignIn, admin: Membership
) -> None:
    with tenant_scope(case.tenant):
        case.lead(at(21), case.vk, channel_kind="chat")
    page = page_of(client_of(admin), f"{MARCH}&by=channel_kind&model=last").context["rows"]
    # a third of 100 $ is 33.33 $, times 80; the deal without an inquiry has no kind and cost nothing
    costs = {row.leads: row.cost for row in page}
    assert costs == {3: Decimal("6933.60"), 1: Decimal("2666.40"), 0: 0}


def test_campaigns_and_groups(case: Shop, client_of: SignIn, admin: Membership) -> None:
    client = client_of(admin)
    by_campaign = found(client, f"{MARCH}&by=campaign&model=last")
    assert by_campaign["spring"][:2] == (8000, 1) and by_campaign["brand"][5] == Decimal("1000.01")
    by_group = found(client, f"{MARCH}&by=source_group&model=last")
    assert by_group["Ads"][0] == 1600 and len(by_group) == 2
    only = found(client, f"{MARCH}&source={case.vk.pk}&model=linear")
    assert list(only) == ["VK"] and only["VK"][5] == Decimal("5333.34")


def test_payback_counts_days_from_the_first_cost(shop: Shop, client_of: SignIn, admin: Membership) -> None:
    with tenant_scope(shop.tenant):
        shop.cost(shop.yandex, dt.date(2026, 3, 16), dt.date(2026, 3, 20), "1000")
        shop.deal(at(16), at(17), source=shop.yandex, amount=Decimal(400))
        shop.deal(at(16), at(25), source=shop.yandex, amount=Decimal(600))
    [row] = page_of(client_of(admin), MARCH).context["rows"]
    assert row.payback_days == 10 and row.profit == 0


def test_currency_without_a_rate_is_told_and_left_out(
    shop: Shop, client_of: SignIn, admin: Membership
) -> None:
    with tenant_scope(shop.tenant):
        shop.cost(shop.vk, dt.date(2026, 3, 20), dt.date(2026, 3, 20), "100", currency="EUR")
        shop.deal(at(18), at(19), source=shop.vk, amount=Decimal(7), currency="EUR")
    page = page_of(client_of(admin), MARCH)
    [row] = page.context["rows"]
    assert (row.cost, row.revenue, row.won) == (0, 0, 1)
    assert "EUR" in page.context["lacking"] and page.context["lacking"] in html.unescape(
        page.content.decode()
    )


def test_edges_of_costs(shop: Shop, client_of: SignIn, admin: Membership) -> None:
    """No leads, no source, a source that is gone, an open period."""
    with tenant_scope(shop.tenant):
        gone = Source.objects.create(name="Gone")
        shop.cost(gone, dt.date(2026, 3, 20), dt.date(2026, 3, 21), "10")
        shop.cost(None, dt.date(2026, 3, 20), dt.date(2026, 3, 20), "5", campaign="lost")
        shop.cost(shop.vk, dt.date(2025, 1, 1), dt.date(2025, 1, 2), "3")
        gone.delete()
    client = client_of(admin)
    [row] = page_of(client, MARCH).context["rows"]
    assert (row.cost, row.leads, row.per_lead, row.roi_percent) == (15, 0, None, -100)
    assert {name: one[0] for name, one in found(client, "period=all").items()} == {row.name: 15, "VK": 3}
    assert {name: one[0] for name, one in found(client, "last=2025-01-01").items()} == {"VK": Decimal("1.50")}
    assert found(client, "first=9999-99-99") == {}


NUMBER = re.compile(r'<a class="numlink(?: is-share)?" href="([^"]+)"[^>]*>([\d\s\xa0]+)</a>')
TAKES_PART = re.compile(r'<a class="numlink is-share" href="([^"]+)" title="[^"\d]*([\d\s\xa0]+)[^"]*">')
QUERIES = [
    f"{MARCH}&by=source&model=first",
    f"{MARCH}&by=campaign&model=linear",
    "period=all&model=last",
    "period=all&model=position&non_advertising=on",
]


def count_of(client: Client, url: str) -> int:
    rows = client.get(html.unescape(url))
    assert rows.status_code == 200, url
    told = re.search(r'data-list-count="(\d+)"', rows.content.decode())
    assert told, url
    return int(told[1])


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("who", ["admin", "alice"])
def test_every_number_opens_exactly_its_rows(
    query: str, who: str, case: Shop, request: pytest.FixtureRequest, client_of: SignIn
) -> None:
    with tenant_scope(case.tenant):
        case.lead(at(19), case.vk, is_advertising=False, contact=Contact.objects.get(name="Anna"))
    client = client_of(request.getfixturevalue(who))
    page = page_of(client, query).content.decode()
    for url, shown in NUMBER.findall(page):
        if "is-share" not in page or "deals" not in url:
            assert count_of(client, url) == int(re.sub(r"\D", "", shown)), url
    for url, shown in TAKES_PART.findall(page):
        assert count_of(client, url) == int(re.sub(r"\D", "", shown)), url
    if who == "admin":
        assert NUMBER.findall(page)
        assert bool(TAKES_PART.findall(page)) == ("linear" in query or "position" in query)
    for url in re.findall(r'href="(/[^"]*costs/[^"]*first=[^"]*)"', page):
        assert count_of(client, url) > 0, url


def test_costs_are_for_who_sees_everything(
    case: Shop, client_of: SignIn, alice: Membership, head: Membership
) -> None:
    for member in (alice, head):
        client = client_of(member)
        page = page_of(client, MARCH)
        assert not page.context["has_costs"] and page.context["whole"].cost == 0
        assert client.get(reverse("reports:costs")).status_code == 403
    listing = listing_for("reports:costs")
    with tenant_scope(case.tenant):
        assert not listing.rows(alice).exists() and listing.rows(case.by).count() == 2


def test_report_of_another_tenant_is_empty(case: Shop, client_of: SignIn, charlie: Membership) -> None:
    assert page_of(client_of(charlie), "period=all").context["rows"] == []


def test_pages_cost_the_same_with_a_thousand_sources(
    shop: Shop, client_of: SignIn, admin: Membership
) -> None:
    client, asked = client_of(admin), f"{reverse('reports:money')}?{MARCH}&by=source&model=linear"
    counts = []
    for more in (3, 1000):
        with tenant_scope(shop.tenant):
            made = Source.objects.bulk_create([Source(name=f"S{more}-{n}") for n in range(more)])
            for source in made[:3]:
                shop.deal(at(18), at(19), source=source, amount=Decimal(5))
            SourceCost.objects.bulk_create(
                SourceCost(source=s, starts_on=dt.date(2026, 3, 17), ends_on=dt.date(2026, 3, 18), amount=2)
                for s in made
            )
        client.get(asked)
        with CaptureQueriesContext(connection) as queries:
            page = client.get(asked)
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert len(page.context["rows"]) == 100 and page.context["hidden_count"] == 903
    assert len(client.get(f"{asked}&all=on").context["rows"]) == 1003


# --- An independent recount, from the files people take out --------------------------------------------
COLUMNS = {
    "leads:list": ("time", "name", "source", "quality"),
    "deals:list": ("title", "client", "amount", "currency", "source", "created_at", "closed_at", "stage"),
    "reports:costs": ("days", "source", "amount", "currency", "starts_on", "ends_on"),
}


def recount(folder: Path, member: Membership, first: dt.date, last: dt.date) -> dict[str, tuple[Any, ...]]:
    """Reckon linear revenue and cost by source in plain Python, from the exported files alone."""
    asked: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for time, name, source, _quality in exported(member, "leads:list", COLUMNS["leads:list"], folder):
        asked[name].append((time, source))
    costs: dict[str, Decimal] = defaultdict(Decimal)
    for _days, source, amount, _currency, begins, ends in exported(
        member, "reports:costs", COLUMNS["reports:costs"], folder
    ):
        start, end = dt.date.fromisoformat(begins), dt.date.fromisoformat(ends)
        inside = sum(first <= start + dt.timedelta(days=n) <= last for n in range((end - start).days + 1))
        costs[source] += Decimal(amount.replace(",", ".")) * inside / ((end - start).days + 1)
    revenue: dict[str, Decimal] = defaultdict(Decimal)
    for _title, client, amount, _currency, source, _created, closed, _stage in exported(
        member, "deals:list", COLUMNS["deals:list"], folder
    ):
        if not closed or not first <= dt.date.fromisoformat(closed[:10]) <= last:
            continue
        touches = [where for time, where in sorted(asked[client]) if time <= closed] or [source]
        for where in touches:
            revenue[where] += Decimal(amount.replace(",", ".")) / len(touches)
    return {name: (costs[name], revenue[name]) for name in {*costs, *revenue}}


def test_independent_recount_from_exported_files_agrees(
    shop: Shop, client_of: SignIn, admin: Membership, tmp_path: Path
) -> None:
    chance = random.Random(8)
    with tenant_scope(shop.tenant):
        sources = [shop.yandex, shop.vk, Source.objects.create(name="Avito")]
        for place in range(12):
            contact = Contact.objects.create(name=f"Client {place:02}")
            for _touch in range(chance.randint(0, 4)):
                when = at(chance.randint(1, 28), chance.randint(2, 3))
                shop.lead(when, chance.choice(sources), contact=contact, name=contact.name)
            made = at(chance.randint(1, 20))
            won = made + dt.timedelta(days=chance.randint(0, 8)) if chance.random() < 0.8 else None
            shop.deal(
                made,
                won,
                contact=contact,
                amount=Decimal(chance.randint(1, 10**6)) / 100,
                source=chance.choice(sources),
            )
        for source in sources:
            shop.cost(
                source,
                dt.date(2026, 2, chance.randint(1, 28)),
                dt.date(2026, 3, chance.randint(1, 31)),
                "999.99",
            )
    first, last = dt.date(2026, 3, 10), dt.date(2026, 3, 25)
    rows = found(client_of(admin), f"first={first}&last={last}&model=linear")
    plain = {name: one for name, one in recount(tmp_path, admin, first, last).items() if any(one)}
    assert set(plain) == {name for name, one in rows.items() if one[0] or one[5]}
    for name, (cost, revenue) in plain.items():
        assert abs(rows[name][0] - cost) < Decimal("0.01")
        assert abs(rows[name][5] - revenue) < Decimal("0.10"), "no more than a kopeck a deal"


def test_exported_report_ends_with_its_total(case: Shop, client_of: SignIn, admin: Membership) -> None:
    answer = client_of(admin).get(f"{reverse('reports:money')}?{MARCH}&model=last&format=csv")
    lines = answer.content.decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    assert len(lines) == 4 and lines[1].startswith("VK;8000") and "9600" in lines[-1]


@pytest.mark.parametrize("text", ["model=linear&source=x", "model=x", "%00", "campaign=%FF", "a" * 3000])
def test_absurd_figures_are_answered(shop: Shop, client_of: SignIn, admin: Membership, text: str) -> None:
    query = QueryDict(mutable=True)
    query["touch"] = text
    assert client_of(admin).get(f"{reverse('deals:list')}?{query.urlencode()}").status_code == 200


@pytest.mark.parametrize(
    "query", ["source=x", "source=", "source_group=x&by=campaign", "campaign=%00", "source=X&no_source=on"]
)
def test_absurd_filters_are_answered(case: Shop, client_of: SignIn, admin: Membership, query: str) -> None:
    with tenant_scope(case.tenant):
        rebuild(Tenant.objects.get(pk=case.tenant.pk), now=timezone.now())
    page_of(client_of(admin), f"period=all&{query}")
    assert found(client_of(admin), "first=9999-99-99") == {}
