"""Statements of a made-up company, written for these tests."""

from __future__ import annotations

from collections.abc import Iterable

OURS = "40702810900000012345"
OTHER_OURS = "40702840900000012346"  # in dollars
THEIRS = "40702810500000055555"


def document(
    number: object = 12,
    amount: str = "12000.00",
    day: str = "20.11.2026",
    *,
    purpose: str = "Оплата по счету № 7 от 18.11.2026. НДС не облагается",
    inn: str = "7707083893",
    payer: str = "ООО «Ромашка»",
    payer_account: str = THEIRS,
    account: str = OURS,
    came: str | None = None,
    end: str = "КонецДокумента",
) -> str:
    """One section, as banks write it."""
    return "\r\n".join(
        [
            "СекцияДокумент=Платежное поручение", f"Номер={number}", f"Дата={day}", f"Сумма={amount}",
            f"ПлательщикСчет={payer_account}", f"Плательщик=ИНН {inn} {payer}", f"ПлательщикИНН={inn}",
            f"ПолучательСчет={account}", "Получатель=ООО Мы", f"ДатаПоступило={day if came is None else came}",
            f"НазначениеПлатежа={purpose}", end,
        ]
    )  # fmt: skip


def statement(
    documents: Iterable[str] = (),
    *,
    accounts: Iterable[str] = (OURS,),
    tail: str = "КонецФайла",
    encoding: str = "cp1251",
) -> bytes:
    """A whole file."""
    head = [
        "1CClientBankExchange", "ВерсияФормата=1.03", "Кодировка=Windows", "Отправитель=Банк",
        "ДатаНачала=01.11.2026", "ДатаКонца=30.11.2026", *(f"РасчСчет={account}" for account in accounts),
    ]  # fmt: skip
    for account in accounts:
        head += ["СекцияРасчСчет", f"РасчСчет={account}", "НачальныйОстаток=0.00", "КонецРасчСчет"]
    return "\r\n".join([*head, *documents, tail, ""]).encode(encoding)
