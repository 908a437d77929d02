"""Deals in groups: the board by another field than the stage, and the list in sections."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from contacts.models import Company, Source
from core.tenancy import tenant_scope
from deals.filters import DealFilterSet
from deals.grouping import GROUPINGS, ON_BOARD
from deals.models import Deal
from deals.services import move_deal
from tenants.services import set_rate

BOARD = reverse("deals:board")
LIST = reverse("deals:list")


def columns(response) -> dict[str, list[str]]:
    """Column's name -> titles of its cards, in order."""
    return {c.head.name: [card["title"] for card in c.cards] for c in response.context["board"].columns}


@pytest.fixture
def sorted_deals(tenant, make_deal, alice, bob, stages, now):
    """Deals that differ in everything one groups by; one is closed."""
    with tenant_scope(tenant):
        company = Company.objects.create(name="Chain", client_type="chain")
        source = Source.objects.create(name="Site")
    full = make_deal(
        "full",
        amount=Decimal(100),
        company=company,
        source=source,
        expected_on=dt.date(2026, 12, 5),
        quality="targeted",
    )
    make_deal("bare", owner=bob, stage=stages["second"])
    won = make_deal("won", amount=Decimal(1))
    with tenant_scope(tenant):
        move_deal(deal=won, stage=stages["won"], by=alice, now=timezone.now())
    return full


@pytest.mark.parametrize(
    ("by", "with_value", "without"),
    [
        ("source", "Site", "Без источника"),
        ("client_type", "Сеть", None),
        ("expected", None, None),
        ("quality", "Целевой", None),
    ],
)
def test_board_has_a_column_for_every_group_of_open_deals(
    sorted_deals, head, client_of, by, with_value, without
):
    found = columns(client_of(head).get(f"{BOARD}?by={by}"))
    assert list(found.values()) == [["full"], ["bare"]]  # deals without a value stand last
    if with_value and without:
        assert list(found) == [with_value, without]


def test_board_by_responsible_and_its_figures(sorted_deals, head, client_of):
    response = client_of(head).get(f"{BOARD}?by=owner")
    assert columns(response) == {"Alice": ["full"], "Bob": ["bare"]}
    alice = response.context["board"].columns[0].head
    assert alice.money.replace("\xa0", " ") == "100 ₽"
    assert alice.weighted.replace("\xa0", " ") == "10 ₽"  # 10 % of the first stage
    assert response.context["board"].summary.count == 2


def test_unknown_grouping_leaves_the_stages(sorted_deals, head, client_of):
    assert len(columns(client_of(head).get(f"{BOARD}?by=nonsense"))) == 3


@pytest.mark.parametrize("by", GROUPINGS)
def test_a_groups_link_finds_exactly_its_deals(tenant, sorted_deals, by):
    with tenant_scope(tenant):
        grouping = GROUPINGS[by]
        rows = Deal.objects.all()
        for key, titles in groups_of(rows, grouping).items():
            data = grouping.params(key)
            assert sorted(d.title for d in DealFilterSet(as_query(data), queryset=rows).qs) == titles
            assert (
                sorted(
                    d.title for d in rows.annotate(lane=grouping.expression).filter(grouping.condition(key))
                )
                == titles
            )


def groups_of(rows, grouping) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for value, title in (
        rows.annotate(lane=grouping.expression).order_by("title").values_list("lane", "title")
    ):
        found.setdefault(grouping.key_of(value), []).append(title)
    return found


def as_query(data):
    from django.http import QueryDict

    query = QueryDict(mutable=True)
    query.update(data)
    return query


def test_card_dropped_into_another_column_gets_its_value(tenant, sorted_deals, head, bob, client_of):
    client = client_of(head)
    page = reverse("deals:regroup", args=[sorted_deals.pk])
    sent = {"drag": "1", "stage": str(bob.pk), "board": "by=owner", "version": "1"}
    answer = client.post(page, sent, headers={"HX-Request": "true"})
    assert answer.status_code == 200 and f'data-stage="{bob.pk}"' in answer.content.decode()
    with tenant_scope(tenant):
        assert Deal.objects.get(pk=sorted_deals.pk).owner == bob
    stale = client.post(page, sent | {"stage": "none"}, headers={"HX-Request": "true"})
    assert stale.status_code == 409
    assert (
        client.post(page, sent | {"version": "2", "stage": "none", "board": "by=source"}).status_code == 200
    )
    with tenant_scope(tenant):
        assert Deal.objects.get(pk=sorted_deals.pk).source is None


@pytest.mark.parametrize("board", ["", "by=expected", "by=quality"])
def test_nothing_is_set_by_dropping_where_columns_are_read_only(sorted_deals, head, client_of, board):
    page = reverse("deals:regroup", args=[sorted_deals.pk])
    assert client_of(head).post(page, {"stage": "none", "board": board}).status_code == 404


def test_dismissed_colleague_gets_no_deal_by_dropping(tenant, sorted_deals, head, bob, client_of):
    with tenant_scope(tenant):
        bob.is_active = False
        bob.save()
    page = reverse("deals:regroup", args=[sorted_deals.pk])
    assert client_of(head).post(page, {"stage": str(bob.pk), "board": "by=owner"}).status_code == 404


