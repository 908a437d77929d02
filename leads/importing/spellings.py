"""How programs head the columns of leads, and the states they give them; see contacts.importing.spellings."""

from __future__ import annotations

from typing import Any

from contacts.importing.spellings import CONTACTS
from leads.models import Lead


def _words(text: str, pattern: str = "") -> dict[str, Any]:
    return {"words": tuple(word.strip() for word in text.split(",")), "pattern": pattern}


LEADS: dict[str, dict[str, Any]] = {
    "subject": _words(
        "название лида, название, тема, заголовок, subject, title, lead name, название сделки, topic"
    ),
    "text": _words(
        "комментарий, обращение, сообщение, текст, описание, вопрос, примечание, message, comment, comments, notes, "
        "description, text",
        r"^(?:примечани|комментари|сообщени|вопрос)\w*\b",
    ),
    "status": _words("статус, статус лида, стадия, status, lead status, этап, этап сделки, состояние"),
    "reason": _words("причина отказа, причина, reason, lost reason, дополнительно о статусе"),
    "received_at": _words(
        "дата создания, дата, дата обращения, дата создания сделки, создан, created, create date, created at, date, time, время"
    ),
    "object": _words("объект, объект интереса, товар, услуга, product, продукт, интерес"),
    "source": _words(
        "utm source, источник, источник лида, источник сделки, source, lead source, original source"
    ),
    "medium": _words("utm medium, medium"),
    "campaign": _words("utm campaign, кампания, campaign, рекламная кампания"),
    "ad_content": _words("utm content, content, объявление"),
    "term": _words("utm term, term, ключевое слово, keyword"),
    "page_url": _words("страница, url, page, page url, адрес страницы, ссылка"),
    "region": _words("регион, город, населенный пункт, region, city, область"),
    "owner": CONTACTS["owner"],
    "tags": _words("теги, метки, теги сделки, tags", r"^теги\b"),
    "external": _words("id, ид, record id, lead id, id лида, внешний id, код, guid"),
}
_REJECTED = (
    "некачественный, некачественный лид, отказ, отклонен, отклонён, спам, брак, нецелевой, забракован, закрыт, не реализовано, "
    "закрыто и не реализовано, rejected, junk, unqualified, disqualified, spam, lost, closed lost, bad timing, дубль"
)
_CONVERTED = (
    "качественный, качественный лид, сконвертирован, конвертирован, успешный, успешно реализовано, сделка, принят, обработан, "
    "converted, qualified, customer, won, closed won, open deal, done, закрыт успешно"
)
STATES = {word.strip().replace("ё", "е"): Lead.State.REJECTED for word in _REJECTED.split(",")} | {
    word.strip().replace("ё", "е"): Lead.State.CONVERTED for word in _CONVERTED.split(",")
}
