"""The board: what it shows to whom, at what cost, and how it narrows."""

from __future__ import annotations

import copy
import datetime as dt
import re
from decimal import Decimal

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from contacts.models import Company, Contact, Source, SourceGroup
from core.ids import uuid7
from core.tenancy import tenant_scope
from deals.board import BoardReader
from deals.filters import DealFilterSet
from deals.models import Deal, Pipeline
from deals.services import create_pipeline, move_deal, update_pipeline, update_stage
from deals.setup import create_starter_pipeline
from tenants.models import Membership, Role
from tenants.numbering import next_number

BOARD = "/deals/"


def fill(tenant, make_deal, count: int, **fields) -> list[Deal]:
    """Make deals that differ in title, number and place only."""
    first = make_deal("Deal 0", **fields)
    with tenant_scope(tenant):
        last = next_number("deal", count=count)
        rows = [first]
        for n in range(1, count):
            row = Deal.objects.get(pk=first.pk) if n == 1 else copy.copy(rows[-1])
            row.pk, row.number, row.title, row.rank = uuid7(), last - n + 1, f"Deal {n}", first.rank - n
            rows.append(row)
        Deal.objects.bulk_create(rows[1:])
    return rows


def titles(response) -> list[str]:
    return [card["title"] for column in response.context["board"].columns for card in column.cards]


def read(pipeline, deals=None, member=None, **options) -> BoardReader:
    rows = Deal.objects.all() if deals is None else deals
    member = member or Membership(role=Role(is_admin=True))
    return BoardReader(
        pipeline=pipeline,
        deals=rows,
        member=member,
        now=timezone.now(),
        link=lambda **changes: str(changes),
        **options,
    )


def queries(client, url: str) -> list[str]:
    with CaptureQueriesContext(connection) as found:
        assert client.get(url).status_code == 200
    return [query["sql"] for query in found]


# A list of one page needs no count: it is compared from its second page on.
@pytest.mark.parametrize(("url", "few"), [(BOARD, 3), ("/deals/list/", 60)])
def test_page_costs_as_many_queries_for_300_deals_as_for_few(
    url, few, tenant, make_deal, stages, alice, client_of
):
    client = client_of(alice)
    fill(tenant, make_deal, few)
    client.get(url)  # the first page of a session writes its tenant
    before = queries(client, url)
    with tenant_scope(tenant):
        contact, source = Contact.objects.create(name="Анна"), Source.objects.create(name="Сайт")
    for stage in ("first", "second", "third"):
        fill(
            tenant,
            make_deal,
            100,
            stage=stages[stage],
            contact=contact,
            source=source,
            tags=["a"],
            amount=Decimal(7),
        )
    after = queries(client, url)
    assert len(after) == len(before), [sql[:160] for sql in after]


def test_board_shows_own_deals_to_a_manager_and_the_department_to_its_head(
    make_deal, alice, bob, head, charlie, client_of
):
    make_deal("Alice's", by=alice)
    make_deal("Bob's", by=bob)
    assert titles(client_of(alice).get(BOARD)) == ["Alice's"]
    assert titles(client_of(bob).get(BOARD)) == ["Bob's"]
    assert sorted(titles(client_of(head).get(BOARD))) == ["Alice's", "Bob's"]
    assert client_of(charlie).get(BOARD).context.get("board") is None


def test_board_of_another_tenants_pipeline_is_not_found(pipeline, charlie, client_of):
    assert client_of(charlie).get(f"{BOARD}?pipeline={pipeline.pk}").status_code == 404
    assert client_of(charlie).get(f"{BOARD}?pipeline=nonsense").status_code == 404


def test_board_without_a_pipeline_offers_to_make_one(admin, alice, client_of):
    assert reverse("deals:pipeline_create") in client_of(admin).get(BOARD).content.decode()
    assert reverse("deals:pipeline_create") not in client_of(alice).get(BOARD).content.decode()


def test_board_counts_and_sums_each_currency_by_itself(scope, make_deal, stages, pipeline):
    make_deal(amount=Decimal("100.40"))
    make_deal(amount=Decimal(200))
    make_deal(amount=Decimal(30), currency="EUR")
    make_deal(stage=stages["second"])
    board = read(pipeline).read()
    first, second = board.columns[0].head, board.columns[1].head
    assert (first.count, second.count, second.money) == ("3", "1", "")
    assert first.money.replace("\xa0", " ") == "300 ₽ + 30 €"
    assert first.weighted.replace("\xa0", " ") == "30 ₽ + 3 €"  # 10 % of each
    assert (board.summary.count, board.summary.money) == (4, first.money)


def test_board_splits_a_column_by_next_step(scope, make_deal, stages, pipeline):
    now = timezone.now()
    moments = {"late": now - dt.timedelta(hours=1), "plan": now + dt.timedelta(days=3), "none": None}
    for name, moment in moments.items():
        Deal.objects.filter(pk=make_deal(name).pk).update(next_activity_at=moment, next_activity_title="Call")
    bar = read(pipeline).read().columns[0].head.bar
    assert {part.name: part.share for part in bar} == {"plan": 1, "late": 1, "none": 1}
    steps = {card["title"]: card["next_css"] for card in read(pipeline).read().columns[0].cards}
    assert steps == {"late": "late", "plan": "plan", "none": "none"}


