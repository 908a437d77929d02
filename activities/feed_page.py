"""What happens in the team, the newest first, as far as one may see it (A7)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from django.db.models import Q
from django.utils.functional import cached_property

from activities.cursors import decoded, encoded
from activities.entries import Entry
from activities.models import Activity
from activities.timeline import GROUPS, Day, day_title, group_labels, told
from core.listing.keyset import beyond
from tenants.access import Scope, Section, colleague_ids, scope_of
from tenants.models import Membership

PAGE = 30
MOST_NEW = 100


class Feed:
    """A page of the feed, or what came since the page was made; a constant number of queries."""

    def __init__(self, member: Membership, params: Mapping[str, str], *, now: dt.datetime) -> None:
        self.member, self.now = member, now
        self.show = params.get("show", "") if params.get("show") in GROUPS else ""
        self.person = params.get("who", "")
        self.before, self.after = decoded(params.get("before", "")), decoded(params.get("after", ""))

    @cached_property
    def people(self) -> list[Membership]:
        """Whose doings can be chosen: those one may see; one query."""
        scope = scope_of(self.member, Section.ACTIVITIES)
        rows = Membership.objects.active().order_by("name")
        if scope == Scope.ALL:
            return list(rows[:200])
        ids = {self.member.pk, *(colleague_ids(self.member) if scope == Scope.DEPARTMENT else ())}
        return list(rows.filter(pk__in=ids))

    @property
    def kinds(self) -> list[tuple[str, str]]:
        return list(group_labels().items())

    @cached_property
    def _rows(self) -> Any:
        rows = Activity.objects.done().visible_to(self.member)
        if self.show:
            rows = rows.filter(kind__in=GROUPS[self.show])
        if who := _uuid(self.person):
            rows = rows.filter(Q(owner=who) | Q(author=who))
        return rows

    @cached_property
    def entries(self) -> list[Entry]:
        """One more than a page, so that the page knows whether there is more."""
        rows = self._rows
        if self.before:
            moment, pk = self.before
            rows = rows.filter(beyond("occurred_at", moment, pk, is_descending=True))
        if self.after:
            moment, pk = self.after
            rows = rows.filter(beyond("occurred_at", moment, pk))
        rows = rows.filter(occurred_at__lte=self.now)
        return told(self.member, rows, limit=MOST_NEW if self.after else PAGE + 1, now=self.now)

    @cached_property
    def days(self) -> list[Day]:
        found: list[Day] = []
        for entry in self.entries if self.after else self.entries[:PAGE]:
            title = day_title(entry.at, now=self.now)
            if not found or found[-1].title != title:
                found.append(Day(title, []))
            found[-1].entries.append(entry)
        return found

    @property
    def next_cursor(self) -> str:
        """Where 'show earlier' goes on; empty at the end."""
        if self.after or len(self.entries) <= PAGE:
            return ""
        last = self.entries[PAGE - 1]
        return encoded(last.at, uuid.UUID(last.id))

    @property
    def top_cursor(self) -> str:
        """What is newer than this is new."""
        if self.entries:
            return encoded(self.entries[0].at, uuid.UUID(self.entries[0].id))
        if self.after:
            return encoded(*self.after)
        return encoded(self.now, uuid.UUID(int=0))


def _uuid(raw: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(raw)
    except ValueError:
        return None
