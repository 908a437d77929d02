"""Rows that could not be loaded, as a file of their own: with why, ready to be corrected and loaded again."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from django.utils.translation import gettext as _

from contacts.importing.kinds import FAILED
from contacts.importing.running import opened
from contacts.models import Import, ImportBite
from core.exporting import safe_text


def mistakes_of(imported: Import) -> dict[int, str]:
    """Return why rows were not loaded, by their numbers: of the run, else of the check."""
    found: dict[int, str] = {}
    bites = ImportBite.objects.filter(imported=imported, failed_count__gt=0).order_by("position")
    for rows in bites.values_list("rows", flat=True):
        found |= {row[0]: row[3] for row in rows if row[1] == FAILED}
    return found or dict(imported.report.get("mistakes", []))


def kept_of(imported: Import, count: int = 200) -> list[tuple[int, str]]:
    """Return rows an undo left alone, with why; no more than so many."""
    kept: list[tuple[int, str]] = []
    bites = ImportBite.objects.filter(imported=imported).exclude(kept=[]).order_by("position")
    for rows in bites.values_list("kept", flat=True):
        kept += [(number, reason) for number, reason in rows]
        if len(kept) >= count:
            break
    return kept[:count]


def mistakes_csv(imported: Import) -> Iterator[str]:
    """Write the rows as they were in the file, the reason in front; as Excel reads it."""
    reasons = mistakes_of(imported)
    table = opened(imported)
    yield "\ufeff" + _line([_("Row"), _("Why it was not loaded"), *table.heads])
    for number, cells in table.rows:
        if number in reasons:
            yield _line([str(number), reasons[number], *cells])


def _line(cells: list[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=";").writerow([safe_text(cell) for cell in cells])
    return buffer.getvalue()
