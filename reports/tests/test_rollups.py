"""Cells say what the rows say, whatever happened to the rows in whatever order, and refreshed or not."""

from __future__ import annotations

import contextlib
import datetime as dt
import random
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import Count
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from core.errors import Refusal
from core.ids import uuid7
from core.listing import listing_for
from core.tenancy import tenant_scope
from core.zones import zones
from deals.models import Deal, RejectionReason, Stage, StageChange
from deals.services import assign_deal, move_deal
from leads.models import Lead
from reports import periods
from reports.models import (
    Change,
    LeadAnswerPeople,
    LeadHands,
    LeadHour,
    LeadRegionPeople,
    Rollup,
    Subject,
)
from reports.periods import Period
from reports.queries.funnel import COLUMNS as FUNNEL
from reports.rollups import building
from reports.rollups.cubes import CUBES, ENTERED
from reports.rollups.reading import figured_leads, figured_moves
from reports.rollups.refreshing import rebuild, refresh
from reports.tasks import refresh_rollups, sweep_rollups
from reports.tests.agreeing import (
    ANSWERED,
    LEAD_CELLS,
    assert_deals_agree,
    assert_leads_agree,
    assert_outcomes_agree,
    assert_places_agree,
)
from tenants.models import Membership, Tenant

NOW = dt.datetime(2026, 11, 17, 9, 0, tzinfo=dt.UTC)
AT_ONCE = dt.timedelta(days=-365)  # since when changes are settled: even those noted by now are
COLUMNS = (
    ("source", "quality"),
    ("channel_kind", "state"),
    ("taken_by", "quality"),
    ("rejection_reason", "state"),
)


def figures(
    member: Membership, query: str, columns: tuple[str, ...]
) -> tuple[dict[Any, int], dict[Any, int], bool]:
    """Count leads by a report's way and from the rows of its list; and say whether cells had a part in it."""
    params = periods.with_default(QueryDict(query))
    filters = listing_for("leads:list").filtered(member, params)
    leads = figured_leads(filters, member, periods.of(params), columns)
    rows = (
        filters.qs.order_by()
        .values_list(*(leads.paths.get(name, name) for name in columns))
        .annotate(n=Count("pk"))
    )
    counted = {values: count for values, (count,) in leads.by(*columns).items() if count}
    return counted, {tuple(row[:-1]): row[-1] for row in rows}, leads.cube is not None


def _any(chance: random.Random, model: Any) -> Any:
    """Choose a row, the same one whenever the test is run with the same chance; None without any."""
    rows = list(model.objects.order_by("pk"))
    return chance.choice(rows) if rows else None


def _rewrite_history(chance: random.Random, now: dt.datetime) -> None:
    """Let a move have been at another time, lead to a stage that is gone, or never have been."""
    move = _any(chance, StageChange)
    rows = StageChange.objects.filter(pk=move.pk) if move else StageChange.objects.none()
    match chance.randrange(3):
        case 0:
            rows.update(at=now - dt.timedelta(hours=chance.randrange(2000)))
        case 1:
            rows.update(to_stage=None)
        case 2:
            rows.delete()


def _move_some(chance: random.Random, by: Membership, world: Any, now: dt.datetime) -> None:
    deal = _any(chance, Deal)
    stage = chance.choice(list(Stage.objects.select_related("pipeline").exclude(kind="archived")))
    if deal is None or deal.stage_id == stage.pk:
        return
    reason = RejectionReason.objects.filter(is_for_deals=True).first() if stage.kind == "lost" else None
    with contextlib.suppress(Refusal):
        move_deal(deal=deal, stage=stage, by=by, now=now, reason=reason)


@pytest.fixture
def world(
    tenant: Tenant,
    directories: dict[str, Any],
    alice: Membership,
    bob: Membership,
    make_lead: Callable[..., Lead],
) -> dict[str, Any]:
    chance = random.Random(7)
    choices = {
        "source": [directories["ads"], directories["word"], None],
        "channel_kind": ["call", "request", "email"],
        "quality": ["targeted", "repeat", "non_targeted"],
        "state": ["new", "in_work", "rejected", "converted"],
        "taken_by": [alice, bob, None],
        "rejection_reason": [directories["reasons"][0], None],
        "is_advertising": [True, True, False],
        "region": ["Казань", "казань", "Пермь", ""],
        "kind": ["request", "chat", "missed_call", "manual"],
        "waiting_since": [NOW, None],
        "first_response_at": [NOW, None],
        "response_min": [None, 0, 7, 90],
        "response_limit_min": [None, 15],
    }
    for _index in range(60):
        fields = {name: chance.choice(values) for name, values in choices.items()}
        fields["received_at"] = NOW - dt.timedelta(hours=chance.randrange(24 * 120))
        if fields["taken_by"]:
            fields["taken_at"] = fields["received_at"] + dt.timedelta(hours=chance.randrange(48))
        make_lead(**fields)
    return choices


