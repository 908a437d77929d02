"""The lead's place in the queue it was opened from: '5 of 23', and the ones beside it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from core import formats
from core.listing.keyset import Cursor, capped_count
from leads.models import Lead
from leads.queue.reading import Order, leads_of, order_of
from leads.queue.state import TABS, QueueState
from tenants.models import Membership


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """Where the lead stands in its queue; empty texts and ids where it has left it."""

    back_url: str
    queue: str
    text: str = ""
    previous_id: str = ""
    next_id: str = ""


def place_of(lead: Lead, state: QueueState, member: Membership, *, now: dt.datetime) -> Place:
    """Find the lead in its queue. Four queries."""
    order = order_of(state)
    rows = leads_of(state, member, now=now)
    here = Cursor(getattr(lead, order.field), str(lead.pk))
    behind = rows.filter(order.beyond(here))
    before = rows.exclude(order.beyond(here)).exclude(pk=lead.pk)
    place = Place(state.url, str(TABS[state.tab]), next_id=_first(behind, order))
    total = capped_count(rows)
    if not rows.filter(pk=lead.pk).exists():
        return dataclasses.replace(place, next_id=_first(rows.exclude(pk=lead.pk), order))
    position = capped_count(before) + 1
    return dataclasses.replace(
        place,
        text=_("%(position)s of %(count)s")
        % {"position": formats.number(position), "count": formats.number(total)},
        previous_id=_last(before, order),
    )


def address(name: str, pk: str, state: QueueState) -> str:
    """Address of a neighbour's page that keeps the queue."""
    return state.address(reverse(name, args=[pk])) if pk else ""


def _first(rows: Any, order: Order) -> str:
    return str(rows.order_by(*order.by()).values_list("pk", flat=True).first() or "")


def _last(rows: Any, order: Order) -> str:
    return str(rows.order_by(*order.backwards()).values_list("pk", flat=True).first() or "")
