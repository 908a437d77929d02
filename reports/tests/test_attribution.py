"""Shares of deals and of costs: pure, so everything is asked of many random cases."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from fractions import Fraction

import pytest

from reports.attribution import Model, divided, weights
from reports.spreading import share

SEED = 20261128


@pytest.mark.parametrize("model", Model)
@pytest.mark.parametrize("count", [1, 2, 3, 4, 7, 100, 1001])
def test_weights_add_up_to_one(model: Model, count: int) -> None:
    found = weights(model, count)
    assert len(found) == count and sum(found) == 1 and min(found) >= 0


def test_weights_are_those_of_their_definitions() -> None:
    assert weights(Model.FIRST, 3) == (1, 0, 0)
    assert weights(Model.LAST, 3) == (0, 0, 1)
    assert weights(Model.LINEAR, 4) == (Fraction(1, 4),) * 4
    assert weights(Model.POSITION, 1) == (1,)
    assert weights(Model.POSITION, 2) == (Fraction(1, 2),) * 2
    assert weights(Model.POSITION, 4) == (Fraction(2, 5), Fraction(1, 10), Fraction(1, 10), Fraction(2, 5))


@pytest.mark.parametrize("model", Model)
def test_shares_of_any_deal_add_up_to_exactly_its_amount(model: Model) -> None:
    chance = random.Random(SEED)
    for _round in range(1000):
        amount = Decimal(chance.randrange(10 ** chance.randint(1, 12))) / 100
        found = divided(amount, shares := weights(model, chance.randint(1, 60)))
        assert sum(found) == amount
        for part, weight in zip(found, shares, strict=True):
            assert abs(Fraction(part) - Fraction(amount) * weight) < Fraction(1, 100)


def test_largest_remainders_get_the_kopecks() -> None:
    assert divided(Decimal("100.00"), weights(Model.LINEAR, 3)) == [
        Decimal("33.34"),
        Decimal("33.33"),
        Decimal("33.33"),
    ]
    assert divided(Decimal("0.05"), [Fraction(1), Fraction(3), Fraction(2)]) == [
        Decimal("0.01"),
        Decimal("0.02"),
        Decimal("0.02"),
    ]
    assert divided(Decimal(5), [Fraction(0), Fraction(0)]) == [0, 0]


def test_periods_that_cut_a_cost_add_up_to_exactly_it() -> None:
    chance, start = random.Random(SEED), dt.date(2026, 1, 1)
    for _round in range(500):
        amount = Decimal(chance.randrange(1, 10**9)) / 100
        days = chance.randint(1, 400)
        ends_on = start + dt.timedelta(days=days - 1)
        cuts = sorted(chance.sample(range(1, days), min(days - 1, chance.randint(0, 12))))
        bounds = [0, *cuts, days]
        parts = [
            share(amount, start, ends_on, start + dt.timedelta(days=a), start + dt.timedelta(days=b - 1))
            for a, b in zip(bounds, bounds[1:], strict=False)
        ]
        assert sum(parts) == amount
        for part, (a, b) in zip(parts, zip(bounds, bounds[1:], strict=False), strict=True):
            assert abs(part - amount * (b - a) / days) <= Decimal("0.01")


def test_share_of_a_month_by_days() -> None:
    november = (Decimal(3000), dt.date(2026, 11, 1), dt.date(2026, 11, 30))
    assert share(*november, dt.date(2026, 11, 16), dt.date(2026, 12, 31)) == 1500
    assert share(*november, None, dt.date(2026, 11, 1)) == 100
    assert share(*november, None, None) == 3000
    assert share(*november, dt.date(2026, 12, 1), None) == 0
