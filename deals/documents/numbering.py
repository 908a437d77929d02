"""Numbers of documents: a series a kind, and a year where the year stands in the number."""

from __future__ import annotations

import datetime as dt

from core import placeholders
from deals.documents.errors import NumberWithoutCount
from deals.documents.happenings import Document
from tenants.numbering import next_number

KNOWN = ("n", "year", "month")


def check_format(template: str) -> None:
    """Raise UnknownField or NumberWithoutCount for a format that can't be used."""
    placeholders.check(template, known=KNOWN)
    if "n" not in placeholders.named_in(template):
        raise NumberWithoutCount


def number_for(model: type[Document], template: str, *, on: dt.date) -> str:
    """Give out the next free number. Two at once wait for each other until commit and never get one number.

    A number somebody's older format gave out already is passed over.
    """
    kind = model._meta.model_name or ""
    series = f"{kind}-{on.year}" if "year" in placeholders.named_in(template) else kind
    while True:
        values = {"n": str(next_number(series)), "year": str(on.year), "month": f"{on.month:02d}"}
        number = placeholders.put(template, values)[:60]
        if not model.objects.filter(number=number).exists():
            return number
