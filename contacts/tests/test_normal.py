"""Phones and addresses as they come, and what they are."""

from __future__ import annotations

import pytest

from contacts.identity import normalise_email, normalise_phone, normalise_phones

MARIA = "+79161234567"
OLEG = "+79161234568"


@pytest.mark.parametrize(
    "raw",
    [
        "79161234567",
        "+79161234567",
        "89161234567",
        "9161234567",
        "8 (916) 123-45-67",
        "+7 (916) 123-45-67",
        "8-916-123-45-67",
        "8.916.123.45.67",
        "\u00a0+7\u00a0916\u00a0123‑45‑67 ",
        "tel:+79161234567",
        "tel:+7-916-123-45-67;ext=12",
        "sip:79161234567@pbx.example",
        "<sip:+79161234567@host;user=phone>",
        "тел. 8 916 123 45 67",
        "8(916)1234567 Мария",
        "+7916１２３４５６７",
        "79161234567.0",
        "7,9161234567E+10",
        "7.9161234567e10",
        "0079161234567",
        "8107 916 1234567",
        "8 916 123-45-67 доб. 118",
        79161234567,
    ],
)
def test_normalise_phone_knows_one_number_in_every_spelling(raw):
    assert normalise_phone(raw, "RU") == MARIA


@pytest.mark.parametrize(
    "raw",
    ["", None, "Anonymous", "anonymous", "unknown", "скрыт", "911", "1234567", "sip:100@pbx", "7,99900E+10",
     "7.999E+10", "+70000000000", "+71111111111", "0000000000", "+7", "+", "\x00", "a" * 600, "12.5", "+7-XXX-XX"],
)  # fmt: skip
def test_normalise_phone_tells_nothing_where_nothing_can_be_told(raw):
    assert normalise_phone(raw, "RU") == ""


@pytest.mark.parametrize(
    "raw",
    ["89161234567, 89161234568", "89161234567; 8 916 123-45-68", "89161234567/89161234568",
     "+7 916 123-45-67 +7 916 123-45-68", "8 916 123 45 67 или 8 916 123 45 68", "89161234567\n89161234568",
     "моб. 89161234567, раб. 89161234568, 89161234567"],
)  # fmt: skip
def test_normalise_phones_reads_two_numbers_in_a_cell(raw):
    assert normalise_phones(raw, "RU") == [MARIA, OLEG]


@pytest.mark.parametrize(
    ("raw", "region", "expected"),
    [
        ("810491701234567", "RU", "+491701234567"),
        ("8~10 49 170 1234567", "RU", "+491701234567"),
        ("375291234567", "RU", "+375291234567"),
        ("998901234567", "RU", "+998901234567"),
        ("87001234567", "RU", "+77001234567"),
        ("0016502530000", "RU", "+16502530000"),
        ("(650) 253-0000", "US", "+16502530000"),
        ("79161234567", "US", MARIA),
        ("020 7946 0958", "GB", "+442079460958"),
        ("88005553535 (бесплатно)", "RU", "+78005553535"),
    ],
)
def test_normalise_phone_reads_other_countries(raw, region, expected):
    assert normalise_phone(raw, region) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (" MARIA@Example.COM ", "maria@example.com"),
        ("Мария <Maria@x.ru>", "maria@x.ru"),
        ("mailto:a@b.co?subject=x", "a@b.co"),
        ("почта@Пример.рф", "почта@пример.рф"),
        ("a@xn--e1afmkfd.xn--p1ai", "a@пример.рф"),
        ("a@b.ru, c@d.ru", "a@b.ru"),
        ("a+tag@b.ru.", "a+tag@b.ru"),
        ("x@y.ru\x00", "x@y.ru"),
        ("a@b", ""),
        ("нет", ""),
        ("", ""),
        (None, ""),
        ("@b.ru", ""),
        ("a" * 250 + "@b.ru", ""),
    ],
)
def test_normalise_email_reads_one_address(raw, expected):
    assert normalise_email(raw) == expected
