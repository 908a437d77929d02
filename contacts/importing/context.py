"""What reading a row needs: who loads, by which options, and whom and what the words in the cells may mean."""

from __future__ import annotations

import dataclasses
import datetime as dt
import zoneinfo
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any, TypeVar

from django.utils import timezone
from django.utils.translation import gettext as _

from contacts.folding import fold
from contacts.identity import Key, email_keys, phone_keys
from contacts.importing.kinds import Row
from contacts.importing.options import Options
from contacts.models import Source
from contacts.services.bulk import MAX_TAGS
from core.tabular import values
from tenants.access import Action, may
from tenants.models import Membership

T = TypeVar("T")
MAX_TAG = 50


class Mistake(Exception):
    """A row can't be loaded as it is; the text says why, in the reader's language."""


@dataclasses.dataclass
class Context:
    """One import's own; lives in one pass through the file."""

    by: Membership
    options: Options
    import_id: str = ""
    now: dt.datetime = dataclasses.field(default_factory=timezone.now)

    @cached_property
    def region(self) -> str:
        return str(self.by.tenant.phone_region)

    @cached_property
    def zone(self) -> dt.tzinfo:
        return zoneinfo.ZoneInfo(self.by.tenant.time_zone)

    @cached_property
    def mark(self) -> dict[str, str]:
        """What entries of the timeline carry."""
        return {"import": self.import_id}

    @cached_property
    def members(self) -> dict[str, Membership]:
        """Everybody by folded name and e-mail; of two with one name the one who works here."""
        people = Membership.objects.order_by("is_active", "pk")
        return {word: member for member in people for word in (fold(member.name), fold(member.email)) if word}

    @cached_property
    def sources(self) -> dict[str, Source]:
        found = Source.objects.order_by("-is_archived", "pk")
        return {word: one for one in found for word in (fold(one.utm_source), fold(one.name)) if word}

    @cached_property
    def default_owner(self) -> Membership | None:
        return next(
            (m for m in self.members.values() if str(m.pk) == self.options.owner and m.is_active), None
        )

    @cached_property
    def default_source(self) -> Source | None:
        return next((s for s in self.sources.values() if str(s.pk) == self.options.source), None)

    def may(self, section: str, action: str = Action.ADD) -> bool:
        return may(self.by, section, action)


class Reader:
    """Reads the cells of one row; what can't be read is a mistake, or goes into the comment where one is lenient."""

    def __init__(self, context: Context, row: Row) -> None:
        self.context, self.row = context, row
        self.remarks: list[str] = []  # what was left out, for the comment

    def text(self, name: str, limit: int = 0) -> str:
        """Join what the columns say, each once."""
        words = list(dict.fromkeys(" ".join(text.split()) for _head, text in self.row.cells.get(name, ())))
        whole = " ".join(words)
        if limit and len(whole) > limit:
            self._object(
                name,
                whole,
                _("“%(text)s…” is longer than %(limit)s characters."),
                text=whole[:30],
                limit=limit,
            )
            return whole[:limit].rstrip()
        return whole

    def paragraphs(self, name: str) -> str:
        """Join longer texts; where several columns fill it, each says its name."""
        cells = self.row.cells.get(name, ())
        if len(cells) == 1:
            return cells[0][1]
        return "\n".join(f"{head}: {text}" for head, text in cells)

    def listed(self, name: str) -> list[str]:
        """Read tags: separated by commas, semicolons or lines."""
        found = (
            part.strip().lstrip("#")[:MAX_TAG]
            for _head, text in self.row.cells.get(name, ())
            for line in text.replace(";", ",").replace("\n", ",").replace(":::", ",").split(",")
            for part in [line]
        )
        return list(
            dict.fromkeys(part for part in (*found, *self.context.options.tags) if part and part != "*")
        )[:MAX_TAGS]

    def parsed(self, name: str, read: Callable[[str], T], sentence: str, **words: str) -> T | None:
        """Read the first cell that says something; `sentence` has %(text)s, and what `words` name."""
        for _head, text in self.row.cells.get(name, ()):
            try:
                return read(text)
            except (ValueError, OverflowError):
                self._object(name, text, sentence, text=text[:60], **words)
        return None

    def amount(self, name: str) -> Decimal | None:
        return self.parsed(name, values.amount, _("“%(text)s” is no amount."))

    def moment(self, name: str) -> dt.datetime | None:
        zone = self.context.zone
        return self.parsed(name, lambda text: values.moment(text, zone), _("“%(text)s” is no date."))

    def day(self, name: str) -> dt.date | None:
        zone = self.context.zone
        return self.parsed(name, lambda text: values.day(text, zone), _("“%(text)s” is no date."))

    def owner(self, name: str = "owner") -> Membership | None:
        """Find the colleague by name or e-mail."""
        found = self.named(name, self.context.members, _("Nobody here is called “%(text)s”."))
        if found is not None and not found.is_active:
            self._object(name, found.name, _("%(text)s does not work here any more."), text=found.name)
            found = None
        return found or self.context.default_owner

    def source(self, name: str = "source") -> Source | None:
        found = self.named(name, self.context.sources, _("There is no source “%(text)s”."))
        return found or self.context.default_source

    def named(self, name: str, known: dict[str, T], sentence: str) -> T | None:
        """Find what a cell names in a directory."""
        text = self.text(name)
        if not text:
            return None
        found = known.get(fold(text))
        if found is None:
            self._object(name, text, sentence, text=text[:60])
        return found

    def phones(self, name: str = "phone") -> list[Key]:
        return self._keys(name, lambda text, label: phone_keys(text, self.context.region, label=label),
                          _("“%(text)s” is no phone number."))  # fmt: skip

    def emails(self, name: str = "email") -> list[Key]:
        def read(text: str, label: str) -> list[Key]:
            parts = text.replace(";", ",").replace("\n", ",").split(",")
            return [key for part in parts if part.strip() for key in email_keys(part, label=label)]

        return self._keys(name, read, _("“%(text)s” is no e-mail address."))

    def _keys(self, name: str, read: Callable[[str, str], list[Key]], sentence: str) -> list[Key]:
        cells = self.row.cells.get(name, ())
        found: dict[tuple[str, str], Key] = {}
        for head, text in cells:
            keys = read(text.strip("'"), head[:40] if len(cells) > 1 else "")
            if not keys:
                self._object(name, text, sentence, text=text[:60])
            for key in keys:
                found.setdefault((key.kind, key.value), key)
        return list(found.values())

    def _object(self, name: str, cell: str, sentence: str, /, **words: Any) -> None:
        if not self.context.options.is_lenient:
            raise Mistake(sentence % words)
        heads = [head for head, written in self.row.cells.get(name, ()) if written == cell]
        self.remarks.append(f"{next(iter(heads), '') or name}: {cell}")

    def with_remarks(self, comment: str) -> str:
        """Add to the comment what was left out."""
        return "\n".join(part for part in (comment, *self.remarks) if part)


def rows_of(
    mapping: Sequence[str], heads: Sequence[str], table: Iterable[tuple[int, list[str]]]
) -> Iterable[Row]:
    """Sort the cells of each row by the fields their columns fill."""
    filled = [
        (index, name, heads[index]) for index, name in enumerate(mapping) if name and index < len(heads)
    ]
    for number, cells in table:
        found: dict[str, list[tuple[str, str]]] = {}
        for index, name, head in filled:
            if index < len(cells) and cells[index]:
                found.setdefault(name, []).append((head, cells[index]))
        yield Row(number, found)
