"""One delivery of the Callback API, opened: its kind, its key and the object inside."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json

from django.utils.translation import gettext as _

from channels.adapters.base import RawDelivery, Settings, Unparseable
from channels.adapters.payload import read_json
from channels.adapters.text import as_dict, clean_line, digest, moment, received
from channels.adapters.vk.content import Facts
from channels.adapters.vk.thread import profile_url
from leads.inquiry import Person


@dataclasses.dataclass(frozen=True, slots=True)
class Envelope:
    """What every event of VK has around its object."""

    kind: str
    key: str  # the same when VK sends the event again
    group_id: str
    facts: Facts
    received_at: dt.datetime

    def when(self, seconds: object) -> dt.datetime:
        """Read VK's time; when it tells none, the time of arrival."""
        return moment(seconds) or self.received_at

    def is_ours(self, from_id: str) -> bool:
        """Whether the community itself wrote."""
        return bool(self.group_id) and from_id == f"-{self.group_id}"

    def broken(self, what: str) -> Unparseable:
        """Make the error for an event that lacks what it must have."""
        return Unparseable(
            _("The VK event {kind} is broken: it has no {what}.").format(kind=self.kind, what=what)
        )


def open_envelope(delivery: RawDelivery, settings: Settings) -> Envelope:
    """Read the event around the object. Raises Unparseable."""
    body = read_json(delivery.body)
    kind = clean_line(body.get("type"), 60) if isinstance(body, dict) else ""
    if not kind:
        raise Unparseable(_("This is not an event of VK: it has no type."))
    told = body.get("object")
    facts = as_dict(told)
    group = number(body.get("group_id")) or number(settings.get("group_id"))
    event_id = clean_line(body.get("event_id"), 100)
    # Versions before 5.103 number no events; what such an event says is all that tells it from others.
    mark = event_id or digest(json.dumps(told, sort_keys=True))
    return Envelope(
        kind=kind,
        key=f"{group}:{kind}:{mark}",
        group_id=group,
        facts=facts,
        received_at=received(delivery.received_at),
    )


def number(value: object) -> str:
    """Write an id as text, with its minus; "" for none and for 0."""
    text = clean_line(value, 20)
    return text if text.lstrip("-").isdecimal() and text.strip("-0") else ""


def person_of(from_id: str) -> Person:
    """Name whoever wrote by number: names are not in events."""
    return Person(messenger_id=from_id, profile_url=profile_url(from_id))
