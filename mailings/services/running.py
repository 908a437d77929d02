"""A mailing under way: started, paused, called off; and the step that writes its next letters.

A step is one transaction: the letter is queued and its recipient says so, or neither. What is queued leaves through
the outbox once at most (Message.is_once). So a worker that is killed anywhere sends nothing twice.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.db import transaction
from django.db.models import Min

from activities.services import notify
from channels import mass
from channels.models import Message
from channels.services import retry_message, signature_of
from contacts.models import Contact
from core.tenancy import tenant_scope
from mailings import audience, bell, letter, links, markup, pacing, wording
from mailings.audience import Judge, Verdict
from mailings.errors import (
    CannotSendFrom,
    NobodyToWriteTo,
    NothingWritten,
    NotUnderWay,
    StartsInThePast,
    StillBeingChecked,
)
from mailings.models import Mailing, Recipient
from mailings.services.drafts import locked_draft
from mailings.services.gathering import CHECKING, gather_some, is_large, rejudge
from tenants.hours import book_of
from tenants.models import Membership

State = Mailing.State
MAX_IN_ROW = 5  # refused one after the other: then something is wrong with the mailbox or the list
LOOKED_AT = 30  # people one step decides about beside those it writes to: some are to be left out by now
LAST_LOOK = dt.timedelta(seconds=15)  # between looks whether the last letters have left
CHANNEL_OFF, MANY_REFUSED = "channel_off", "many_refused"  # Mailing.stopped_why


# --- What people do ----------------------------------------------------------------------------------
@transaction.atomic
def start_mailing(
    *, mailing: Mailing, by: Membership, now: dt.datetime, starts_at: dt.datetime | None = None
) -> Mailing:
    """Let a draft leave, now or at a moment. Raises AlreadyStarted, NothingWritten, CannotSendFrom, NobodyToWriteTo,
    StartsInThePast, StillBeingChecked.

    Of a large one everybody was judged when the draft was made, and is once more when their turn comes.
    """
    current = locked_draft(mailing)
    if not current.text.strip() or (current.is_mail and not current.subject.strip()):
        raise NothingWritten
    if not audience.can_send_from(current.channel):
        raise CannotSendFrom
    if starts_at is not None and starts_at <= now:
        raise StartsInThePast
    if current.is_being_checked:
        raise StillBeingChecked
    if not is_large(current):
        rejudge(current, now=now)
    if not Recipient.objects.filter(mailing=current).waiting().exists():
        raise NobodyToWriteTo
    current.state = State.SCHEDULED if starts_at else State.SENDING
    current.starts_at, current.due_at = starts_at, starts_at or now
    current.started_at = None if starts_at else now
    current.save(update_fields=["state", "starts_at", "due_at", "started_at"])
    bell.after_commit()
    return current


@transaction.atomic
def pause_mailing(*, mailing: Mailing, by: Membership, now: dt.datetime) -> Mailing:
    """Write no further letters; those already queued leave. Raises NotUnderWay."""
    return _turn(mailing, {State.SENDING, State.SCHEDULED}, State.PAUSED, due_at=None, stopped_why="")


@transaction.atomic
def resume_mailing(*, mailing: Mailing, by: Membership, now: dt.datetime) -> Mailing:
    """Go on with a paused mailing. Raises NotUnderWay, CannotSendFrom."""
    if not audience.can_send_from(mailing.channel):
        raise CannotSendFrom
    current = _locked(mailing)
    waits = current.started_at is None and current.starts_at is not None and current.starts_at > now
    state, due_at = (State.SCHEDULED, current.starts_at) if waits else (State.SENDING, now)
    started_at = current.started_at or (None if waits else now)
    turned = _turn(
        mailing, {State.PAUSED}, state,
        due_at=due_at, stopped_why="", failed_in_row=0, started_at=started_at,
    )  # fmt: skip
    bell.after_commit()
    return turned


@transaction.atomic
def cancel_mailing(*, mailing: Mailing, by: Membership, now: dt.datetime) -> Mailing:
    """Call a mailing off: whoever has not been written to gets nothing. Raises NotUnderWay."""
    going = {State.SCHEDULED, State.SENDING, State.PAUSED}
    current = _turn(mailing, going, State.CANCELLED, due_at=None, stopped_why="", finished_at=now)
    Recipient.objects.filter(mailing=current).waiting().update(state=Recipient.State.DROPPED)
    return current


@transaction.atomic
def set_pace(*, mailing: Mailing, by: Membership, per_hour: int, is_working_time: bool) -> Mailing:
    """Change how fast a mailing goes, at any time before it is over."""
    current = _locked(mailing)
    current.per_hour, current.is_working_time = per_hour, is_working_time
    current.save(update_fields=["per_hour", "is_working_time"])
    return current


@transaction.atomic
def send_to_refused(*, mailing: Mailing, by: Membership, now: dt.datetime) -> int:
    """Try those once more whose letters were refused, at the mailing's pace; return how many. Raises NotUnderWay."""
    current = _locked(mailing)
    if current.state not in (State.SENDING, State.PAUSED, State.DONE):
        raise NotUnderWay
    refused = Recipient.objects.filter(mailing=current, state=Recipient.State.REFUSED, bounced_at=None)
    count = refused.update(state=Recipient.State.WAITING, error="")
    if count:
        _turn(
            current, {State.SENDING, State.PAUSED, State.DONE}, State.SENDING,
            due_at=now, stopped_why="", failed_in_row=0, finished_at=None,
        )  # fmt: skip
        bell.after_commit()
    return count