@pytest.mark.parametrize("step", ["late", "plan", "none"])
def test_board_part_of_the_bar_filters_exactly_its_cards(step, tenant, make_deal, alice, client_of):
    now = timezone.now()
    moments = {"late": now - dt.timedelta(hours=1), "plan": now + dt.timedelta(days=3), "none": None}
    for name, moment in moments.items():
        deal = make_deal(name)
        with tenant_scope(tenant):
            Deal.objects.filter(pk=deal.pk).update(next_activity_at=moment)
    assert titles(client_of(alice).get(f"{BOARD}?next={step}")) == [step]


def test_board_marks_the_limits_of_a_stage(scope, make_deal, stages, pipeline):
    update_stage(stage=stages["first"], card_limit=1, time_limit_h=24)
    fresh, old = make_deal("fresh"), make_deal("old")
    Deal.objects.filter(pk=fresh.pk).update(stage_entered_at=timezone.now())
    Deal.objects.filter(pk=old.pk).update(stage_entered_at=timezone.now() - dt.timedelta(hours=25))
    column = read(pipeline_with(pipeline, "time_in_stage")).read().columns[0]
    assert column.head.is_over_limit
    assert {card["title"]: bool(card["time_css"]) for card in column.cards} == {
        "fresh": False,
        "old": True,
    }


def pipeline_with(pipeline: Pipeline, *fields: str) -> Pipeline:
    return update_pipeline(pipeline=pipeline, card_fields=list(fields))


def test_board_shows_closed_columns_of_the_last_30_days_when_asked_to(
    scope, make_deal, stages, pipeline, alice
):
    now = timezone.now()
    for title, days in (("fresh", 5), ("old", 40)):
        move_deal(
            deal=make_deal(title, amount=Decimal(1)),
            stage=stages["won"],
            by=alice,
            now=now - dt.timedelta(days=days),
        )
    assert [c.head.kind for c in read(pipeline).read().columns] == ["open"] * 3
    update_stage(stage=stages["won"], is_shown=True)
    won = read(pipeline).read().columns[-1]
    assert (won.head.kind, won.head.count, [card["title"] for card in won.cards]) == ("won", "1", ["fresh"])


def test_board_shows_only_the_chosen_fields(scope, make_deal, pipeline):
    make_deal(amount=Decimal(5), city="Тверь")
    card = read(pipeline_with(pipeline, "city")).read().columns[0].cards[0]
    assert card["extra"] == "Тверь"
    assert "amount" not in card
    assert not card.get("has_mid") and not card.get("has_foot")


def test_column_gives_the_rest_by_twenty_without_gaps(tenant, make_deal, stages, alice, client_of):
    fill(tenant, make_deal, 45)
    client = client_of(alice)
    column = client.get(BOARD).context["board"].columns[0]
    seen, after, counts = [c["id"] for c in column.cards], column.more_after, [column.more_count]
    while after:
        part = client.get(
            "/deals/column/",
            {"stage_id": stages["first"].pk, "after": after, "pipeline": stages["first"].pipeline_id},
        )
        html = part.content.decode()
        seen += re.findall(r'data-card="([^"]+)"', html)
        after = (re.findall(r"after=([^\"&]+)", html) or [""])[0]
        counts.append(int((re.findall(r"\((\d+)\)", html) or ["0"])[0]))
    with tenant_scope(tenant):
        assert seen == [str(pk) for pk in Deal.objects.order_by("rank", "id").values_list("pk", flat=True)]
    assert counts == [25, 5, 0]


def test_column_of_a_foreign_stage_is_not_found(tenant, stages, charlie, other_tenant, client_of):
    with tenant_scope(other_tenant):
        create_starter_pipeline()
    assert client_of(charlie).get("/deals/column/", {"stage_id": stages["first"].pk}).status_code == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=кофе", ["Кофемашина"]),
        ("tag=горячая", ["Кофемашина"]),
        ("quality=repeat", ["Кофемашина"]),
        ("no_source=on", ["Холодильник"]),
        ("owner=00000000-0000-0000-0000-000000000000", []),
        ("source=nonsense", []),
        ("period=today", ["Кофемашина", "Холодильник"]),
        ("last=2001-01-01", []),
    ],
)
def test_board_narrows_by_the_url(query, found, tenant, make_deal, alice, client_of):
    with tenant_scope(tenant):
        source = Source.objects.create(name="Сайт")
    now = timezone.now()
    make_deal("Холодильник", now=now)
    make_deal("Кофемашина", now=now, tags=["горячая"], quality="repeat", source=source)
    client = client_of(alice)
    assert sorted(titles(client.get(f"{BOARD}?{query}"))) == found
    rows = client.get(f"/deals/list/?{query}").context["page"].raw
    assert sorted(row["title"] for row in rows) == found


