"""The card of a call that goes on: who sees it, taking the call, closing the card."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import transaction

from activities.models import Activity, Call
from activities.services import add_note
from contacts.models import Contact
from core import live
from core.tenancy import current_tenant_id
from leads.errors import NotAllowed
from leads.models import CallCard, Lead, LeadAction
from leads.seams import LeadChannel
from leads.services.common import lock_lead
from leads.services.decisions import take
from leads.services.escalation import members_of
from tenants.access import Action, Section, may
from tenants.models import Membership, Role

OLD = dt.timedelta(days=1)
RINGS = dt.timedelta(minutes=3)  # an event that tells of an older ringing was late: nobody's phone rings now


def show_cards(
    call: Call, *, channel: LeadChannel, lead: Lead | None, contact: Contact | None, now: dt.datetime
) -> None:
    """Give a card to everybody whom a call concerns while it begins, and have open pages read those that are.

    A card given stays until it is closed: whose phone rang sees who answered.
    """
    given = set(CallCard.objects.filter(call=call).values_list("member_id", flat=True))
    new = [m for m in _whom(call, channel, lead, contact, now=now) if m.pk not in given]
    CallCard.objects.bulk_create(
        [CallCard(call=call, member=member, created_at=now) for member in new], ignore_conflicts=True
    )
    if members := given | {member.pk for member in new}:
        _tell(call, members)


@transaction.atomic
def take_call(*, card: CallCard, by: Membership, now: dt.datetime) -> LeadAction:
    """Take the inquiry of a call: also by whom the phone rings at, though the lead waits for somebody else.

    Exactly one of several gets it. Raises NotAllowed and the refusals of take_lead().
    """
    lead = card.call.activity.lead
    if card.member_id != by.pk or lead is None or not may(by, Section.LEADS, Action.EDIT):
        raise NotAllowed()
    return take(lock_lead(lead=lead, by=None), by=by, now=now)


@transaction.atomic
def note_on_call(*, card: CallCard, text: str, by: Membership, now: dt.datetime) -> Activity:
    """Write a note into the timeline of whatever the call is about."""
    if card.member_id != by.pk:
        raise NotAllowed()
    line = card.call.activity
    about: dict[str, Any] = {name: getattr(line, name) for name in ("lead", "deal", "contact", "company")}
    return add_note(text=text, by=by, now=now, **about)


def dismiss_card(*, card: CallCard, by: Membership, now: dt.datetime) -> None:
    """Close one's card in all one's tabs."""
    if card.member_id != by.pk:
        raise NotAllowed()
    CallCard.objects.filter(pk=card.pk, dismissed_at=None).update(dismissed_at=now)
    _tell(card.call, [card.member_id])


def clear_old_cards(*, now: dt.datetime) -> int:
    """Delete the cards of calls that are long over; return how many."""
    deleted, _rows = CallCard.objects.filter(created_at__lt=now - OLD).delete()
    return int(deleted)


def _tell(call: Call, member_ids: Iterable[Any]) -> None:
    payload = {"call": str(call.pk)}
    live.publish(
        tenant_id=current_tenant_id(), topic="call.changed", payload=payload, member_ids=list(member_ids)
    )


# --- Who sees it -------------------------------------------------------------------------------------
def _whom(
    call: Call, channel: LeadChannel, lead: Lead | None, contact: Contact | None, *, now: dt.datetime
) -> list[Membership]:
    """List whose phones ring; where the exchange names none of ours, those the inquiry waits for.

    Whoever looks after the client sees an incoming call too.
    """
    if call.state == Call.State.FINISHED or call.started_at is None or now - call.started_at > RINGS:
        return []
    rung = _at_phones(call)
    if call.direction == "out":
        return rung
    owner = contact.owner if contact is not None else None
    found = [*(rung or _waited_for(channel, lead)), *([owner] if owner and owner.is_active else [])]
    return list({member.pk: member for member in found}.values())


def _at_phones(call: Call) -> list[Membership]:
    kept = call.activity.data.get("updates", [])
    extensions = {one["extension"] for one in kept if one.get("extension")}
    return list(Membership.objects.active().filter(phone_extension__in=extensions)) if extensions else []


def _waited_for(channel: LeadChannel, lead: Lead | None) -> list[Membership]:
    if lead is not None:
        person = lead.taken_by or lead.responsible
        return [person] if person is not None else members_of(lead.responsible_role)
    if channel.responsible_id is not None:
        return list(Membership.objects.active().filter(pk=channel.responsible_id))
    return members_of(Role.objects.filter(pk=channel.responsible_role_id).first())
