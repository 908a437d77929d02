"""What the sums of lines must always hold."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deals.products.arithmetic import Sums, line_sums, taxes_of, total_of


@dataclasses.dataclass
class Line:
    quantity: Decimal = Decimal(1)
    price: Decimal = Decimal(100)
    discount_kind: str = "percent"
    discount: Decimal = Decimal(0)
    vat_percent: Decimal | None = None


def decimals(largest: str, places: int) -> st.SearchStrategy[Decimal]:
    return st.integers(0, int(Decimal(largest).scaleb(places))).map(
        lambda coins: Decimal(coins).scaleb(-places)
    )


LINES = st.builds(
    Line,
    quantity=decimals("999999.999", 3).filter(bool),
    price=decimals("9999999.99", 2),
    discount_kind=st.sampled_from(["percent", "money"]),
    discount=decimals("100", 2),
    vat_percent=st.sampled_from([None, *map(Decimal, (0, 5, 7, 10, 20, 22))]),
)


@given(st.lists(LINES, max_size=12), st.booleans())
def test_a_total_is_the_sum_of_its_lines_to_the_coin(lines, is_included):
    sums = [line_sums(line, is_tax_included=is_included) for line in lines]
    total = total_of(sums)
    assert total.total == sum(one.total for one in sums)
    assert total.net + total.tax == total.total
    assert (
        sum(tax for _rate, tax in taxes_of(zip([line.vat_percent for line in lines], sums, strict=True)))
        == total.tax
    )


@given(LINES, st.booleans())
def test_a_line_is_whole_coins_and_never_below_zero(line, is_included):
    sums = line_sums(line, is_tax_included=is_included)
    for value in dataclasses.astuple(sums):
        assert value >= 0
        assert value == value.quantize(Decimal("0.01"))
    assert sums.discount <= sums.full


@given(LINES)
def test_a_tax_on_top_is_never_less_than_one_that_is_included(line):
    assert line_sums(line, is_tax_included=False).total >= line_sums(line, is_tax_included=True).total


@given(LINES, decimals("1000", 2))
def test_a_larger_discount_never_makes_a_line_dearer(line, more):
    if line.discount_kind == "percent":
        more = min(more, 100 - line.discount)
    dearer = line_sums(line, is_tax_included=True).total
    assert (
        line_sums(dataclasses.replace(line, discount=line.discount + more), is_tax_included=True).total
        <= dearer
    )


@pytest.mark.parametrize(
    ("line", "is_included", "expected"),
    [
        (
            Line(Decimal(3), Decimal("33.33")),
            True,
            Sums(Decimal("99.99"), Decimal(0), Decimal(0), Decimal("99.99")),
        ),
        (
            Line(price=Decimal(122), vat_percent=Decimal(22)),
            True,
            Sums(Decimal(122), Decimal(0), Decimal(22), Decimal(122)),
        ),
        (
            Line(price=Decimal(100), vat_percent=Decimal(22)),
            False,
            Sums(Decimal(100), Decimal(0), Decimal(22), Decimal(122)),
        ),
        # Half up: 0.125 × 1.00 = 0.125 → 0.13, and never the banker's 0.12
        (
            Line(Decimal("0.125"), Decimal(1)),
            True,
            Sums(Decimal("0.13"), Decimal(0), Decimal(0), Decimal("0.13")),
        ),
        (
            Line(price=Decimal("10.05"), discount=Decimal(50)),
            True,
            Sums(Decimal("10.05"), Decimal("5.03"), Decimal(0), Decimal("5.02")),
        ),
        (
            Line(price=Decimal(5), discount_kind="money", discount=Decimal(9)),
            True,
            Sums(Decimal(5), Decimal(5), Decimal(0), Decimal(0)),
        ),
        (Line(vat_percent=Decimal(0)), False, Sums(Decimal(100), Decimal(0), Decimal(0), Decimal(100))),
    ],
)
def test_lines_worked_out_by_hand(line, is_included, expected):
    assert line_sums(line, is_tax_included=is_included) == expected
