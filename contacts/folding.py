"""The text that search looks in: one spelling for what people write in several."""

from __future__ import annotations

import re

from core.folding import fold

MAX_FOLDED = 4000
_LEGAL_FORM = re.compile(
    r"\b(?:общество с ограниченной ответственностью|индивидуальный предприниматель|"
    r"(?:публичное |закрытое |открытое )?акционерное общество|"
    r"ооо|оао|зао|пао|ао|ип|нко|ано|тоо|чп|гк|фгуп|гуп|муп|llc|ltd|inc|gmbh|corp|co|plc|ag|sa|bv|oy)\b\.?",
    re.I,
)
_NOT_WORD = re.compile(r"[^\w@.+-]+")


def fold_all(*parts: str) -> str:
    """Fold the parts that aren't empty into one text, each once."""
    return " ".join(dict.fromkeys(folded for part in parts if (folded := fold(part))))[:MAX_FOLDED]


def bare_company_name(name: str) -> str:
    """Strip legal form and quotes: ООО «Ромашка» and ромашка, ооо are one company."""
    return " ".join(_NOT_WORD.sub(" ", _LEGAL_FORM.sub(" ", fold(name))).split())


def digits_of(text: str) -> str:
    """Return only the digits."""
    return re.sub(r"\D", "", text)
