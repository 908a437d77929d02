"""The parser of bank statements: good ones, broken ones, huge ones and what isn't one."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from deals.payments import statement as parser
from deals.payments.statement import (
    NotAStatement,
    StatementCutOff,
    StatementTooLarge,
    StatementWithoutAccount,
    parse,
)
from deals.tests.statements import OTHER_OURS, OURS, THEIRS, document, statement


@pytest.mark.parametrize("encoding", ["cp1251", "cp866", "utf-8", "utf-8-sig"])
def test_statement_is_read_in_every_encoding_banks_use(encoding):
    documents = [document(purpose="Оплата по счету 7", payer="ООО Ромашка")]
    found = parse(statement(documents, encoding=encoding))
    [payment] = found.incoming
    assert (payment.number, payment.amount, payment.on) == ("12", Decimal("12000.00"), dt.date(2026, 11, 20))
    assert (payment.payer, payment.payer_inn) == ("ООО Ромашка", "7707083893")
    assert (payment.account, payment.payer_account, payment.currency) == (OURS, THEIRS, "RUB")
    assert payment.purpose == "Оплата по счету 7"
    assert (found.first_on, found.last_on) == (dt.date(2026, 11, 1), dt.date(2026, 11, 30))
    assert not found.broken and not found.outgoing_count


def test_outgoing_and_own_payments_are_only_counted():
    out = document(payer_account=OURS, account=THEIRS)
    between = document(payer_account=OURS, account=OTHER_OURS)
    found = parse(statement([out, between, document()], accounts=[OURS, OTHER_OURS]))
    assert (len(found.incoming), found.outgoing_count, found.own_count) == (1, 1, 1)


def test_currency_is_that_of_our_account():
    found = parse(statement([document(account=OTHER_OURS)], accounts=[OURS, OTHER_OURS]))
    assert found.incoming[0].currency == "USD"


def test_repeated_sections_count_once_but_not_those_of_another_payer():
    other = document(payer_account="40702810500000066666")
    found = parse(statement([document(), document(), other]))
    assert (len(found.incoming), found.repeated_count) == (2, 1)


@pytest.mark.parametrize(
    ("text", "amount"),
    [("1234.5", "1234.50"), ("1 234,50", "1234.50"), ("1234-50", "1234.50"), ("7", "7.00")],
)
def test_amounts_are_read_as_banks_write_them(text, amount):
    assert parse(statement([document(amount=text)])).incoming[0].amount == Decimal(amount)


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": ""}, {"amount": "-5"}, {"amount": "0"}, {"amount": "12.345"}, {"amount": "много"},
        {"amount": "NaN"}, {"amount": "1" * 20}, {"day": "2026-11-20"}, {"day": "31.02.2026"}, {"number": ""},
        {"end": "Конец"},
    ],
)  # fmt: skip
def test_broken_document_is_named_by_its_line_and_the_others_are_read(wrong):
    found = parse(statement([document(**wrong), document(number=13)]))
    assert [payment.number for payment in found.incoming] == ["13"]
    [broken] = found.broken
    assert broken.line > 7 and str(broken.reason)


def test_missing_day_of_arrival_is_the_documents_day():
    assert parse(statement([document(came="")])).incoming[0].came_on == dt.date(2026, 11, 20)


def test_unprintable_zero_is_left_out():
    assert parse(statement([document(purpose="сч\x00ет 7")])).incoming[0].purpose == "счет 7"


def test_purpose_in_pieces_is_put_together():
    pieces = "НазначениеПлатежа=\r\nНазначениеПлатежа1=Оплата\r\nНазначениеПлатежа2=по счету 7"
    text = document().replace(
        "НазначениеПлатежа=Оплата по счету № 7 от 18.11.2026. НДС не облагается", pieces
    )
    assert parse(statement([text])).incoming[0].purpose == "Оплата по счету 7"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"PK\x03\x04 some archive",
        b"%PDF-1.7",
        "Дата;Сумма\r\n20.11.2026;100".encode("cp1251"),
        b"1CClientBankExchange\r\nVersion=1.03\r\n",
        "1CClientBankExchange\r\nРасчСчет=1\r\nКонецФайла".encode("koi8-r"),
        "1CClientBankExchange\r\nРасчСчет=1\r\nКонецФайла".encode("utf-16"),
    ],
)
def test_other_files_are_refused(raw):
    with pytest.raises(NotAStatement):
        parse(raw)


def test_cut_off_file_is_refused():
    with pytest.raises(StatementCutOff):
        parse(statement([document()], tail=document(end="Номер=1")))


def test_statement_without_account_is_refused():
    with pytest.raises(StatementWithoutAccount):
        parse(statement([document()], accounts=[]))


def test_too_much_is_refused(monkeypatch):
    with pytest.raises(StatementTooLarge):
        parse(b"1CClientBankExchange" + b" " * parser.MAX_BYTES)
    monkeypatch.setattr(parser, "MAX_DOCUMENTS", 2)
    with pytest.raises(StatementTooLarge):
        parse(statement([document(number=n) for n in range(3)]))


def test_huge_statement_is_read():
    found = parse(statement([document(number=n) for n in range(5000)]))
    assert len(found.incoming) == 5000


def test_long_texts_are_cut_to_what_the_columns_hold():
    payment = parse(statement([document(number="9" * 80, purpose="п" * 3000, payer="я" * 400)])).incoming[0]
    assert (len(payment.number), len(payment.purpose), len(payment.payer)) == (50, 1000, 250)
