"""Shares of deals in SQL and in cells are those of `reports.attribution`, whatever happens to deals, leads and clients."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from contacts.models import Contact, Source
from core.tenancy import tenant_scope
from core.zones import zones
from deals.models import Deal, Stage
from leads.models import Lead
from reports.attribution import Model
from reports.models import Change, DealShare, Rollup, Subject
from reports.periods import Period
from reports.queries import shares as share_queries
from reports.queries.shares import Shares, values_of
from reports.rollups.refreshing import rebuild, refresh
from reports.rollups.verifying import differing_cells
from reports.schedules import file_for
from reports.tests.one_by_one import BY, assert_shares_agree
from tenants.models import Membership, Tenant

NOW = dt.datetime(2026, 11, 17, 9, 0, tzinfo=dt.UTC)
AT_ONCE = dt.timedelta(days=-365)
PERIODS = (
    Period(None, None),
    Period(dt.date(2026, 8, 20), dt.date(2026, 11, 3)),
    Period(dt.date(2026, 11, 16), dt.date(2026, 12, 30)),
)
FILTERS = (
    "source={ads}",
    "source={ads}&source={word}&non_advertising=on",
    "no_source=on",
    "source={ads}&no_source=on",
    "source_group={group}",
    "no_source_group=on&no_campaign=on",
    "campaign=brand&source=",
)


class Shop:
    """Clients who ask several times, and deals of theirs."""

    def __init__(self, directories: dict[str, Any], make_lead: Any, make_deal: Any, by: Membership) -> None:
        self.make_lead, self.make_deal, self.by = make_lead, make_deal, by
        self.pipeline = directories["pipeline"]
        self.group = directories["ads"].group
        self.sources = [
            directories["ads"],
            directories["word"],
            Source.objects.create(name="Radio", group=self.group),
        ]
        self.clients = [Contact.objects.create(name=name) for name in ("Anna", "Boris", "Clara", "Dina")]

    def lead(self, chance: random.Random, now: dt.datetime) -> Lead:
        found: Lead = self.make_lead(received_at=self.moment(chance, now), **self.fields(chance))
        return found

    def fields(self, chance: random.Random) -> dict[str, Any]:
        return {
            "contact": chance.choice([*self.clients, None]),
            "source": chance.choice([*self.sources, None]),
            "campaign": chance.choice(["brand", "осень", ""]),
            "channel_kind": chance.choice(["call", "request", "email"]),
            "is_advertising": chance.random() < 0.7,
        }

    def deal(self, chance: random.Random, now: dt.datetime) -> Deal:
        fields = {name: value for name, value in self.fields(chance).items() if name != "is_advertising"}
        deal = self.make_deal(
            self.by, amount=self.amount(chance), currency=chance.choice(["RUB", "RUB", "USD"]), **fields
        )
        made = self.moment(chance, now)
        Deal.objects.filter(pk=deal.pk).update(created_at=made)
        if chance.random() < 0.7:
            self.close(chance, deal, made + dt.timedelta(hours=chance.randrange(600)))
        return deal

    def close(self, chance: random.Random, deal: Deal, moment: dt.datetime) -> None:
        stage = Stage.objects.get(pipeline=self.pipeline, kind=chance.choice(["won", "won", "lost"]))
        Deal.objects.filter(pk=deal.pk).update(stage=stage, state=stage.kind, closed_at=moment)

    @staticmethod
    def moment(chance: random.Random, now: dt.datetime) -> dt.datetime:
        return now - dt.timedelta(hours=chance.randrange(24 * 120))

    @staticmethod
    def amount(chance: random.Random) -> Decimal | None:
        return chance.choice(
            [None, Decimal("0.01"), Decimal("-7.77"), Decimal(chance.randrange(10**9)) / 100]
        )

    def query(self, text: str) -> str:
        return text.format(ads=self.sources[0].pk, word=self.sources[1].pk, group=self.group.pk)


@pytest.fixture
def shop(
    tenant: Tenant, directories: dict[str, Any], make_lead: Any, make_deal: Any, admin: Membership
) -> Shop:
    chance = random.Random(5)
    with tenant_scope(tenant):
        shop = Shop(directories, make_lead, make_deal, admin)
        for _n in range(50):
            shop.lead(chance, NOW)
        for _n in range(25):
            shop.deal(chance, NOW)
    return shop


def test_rows_and_cells_share_deals_out_as_attribution_does(
    tenant: Tenant, admin: Membership, bob: Membership, shop: Shop
) -> None:
    with tenant_scope(tenant), zones(reader="UTC", company=tenant.time_zone):
        assert_shares_agree(admin, PERIODS, has_cells=False)
        assert_shares_agree(admin, PERIODS, "non_advertising=on", has_cells=False)
        rebuild(tenant, now=NOW)
        assert_shares_agree(admin, PERIODS, has_cells=True)
        assert_shares_agree(admin, PERIODS, "non_advertising=on", has_cells=True)
        for query in FILTERS:
            assert_shares_agree(admin, PERIODS[1:2], shop.query(query), has_cells=None)
        with_cells = [
            (dimension, model)
            for query, dimension, model in itertools.product(FILTERS, BY, Model)
            if values_of(QueryDict(shop.query(query)), dimension, model)
        ]
        # one value by its own dimension, two where a deal is in one of them
        assert len(with_cells) == 4 * 4 + 2
        assert max(DealShare.objects.values_list("touch_count", flat=True)) > 4
        assert_shares_of_nobody(bob)


def assert_shares_of_nobody(member: Membership) -> None:
    """Who sees no deal is told nothing, and never from cells."""
    shares = Shares(member, Deal.objects.visible_to(member), QueryDict(), "source", Model.LAST)
    assert shares.reach is None and not shares.lines("created", PERIODS[0])


def _one(rows: Any, chance: random.Random) -> Any:
    """Narrow rows to one by the example's own chance: what was found must be found again."""
    known = list(rows.order_by("pk").values_list("pk", flat=True))
    return rows.filter(pk__in=[chance.choice(known)] if known else [])