QUERIES = (
    "period=all",
    "first=2026-08-05&last=2026-11-17",
    "first=2026-10-01",
    "last=2026-11-03",
    "period=all&dates=taken",
    "first=2026-09-10&dates=taken",
    "period=all&non_advertising=on",
    "period=all&no_source=on",
    "first=2026-08-05&state=rejected&no_reason=on",
)


def test_cells_say_what_the_rows_say(tenant: Tenant, admin: Membership, world: Any) -> None:
    with tenant_scope(tenant), zones(reader="UTC", company=tenant.time_zone):
        rebuild(tenant, now=NOW)
        for query in QUERIES:
            for columns in COLUMNS:
                counted, rows, has_cells = figures(admin, query, columns)
                assert counted == rows and rows, (query, columns)
                is_endless_by_another_date = query == "period=all&dates=taken"
                asks_both = "no_source" in query and "taken_by" in columns
                assert has_cells is not (is_endless_by_another_date or asks_both), (query, columns)


def test_companies_counted_in_the_same_millisecond_keep_cells_of_their_own(
    tenant: Tenant, world: Any, make_lead: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ids made within a millisecond are alike but for their last digits."""
    made = uuid7()
    monkeypatch.setattr(building, "uuid7", lambda: made)
    with tenant_scope(tenant):
        rebuild(tenant, now=NOW)
        counted = LeadHour.objects.count()
        make_lead(received_at=NOW - dt.timedelta(days=3))
        refresh(tenant, now=NOW, settled=AT_ONCE)
        assert LeadHour.objects.count() >= counted > 0


def test_right_over_ones_own_is_read_from_cells_too(tenant: Tenant, alice: Membership, world: Any) -> None:
    with tenant_scope(tenant), zones(reader="UTC", company=tenant.time_zone):
        rebuild(tenant, now=NOW)
        counted, rows, has_cells = figures(alice, "period=all", ("channel_kind", "quality"))
        by_source, source_rows, has_source_cells = figures(alice, "period=all", ("source",))
    assert counted == rows and has_cells and 0 < sum(rows.values()) < 60
    assert by_source == source_rows and not has_source_cells


STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "make",
                "move",
                "change",
                "take",
                "delete",
                "erase",
                "own",
                "become",
                "become",
                "deal",
                "stage",
                "stage",
                "worth",
                "history",
                "order",
                "refresh",
                "midnight",
            ]
        ),
        st.integers(0, 10_000),
    ),
    min_size=5,
    max_size=15,
)


@settings(
    max_examples=6,
    phases=[Phase.explicit, Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
def test_any_order_of_changes_leaves_the_figures_of_the_rows(
    tenant: Tenant, admin: Membership, alice: Membership, bob: Membership, world: Any, make_lead: Any, make_deal: Any,
    steps: list[tuple[str, int]],
) -> None:  # fmt: skip
    now = NOW
    with tenant_scope(tenant), zones(reader="UTC", company=tenant.time_zone), transaction.atomic():
        rebuild(tenant, now=now)
        for what, number in steps:
            chance = random.Random(number)
            leads = list(Lead.objects.order_by("pk"))
            lead = chance.choice(leads)
            match what:
                case "make":
                    make_lead(
                        received_at=now - dt.timedelta(hours=chance.randrange(2000)),
                        source=world["source"][0],
                    )
                case "move":
                    moved = lead.received_at - dt.timedelta(hours=chance.randrange(1000))
                    Lead.objects.filter(pk=lead.pk).update(received_at=moved)
                case "change":
                    values = {name: chance.choice(of_it) for name, of_it in world.items()}
                    Lead.objects.filter(pk=lead.pk).update(**values)
                case "take":
                    Lead.objects.filter(pk=lead.pk).update(taken_at=now, taken_by=chance.choice([alice, bob]))
                case "delete":
                    Lead.objects.filter(pk=lead.pk).update(deleted_at=chance.choice([now, None]))
                case "erase":
                    if len(leads) > 10:
                        Lead.objects.filter(pk=lead.pk).delete()
                case "own":
                    deal = make_deal(alice)
                    Lead.objects.filter(pk=lead.pk).update(deal=deal)
                    assign_deal(deal=deal, owner=bob, by=admin, now=now)
                case "become":
                    deal = _any(chance, Deal)
                    values = {"state": chance.choice(["converted", "converted", "rejected"]), "deal": deal}
                    Lead.objects.filter(pk__in=[one.pk for one in leads[:3]]).update(**values)
                case "deal":
                    make_deal(bob, days_ago=chance.randrange(60), amount=chance.randrange(1, 9) * 100)
                case "stage":
                    _move_some(chance, admin, world, now)
                case "worth":
                    worth = {"amount": chance.randrange(1, 9) * 10, "owner": chance.choice([alice, bob])}
                    deal = _any(chance, Deal)
                    gone = chance.choice([None, None, now])
                    Deal.objects.filter(pk=deal and deal.pk).update(**worth, deleted_at=gone)
                case "history":
                    _rewrite_history(chance, now)
                case "order":
                    chance.shuffle(stages := list(Stage.objects.filter(kind="open")))
                    for place, stage in enumerate(stages):
                        Stage.objects.filter(pk=stage.pk).update(position=place)
                case "refresh":
                    refresh(tenant, now=now, settled=AT_ONCE)
                case "midnight":
                    now += dt.timedelta(hours=chance.randrange(40))
                    refresh(tenant, now=now, settled=AT_ONCE)
            for columns in (("source", "quality"), ("owner", "state")):
                for query in (
                    "period=all&non_advertising=on&whose=owner",
                    "first=2026-09-12&last=2026-12-30",
                ):
                    counted, rows, _cells = figures(admin, query, columns)
                    assert counted == rows, (what, query, columns)
            for model, query, columns in LEAD_CELLS:
                assert_leads_agree(admin, model, f"period=all&{query}", columns)
                assert_leads_agree(admin, model, f"first=2026-09-12&non_advertising=on&{query}", columns)
            assert_leads_agree(alice, LeadAnswerPeople, "period=all", ("channel_kind", *ANSWERED))
            assert_leads_agree(alice, LeadRegionPeople, "period=all", ("region", "state"))
            assert_leads_agree(alice, LeadHands, "period=all", ("quality", "state"))
            assert_outcomes_agree(admin, "period=all")
            assert_outcomes_agree(admin, "first=2026-09-12&non_advertising=on")
            for deal_columns in (FUNNEL, ("owner", "state"), ("source", "state")):
                assert_deals_agree(admin, "period=all", deal_columns)
            assert_places_agree(admin, (now - dt.timedelta(hours=number % 1500)).date())
        refresh(tenant, now=now, settled=AT_ONCE)
        kept = _all_cells()
        rebuild(tenant, now=now)
        assert kept == _all_cells()
        transaction.set_rollback(True)  # the next example begins anew


def test_past_places_are_read_from_cells(tenant: Tenant, admin: Membership, make_deal: Any) -> None:
    for days_ago in (40, 20, 10):
        make_deal(admin, days_ago=days_ago, amount=100)
    with tenant_scope(tenant), zones(reader="UTC", company=tenant.time_zone):
        rebuild(tenant, now=timezone.now())
        _move_some(random.Random(1), admin, None, timezone.now())
        filters = listing_for("deals:list").filtered(admin, QueryDict())
        for days_ago in (90, 30, 15, 0):
            day = timezone.localdate() - dt.timedelta(days=days_ago)
            moves = figured_moves(filters, admin, Period(None, day), ENTERED)
            assert moves.has_cells is (days_ago < 40)
            assert_places_agree(admin, day)


def test_change_of_a_lead_is_seen_at_once(
    tenant: Tenant, admin: Membership, world: Any, client_of: Callable[[Membership], Client]
) -> None:
    """Nobody has to count anew before a report tells the new figures."""
    with tenant_scope(tenant):
        rebuild(tenant, now=timezone.now())
        Lead.objects.update(region="Пермь", received_at=timezone.now() - dt.timedelta(days=40))
        rebuild(tenant, now=timezone.now())
        Lead.objects.filter(pk=Lead.objects.values("pk")[:1]).update(region="Чита", is_advertising=True)
    page = client_of(admin).get(reverse("reports:regions"), {"period": "all", "non_advertising": "on"})
    assert [row["name"] for row in page.context["rows"]] == ["Пермь", "Чита"]
    assert [row["total"] for row in page.context["rows"]] == [59, 1]


def test_parts_of_a_page_read_once_how_far_cells_reach(
    tenant: Tenant, admin: Membership, world: Any, client_of: Callable[[Membership], Client]
) -> None:
    """Once for leads and those of the period before, once for what became of them."""
    with tenant_scope(tenant):
        rebuild(tenant, now=timezone.now())
    client = client_of(admin)
    with CaptureQueriesContext(connection) as queries:
        client.get(reverse("reports:leads"), {"period": "year"})
    for table in ("reports_rollup", "reports_change"):
        asked = [query["sql"] for query in queries if f'FROM "{table}"' in query["sql"]]
        assert asked and len(asked) == len(set(asked)), table


def _all_cells() -> list[Any]:
    return [
        sorted(
            model.objects.values_list(
                *(f.attname for f in model._meta.local_fields if f.name not in ("id", "tenant"))
            ),
            key=str,
        )
        for model in (cube.model for cube in CUBES)
    ]


def test_changes_of_today_are_not_noted(tenant: Tenant, admin: Membership, make_lead: Any) -> None:
    with tenant_scope(tenant):
        rebuild(tenant, now=timezone.now())
        lead = make_lead(received_at=timezone.now())
        Lead.objects.filter(pk=lead.pk).update(quality="repeat")
        assert not Change.objects.exists()
        Lead.objects.filter(pk=lead.pk).update(received_at=timezone.now() - dt.timedelta(days=3))
        assert {change.subject for change in Change.objects.all()} == {Subject.LEADS}


def test_another_zone_of_the_company_is_counted_anew(
    tenant: Tenant, admin: Membership, make_lead: Any
) -> None:
    """At 23:30 in Moscow it is the next day in Novosibirsk."""
    late = dt.datetime(2026, 11, 10, 20, 30, tzinfo=dt.UTC)
    make_lead(received_at=late)
    with tenant_scope(tenant):
        rebuild(tenant, now=NOW)
        assert _days_of_cells() == {dt.date(2026, 11, 10)}
        tenant.time_zone = "Asia/Novosibirsk"
        tenant.save(update_fields=["time_zone"])
        with zones(reader="UTC", company=tenant.time_zone):
            admin.tenant = tenant
            counted, _rows, _cells = figures(admin, "first=2026-11-11&last=2026-11-11", ("source",))
            assert sum(counted.values()) == 1
        refresh(tenant, now=NOW)
        assert _days_of_cells() == {dt.date(2026, 11, 11)}
        assert {rollup.zone for rollup in Rollup.objects.all()} == {"Asia/Novosibirsk"}


def _days_of_cells() -> set[dt.date]:
    return set(LeadHour.objects.filter(grain="day").values_list("starts_on", flat=True))


@pytest.mark.django_db(transaction=True)  # the command counts several subjects at once
def test_command_counts_and_finds_what_differs(
    tenant: Tenant, world: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("rebuild_rollups", tenant=tenant.slug)
    call_command("rebuild_rollups", tenant=tenant.slug, verify=True)
    assert "differing 0" in capsys.readouterr().out
    with tenant_scope(tenant):
        cell = LeadHour.objects.filter(grain="day").first()
        LeadHour.objects.filter(pk=cell.pk).update(count=cell.count + 1)
    with pytest.raises(CommandError, match="not what the rows say"):
        call_command("rebuild_rollups", tenant=tenant.slug, verify=True)
    assert "differing 4" in capsys.readouterr().out  # wrong and missing, of the day and of its month


def test_sweeper_finds_the_tenants_with_uncounted_days(
    tenant: Tenant, other_tenant: Tenant, world: Any
) -> None:
    assert sweep_rollups() == Tenant.objects.filter(is_active=True).count()
    for one in Tenant.objects.all():
        refresh_rollups(tenant_id=one.pk)
    assert sweep_rollups() == 0
    with tenant_scope(tenant):
        Lead.objects.update(quality="repeat")
        Change.objects.update(noted_at=timezone.now() - dt.timedelta(minutes=5))
    assert sweep_rollups() == 1