def test_more_cards_of_a_group_come_by_keyset(tenant, make_deal, head, client_of):
    for n in range(25):
        make_deal(f"Deal {n:02}")
    client = client_of(head)
    [column] = client.get(f"{BOARD}?by=owner").context["board"].columns
    first = [card["title"] for card in column.cards]
    assert (len(first), column.more_count, first[0]) == (20, 5, "Deal 24")
    page = f"{reverse('deals:column')}?by=owner&stage_id={column.head.id}&after={column.more_after}"
    html = client.get(page).content.decode()
    assert html.count("data-card=") == 5 and "Deal 04" in html
    assert client.get(f"{reverse('deals:column')}?by=owner&stage_id=x").status_code == 404


@pytest.mark.parametrize("by", GROUPINGS)
def test_list_in_groups_shows_counts_and_leads_to_each(sorted_deals, head, client_of, by):
    client = client_of(head)
    response = client.get(f"{LIST}?by={by}&sort=title")
    sections = response.context["sections"].groups
    assert sum(group.count for group in sections) == 3
    for group in sections:
        alone = client.get(f"{LIST}{group.url}")
        assert alone.context["page"].count == group.count
        assert [row.id for row in alone.context["page"].rows] == [row.id for row in group.rows]


def test_group_of_many_shows_its_first_rows_and_how_many_there_are(make_deal, head, client_of):
    for n in range(12):
        make_deal(f"Deal {n:02}", amount=Decimal(10))
    response = client_of(head).get(f"{LIST}?by=owner&sort=-title")
    [group] = response.context["sections"].groups
    assert (group.count, len(group.rows), group.has_more) == (12, 10, True)
    assert group.rows[0].label == "Deal 11"
    assert group.money.replace("\xa0", " ") == "120 ₽"
    assert "12" in response.content.decode()


def test_empty_list_has_no_groups(head, pipeline, client_of):
    assert "group-h" not in client_of(head).get(f"{LIST}?by=owner").content.decode()


@pytest.mark.parametrize("by", ON_BOARD)
def test_grouped_pages_cost_as_many_queries_for_many_groups_as_for_few(
    tenant, make_deal, head, client_of, by
):
    client = client_of(head)
    make_deal("one", expected_on=dt.date(2026, 12, 1))
    urls = [f"{BOARD}?by={by}", f"{LIST}?by={by}"]
    for url in urls:
        client.get(url)
    before = [len(queries(client, url)) for url in urls]
    with tenant_scope(tenant):
        for n in range(12):
            source = Source.objects.create(name=f"S{n}")
            make_deal(f"{n}", source=source, expected_on=dt.date(2027, n + 1, 1))
    # A group's names are one query, asked only where there is a group to name
    assert all(
        after <= few + 1 for after, few in zip([len(queries(client, u)) for u in urls], before, strict=True)
    )


def queries(client, url: str) -> list[str]:
    with CaptureQueriesContext(connection) as found:
        assert client.get(url).status_code == 200
    return [query["sql"] for query in found]


@pytest.mark.parametrize("by", ["owner", "client_type", "expected"])
def test_deal_opened_from_a_group_has_its_neighbours_there(make_deal, bob, head, client_of, by):
    first, second = make_deal("first"), make_deal("second")
    make_deal("won't be there", owner=bob, expected_on=dt.date(2026, 12, 1))
    page = f"{reverse('deals:detail', args=[second.pk])}?from=board%3Fby%3D{by}"
    place = client_of(head).get(page).context["place"]
    if by == "client_type":  # none of the three has a client
        assert str(first.pk) in place.next_url and place.text.startswith("2 ")
    else:
        assert str(first.pk) in place.next_url and place.text.startswith("1 ")
        assert place.previous_url == ""


# --- Several currencies ---------------------------------------------------------------------------------
@pytest.fixture
def two_currencies(make_deal):
    make_deal("rubles", amount=Decimal(1000))
    make_deal("dollars", amount=Decimal(10), currency="USD")


def test_sums_of_several_currencies_are_added_up_by_the_days_rate(
    tenant, two_currencies, admin, alice, client_of
):
    with tenant_scope(tenant):
        day = timezone.localdate()
        set_rate(tenant=tenant, by=admin, currency="USD", on=day, value=Decimal("80.5"), now=timezone.now())
    for url in (BOARD, f"{BOARD}?by=owner"):
        board = client_of(alice).get(url).context["board"]
        head = board.columns[0].head
        assert head.money.replace("\xa0", " ") == "1 000 ₽ + 10 $"
        assert head.together.replace("\xa0", " ") == "≈ 1 805 ₽"
        assert "80,50" in head.rates
        assert head.weighted.replace("\xa0", " ") == "180 ₽"  # 10 % of it
        assert board.summary.together == head.together
        assert board.summary.missing == ""


def test_without_a_rate_sums_stand_side_by_side_and_the_page_says_why(two_currencies, alice, client_of):
    response = client_of(alice).get(BOARD)
    summary = response.context["board"].summary
    assert (summary.together, summary.rates) == ("", "")
    assert "USD" in summary.missing and summary.missing in response.content.decode()
    assert response.context["board"].columns[0].head.weighted.replace("\xa0", " ") == "100 ₽ + 1 $"
