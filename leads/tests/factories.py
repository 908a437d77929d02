"""What lead tests are made of: channels, inquiries, leads."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

from channels.models import Channel, Dialog
from contacts.models import Source
from deals.models import Pipeline, RejectionReason
from deals.setup import create_starter_pipeline
from leads.inquiry import CallUpdate, Inquiry, Marks, Person
from leads.models import Lead
from leads.services import receive_call, receive_inquiry

NOW = dt.datetime(2026, 11, 17, 8, 0, tzinfo=dt.UTC)  # a Tuesday, 11:00 in Moscow
_serial = itertools.count(1)


def make_channel(kind: str = "form", channel_kind: str = "request", **fields: Any) -> Channel:
    """Make a channel with a name nobody else has."""
    return Channel.objects.create(
        name=f"Channel {next(_serial)}", kind=kind, channel_kind=channel_kind, **fields
    )


def make_source(name: str = "Avito", **fields: Any) -> Source:
    return Source.objects.create(name=name, **fields)


def make_reason(name: str = "Too expensive", **fields: Any) -> RejectionReason:
    return RejectionReason.objects.create(name=f"{name} {next(_serial)}", **fields)


def make_pipeline() -> Pipeline:
    """Make a pipeline with the stages every company starts with."""
    return create_starter_pipeline(name=f"Pipeline {next(_serial)}")


def make_dialog(channel: Channel, **fields: Any) -> Dialog:
    return Dialog.objects.create(channel=channel, external_id=f"chat-{next(_serial)}", **fields)


def inquiry(*, at: dt.datetime = NOW, person: Person | None = None, **fields: Any) -> Inquiry:
    """Make an inquiry of somebody with a phone of their own."""
    serial = next(_serial)
    return Inquiry(
        key=f"key-{serial}",
        occurred_at=at,
        person=person or Person(name=f"Client {serial}", phone=f"+7916{serial:07}"),
        **({"text": "Two machines, please"} | fields),
    )


def call_update(call_id: str = "", *, at: dt.datetime = NOW, **fields: Any) -> CallUpdate:
    """Make an event of an incoming call from a phone of its own."""
    serial = next(_serial)
    values = {"direction": "in", "phone": f"+7917{serial:07}", "sequence": int(at.timestamp())} | fields
    return CallUpdate(key=f"event-{serial}", occurred_at=at, call_id=call_id or f"call-{serial}", **values)


def make_lead(*, at: dt.datetime = NOW, channel: Channel | None = None, **fields: Any) -> Lead:
    """Make a lead the way they come: by a form."""
    told = {
        name: fields.pop(name) for name in ("person", "text", "subject", "marks", "product") if name in fields
    }
    receipt = receive_inquiry(inquiry=inquiry(at=at, **told), channel=channel or make_channel(), now=at)
    assert receipt.lead is not None
    if fields:
        Lead.objects.filter(pk=receipt.lead.pk).update(**fields)
    return Lead.objects.get(pk=receipt.lead.pk)


def make_call(*updates: CallUpdate, channel: Channel | None = None) -> Lead:
    """Make the lead of a call from its events."""
    line = channel or make_channel("mango", "call")
    for update in updates:
        receipt = receive_call(update=update, channel=line, now=update.occurred_at)
    assert receipt.lead is not None
    return Lead.objects.get(pk=receipt.lead.pk)


__all__ = [
    "NOW",
    "CallUpdate",
    "Inquiry",
    "Marks",
    "Person",
    "call_update",
    "inquiry",
    "make_call",
    "make_channel",
    "make_dialog",
    "make_lead",
    "make_pipeline",
    "make_reason",
    "make_source",
]
