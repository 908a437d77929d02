"""CSV: its delimiter, its rows. Quoted cells may hold line breaks and delimiters."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator

from django.utils.translation import gettext as _

from core.tabular.errors import Unreadable

DELIMITERS = (",", ";", "\t", "|")
MAX_CELL = 130_000  # characters; csv's own limit, so an unclosed quote doesn't swallow the file
_SAMPLE_ROWS = 60
_SAMPLE = 100_000


def sniff(text: str) -> str:
    """Choose the delimiter that cuts most rows into the same number of cells, and into more than one."""
    if (told := _told(text)) is not None:
        return told
    sample = text[:_SAMPLE]
    return max(DELIMITERS, key=lambda sign: _evenness(sample, sign))


def rows(text: str, delimiter: str) -> Iterator[list[str]]:
    """Read the rows; raise Unreadable with the row's number where a quote is never closed."""
    start = text.index("\n") + 1 if _told(text) is not None and "\n" in text else 0
    source = io.StringIO(text, newline="")
    source.seek(start)
    reader = csv.reader(source, delimiter=delimiter)
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise Unreadable(
                _("Row %(number)s cannot be read: a cell is too long, or its quote is never closed.")
                % {"number": reader.line_num}
            ) from error


def _told(text: str) -> str | None:
    """Excel's own first line: sep=;"""
    line = text[:8].partition("\n")[0].rstrip("\r")
    return line[4] if line[:4].lower() == "sep=" and line[4:] in DELIMITERS else None


def _evenness(sample: str, delimiter: str) -> float:
    widths: Counter[int] = Counter()
    try:
        for number, row in enumerate(csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)):
            if number >= _SAMPLE_ROWS:
                break
            widths[len(row)] += bool(any(row))
    except csv.Error:
        return 0
    if not widths:
        return 0
    width, times = max(widths.items(), key=lambda item: (item[1], item[0]))
    return (times / widths.total()) * min(width, 60) if width > 1 else 0