# --- What the worker does ----------------------------------------------------------------------------
def due(tenant_id: int, *, now: dt.datetime) -> list[uuid.UUID]:
    """List a tenant's mailings that have something to do."""
    with tenant_scope(tenant_id):
        rows = Mailing.objects.with_work().filter(due_at__lte=now)
        return list(rows.order_by("due_at").values_list("pk", flat=True)[:100])


def step(tenant_id: int, mailing_id: uuid.UUID, *, now: dt.datetime) -> float | None:
    """Do what is due of one mailing: judge the next of its people, or write its next letters; return in how many
    seconds it has something to do again."""
    with tenant_scope(tenant_id):
        rows = Mailing.objects.select_for_update(of=("self",), skip_locked=True).with_work()
        related = rows.select_related("channel", "owner__role", "owner__tenant", "owner__user")
        mailing = related.filter(pk=mailing_id, due_at__lte=now).first()
        if mailing is None:
            return None
        if mailing.is_being_checked:
            gather_some(mailing, now=now)
            mailing.save(update_fields=CHECKING)
        else:
            _go_on(mailing, now)
            mailing.save(
                update_fields=["state", "due_at", "started_at", "finished_at", "stopped_why", "failed_in_row"]
            )
        return (mailing.due_at - now).total_seconds() if mailing.due_at else None


def _go_on(mailing: Mailing, now: dt.datetime) -> None:
    """Do what is due and say when to come again; the caller saves."""
    if mailing.state == State.SCHEDULED:
        mailing.state, mailing.started_at = State.SENDING, now
        if not is_large(mailing):
            rejudge(mailing, now=now)
    if not audience.can_send_from(mailing.channel):
        stop(mailing, CHANNEL_OFF, now=now)
    elif (later := _put_off(mailing, now)) is not None:
        mailing.due_at = later
    else:
        turn = pacing.turn(due_at=mailing.due_at or now, now=now, per_hour=mailing.per_hour)
        _write_some(mailing, turn.letters, now)
        mailing.due_at = turn.next_at
        _end_if_over(mailing, now)


def _put_off(mailing: Mailing, now: dt.datetime) -> dt.datetime | None:
    """Say until when nothing is written: outside working time, or while the provider asks for patience."""
    hours = book_of(mailing.owner.tenant, now=now).company
    if mailing.is_working_time and not hours.works_at(now):
        return hours.after(now, 0) or now + dt.timedelta(days=1)
    trying = Message.objects.filter(
        pk__in=Recipient.objects.filter(mailing=mailing, state=Recipient.State.QUEUED).values("message"),
        state=Message.State.QUEUED,
        attempt_count__gt=0,
        next_try_at__gt=now,
    )
    found: dt.datetime | None = trying.aggregate(at=Min("next_try_at"))["at"]
    return found