def test_board_and_list_filter_forms_open_as_fragments(pipeline, alice, client_of):
    client = client_of(alice)
    for url in ("/deals/?filters=1", "/deals/list/?filters=1"):
        page = client.get(url, headers={"HX-Request": "true", "HX-Target": "filter-form"}).content.decode()
        assert 'name="owner"' in page and "<html" not in page


def test_changes_answer_cards_as_the_filter_sees_them(tenant, make_deal, stages, alice, bob, client_of, now):
    shown, hidden, foreign = make_deal("shown", tags=["a"]), make_deal("hidden"), make_deal("foreign", by=bob)
    ids = ",".join(str(d.pk) for d in (shown, hidden, foreign))
    page = client_of(alice).get("/deals/changes/", {"ids": f"{ids},nonsense", "tag": "a"}).content.decode()
    assert f'data-changed="{shown.pk}"' in page
    assert f'data-gone="{hidden.pk}"' in page and f'data-gone="{foreign.pk}"' in page
    assert page.count("data-head=") == 3


def test_board_remembers_the_pipeline_looked_at_last(tenant, pipeline, alice, client_of):
    with tenant_scope(tenant):
        other = create_starter_pipeline(template="service")
    client = client_of(alice)
    assert client.get(BOARD).context["pipeline"] == pipeline
    client.get(f"{BOARD}?pipeline={other.pk}")
    assert client.get(BOARD).context["pipeline"] == other


def test_board_of_a_pipeline_without_stages_says_so(tenant, admin, client_of):
    with tenant_scope(tenant):
        bare = create_pipeline(name="Bare", currency="RUB")
    page = client_of(admin).get(f"{BOARD}?pipeline={bare.pk}").content.decode()
    assert reverse("deals:pipeline", args=[bare.pk]) in page


def test_board_shows_unsorted_only_where_the_pipeline_wants_it(tenant, pipeline, alice, client_of):
    client = client_of(alice)
    assert "data-unsorted" in client.get(BOARD).content.decode()
    with tenant_scope(tenant):
        update_pipeline(pipeline=pipeline, is_unsorted_shown=False)
    assert "data-unsorted" not in client.get(BOARD).content.decode()


def test_card_escapes_everything_people_write(scope, make_deal, pipeline, alice):
    nasty = "<script>alert('\"&')</script>"
    contact, source = Contact.objects.create(name=nasty), Source.objects.create(name=nasty)
    alice.name = nasty
    alice.save()
    deal = make_deal(nasty, contact=contact, source=source, city=nasty, amount=Decimal(5))
    Deal.objects.filter(pk=deal.pk).update(
        next_activity_at=timezone.now(), next_activity_title=nasty, unread_count=3
    )
    shown = update_pipeline(pipeline=pipeline, card_fields=[*pipeline.card_fields, "city", "source"])
    html = read(shown, query="?from=a&b").read().columns[0].cards[0]["html"]
    assert "<script" not in html and html.count("&lt;script&gt;") >= 8
    assert f'href="/deals/{deal.pk}/?from=a&amp;b"' in html


def found(**params) -> list[str]:
    """The titles a filter leaves over, in the order of the alphabet."""
    data = QueryDict(mutable=True)
    for name, value in params.items():
        data[name] = str(value)
    return sorted(deal.title for deal in DealFilterSet(data, queryset=Deal.objects.all()).qs)


def test_filter_finds_deals_stalled_past_their_stages_limit(scope, make_deal, stages):
    update_stage(stage=stages["first"], time_limit_h=24)
    now = timezone.now()
    for title, stage, hours in (
        ("stalled", "first", 25),
        ("fresh", "first", 23),
        ("unlimited", "second", 900),
    ):
        deal = make_deal(title, stage=stages[stage])
        Deal.objects.filter(pk=deal.pk).update(stage_entered_at=now - dt.timedelta(hours=hours))
    assert found(stalled="1") == ["stalled"]


def test_filters_of_money_client_and_expected_date(scope, make_deal, alice):
    group = SourceGroup.objects.create(name="Adverts")
    company = Company.objects.create(name="A", client_type="chain")
    make_deal(
        "full",
        amount=Decimal(500),
        company=company,
        source=Source.objects.create(name="S", group=group),
        expected_on=dt.date(2026, 12, 10),
        quality="targeted",
    )
    nobodys = make_deal("bare", amount=Decimal(50))
    Deal.objects.filter(pk=nobodys.pk).update(owner=None)
    assert found(amount_from=100) == found(client_type="chain") == found(source_group=group.pk) == ["full"]
    assert found(expected_first="2026-12-01", expected_last="2026-12-31") == ["full"]
    assert found(expected_first="2027-01-01") == found(amount_from=100, amount_to=200) == []
    for flag in ("no_client_type", "no_expected", "no_owner", "no_quality", "no_source"):
        assert found(**{flag: "1"}) == ["bare"]


def test_period_means_the_chosen_date(scope, make_deal, stages, alice, now):
    move_deal(deal=make_deal("won", amount=Decimal(1)), stage=stages["won"], by=alice, now=now)
    Deal.objects.update(created_at=now - dt.timedelta(days=400))
    day = now.date().isoformat()
    assert found(first=day) == []
    assert found(first=day, dates="closed") == ["won"]
