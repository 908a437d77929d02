"""Reading the queue: a constant number of queries, whatever its length."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

from django.db.models import Count, F, Q
from django.db.models.expressions import OrderBy

from core.among import first
from core.listing.keyset import Cursor, beyond, capped_count, decode
from leads.models import Lead, LeadQuerySet
from leads.queue.state import KINDS, TABS, QueueState, condition
from tenants.models import Membership

PAGE = 50
_RELATED = (
    "channel", "contact", "source", "call", "call__answered_by", "taken_by", "responsible", "rejection_reason"
)  # fmt: skip
# Of 200 columns a row of the queue prints these; reading all took longer than everything else about the queue
_COLUMNS = (
    "tenant_id", "number", "kind", "state", "received_at", "opened_at", "taken_by_id", "waiting_since", "response_limit_min",
    "snoozed_until", "name", "phone", "email", "subject", "summary", "product", "contact_id", "utm_source", "medium",
    "campaign", "quality", "quality_reason", "quality_params", "unread_count",
    "channel__tenant_id", "channel__kind", "channel__name", "contact__tenant_id", "contact__name", "contact__created_at",
    "source__tenant_id", "source__name", "call__tenant_id", "call__direction", "call__line", "call__extension", "call__state",
    "call__result", "call__duration_s", "call__talk_s", "call__recording_url", "call__recording_ref",
    "call__answered_by__tenant_id", "call__answered_by__name", "taken_by__tenant_id", "taken_by__name",
    "taken_by__department_id", "responsible_id", "responsible__tenant_id", "responsible__department_id",
    "rejection_reason__tenant_id", "rejection_reason__name",
)  # fmt: skip
_CAPPED = ("rejected",)  # grows for ever


@dataclasses.dataclass(frozen=True, slots=True)
class Order:
    """One column, then the id; the column may be null where `nulls_last` says so."""

    field: str
    is_descending: bool = False

    def by(self) -> tuple[OrderBy, str]:
        if self.is_descending:
            return F(self.field).desc(), "-id"
        return F(self.field).asc(nulls_last=True), "id"

    def backwards(self) -> tuple[OrderBy, str]:
        if self.is_descending:
            return F(self.field).asc(), "id"
        return F(self.field).desc(nulls_first=True), "-id"

    def beyond(self, cursor: Cursor) -> Q:
        """Build the filter for what comes after the cursor."""
        compare = "lt" if self.is_descending else "gt"
        same = {self.field: cursor.value, f"id__{compare}": cursor.id}
        if cursor.value is None:
            return Q(**same)
        behind = beyond(self.field, cursor.value, cursor.id, is_descending=self.is_descending)
        return behind if self.is_descending else behind | Q(**{self.field: None})


ORDERS = {"snoozed": Order("snoozed_until"), "rejected": Order("received_at", is_descending=True)}
LONGEST_WAITING = Order("waiting_since")


@dataclasses.dataclass(frozen=True, slots=True)
class Page:
    """One portion of the queue; `after` is where the next one starts, empty at the end."""

    leads: list[Lead]
    after: str
    rest_count: int


def order_of(state: QueueState) -> Order:
    """Longest waiting first; snoozed by when they come back, rejected the newest first."""
    return ORDERS.get(state.tab, LONGEST_WAITING)


def leads_of(state: QueueState, member: Membership, *, now: dt.datetime) -> LeadQuerySet:
    """Select the leads of a tab and kinds the member may see."""
    rows: LeadQuerySet = (
        Lead.objects.present().visible_to(member).filter(condition(state.tab, member, now=now))
    )
    return rows.filter(channel_kind__in=state.kinds) if state.kinds else rows


def with_cards(rows: LeadQuerySet) -> LeadQuerySet:
    """Read with each lead what its row prints."""
    return rows.select_related(*_RELATED).only(*_COLUMNS)


def read_page(
    state: QueueState, member: Membership, *, now: dt.datetime, after: str = "", total: int, size: int = PAGE
) -> Page:
    """Read a portion in the order of its tab. `total` is the count the tab shows.

    One query for the first portion, two for the others, which count what is left.
    """
    order = order_of(state)
    rows = leads_of(state, member, now=now)
    if after and (cursor := decode(after, Lead._meta.get_field(order.field))):  # type: ignore[arg-type]
        rows = rows.filter(order.beyond(cursor))
    found = list(with_cards(first(rows.order_by(*order.by()), size + 1)))
    leads = found[:size]
    if len(found) <= size:
        return Page(leads, "", 0)
    last = leads[-1]
    rest = capped_count(rows) - size if after else total - size
    return Page(leads, Cursor(getattr(last, order.field), str(last.pk)).encode(), max(rest, 1))


def counts(member: Membership, *, now: dt.datetime) -> dict[str, int]:
    """Count every tab. Two queries."""
    visible = Lead.objects.present().visible_to(member)
    wanted = {tab: Count("pk", filter=condition(tab, member, now=now)) for tab in TABS if tab not in _CAPPED}
    found: dict[str, Any] = visible.open().aggregate(**wanted)
    return found | {tab: capped_count(visible.filter(condition(tab, member, now=now))) for tab in _CAPPED}


def kind_counts(state: QueueState, member: Membership, *, now: dt.datetime) -> dict[str, int]:
    """Count the tab by kind of channel. One query."""
    rows = leads_of(state.with_kind(""), member, now=now).order_by()
    found = dict(rows.values_list("channel_kind").annotate(Count("pk")))
    return {kind: found.get(kind, 0) for kind in KINDS}
