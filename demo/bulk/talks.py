"""Bulk dialogs: the thread a written inquiry began, with our answers."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from activities.models import Activity
from channels.models import Dialog, Message
from contacts.folding import fold
from core.ids import uuid7
from demo.bulk.sales import entry
from demo.bulk.world import Row, World

if TYPE_CHECKING:
    from demo.bulk.inquiries import Inquiry

ANSWERS = (0, 1, 1, 2, 3)  # further messages of a thread somebody answered


def dialog(
    world: World, inquiry: Inquiry, pk: uuid.UUID, lead: uuid.UUID, told: dict[str, Any]
) -> Iterator[Row]:
    """Make the dialog of a lead with its first message, whose entry is `told`, and what followed."""
    channel = world.channels[inquiry.channel_kind].pk
    later = list(_later(world, inquiry, lead, told))
    rows = [told, *later]
    yield (
        Dialog,
        {
            "id": pk,
            "channel_id": channel,
            "external_id": f"generated-{inquiry.number}",
            "contact_id": inquiry.client.pk,
            "recipient": inquiry.client.phone,
            "last_message_at": rows[-1]["occurred_at"],
            "created_at": inquiry.received_at,
            "lead_id": lead,
            "preview": rows[-1]["text"],
            "last_direction": rows[-1]["direction"],
            "unread_count": 0 if inquiry.answered_at else 1,
            "waiting_since": None if inquiry.answered_at else inquiry.received_at,
            "closed_at": rows[-1]["occurred_at"] if inquiry.state in ("converted", "rejected") else None,
            "search_text": fold(" ".join(row["text"] for row in rows)),
        },
    )
    for row in later:
        yield (Activity, row)
    for place, row in enumerate(rows):
        yield (Message, _message(row, pk, channel, lead, f"generated-{inquiry.number}-{place}"))


def _later(world: World, inquiry: Inquiry, lead: uuid.UUID, told: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Answer in turns: ours, the client's, ours."""
    if inquiry.answered_at is None or inquiry.taker is None:
        return
    at = inquiry.answered_at
    for place in range(world.rng.choice(ANSWERS)):
        by = None if place % 2 else inquiry.taker.pk
        yield entry(
            told["kind"],
            min(at, world.now),
            client=inquiry.client,
            deal=inquiry.deal,
            lead_id=lead,
            owner_id=by,
            author_id=by,
            direction="in" if place % 2 else "out",
            text=world.rng.choice(world.words["say"]),
        )
        at += dt.timedelta(minutes=world.rng.randint(2, 200))


def _message(
    row: dict[str, Any], dialog: uuid.UUID, channel: uuid.UUID, lead: uuid.UUID, external_id: str
) -> dict[str, Any]:
    return {
        "id": uuid7(),
        "activity_id": row["id"],
        "dialog_id": dialog,
        "channel_id": channel,
        "lead_id": lead,
        "external_id": external_id,
        "state": "received" if row["direction"] == "in" else "delivered",
    }