def _upset(what: str, chance: random.Random, shop: Shop, now: dt.datetime) -> None:
    """Change something that a share depends on."""
    lead, deal = _one(Lead.objects.all(), chance), _one(Deal.objects.all(), chance)
    match what:
        case "ask":
            shop.lead(chance, now)
        case "ask now":
            shop.make_lead(received_at=now, **shop.fields(chance))
        case "sell":
            shop.deal(chance, now)
        case "change":
            name, value = chance.choice(list(shop.fields(chance).items()))
            lead.update(**{name: value})
        case "earlier":
            lead.update(received_at=shop.moment(chance, now))
        case "lead gone":
            lead.update(deleted_at=chance.choice([now, None]))
        case "erase":
            lead.delete()
        case "merge":
            one, other = chance.sample(shop.clients, 2)
            Lead.objects.filter(contact=one).update(contact=other)
            Deal.objects.filter(contact=one).update(contact=other)
        case "convert":
            lead.update(deal=deal.first())
        case "close":
            shop.close(chance, deal.first(), shop.moment(chance, now))
        case "open":
            deal.update(closed_at=None, state="open")
        case "worth":
            deal.update(amount=shop.amount(chance), currency=chance.choice(["RUB", "USD"]))
        case "own":
            fields = shop.fields(chance)
            deal.update(**{name: fields[name] for name in ("contact", "source", "campaign", "channel_kind")})
        case "deal gone":
            deal.update(deleted_at=chance.choice([now, None, None]))
        case "group":
            group = chance.choice([shop.group, None])
            Source.objects.filter(pk=chance.choice(shop.sources).pk).update(group=group)


UPSETS = (
    "ask", "ask now", "sell", "change", "change", "earlier", "lead gone", "erase", "merge", "convert", "close", "open",
    "worth", "own", "deal gone", "group", "refresh", "refresh", "midnight",
)  # fmt: skip


