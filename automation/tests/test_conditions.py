"""Each condition, met and not met."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from automation.conditions import CONDITIONS, Moment, all_conditions, are_met
from contacts.models import Source
from core.conditions import Value
from core.ids import uuid7
from deals.models import Deal
from tenants.custom_fields.definitions import names
from tenants.custom_fields.services import create_field, hide_field
from tenants.field_rights import seen_by
from tenants.hours.book import HoursBook, Terms, usual_week
from tenants.models import Membership

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


# --- Fields of the company's own ---------------------------------------------------------------------
@pytest.mark.usefixtures("scope")
@pytest.mark.parametrize(
    ("kind", "typed", "fits", "other"),
    [
        ("text", {"": "син\nкрасный"}, "Тёмно-синий", "белый"),
        ("number", {"_min": Decimal("9.5"), "_max": Decimal(10)}, "9.5", "10.5"),
        ("number", {"_min": Decimal(-3)}, "-3", "-3.1"),
        (
            "money",
            {"_max": Decimal(100)},
            {"amount": "100.00", "currency": "RUB"},
            {"amount": "100.01", "currency": "RUB"},
        ),
        ("date", {"_min": dt.date(2026, 1, 31)}, "2026-01-31", "2026-01-30"),
        ("flag", {"": ["no"]}, False, True),
        ("flag", {"": ["none", "yes"]}, None, False),
        ("file", {"": ["yes"]}, {"id": "x", "name": "plan.pdf"}, None),
    ],
)
def test_condition_on_a_field_tells_deals_apart(
    kind: str, typed: dict[str, Any], fits: Any, other: Any
) -> None:
    field = create_field(entity="deal", kind=kind, name="Own", currency="RUB")
    condition = all_conditions()[field.key]
    read = condition.read({f"{field.key}{suffix}": value for suffix, value in typed.items()})
    assert condition.initial(read) == {f"{field.key}{suffix}": value for suffix, value in typed.items()}
    assert condition.words(read, {})

    def unmet(held: Any) -> str:
        return are_met(
            {field.key: read},
            Moment(deal(custom_values={field.key: held} if held is not None else {}), NOON, BOOK),
        )

    assert unmet(fits) == "" and unmet(other) == field.key
    if "none" not in str(typed):
        assert unmet(None) == field.key
    assert condition.read({}) == []


@pytest.mark.usefixtures("scope")
def test_condition_on_options_and_colleagues(alice: Membership) -> None:
    colour = create_field(entity="deal", kind="choices", name="Colour", options=["Red", "Green", "Blue"])
    person = create_field(entity="deal", kind="member", name="Designer")
    red, green, blue = names().elements_of(colour)
    condition = all_conditions()[colour.key]
    read = condition.read({colour.key: [red, blue]})
    assert condition.words(read, {}) == "Red, Blue"
    asked = {colour.key: read, person.key: [Value(str(alice.pk))]}
    fits = deal(custom_values={colour.key: [green, blue], person.key: str(alice.pk)})
    assert are_met(asked, Moment(fits, NOON, BOOK)) == ""
    assert are_met(asked, Moment(deal(custom_values={colour.key: [green]}), NOON, BOOK)) == colour.key


@pytest.mark.usefixtures("scope")
def test_a_field_that_is_deleted_or_unseen_by_the_maker_is_not_met(alice: Membership) -> None:
    field = create_field(entity="deal", kind="flag", name="Own")
    asked, moment = {field.key: [Value("yes")]}, Moment(deal(custom_values={field.key: True}), NOON, BOOK)
    assert are_met(asked, moment) == ""
    alice.role.field_rights = {field.key: "hidden"}
    with seen_by(alice):
        assert are_met(asked, moment) == field.key
    hide_field(field=field, now=NOON)
    assert are_met(asked, moment) == field.key
