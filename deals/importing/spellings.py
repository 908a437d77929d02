"""How programs head the columns of deals; see contacts.importing.spellings."""

from __future__ import annotations

from typing import Any

from contacts.importing.spellings import CONTACTS


def _words(text: str, pattern: str = "") -> dict[str, Any]:
    return {"words": tuple(word.strip() for word in text.split(",")), "pattern": pattern}


DEALS: dict[str, dict[str, Any]] = {
    "title": _words(
        "название, название сделки, сделка, deal name, deal, title, тема, наименование, name, dealname"
    ),
    "number": _words("номер, номер сделки, deal number"),
    "pipeline": _words("воронка, направление, pipeline, воронка продаж"),
    "stage": _words("этап, этап сделки, стадия, стадия сделки, статус, status, stage, deal stage"),
    "amount": _words(
        "сумма, бюджет, бюджет сделки, amount, budget, value, стоимость, сумма сделки, deal value, цена, price, бюджет руб",
        r"^бюджет\b|^сумма\b",
    ),
    "currency": _words("валюта, currency"),
    "expected_on": _words(
        "ожидаемая дата, дата завершения, предполагаемая дата закрытия, close date, expected close date, срок"
    ),
    "closed_at": _words("дата закрытия, закрыта, closed at, закрыто, дата закрытия сделки, closed date"),
    "created_at": _words(
        "дата создания, дата создания сделки, создана, created, create date, created at, начата, дата начала"
    ),
    "reason": _words("причина отказа, причина, причина проигрыша, lost reason, closed lost reason"),
    "city": _words("город, city"),
    "object": _words("объект, объект интереса, товар, product, услуга"),
    "campaign": _words("utm campaign, кампания, campaign, рекламная кампания"),
    "note": _words(
        "примечание, комментарий, описание, note, notes, comment, description, заметка",
        r"^(?:примечани|комментари)\w*\b",
    ),
    "source": _words("utm source, источник, источник сделки, source, original source, deal source"),
    "owner": CONTACTS["owner"],
    "tags": _words("теги, теги сделки, метки, tags, теги сделок", r"^теги\b"),
    "external": _words("id, ид, record id, deal id, id сделки, ид сделки, внешний id, код, guid"),
}