@settings(
    max_examples=8,
    phases=[Phase.explicit, Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(st.tuples(st.sampled_from(UPSETS), st.integers(0, 10_000)), min_size=5, max_size=15))
def test_any_order_of_changes_leaves_the_shares_of_the_deals(
    tenant: Tenant, admin: Membership, shop: Shop, steps: list[tuple[str, int]]
) -> None:
    now = NOW
    with tenant_scope(tenant), zones(reader="UTC", company=tenant.time_zone), transaction.atomic():
        rebuild(tenant, now=now)
        for what, number in steps:
            chance = random.Random(number)
            if what == "midnight":
                now += dt.timedelta(hours=chance.randrange(40))
            if what in ("refresh", "midnight"):
                refresh(tenant, now=now, settled=AT_ONCE)
            else:
                _upset(what, chance, shop, now)
            has_cells = Rollup.objects.filter(subject=Subject.SHARES).exists()
            query = chance.choice(["", "non_advertising=on"])
            assert_shares_agree(admin, PERIODS, query, has_cells=has_cells, dimensions=[chance.choice(BY)])
        assert differing_cells() == 0
        transaction.set_rollback(True)  # the next example begins anew


def test_later_inquiry_notes_the_day_of_an_open_deal_only(tenant: Tenant, shop: Shop) -> None:
    with tenant_scope(tenant):
        Deal.objects.all().delete()
        chance, client = random.Random(1), shop.clients[0]
        made, closed = (timezone.now() - dt.timedelta(days=days) for days in (40, 20))
        open_deal, closed_deal = shop.deal(chance, NOW), shop.deal(chance, NOW)
        Deal.objects.filter(pk=open_deal.pk).update(
            contact=client, created_at=made, closed_at=None, state="open"
        )
        Deal.objects.filter(pk=closed_deal.pk).update(
            contact=client, created_at=made - dt.timedelta(days=9), closed_at=closed
        )
        rebuild(tenant, now=timezone.now())
        shop.make_lead(received_at=timezone.now(), contact=client)
        assert [change.moment for change in Change.objects.filter(subject=Subject.SHARES)] == [made]
        shop.make_lead(received_at=closed - dt.timedelta(days=1), contact=client)
        assert Change.objects.filter(subject=Subject.SHARES, moment=closed).exists()


def test_more_deals_than_a_page_shares_out_are_refused_in_words(
    tenant: Tenant, shop: Shop, admin: Membership, client_of: Callable[[Membership], Client], monkeypatch: Any
) -> None:
    monkeypatch.setattr(share_queries, "MOST_FROM_ROWS", 3)
    address = reverse("reports:money")
    page = client_of(admin).get(address, {"period": "all", "no_campaign": "on"})
    assert page.status_code == 200 and "data-report-table" not in page.content.decode()
    assert page.context["too_many"] in page.content.decode()
    with tenant_scope(tenant):
        rebuild(tenant, now=timezone.now())
    assert client_of(admin).get(address, {"period": "all"}).context["rows"]
    answer = client_of(admin).get(address, {"period": "all", "no_campaign": "on", "format": "csv"})
    assert answer.status_code == 422
    with tenant_scope(tenant):
        assert file_for(admin, "reports:money", "period=all&no_campaign=on", "csv") is None


def test_question_that_takes_too_long_is_refused_in_words(
    tenant: Tenant, shop: Shop, admin: Membership, client_of: Callable[[Membership], Client], monkeypatch: Any
) -> None:
    """The page goes on after the statement that the database broke off."""
    monkeypatch.setattr(share_queries.sql, "shares", lambda *_args, **_kwargs: ("SELECT pg_sleep(9)", []))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 300")
    page = client_of(admin).get(reverse("reports:money"), {"period": "all"})
    assert page.status_code == 200 and page.context["too_many"] in page.content.decode()
