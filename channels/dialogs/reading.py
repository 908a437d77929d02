"""Reading the list of dialogs: a constant number of queries, whatever its length."""

from __future__ import annotations

import dataclasses

from django.db.models import Count

from channels.dialogs.state import KINDS, DialogState, condition
from channels.models import Channel, Dialog, DialogQuerySet
from core.among import first
from core.listing.keyset import Cursor, capped_count, decode
from leads.queue.reading import Order
from tenants.models import Membership

PAGE = 50
CLOSED_CAP = 99  # they only grow; whether there are more is all a tab need say
_RELATED = (
    "channel", "contact", "assignee", "outcome", "lead__taken_by", "lead__responsible", "lead__responsible_role",
    "lead__deal__owner",
)  # fmt: skip
_COLUMNS = (
    "tenant_id", "recipient", "subject", "last_message_at", "preview", "last_direction", "unread_count", "waiting_since",
    "closed_at", "assignee_id", "lead_id", "contact_id", "channel_id", "outcome_id",
    "channel__tenant_id", "channel__kind", "channel__channel_kind", "channel__name", "channel__response_limit_min",
    "contact__tenant_id", "contact__name", "assignee__tenant_id", "assignee__name", "assignee__department_id",
    "outcome__tenant_id", "outcome__name",
    "lead__tenant_id", "lead__state", "lead__deleted_at", "lead__name", "lead__taken_by__tenant_id", "lead__taken_by__name",
    "lead__taken_by__department_id", "lead__responsible__tenant_id", "lead__responsible__name",
    "lead__responsible__department_id", "lead__responsible_role__tenant_id", "lead__responsible_role__name",
    "lead__deal__tenant_id", "lead__deal__owner__tenant_id", "lead__deal__owner__name",
    "lead__deal__owner__department_id",
)  # fmt: skip
NEWEST = Order("last_message_at", is_descending=True)
LONGEST_WAITING = Order("waiting_since")


@dataclasses.dataclass(frozen=True, slots=True)
class Page:
    """One portion of the list; `after` is where the next one starts, empty at the end."""

    dialogs: list[Dialog]
    after: str


def order_of(state: DialogState) -> Order:
    """The newest on top, or the longest waiting; nobody waits in a closed one."""
    return LONGEST_WAITING if state.sort == "waiting" and state.tab != "closed" else NEWEST


def dialogs_of(state: DialogState, member: Membership) -> DialogQuerySet:
    """Select the dialogs of a tab that the member may see."""
    rows: DialogQuerySet = _narrowed(state, member).filter(condition(state.tab, member))
    return rows.search(state.search) if state.search else rows


def with_cards(rows: DialogQuerySet) -> DialogQuerySet:
    """Read with each dialog what its row prints."""
    return rows.select_related(*_RELATED).only(*_COLUMNS)


def read_page(state: DialogState, member: Membership, *, after: str = "", size: int = PAGE) -> Page:
    """Read a portion in the order of its tab. One query."""
    order, rows = order_of(state), dialogs_of(state, member)
    if after and (cursor := decode(after, Dialog._meta.get_field(order.field))):  # type: ignore[arg-type]
        rows = rows.filter(order.beyond(cursor))
    found = list(with_cards(first(rows.order_by(*order.by()), size + 1)))
    dialogs = found[:size]
    if len(found) <= size:
        return Page(dialogs, "")
    last = dialogs[-1]
    return Page(dialogs, Cursor(getattr(last, order.field), str(last.pk)).encode())


def counts(state: DialogState, member: Membership) -> dict[str, int]:
    """Count every tab within the chosen kind and channel, closed ones up to CLOSED_CAP. Two queries."""
    rows = _narrowed(state, member)
    wanted = {tab: Count("pk", filter=condition(tab, member)) for tab in ("mine", "unassigned", "all")}
    found: dict[str, int] = rows.open().order_by().aggregate(**wanted)
    return found | {"closed": capped_count(rows.closed(), CLOSED_CAP)}


def kind_counts(member: Membership) -> dict[str, int]:
    """Count the open dialogs by kind of channel. One query."""
    rows = Dialog.objects.visible_to(member).open().order_by()
    found = dict(rows.values_list("channel__channel_kind").annotate(Count("pk")))
    return {kind: found.get(kind, 0) for kind in KINDS}


def talking_channels() -> list[Channel]:
    """List the channels that have dialogs, for the choice of one. One query."""
    rows = Channel.objects.filter(channel_kind__in=KINDS).order_by("channel_kind", "name")
    return list(rows.only("tenant_id", "name", "kind", "channel_kind"))


def _narrowed(state: DialogState, member: Membership) -> DialogQuerySet:
    rows: DialogQuerySet = Dialog.objects.visible_to(member).with_holder()
    if state.kind:
        rows = rows.filter(channel__channel_kind=state.kind)
    if state.channel:
        rows = rows.filter(channel=state.channel)
    return rows