def _write_some(mailing: Mailing, count: int, now: dt.datetime) -> None:
    """Write to the next ones; whoever is to be left out by now costs no letter."""
    judge = Judge(mailing, owner=mailing.owner, now=now)
    waiting = Recipient.objects.filter(mailing=mailing).waiting().order_by("pk")
    chosen = list(
        waiting.select_for_update(of=("self",)).select_related("message", "dialog")[: count + LOOKED_AT]
    )
    verdicts = {one.contact_id: one for one in judge.verdicts([row.contact_id for row in chosen])}
    contacts: dict[uuid.UUID, Contact] = {}
    for row in chosen:
        if not count:
            return
        verdict = verdicts[row.contact_id]
        if verdict.reason or not _still_reaches(row, verdict):
            _leave_out(row, verdict.reason or Recipient.Reason.GONE)
            continue
        if not contacts:
            contacts = Contact.objects.select_related(*wording.READ_WITH).in_bulk(
                [r.contact_id for r in chosen]
            )
        _write(mailing, row, contacts[row.contact_id], now)
        count -= 1


def _still_reaches(row: Recipient, verdict: Verdict) -> bool:
    """Whether what the draft showed is still where the contact is reached."""
    return row.address == verdict.address


def _leave_out(row: Recipient, reason: str) -> None:
    row.state, row.reason = Recipient.State.EXCLUDED, reason
    row.save(update_fields=["state", "reason"])


def _write(mailing: Mailing, row: Recipient, contact: Contact, now: dt.datetime) -> None:
    """Queue one letter, or the one that was refused before once more."""
    if row.message is not None:
        retry_message(message=row.message, by=mailing.owner, now=now)
        return
    filled = wording.fill(mailing, wording.facts_of(contact, mailing.owner))
    headers = letter.kept(mailing, row.pk, filled.pieces)
    about: dict[str, Any] = {
        "contact": contact,
        "text": filled.text,
        "by": mailing.owner,
        "now": now,
        "files": list(mailing.files.all()),
        "data": {"mailing": mailing.name, "mailing_id": str(mailing.pk)},
    }
    if mailing.is_mail:
        links.publish([row.pk])
        row.message = mass.queue_letter(
            mailbox=mailing.channel,
            address=row.address,
            subject=filled.subject,
            html=markup.html_of(filled.pieces),
            headers=headers | _signature(mailing),
            **about,
        )
        row.dialog = row.message.dialog
    else:
        assert row.dialog is not None  # judged a moment ago
        row.message = mass.queue_to_dialog(dialog=row.dialog, headers=headers, **about)
    row.state = Recipient.State.QUEUED
    row.save(update_fields=["message", "dialog", "state"])


def _signature(mailing: Mailing) -> dict[str, str]:
    signature = signature_of(mailing.channel, mailing.owner)
    return {"signature": signature} if signature else {}


def _end_if_over(mailing: Mailing, now: dt.datetime) -> None:
    rows = Recipient.objects.filter(mailing=mailing)
    if rows.waiting().exists():
        return
    if rows.filter(state=Recipient.State.QUEUED).exists():
        mailing.due_at = now + LAST_LOOK
        return
    mailing.state, mailing.due_at, mailing.finished_at = State.DONE, None, now
    _notify(mailing, "mailing_done", now=now)


def stop(mailing: Mailing, why: str, *, now: dt.datetime) -> None:
    """Pause a mailing that can't go on, and tell its owner; the caller holds its row and saves."""
    mailing.state, mailing.due_at, mailing.stopped_why = State.PAUSED, None, why
    _notify(mailing, "mailing_stopped", now=now, why=why)


def _notify(mailing: Mailing, code: str, *, now: dt.datetime, **params: str) -> None:
    told = {"mailing": mailing.name, **params}
    notify(members=[mailing.owner], code=code, params=told, url=mailing.get_absolute_url(), now=now)


# --- Parts -------------------------------------------------------------------------------------------
def _locked(mailing: Mailing) -> Mailing:
    found: Mailing = (
        Mailing.objects.select_for_update(of=("self",)).select_related("channel").get(pk=mailing.pk)
    )
    return found


def _turn(mailing: Mailing, allowed: set[Mailing.State], state: Mailing.State, **values: Any) -> Mailing:
    """Bring a mailing into another state. Raises NotUnderWay."""
    current = _locked(mailing)
    if current.state not in allowed:
        raise NotUnderWay
    for name, value in ({"state": state} | values).items():
        setattr(current, name, value)
    current.save(update_fields=["state", *values])
    return current
