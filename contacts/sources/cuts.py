"""In which pieces the money of a campaign's day is told. A day is told in one cut only: two would double the money."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

LONGEST_DETAIL = 300
Key = tuple[str, str, str, dt.date, dt.date, str]  # as contacts_cost_once has it
Cut = tuple[dt.date, dt.date, str]  # the days of a row, and by what else rows are told apart


def detail_of(parts: Iterable[tuple[str, str]]) -> str:
    """Write what tells a row apart: a line for each column, its name and its text with a tab between."""
    return "\n".join(f"{_line(head)[:40]}\t{_line(text)[:100]}" for head, text in parts)


def parts_of(detail: str) -> dict[str, str]:
    """Read what detail_of() wrote."""
    lines = (line.partition("\t") for line in detail.splitlines())
    return {head: text for head, _tab, text in lines}


def cut_of(starts_on: dt.date, ends_on: dt.date, detail: str) -> Cut:
    """Tell the cut of a row."""
    return starts_on, ends_on, "\n".join(line.partition("\t")[0] for line in detail.splitlines())


def days_of(cut: Cut) -> Iterator[dt.date]:
    """Go through the days of a cut."""
    first, last, _by = cut
    return (first + dt.timedelta(days=place) for place in range((last - first).days + 1))


def _line(text: str) -> str:
    return " ".join(text.split())
