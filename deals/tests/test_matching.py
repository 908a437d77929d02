"""Which invoice a payment is for, how sure that is, and why."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import pytest

from deals.payments.matching import Candidate, Money, Sureness, matches

INN, OTHER = "7707083893", "7736050003"


def invoice(
    number="7", remaining=1000, *, inn=INN, currency="RUB", issued=dt.date(2026, 11, 18)
) -> Candidate:
    left = Decimal(remaining)
    return Candidate(uuid.uuid4(), number, issued, left, left, currency, inn)


def money(purpose="", amount=1000, *, inn=INN, currency="RUB") -> Money:
    return Money(Decimal(amount), currency, inn, purpose)


@pytest.mark.parametrize(
    "purpose",
    [
        "Оплата по счету № 7 от 18.11.2026",
        "Опл. по сч.7",
        "по счёту №7, НДС не облагается",
        "Оплата счета N 7",
        "счет на оплату 0007 от 18.11.26",
        "Payment of invoice 7",
    ],
)
def test_number_and_amount_are_sure(purpose):
    [found] = matches(money(purpose, inn=""), [invoice()])
    assert found.sureness == Sureness.SURE and found.reasons[0] == "number" and "amount" in found.reasons


def test_inn_and_amount_are_likely():
    [found] = matches(money("за товар"), [invoice()])
    assert (found.sureness, found.reasons) == (Sureness.LIKELY, ("inn", "amount"))


def test_number_of_letters_is_found_without_its_word():
    [found] = matches(money("Оплата кп-2026-15/а по договору"), [invoice("КП-2026-15/А")])
    assert found.reasons == ("number_bare", "inn", "amount") and found.sureness == Sureness.SURE


@pytest.mark.parametrize(
    ("purpose", "amount", "inn"),
    [
        ("за товар", 999, INN),  # the INN alone, a part: 35 points, offered but not chosen
        ("по счету 7", 5000, ""),  # the number alone, too much money
        ("по счету 7", 1000, OTHER),  # somebody else's INN
    ],
)
def test_weak_signs_are_only_possible(purpose, amount, inn):
    [found] = matches(money(purpose, amount, inn=inn), [invoice()])
    assert found.sureness == Sureness.POSSIBLE


@pytest.mark.parametrize(
    "payment",
    [
        money("за товар", inn=OTHER),
        money("7", 3, inn=""),
        money("по договору 7 от 01.01.2020", 5, inn=""),
        money("по счет-фактуре 7", 5, inn=""),
        money("по счету 7", currency="USD"),
    ],
)
def test_nothing_is_offered_for_no_reason(payment):
    assert matches(payment, [invoice()]) == []


def test_two_that_fit_equally_are_not_chosen_between():
    found = matches(money("за товар"), [invoice("7"), invoice("8")])
    assert [match.sureness for match in found] == [Sureness.POSSIBLE] * 2
    assert all("several" in match.reasons for match in found)


def test_likelier_one_stands_first_and_amount_says_what_it_is():
    found = matches(money("счет 8", 600), [invoice("7"), invoice("8")])
    assert [match.candidate.number for match in found] == ["8", "7"]
    assert found[0].reasons == ("number", "inn", "part") and found[0].sureness == Sureness.SURE
    [over] = matches(money("счет 7", 1500), [invoice("7")])
    assert "more" in over.reasons
