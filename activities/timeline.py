"""One timeline of everything about a client, deal or lead: what is planned on top, then what happened.

Entries are made in Python from a constant number of queries, whatever their number and kinds.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Count, Prefetch, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from activities.access import Target, visible_cards
from activities.cursors import decoded, encoded
from activities.entries import Entry, entry_of
from activities.models import TARGETS, Activity, Attachment
from core.listing.keyset import beyond
from tenants.access import Action
from tenants.models import Membership

PAGE = 30
MAX_PLANNED = 50
MAX_PEOPLE = 100  # of a company, whose own entries stand in its timeline
Kind = Activity.Kind
GROUPS: dict[str, tuple[str, ...]] = {
    "talk": (Kind.EMAIL, Kind.MESSAGE, Kind.REQUEST),
    "calls": (Kind.CALL,),
    "tasks": (Kind.TASK, Kind.MEETING),
    "notes": (Kind.NOTE,),
    "changes": (Kind.CHANGE,),
}
_RELATED = ("author", "owner", "contact", "company", "deal", "lead")
_COLUMNS = (
    "tenant_id", "kind", "direction", "subject", "text", "result", "data", "is_done", "due_at", "remind_at",
    "duration_min", "place", "outcome", "repeat",
    "occurred_at", "author__name", "author__tenant_id", "owner__name", "owner__tenant_id",
    "contact__name", "contact__tenant_id", "company__name", "company__tenant_id",
    "deal__title", "deal__tenant_id", "lead__number", "lead__tenant_id",
)  # fmt: skip


@dataclasses.dataclass(frozen=True, slots=True)
class Chip:
    """One choice of what to show, with its count."""

    key: str
    label: str
    count: int
    is_on: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Day:
    """The entries of one day, newest first."""

    title: str
    entries: list[Entry]


class Timeline:
    """A page of a card's timeline; lazy, so that 'show more' pays only for its entries."""

    def __init__(
        self, target: Target, member: Membership, *, show: str = "", before: str = "", now: dt.datetime
    ) -> None:
        self.target, self.member, self.now = target, member, now
        self.show = show if show in GROUPS else ""
        self.before = decoded(before)

    @cached_property
    def _rows(self) -> Any:
        rows = Activity.objects.filter(**{self.target.name: self.target.instance})
        if self.target.name != "company":
            return rows
        return Activity.objects.filter(Q(company=self.target.instance) | self._of_people())

    def _of_people(self) -> Q:
        """What the company's people wrote, said and asked for themselves (C3); of who has left, up to that day."""
        seen = visible_cards("contact", self.member)
        places = self.target.instance.members.filter(contact__in=seen)
        found = list(places.order_by("pk").values_list("contact", "left_on")[:MAX_PEOPLE])
        condition = Q(company=None, contact__in=[pk for pk, left_on in found if left_on is None])
        for pk, left_on in found:
            if left_on is not None:
                end = timezone.make_aware(dt.datetime.combine(left_on + dt.timedelta(days=1), dt.time.min))
                condition |= Q(company=None, contact=pk, occurred_at__lt=end)
        return condition

    @cached_property
    def chips(self) -> list[Chip]:
        """Counts by group; one query."""
        counted = dict(self._rows.order_by().values_list("kind").annotate(n=Count("pk")))
        counts = {key: sum(counted.get(kind, 0) for kind in kinds) for key, kinds in GROUPS.items()}
        everything = Chip("", _("All"), sum(counted.values()), not self.show)
        return [everything, *(Chip(k, group_labels()[k], n, k == self.show) for k, n in counts.items() if n)]

    @cached_property
    def planned(self) -> list[Entry]:
        """What is still to do, the earliest first."""
        if self.before or self.show in ("talk", "notes", "changes"):
            return []
        rows = self._rows.planned()
        if self.show:
            rows = rows.filter(kind__in=GROUPS[self.show])
        found = list(_loaded(rows).order_by("due_at", "id")[:MAX_PLANNED])
        return self._entries(found, may_edit=self._editable(found))

    @cached_property
    def _done(self) -> list[Activity]:
        rows = self._rows.done()
        if self.show:
            rows = rows.filter(kind__in=GROUPS[self.show])
        if self.before:
            moment, pk = self.before
            rows = rows.filter(beyond("occurred_at", moment, pk, is_descending=True))
        return list(_with_details(_loaded(rows)).order_by("-occurred_at", "-id")[: PAGE + 1])

    @cached_property
    def days(self) -> list[Day]:
        days: list[Day] = []
        rows = self._done[:PAGE]
        own_notes = {row.pk for row in rows if row.kind == Kind.NOTE and row.author_id == self.member.pk}
        files = _files_of([row.pk for row in rows])
        for entry in self._entries(rows, files, may_edit=own_notes):
            title = day_title(entry.at, now=self.now)
            if not days or days[-1].title != title:
                days.append(Day(title, []))
            days[-1].entries.append(entry)
        return days

    @cached_property
    def next_cursor(self) -> str:
        """Where 'show more' goes on; empty at the end."""
        if len(self._done) <= PAGE:
            return ""
        last = self._done[PAGE - 1]
        return encoded(last.occurred_at, last.pk)

    @property
    def is_empty(self) -> bool:
        return not self._done and not self.planned

    def _entries(
        self,
        rows: Iterable[Activity],
        files: Mapping[uuid.UUID, list[Attachment]] | None = None,
        *,
        may_edit: set[uuid.UUID],
    ) -> list[Entry]:
        found = files or {}
        return [
            entry_of(
                row, found.get(row.pk, []), may_edit=row.pk in may_edit, hide=self.target.name, now=self.now
            )
            for row in rows
        ]

    def _editable(self, rows: Iterable[Activity]) -> set[uuid.UUID]:
        """Those of the planned entries the member may finish or move; one query."""
        mine = Activity.objects.visible_to(self.member, Action.EDIT)
        return set(mine.filter(pk__in=[row.pk for row in rows]).values_list("pk", flat=True))


