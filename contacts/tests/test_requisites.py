"""Control sums of legal details. The numbers are those of well-known public companies."""

from __future__ import annotations

import pytest

from contacts import requisites


@pytest.mark.parametrize("value", ["7707083893", "7736050003", "7728168971", "500100732259"])
def test_is_inn_knows_real_ones(value):
    assert requisites.is_inn(value)
    wrong = value[:-1] + str((int(value[-1]) + 1) % 10)
    assert not requisites.is_inn(wrong)


@pytest.mark.parametrize(
    "value", ["", "770708389", "77070838931", "0000000000", "77070838a3", "７７０７０８３８９３"]
)
def test_is_inn_refuses_the_rest(value):
    assert not requisites.is_inn(value)


@pytest.mark.parametrize("value", ["1027700132195", "1027700070518", "304500116000157"])
def test_is_ogrn_knows_real_ones(value):
    assert requisites.is_ogrn(value)
    wrong = value[:-1] + str((int(value[-1]) + 1) % 10)
    assert not requisites.is_ogrn(wrong)


def test_is_kpp_checks_the_shape():
    assert requisites.is_kpp("770801001") and requisites.is_kpp("7700AB001")
    assert not requisites.is_kpp("77080100") and not requisites.is_kpp("77080100a")


def test_is_account_fits_the_bank():
    # Treasury's example of the order: BIK ending 225, account 40702810938000000000 is of another key.
    fitting = [
        a for a in (f"4070281{key}038000000000" for key in range(10)) if requisites.is_account(a, "044525225")
    ]
    assert len(fitting) == 1
    assert not requisites.is_account(fitting[0], "044525974")
    assert not requisites.is_account("123", "044525225")
