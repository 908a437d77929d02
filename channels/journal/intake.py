"""Writing deliveries down, before anybody is told that they arrived."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from channels import secrets
from channels.adapters.base import MAIL_METHOD, RawDelivery
from channels.models import Channel, Event

_NOT_KEPT = frozenset({"cookie", "authorization", "proxy-authorization"})
_MAILED_AT = "x-mailed-at"


def record(*, channel: Channel, delivery: RawDelivery, now: dt.datetime) -> Event:
    """Journal one delivery as it came: a single insert. Secrets are blotted out of all but the body."""
    known = secrets.read(channel)
    headers = _kept_headers(delivery.headers, known)
    if delivery.method == MAIL_METHOD and delivery.received_at is not None:
        headers[_MAILED_AT] = delivery.received_at.isoformat()
    return Event.objects.create(
        channel=channel,
        received_at=now,
        next_try_at=now,
        method=delivery.method[:8],
        url=_storable(secrets.mask(delivery.url, known)),
        query=_storable(secrets.mask(delivery.query, known)),
        headers=headers,
        body=delivery.body,
        details=delivery.details,
    )


def delivery_of(event: Event, *, details_error: str = "") -> RawDelivery:
    """Read a delivery back from the journal, for looking up and parsing."""
    return RawDelivery(
        body=bytes(event.body),
        method=event.method,
        headers=event.headers,
        query=event.query,
        url=event.url,
        received_at=_arrival(event),
        details=None if event.details is None else bytes(event.details),
        details_error=details_error,
    )


def _arrival(event: Event) -> dt.datetime:
    """When it arrived: a mail lay in its mailbox before we read it. Only our own reader says so."""
    if event.method == MAIL_METHOD and (told := event.headers.get(_MAILED_AT)):
        return dt.datetime.fromisoformat(told)
    return event.received_at


def _kept_headers(headers: Mapping[str, str], known: Mapping[str, str]) -> dict[str, str]:
    return {
        _storable(name): _storable(secrets.mask(value, known))
        for name, value in headers.items()
        if name not in _NOT_KEPT
    }


def _storable(text: str) -> str:
    """PostgreSQL takes neither NUL nor half a surrogate pair."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()
