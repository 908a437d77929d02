"""Lists of deals by custom fields: their order page by page, bounds, the search, and groups."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from core.listing import build_page, listing_for
from core.listing.neighbours import place_in_list
from core.search import search_all
from core.tenancy import tenant_scope
from deals.grouping import list_groupings
from deals.list_groups import read_groups
from deals.models import Deal, Pipeline
from deals.services import create_deal, update_deal
from deals.setup import create_starter_pipeline
from tenants.custom_fields.definitions import names
from tenants.custom_fields.numbers import number_key
from tenants.custom_fields.services import create_field, erase_field, hide_field
from tenants.models import CustomField, FieldValue, Membership, Tenant

NOW = dt.datetime(2026, 11, 28, 9, tzinfo=dt.UTC)
Kind = CustomField.Kind


def make(kind: str, **values: Any) -> CustomField:
    if kind == Kind.MONEY:
        values.setdefault("currency", "RUB")
    return create_field(entity="deal", kind=kind, name=f"My {kind}", **values)


def fill(pipeline: Pipeline, by: Membership, field: CustomField, values: list[Any]) -> None:
    """Make a deal of each value, called by it; None leaves the field empty."""
    for value in values:
        held = {} if value is None else {field.key: value}
        create_deal(title=str(value), pipeline=pipeline, by=by, now=NOW, **held)


def walk(member: Membership, query: str, *, step: str = "next_url", page_size: int = 2) -> list[str]:
    """Read the titles page by page; going back starts at the end."""
    listing = listing_for("deals:list")
    told, url = [], query
    listing.page_size = page_size
    try:
        while True:
            page = build_page(listing, member, QueryDict(url.removeprefix("?")), [{"name": "title"}])
            titles = [row.cells[0][1].text for row in page.rows]
            told = told + titles if step == "next_url" else titles + told
            url = getattr(page, step)
            if not url:
                return told
    finally:
        del listing.page_size


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (Kind.NUMBER, ["-100", "-9.5", "0", "2", "10", "10.5", "100000000000000000"]),
        (Kind.MONEY, ["-5", "0.01", "50", "1000"]),
        (Kind.DATE, ["1999-12-31", "2026-01-31", "2026-02-01"]),
        (Kind.TEXT, ["abc", "Ель", "ёлка", "Ёж", "яма"]),
    ],
)
@pytest.mark.usefixtures("scope")
def test_a_list_is_read_in_the_order_of_a_field(
    kind: str, values: list[str], pipeline: Pipeline, alice: Membership
) -> None:
    field = make(kind)
    shuffled = [*values[1::2], None, *values[0::2], None]
    fill(pipeline, alice, field, shuffled)
    rising = ["abc", "Ёж", "ёлка", "Ель", "яма"] if kind == Kind.TEXT else values  # ё stands as е does
    assert walk(alice, f"sort={field.key}") == [*rising, "None", "None"]
    assert walk(alice, f"sort=-{field.key}") == [*rising[::-1], "None", "None"]


@pytest.mark.usefixtures("scope")
def test_going_back_shows_what_was_passed(pipeline: Pipeline, alice: Membership) -> None:
    field = make(Kind.NUMBER)
    fill(pipeline, alice, field, [None, "3", "1", None, "2", "2", None])
    listing, query = listing_for("deals:list"), f"sort={field.key}"
    forward = walk(alice, query)
    assert forward == ["1", "2", "2", "3", "None", "None", "None"]
    listing.page_size = 2
    try:
        url = f"?{query}"
        while url:
            last = url
            page = build_page(listing, alice, QueryDict(url.removeprefix("?")), [{"name": "title"}])
            url = page.next_url
    finally:
        del listing.page_size
    assert walk(alice, last, step="previous_url") == forward


@pytest.mark.usefixtures("scope")
def test_a_record_knows_its_place_in_the_order(pipeline: Pipeline, alice: Membership) -> None:
    field = make(Kind.NUMBER)
    fill(pipeline, alice, field, ["3", None, "1", "2"])

    def place(title: str) -> str:
        deal = Deal.objects.get(title=title)
        came_from = f"list?sort={field.key}"
        return place_in_list(deal, "deals:list", came_from, alice, detail="deals:detail").text

    assert [place(title)[0] for title in ("1", "2", "3", "None")] == ["1", "2", "3", "4"]


@pytest.mark.usefixtures("scope")
def test_sections_are_read_in_the_order_of_a_field(
    tenant: Tenant, pipeline: Pipeline, alice: Membership
) -> None:
    field, colour = make(Kind.NUMBER), make(Kind.CHOICE, options=["Red", "Green"])
    red, _green = names().elements_of(colour)
    for number in ("2", "1", None):
        held = {field.key: number} if number else {}
        create_deal(title=str(number), pipeline=pipeline, by=alice, now=NOW, **held, **{colour.key: red})
    create_deal(title="bare", pipeline=pipeline, by=alice, now=NOW)

    query = QueryDict(f"by={colour.key}&sort={field.key}")
    page = build_page(listing_for("deals:list"), alice, query, [{"name": "title"}])
    groups = read_groups(page, list_groupings()[colour.key], tenant, now=NOW).groups
    told = [(group.name, [row.cells[0][1].text for row in group.rows]) for group in groups]
    assert told == [("Red", ["1", "2", "None"]), ("Не заполнено", ["bare"])]
    for group in groups:
        rows = build_page(listing_for("deals:list"), alice, QueryDict(group.url.removeprefix("?"))).rows
        assert len(rows) == group.count


def test_a_board_stands_by_a_choice_and_a_drop_sets_it(
    tenant: Tenant, alice: Membership, client_of: Any
) -> None:
    with tenant_scope(tenant):
        pipeline = create_starter_pipeline(template="simple")
        colour = make(Kind.CHOICE, options=["Red", "Green"])
        red, green = names().elements_of(colour)
        deal = create_deal(title="Сделка", pipeline=pipeline, by=alice, now=NOW, **{colour.key: red})
    board = f"pipeline={pipeline.pk}&by={colour.key}"
    shown = client_of(alice).get(f"{reverse('deals:board')}?{board}").content.decode()
    assert "Red" in shown and "Green" in shown and "Сделка" in shown
    address = reverse("deals:regroup", args=[deal.pk])
    client: Client = client_of(alice)
    assert client.post(address, {"stage": green, "board": board, "version": deal.version}).status_code == 200
    assert client.post(address, {"stage": str(pipeline.pk), "board": board}).status_code == 404
    with tenant_scope(tenant):
        assert Deal.objects.get(pk=deal.pk).custom_values == {colour.key: green}


@pytest.mark.usefixtures("scope")
def test_the_search_looks_in_fields_that_say_so(pipeline: Pipeline, alice: Membership) -> None:
    contract = make(Kind.TEXT, is_searchable=True)
    quiet = create_field(entity="deal", kind=Kind.TEXT, name="Quiet")
    deal = create_deal(
        title="Заказ", pipeline=pipeline, by=alice, now=NOW,
        **{contract.key: "Договор № 81-2026/Ёлка", quiet.key: "тишина"},
    )  # fmt: skip
    for said in ("елка", "81-2026", "договор 81-2026", "ДОГОВОР"):
        assert list(Deal.objects.search(said)) == [deal], said
    assert list(Deal.objects.search("тишина")) == [] and list(Deal.objects.search("договор тишина")) == []
    assert [hit.title for hit in search_all("елка", alice)] == ["Заказ"]
    update_deal(deal=deal, by=alice, now=NOW, **{contract.key: None})
    assert list(Deal.objects.search("елка")) == []


@pytest.mark.usefixtures("scope")
def test_the_index_follows_whatever_writes(pipeline: Pipeline, alice: Membership) -> None:
    number, text = make(Kind.NUMBER), make(Kind.TEXT)
    deal = create_deal(title="a", pipeline=pipeline, by=alice, now=NOW, **{number.key: "5", text.key: "Да"})

    def held() -> dict[str, tuple[str, str]]:
        rows = FieldValue.objects.filter(record_id=deal.pk)
        return {row.field: (row.held, row.words) for row in rows}

    five = number_key(Decimal(5))
    assert held() == {number.key: (five, "5"), text.key: ("да", "да")}
    update_deal(deal=deal, by=alice, now=NOW, **{text.key: None})
    assert held() == {number.key: (five, "5")}
    Deal.objects.filter(pk=deal.pk).update(custom_values={number.key: "-1", text.key: "  Два  слова "})
    assert held() == {number.key: (number_key(Decimal(-1)), "-1"), text.key: ("два слова", "два слова")}
    hide_field(field=text, now=NOW)
    erase_field(field=text, now=NOW)
    assert set(held()) == {number.key}
    Deal.objects.filter(pk=deal.pk).update(custom_values={number.key: "nonsense"})
    assert held() == {}


numbers = st.decimals(min_value=-(10**17), max_value=10**17, places=6, allow_nan=False)


@given(one=numbers, other=numbers)
def test_keys_of_numbers_stand_as_the_numbers_do(one: Decimal, other: Decimal) -> None:
    assert (number_key(one).encode() < number_key(other).encode()) == (one < other)
