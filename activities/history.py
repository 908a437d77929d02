"""Who changed what on a card: every recorded change as a line, field by field, the newest first (P4)."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from activities import changes
from activities.access import Target
from activities.cursors import decoded, encoded
from activities.models import Activity
from core.listing.keyset import beyond
from core.templatetags.ui import QUALITIES

PAGE = 50
# Changes that are one field from one value to another, under what that field is called.
_SINGLE = {
    "stage_moved": "stage",
    "owner_changed": "owner",
    "lead_assign": "owner",
    "lead_quality": "quality",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    """One change. Either a field with its values, or what happened in a sentence."""

    at: dt.datetime
    who: str
    field: str = ""
    before: str = ""
    after: str = ""
    sentence: SafeString | None = None


class History:
    """A page of a card's changes; one query."""

    def __init__(self, target: Target, *, before: str = "") -> None:
        self.target, self.before = target, decoded(before)

    @cached_property
    def _rows(self) -> list[Activity]:
        rows = Activity.objects.filter(kind=Activity.Kind.CHANGE, **self.target.as_keywords)
        if self.before:
            moment, pk = self.before
            rows = rows.filter(beyond("occurred_at", moment, pk, is_descending=True))
        return list(rows.select_related("author").order_by("-occurred_at", "-id")[: PAGE + 1])

    @cached_property
    def lines(self) -> list[Line]:
        """The changes of this page; an entry that changed three fields is three lines."""
        return [line for row in self._rows[:PAGE] for line in _lines(row)]

    @property
    def next_cursor(self) -> str:
        """Where 'show more' goes on; empty at the end."""
        if len(self._rows) <= PAGE:
            return ""
        last = self._rows[PAGE - 1]
        return encoded(last.occurred_at, last.pk)


def _lines(row: Activity) -> Iterator[Line]:
    at, who, data = row.occurred_at, row.author.name if row.author else _("The system"), row.data
    name, told = _SINGLE.get(str(data.get("code"))), changes.seen_edits(data)
    if name is not None:
        yield Line(at, who, _labels()[name], _word(name, data.get("from")), _word(name, data.get("to")))
    elif not data.get("fields"):
        yield Line(at, who, sentence=changes.describe(data, row.subject).html)
    for edit in told:
        yield Line(at, who, *changes.edited(data, edit))


def _word(name: str, raw: object) -> str:
    value = str(raw or "")
    return str(QUALITIES[value][1]) if name == "quality" and value in QUALITIES else value


def _labels() -> Mapping[str, Any]:
    return {"stage": _("Stage"), "owner": _("Responsible"), "quality": _("Quality")}
