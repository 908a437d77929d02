"""Each condition, met and not met."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from automation.conditions import CONDITIONS, Moment, Value, are_met
from contacts.models import Source
from core.ids import uuid7
from deals.models import Deal
from tenants.hours.book import HoursBook, Terms, usual_week

BOOK = HoursBook(company_terms=Terms(usual_week(dt.time(9), dt.time(18)), "Europe/Moscow"))
NOON = dt.datetime(2026, 11, 17, 9, 0, tzinfo=dt.UTC)
SITE, AVITO = uuid7(), uuid7()


def deal(**fields: Any) -> Deal:
    usual = {
        "amount": Decimal(500), "source_id": SITE, "channel_kind": "email", "quality": "targeted",
        "tags": ["Wholesale"], "city": "Нижний Новгород",
    }  # fmt: skip
    return Deal(tenant_id=1, **(usual | fields))


@pytest.mark.parametrize(
    ("kind", "values", "other"),
    [
        ("amount_from", [Value("500")], {"amount": Decimal("499.99")}),
        ("amount_from", [Value("500")], {"amount": None}),
        ("amount_to", [Value("500")], {"amount": Decimal("500.01")}),
        ("source", [Value(ref=AVITO), Value(ref=SITE)], {"source_id": None}),
        ("channel_kind", [Value("email")], {"channel_kind": "call"}),
        ("quality", [Value("repeat"), Value("targeted")], {"quality": "non_targeted"}),
        ("tags", [Value("wholesale")], {"tags": ["wholesale trade"]}),
        ("city", [Value("нижний")], {"city": "Казань"}),
        ("owner", [Value(ref=SITE)], {"owner_id": AVITO}),
    ],
)
def test_condition_tells_deals_apart(kind: str, values: list[Value], other: dict[str, Any]) -> None:
    fits = deal(owner_id=SITE)
    assert are_met({kind: values}, Moment(fits, NOON, BOOK)) == ""
    assert are_met({kind: values}, Moment(deal(**other), NOON, BOOK)) == kind


def test_hours_are_those_of_the_moment() -> None:
    night = NOON + dt.timedelta(hours=12)
    assert are_met({"hours": [Value("in")]}, Moment(deal(), NOON, BOOK)) == ""
    assert are_met({"hours": [Value("in")]}, Moment(deal(), night, BOOK)) == "hours"
    assert are_met({"hours": [Value("out")]}, Moment(deal(), night, BOOK)) == ""


def test_all_kinds_are_demanded_and_unknown_ones_are_not_met() -> None:
    both = {"channel_kind": [Value("email")], "city": [Value("Казань")]}
    assert are_met(both, Moment(deal(), NOON, BOOK)) == "city"
    assert are_met({"gone": [Value("x")]}, Moment(deal(), NOON, BOOK)) == "gone"


@pytest.mark.usefixtures("scope")
def test_what_the_form_takes_comes_back_to_it() -> None:
    source = Source.objects.create(name="Avito")
    typed = {
        "amount_from": Decimal(10), "amount_to": None, "source": [source], "channel_kind": ["email"],
        "quality": [], "owner": [], "tags": "a\n\nb\na", "city": "", "hours": ["in"],
    }  # fmt: skip
    read = {code: found for code, c in CONDITIONS.items() if (found := c.read(typed))}
    assert sorted(read) == ["amount_from", "channel_kind", "hours", "source", "tags"]
    shown = {
        name: value for code, found in read.items() for name, value in CONDITIONS[code].initial(found).items()
    }
    assert shown == {
        "amount_from": "10", "source": [source.pk], "channel_kind": ["email"], "tags": "a\nb", "hours": ["in"],
    }  # fmt: skip
