"""My day: what is planned, by when, for one person or for all one may see (A2)."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from django.db.models import Count, Q
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from activities.addresses import page_of_card
from activities.cursors import decoded, encoded
from activities.models import Activity
from activities.services.planning import KINDS
from activities.when import DueText, day_bounds, due_text
from core.among import first
from core.listing.keyset import beyond
from core.templatetags.ui import channel_icon
from tenants.access import Scope, Section, scope_of
from tenants.models import Membership

PAGE = 20
_TALK = (Activity.Kind.EMAIL, Activity.Kind.MESSAGE)
SECTIONS = ("overdue", "today", "tomorrow", "later", "undated")
READS = (
    "id", "kind", "is_done", "subject", "text", "due_at", "occurred_at", "result", "owner_id", "owner__name",
    "deal_id", "deal__title", "lead_id", "lead__number", "lead__name", "contact_id", "contact__name",
    "company_id", "company__name",
)  # fmt: skip


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One planned activity, ready to print."""

    id: str
    kind: str
    icon: str
    title: str
    url: str
    card: str
    client: str
    client_url: str
    due: DueText | None
    owner: str
    owner_id: str
    done_at: dt.datetime | None
    result: str
    is_asked: bool  # a colleague does it, and asked the reader to take part


@dataclasses.dataclass(frozen=True, slots=True)
class Group:
    """One part of the day with its rows."""

    key: str
    label: str
    count: int
    rows: list[Row]
    next_cursor: str

    @property
    def is_late(self) -> bool:
        return self.key == "overdue"


class Day:
    """The state of the page, read from its URL; lazy and of a constant number of queries."""

    def __init__(self, member: Membership, params: Mapping[str, str], *, now: dt.datetime) -> None:
        self.member, self.now = member, now
        self.kind = params.get("kind", "") if params.get("kind") in KINDS else ""
        self.section = params.get("section", "") if params.get("section") in (*SECTIONS, "done") else ""
        self.person = params.get("owner", "") if self.sees_others else ""
        self.after = params.get("after", "")

    @cached_property
    def sees_others(self) -> bool:
        return scope_of(self.member, Section.ACTIVITIES) in (Scope.DEPARTMENT, Scope.ALL)

    @cached_property
    def rows(self) -> Any:
        """Everything the page is about: one person's, or all the member may see."""
        rows = Activity.objects.filter(kind__in=KINDS)
        if self.kind:
            rows = rows.filter(kind=self.kind)
        if not self.person:
            return rows.of(self.member)
        visible = rows.visible_to(self.member)
        return visible if self.person == "all" else visible.filter(owner=_uuid(self.person))

    @cached_property
    def people(self) -> list[tuple[str, str]]:
        """Whose day can be looked at: those with something planned, and oneself; one query."""
        if not self.sees_others:
            return []
        visible = Activity.objects.visible_to(self.member).planned()
        found = Membership.objects.active().filter(pk__in=visible.values("owner")).order_by("name")
        return [(str(row.pk), row.name) for row in found if row.pk != self.member.pk]

    @cached_property
    def counts(self) -> dict[str, int]:
        """Counters of the parts; one query."""
        planned = self.rows.planned()
        # Counted by a column the index holds, so that no row is visited
        found = planned.aggregate(**{key: Count("tenant", filter=self._within(key)) for key in SECTIONS})
        return {key: found[key] for key in SECTIONS}

    @cached_property
    def groups(self) -> list[Group]:
        """The parts of the page that have something in them; a query each."""
        if self.section == "done":
            return [self._done()]
        shown = [self.section] if self.section else [key for key in SECTIONS if self.counts[key]]
        return [self._group(key) for key in shown]

    def _within(self, key: str) -> Q:
        _start, end = day_bounds(self.now)
        after_tomorrow = end + dt.timedelta(days=1)
        return {
            "overdue": Q(due_at__lt=self.now),
            "today": Q(due_at__gte=self.now, due_at__lt=end),
            "tomorrow": Q(due_at__gte=end, due_at__lt=after_tomorrow),
            "later": Q(due_at__gte=after_tomorrow),
            "undated": Q(due_at=None),
        }[key]

    def _group(self, key: str) -> Group:
        field = "created_at" if key == "undated" else "due_at"
        rows = self.rows.planned().filter(self._within(key))
        if cursor := decoded(self.after):
            rows = rows.filter(beyond(field, *cursor))
        found = first(rows.order_by(field, "pk"), PAGE + 1).values(*READS, "created_at")
        return self._made(key, list(found), field)

    def _done(self) -> Group:
        # Letters and messages come and go all day; here stand those that were planned
        rows = self.rows.done().exclude(kind__in=_TALK, due_at=None)
        if cursor := decoded(self.after):
            rows = rows.filter(beyond("occurred_at", *cursor, is_descending=True))
        found = first(rows.order_by("-occurred_at", "-pk"), PAGE + 1).values(*READS)
        return self._made("done", list(found), "occurred_at")

    def _made(self, key: str, found: list[dict[str, Any]], place: str) -> Group:
        last, me = found[PAGE - 1] if len(found) > PAGE else None, str(self.member.pk)
        return Group(
            key=key,
            label=section_labels()[key],
            count=self.counts.get(key, 0),
            rows=[row_of(raw, now=self.now, whose="" if self.person else me) for raw in found[:PAGE]],
            next_cursor=encoded(last[place], last["id"]) if last else "",
        )


def section_labels() -> dict[str, str]:
    """Name the parts of the page."""
    return {
        "overdue": _("Overdue"),
        "today": _("Today"),
        "tomorrow": _("Tomorrow"),
        "later": _("Later"),
        "undated": _("No date"),
        "done": _("Done"),
    }


def row_of(raw: Mapping[str, Any], *, now: dt.datetime, whose: str = "") -> Row:
    """Make the row of the values READS names; `whose` is the person whose day it stands in."""
    is_done = raw["is_done"]
    card, url = _card(raw)
    client, client_url = _client(raw)
    kind = str(Activity.Kind(raw["kind"]).label)
    return Row(
        id=str(raw["id"]),
        kind=kind,
        icon=channel_icon(raw["kind"]),
        title=raw["subject"] or _first_line(raw["text"]) or kind,
        url=url or client_url,
        card=card,
        client=client,
        client_url=client_url,
        due=None if is_done else due_text(raw["due_at"], now=now),
        owner=raw["owner__name"] or "",
        owner_id=str(raw["owner_id"] or ""),
        done_at=raw["occurred_at"] if is_done else None,
        result=_first_line(raw["result"]),
        is_asked=whose not in ("", str(raw["owner_id"])),
    )


def _card(raw: Mapping[str, Any]) -> tuple[str, str]:
    if raw["deal_id"]:
        return raw["deal__title"], page_of_card("deal", raw["deal_id"])
    if raw["lead_id"]:
        name = raw["lead__name"] or _("Inquiry No. %(number)s") % {"number": raw["lead__number"]}
        return name, page_of_card("lead", raw["lead_id"])
    return "", ""


def _client(raw: Mapping[str, Any]) -> tuple[str, str]:
    if raw["contact_id"]:
        return raw["contact__name"] or _("No name"), page_of_card("contact", raw["contact_id"])
    if raw["company_id"]:
        return raw["company__name"], page_of_card("company", raw["company_id"])
    return "", ""


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0][:140]


def _uuid(raw: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(raw)
    except ValueError:
        return None
