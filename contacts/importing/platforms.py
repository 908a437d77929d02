"""Files of advertising platforms: how they head their columns, and which platform a header is of.

From memory of their exports (Yandex Direct's Report Wizard, VK Ads' statistics, Google Ads' campaign report), in Russian
and English; none was checked against a file of today.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from contacts.importing.spellings import folded
from contacts.models import CostOrigin

_TOTAL = re.compile(r"^(?:всего|итого|итог|total|grand total)\b", re.IGNORECASE)
_GOOGLE = frozenset(["код валюты", "currency code"])
_VK = re.compile(r"^(?:потрачено|списано|spent|amount spent)\b")
_YANDEX = re.compile(r"^(?:расход(?!ы)|campaignname$|campaign ?name$)")

COSTS: dict[str, dict[str, Any]] = {
    "day": {"words": ("дата", "день", "date", "day", "день показа")},
    "starts_on": {
        "words": ("начало", "начало периода", "дата начала", "период с", "start date", "from", "date from")
    },
    "ends_on": {
        "words": ("конец", "конец периода", "дата окончания", "период по", "end date", "to", "date to")
    },
    "campaign": {
        "words": ("кампания", "название кампании", "имя кампании", "рекламная кампания", "campaign"),
        "pattern": r"^campaign ?name$",
    },
    "amount": {
        "words": ("сумма", "затраты", "стоимость", "cost", "spend", "amount"),
        "pattern": r"^(?:расход|потрачено|списано|spent|amount spent|cost|стоимость)\b(?!.*(?:цел|клик|конверси|click|conv))",
    },
    "currency": {"words": ("валюта", "код валюты", "currency", "currency code")},
    "source": {"words": ("источник", "source", "utm source")},
    "detail": {
        "words": (
            "группа", "группа объявлений", "название группы", "объявление", "номер объявления", "ad group", "ad group name",
            "adgroupname", "ad", "устройство", "тип устройства", "device", "место показа", "площадка", "network",
            "ключевая фраза", "условие показа", "keyword",
        ),
    },
}  # fmt: skip


def platform_of(heads: Iterable[str]) -> CostOrigin:
    """Say whose export has such columns; a file of its own where none is known."""
    words = {folded(head) for head in heads}
    if words & _GOOGLE:
        return CostOrigin.GOOGLE_ADS
    if any(_VK.match(word) for word in words):
        return CostOrigin.VK_ADS
    return CostOrigin.YANDEX_DIRECT if any(_YANDEX.match(word) for word in words) else CostOrigin.FILE


def is_total(cells: Iterable[str]) -> bool:
    """Say whether a row is the sum below a table and no row of it."""
    return any(_TOTAL.match(cell.strip()) for cell in cells)
