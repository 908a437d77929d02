"""Call tracking: where the client of a call came from, told beside the exchange that tells of the call."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from activities.models import Call
from contacts.identity import normalise_phone, tenant_region
from contacts.models import Contact, Source
from leads.inquiry import CallMark, CallUpdate
from leads.models import Lead
from leads.seams import LeadChannel
from leads.services.arrival import Receipt, fitted, marks_of, settle, source_of
from leads.services.calls import TRACKED, nearby_calls, receive_call
from leads.services.common import lock_contact

_MARKED = ("utm_source", "medium", "campaign")


def phone_of(mark: CallMark) -> str:
    """Return the client's number as calls keep it."""
    return normalise_phone(mark.phone, tenant_region()) or mark.phone[:32]


@transaction.atomic
def mark_call(
    *, mark: CallMark, channel: LeadChannel, now: dt.datetime, may_wait: bool = False
) -> Receipt | None:
    """Write down on the lead of a call where its client came from, and decide its quality anew.

    A call nobody else tells of becomes one of its own, so that nothing is lost; None when the call isn't
    known well enough and `may_wait`.
    """
    call = _find(mark, channel)
    is_known = call is not None and (_has_home(call) or call.state == Call.State.FINISHED)
    if not is_known and may_wait:
        return None
    if call is None or call.external_id.startswith(TRACKED):
        return _receive_tracked(mark, channel, now=now)
    if call.activity.lead is None:
        return Receipt("ignored", None, call.activity, _("The call it speaks of made no lead."))
    lead = _enrich(call.activity.lead, mark, channel, call, now=now)
    return Receipt("joined", lead, call.activity, _("Tells where the client of a known call came from."))


def _has_home(call: Call) -> bool:
    return call.activity.lead_id is not None or call.activity.deal_id is not None


def _find(mark: CallMark, channel: LeadChannel) -> Call | None:
    """Find the call: by its id where this channel tells of it, else the nearest of the phone, of all exchanges."""
    own = [mark.call_id] if mark.call_id else []
    own += [f"{TRACKED}{mark.call.call_id}"[:200]] if mark.call is not None else []
    calls = Call.objects.select_related("activity__lead", "channel")
    known = {call.external_id: call for call in calls.filter(channel_id=channel.pk, external_id__in=own)}
    if mark.call_id in known:
        return known[mark.call_id]
    phone, line = phone_of(mark), normalise_phone(mark.line, tenant_region()) or mark.line
    near = calls.filter(pk__in=nearby_calls(phone, mark.occurred_at).values("pk"))
    if not phone:  # who hides the number is known by the line and the moment only
        near = near.filter(line=line) if line else near.none()
    told = [call for call in near[:20] if not call.external_id.startswith(TRACKED)]
    if told:
        return min(told, key=lambda call: (bool(line) and call.line != line, _distance(call, mark)))
    return next(iter(known.values()), None)


def _distance(call: Call, mark: CallMark) -> dt.timedelta:
    assert call.started_at is not None  # nearby ones have a moment
    return abs(call.started_at - mark.occurred_at)


def _receive_tracked(mark: CallMark, channel: LeadChannel, *, now: dt.datetime) -> Receipt:
    """Let what call tracking heard be the call, under an id that an exchange's later word is told by."""
    heard = mark.call or CallUpdate(mark.key, mark.occurred_at, mark.key, "in", mark.phone, mark.line)
    update = dataclasses.replace(heard, call_id=f"{TRACKED}{heard.call_id}"[:200])
    receipt = receive_call(update=update, channel=channel, now=now)
    if receipt.lead is None or receipt.activity is None:
        return receipt
    lead = _enrich(receipt.lead, mark, channel, receipt.activity.call, now=now)
    return dataclasses.replace(receipt, lead=lead)


def _enrich(lead: Lead, mark: CallMark, channel: LeadChannel, call: Call, *, now: dt.datetime) -> Lead:
    lock_contact(lead.contact_id)
    current = Lead.objects.get(pk=lead.pk)
    source = source_of(mark.marks, channel)
    learned = _learned(current, mark, source, call)
    for name, value in learned.items():
        setattr(current, name, value)
    if learned:
        current.save(update_fields=list(learned))
    if source is not None and current.contact_id is not None:
        Contact.objects.filter(pk=current.contact_id, source=None).update(source=source)
    return settle(current, now=now, is_new=False, is_quiet=True)


def _learned(lead: Lead, mark: CallMark, source: Source | None, call: Call) -> dict[str, Any]:
    """What the mark adds: it replaces the source of the line, never one that somebody chose or a page told."""
    learned: dict[str, Any] = {}
    of_line = call.channel.source_id if call.channel is not None else None
    if source is not None and lead.source_id in (None, of_line):
        learned["source"] = source
    told = marks_of(mark.marks)
    click_ids = {**told.pop("click_ids"), **lead.click_ids}
    if all(getattr(lead, name) in ("", told[name]) for name in _MARKED):  # else another visit's marks stay
        learned |= {name: value for name, value in told.items() if value and not getattr(lead, name)}
    if click_ids != lead.click_ids:
        learned["click_ids"] = click_ids
    if mark.region and not lead.region:
        learned["region"] = mark.region
    known = {label for label, _value in lead.fields}
    if more := [list(pair) for pair in mark.fields if pair[0] not in known]:
        learned["fields"] = [*lead.fields, *more]
    return fitted(learned)
