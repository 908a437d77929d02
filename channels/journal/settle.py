"""What becomes of one event: split into items, each ends in exactly one outcome, failures are tried again."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import traceback

from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from channels.adapter_settings import settings_of
from channels.adapters import adapter_for
from channels.adapters.base import SendError, Unparseable
from channels.journal.early import Early
from channels.journal.intake import delivery_of
from channels.journal.items import handle
from channels.journal.looking import NOTHING_ASKED, Finding
from channels.journal.rows import Rows, drop_duplicates
from channels.models import Channel, Event, EventItem
from core.errors import Refusal
from core.remembering import forget
from leads.inquiry import Ignored, Item

logger = logging.getLogger(__name__)
BACK_OFF_S = (10, 60, 300, 1800)
MAX_PAUSE_S = 24 * 3600
Outcome = EventItem.Outcome


def settle(event: Event, *, channel: Channel, now: dt.datetime, found: Finding = NOTHING_ASKED) -> None:
    """Process one event in the surrounding transaction; what fails is put off, after the last try buried.

    `found` is what the provider was asked before; where it could not be asked now, that is a failed try.
    """
    _keep(found, event, channel, now)
    if found.error is not None and not found.is_final:
        drop_duplicates(event)
        _put_off(event, reason=describe(found.error), now=now, after_s=found.retry_after_s)
        return
    try:
        items = _split(event, channel, found)
    except Unparseable as error:
        drop_duplicates(event)
        bury(event, reason=str(error) or _("It can't be understood."), now=now)
        return
    except Exception as error:
        drop_duplicates(event)
        _put_off(event, reason=describe(error), now=now)
        return
    rows = Rows(event, [item.key for item in items])
    waits: list[dt.datetime] = []
    for item in items:
        until = _settle_item(rows, item, channel=channel, now=now)
        waits += [until] if until is not None else []
    _conclude(event, rows, now=now, until=min(waits, default=None))


def _keep(found: Finding, event: Event, channel: Channel, now: dt.datetime) -> None:
    """Keep what was looked up with the event, and at the channel why the provider refused to tell."""
    if found.details is not None:
        event.details = found.details
        event.save(update_fields=["details"])
        channel.last_error, channel.last_error_at = "", None
    elif found.error is not None and found.is_final:
        channel.last_error, channel.last_error_at = describe(found.error)[:500], now


def _split(event: Event, channel: Channel, found: Finding) -> list[Item]:
    if not channel.is_active:
        return [Ignored(key=own_key(event), reason=_("The channel is switched off."))]
    delivery = delivery_of(event, details_error=describe(found.error) if found.error else "")
    items = adapter_for(channel.kind).parse(delivery, settings_of(channel))
    return items or [Ignored(key=own_key(event), reason=_("There is nothing in it for us."))]


def _settle_item(rows: Rows, item: Item, *, channel: Channel, now: dt.datetime) -> dt.datetime | None:
    """Do what one item says; return until when it waits, if it does."""
    row = rows.take(item.key, now=now)
    if row is None:
        return None
    until = None
    try:
        _do(row, item, channel=channel, now=now)
    except Early as early:
        until = early.until
        row.outcome = Outcome.PENDING if until is not None else Outcome.IGNORED
        _close(row, now, reason=str(early), waits_for=early.waits_for)
    except Exception as error:
        give_up_if_broken(error)
        if isinstance(error, IntegrityError) and rows.is_taken_elsewhere(row, now=now):
            return None
        forget()
        _log(row.event, error)
        row.outcome = Outcome.PENDING
        _close(row, now, reason=describe(error)[:300])
    return until


def _do(row: EventItem, item: Item, *, channel: Channel, now: dt.datetime) -> None:
    """Do it and write down what came of it: both or neither."""
    with transaction.atomic():
        result = handle(item, channel=channel, received_at=row.event.received_at, now=now)
        row.outcome, row.reason, row.lead = result.outcome, result.reason[:300], result.lead
        row.suspicion, row.waits_for, row.at = result.suspicion, "", now
        row.save()


def _close(row: EventItem, now: dt.datetime, *, reason: str, waits_for: str = "") -> None:
    """Write down an item that led to nothing: a lead it may have made is rolled back."""
    row.reason, row.waits_for, row.at, row.lead = reason, waits_for, now, None
    row.save()


def _conclude(event: Event, rows: Rows, *, now: dt.datetime, until: dt.datetime | None) -> None:
    own = sorted(rows.own, key=lambda row: row.at)
    unfinished = next((row for row in own if row.outcome == Outcome.PENDING and not row.waits_for), None)
    if unfinished is not None:
        _put_off(event, reason=unfinished.reason, now=now)
        return
    if until is not None or rows.were_woken():  # waiting is no failure: it costs no try
        event.attempt_count, event.next_try_at, event.error = 0, until or now, ""
        event.save(update_fields=["attempt_count", "next_try_at", "error"])
        return
    # An item woken long after (see wake) must not hide that another one of the same delivery was given up.
    failed = next((row for row in own if row.outcome == Outcome.FAILED), None)
    event.state = Event.State.DEAD if failed else Event.State.PROCESSED
    event.processed_at, event.error = now, failed.reason if failed else ""
    event.save(update_fields=["state", "processed_at", "error"])


def _put_off(event: Event, *, reason: str, now: dt.datetime, after_s: int = 0) -> None:
    """Try again later, not before the provider allows it; after the fifth try it is a dead letter."""
    if event.attempt_count > len(BACK_OFF_S):
        bury(event, reason=reason, now=now)
        return
    event.error = reason
    pause = max(BACK_OFF_S[max(event.attempt_count - 1, 0)], min(after_s, MAX_PAUSE_S))
    event.next_try_at = now + dt.timedelta(seconds=pause)
    event.save(update_fields=["error", "next_try_at"])


def bury(event: Event, *, reason: str, now: dt.datetime) -> None:
    """Make a dead letter of the event; its unfinished items have failed. A repeated one is only a duplicate."""
    event.state, event.processed_at, event.error = Event.State.DEAD, now, reason
    event.items.filter(outcome=Outcome.PENDING).update(outcome=Outcome.FAILED, at=now)
    if not event.items.exists():
        row = Rows(event, [own_key(event)]).take(own_key(event), now=now)
        if row is None:
            event.state, event.error = Event.State.PROCESSED, ""
        else:
            row.outcome, row.reason = Outcome.FAILED, reason[:300]
            row.save()
    event.save(update_fields=["state", "processed_at", "error"])


def own_key(event: Event) -> str:
    """Name the one item of an event that isn't split: by what it says, so that a repetition is known again."""
    return raw_key(event.url, bytes(event.body))


def raw_key(url: str, body: bytes) -> str:
    """Hash what came into the key of an item that stands for all of it."""
    return f"raw:{hashlib.sha256(url.encode() + bytes(1) + body).hexdigest()}"


def describe(error: Exception) -> str:
    """Say what went wrong, for the journal page."""
    if isinstance(error, Refusal):
        return str(error.message)
    if isinstance(error, SendError):
        return str(error)
    if isinstance(error, DatabaseError):
        return _("The database refused it ({name}).").format(name=type(error).__name__)
    text = str(error).replace("\x00", "")[:400]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def give_up_if_broken(error: Exception) -> None:
    """Where the connection is gone nothing can be recorded: fail the whole try, the event is safe."""
    if connection.connection is None or connection.connection.closed:
        raise error


def _log(event: Event, error: Exception) -> None:
    """Say where it broke; what the client wrote stays out of the log."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}"
    logger.error("event %s: an item failed: %s at %s", event.pk, type(error).__name__, place)