def read_entries(rows: Any, *, member: Membership, hide: str, now: dt.datetime) -> list[Entry]:
    """Make the entries of activities that another app has chosen and ordered; three queries beside theirs."""
    found = list(_with_details(_loaded(rows)))
    files = _files_of([row.pk for row in found])
    own_notes = {row.pk for row in found if row.kind == Kind.NOTE and row.author_id == member.pk}
    return [
        entry_of(row, files.get(row.pk, []), may_edit=row.pk in own_notes, hide=hide, now=now)
        for row in found
    ]


def latest(member: Membership, *, limit: int, now: dt.datetime) -> list[Entry]:
    """Tell what happened last, on whatever card the member may see; a constant number of queries."""
    return told(member, Activity.objects.done().visible_to(member), limit=limit, now=now)


def told(member: Membership, chosen: Any, *, limit: int, now: dt.datetime) -> list[Entry]:
    """Make the entries of the newest of the chosen rows; names of cards the member may not see are left out."""
    order = ("-occurred_at", "-id")
    # Ids first: sorted narrow, without the texts and the joined cards of everything that ever happened.
    ids = list(chosen.order_by(*order).values_list("pk", flat=True)[:limit])
    rows = list(_with_details(_loaded(Activity.objects.filter(pk__in=ids))).order_by(*order))
    for name in TARGETS:
        _hide_cards(rows, name, member)
    return [entry_of(row, [], may_edit=False, hide="", now=now) for row in rows]


def _hide_cards(rows: Sequence[Activity], name: str, member: Membership) -> None:
    """Take away the names of cards the member may not see: an entry can be theirs on a card that no longer is."""
    ids = {getattr(row, f"{name}_id") for row in rows}
    seen = set(visible_cards(name, member).filter(pk__in=ids).values_list("pk", flat=True))
    for row in rows:
        if getattr(row, f"{name}_id") not in seen:
            setattr(row, name, None)


def _loaded(rows: Any) -> Any:
    return rows.select_related(*_RELATED).only(*_COLUMNS)


def _with_details(rows: Any) -> Any:
    """Read calls and messages beside their entries. A letter's html waits until somebody opens it."""
    message: Any = Activity._meta.get_field("message").related_model
    messages = message.objects.defer("html").annotate(has_html=~Q(html="")).select_related("channel")
    return rows.prefetch_related("call", Prefetch("message", queryset=messages))


def _files_of(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Attachment]]:
    files: dict[uuid.UUID, list[Attachment]] = {}
    for row in Attachment.objects.filter(activity__in=ids) if ids else ():
        files.setdefault(row.activity_id, []).append(row)
    return files


def day_title(at: dt.datetime, *, now: dt.datetime) -> str:
    """Name a day for the reader: Today, Yesterday with its date, else the date."""
    day, today = timezone.localtime(at).date(), timezone.localtime(now).date()
    if day == today:
        return _("Today")
    date = date_format(day, _day_format(is_this_year=day.year == today.year))
    return _("Yesterday, %(date)s") % {"date": date} if (today - day).days == 1 else date


def _day_format(*, is_this_year: bool) -> str:
    month = "E" if get_language() == "ru" else "F"
    return f"j {month}" if is_this_year else f"j {month} Y"


def group_labels() -> dict[str, str]:
    """Name the groups of kinds."""
    return {
        "talk": _("Correspondence"),
        "calls": _("Calls"),
        "tasks": _("Activities"),
        "notes": _("Notes"),
        "changes": _("Changes"),
    }
