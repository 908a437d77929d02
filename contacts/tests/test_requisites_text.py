"""Pasted legal details taken apart, and what stays as text."""

from __future__ import annotations

import pytest

from contacts import requisites
from contacts.requisites_text import recognise

ACCOUNT = next(
    a for a in (f"4070281{k}900000000001" for k in range(10)) if requisites.is_account(a, "044525225")
)
CORRESPONDENT = "30101810400000000225"


def test_correspondent_account_fits_its_bank_only():
    assert requisites.is_correspondent_account(CORRESPONDENT, "044525225")
    assert not requisites.is_correspondent_account(CORRESPONDENT, "044525974")
    assert not requisites.is_correspondent_account("30101810500000000225", "044525225")
    assert not requisites.is_correspondent_account(ACCOUNT, "044525225")


def test_one_line_with_short_labels():
    found = recognise(f"ИНН 7707083893 КПП 773601001 р/с {ACCOUNT} БИК 044525225")
    assert found.fields == {"inn": "7707083893", "kpp": "773601001", "account": ACCOUNT, "bik": "044525225"}
    assert found.rest == ""


def test_block_of_a_contract_with_words():
    spaced = " ".join((ACCOUNT[:4], ACCOUNT[4:8], ACCOUNT[8:12], ACCOUNT[12:16], ACCOUNT[16:]))
    found = recognise(
        "ООО «Ромашка»\r\nИНН/КПП: 7707083893/773601001\r\nОГРН 1027700132195\r\n"
        "Юридический адрес: 117312, г. Москва, ул. Вавилова, д. 19\r\n"
        f"Расчётный счёт: {spaced}\r\nв ПАО Сбербанк, г. Москва\r\nк/с {CORRESPONDENT}\r\nБИК 044525225\r\n"
        "Генеральный директор Иванов И. И.\r\nтел. +7 495 123-45-67"
    )
    assert found.fields == {
        "title": "ООО «Ромашка»", "inn": "7707083893", "kpp": "773601001", "ogrn": "1027700132195",
        "legal_address": "117312, г. Москва, ул. Вавилова, д. 19", "bank": "ПАО Сбербанк", "bik": "044525225",
        "account": ACCOUNT, "correspondent_account": CORRESPONDENT,
    }  # fmt: skip
    assert "Иванов" in found.rest and "123-45-67" in found.rest


def test_entrepreneur_and_unlabelled_numbers():
    found = recognise("Индивидуальный предприниматель Петров П. П.\n500100732259 304500116000157\n044525225")
    assert found.fields["inn"] == "500100732259" and found.fields["ogrn"] == "304500116000157"
    assert found.fields["bik"] == "044525225" and found.fields["title"].startswith("Индивидуальный")


@pytest.mark.parametrize("text", ["", "Просто письмо.", "заказ 12345, тел. 89161234567", "ИНН неизвестен"])
def test_other_text_stays_text(text):
    found = recognise(text)
    assert found.fields == {}
    assert found.rest == text.rstrip(".")


def test_second_set_stays_text():
    found = recognise("ИНН 7707083893\nИНН 7736050003")
    assert found.fields["inn"] == "7707083893" and "7736050003" in found.rest


def test_very_long_text_is_taken_apart_quickly():
    found = recognise("р/с " * 2000 + "ИНН 7707083893 " + "банк " * 400)
    assert found.fields["inn"] == "7707083893"
