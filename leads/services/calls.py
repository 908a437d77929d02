"""Telephone calls arriving, event by event (L3, K3)."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from activities.models import Activity, Call
from activities.services import log_activity
from activities.services.targets import bump_last_activity
from contacts.identity import get_or_create_contact, normalise_phone, phone_keys, tenant_region
from contacts.models import Contact
from core.tenancy import TenantQuerySet
from deals.models import Deal
from leads.inquiry import CallUpdate
from leads.internal_numbers import OwnNumbers
from leads.models import Lead
from leads.seams import LeadChannel
from leads.services.arrival import Receipt, create_lead, notify_about, open_lead_of, settle, wait_for
from leads.services.call_cards import show_cards
from leads.services.call_facts import CallFacts, fold, pack, unpack
from leads.services.call_leads import kind_of, refresh_from_calls
from leads.services.escalation import members_of
from leads.services.exclusions import count_held, find_exclusion
from leads.services.landing import land
from leads.services.spoken import client_spoken_to
from tenants.models import Membership

MAX_EVENTS = 300  # of one call; no PBX sends so many
TRACKED = "tracked:"  # begins the id of a call that only call tracking told of
NEARBY = dt.timedelta(minutes=2)  # two words of one call are no further apart


@transaction.atomic
def receive_call(*, update: CallUpdate, channel: LeadChannel, now: dt.datetime) -> Receipt:
    """Add one event to its call; any order of the events of one call gives the same call and the same lead.

    Internal calls never make a lead; a call of a channel that is no source of leads is only written down.
    """
    call = _call_of(update, channel)
    was_missed = call.state == Call.State.FINISHED and call.result != Call.Result.ANSWERED
    facts = _remember(call, update)
    if facts.direction == "internal":
        return Receipt("ignored", None, call.activity, _("A call between colleagues."))
    is_known = facts.direction in ("in", "out") and (facts.phone or facts.state == "finished")
    if not is_known:
        return Receipt("joined", None, call.activity, _("The call's other events tell the rest."))
    if _is_held_back(call, update, now=now):
        reason = _("On the exclusion list: %(value)s") % {"value": call.phone}
        return Receipt("ignored", None, call.activity, reason)
    contact = _contact_of(call, channel, now=now)
    receipt = _place(call, facts, channel, contact, was_missed=was_missed, now=now)
    if facts.is_answered:
        client_spoken_to(call=call, lead_of_call=receipt.lead, now=now)
    show_cards(call, channel=channel, lead=receipt.lead, contact=contact, now=now)
    return receipt


def _place(
    call: Call,
    facts: CallFacts,
    channel: LeadChannel,
    contact: Contact | None,
    *,
    was_missed: bool,
    now: dt.datetime,
) -> Receipt:
    """Find the call's place: its lead, the deal it is about, or nothing but the client's timeline."""
    if not channel.is_lead_source:
        return Receipt("ignored", None, call.activity, _("The channel is no source of leads."), contact)
    lead, is_new = _lead_of(call, channel, contact, now=now)
    if lead is None:
        return Receipt("joined", None, call.activity, _("Part of an open deal's correspondence."), contact)
    return _finish(lead, call, facts, channel=channel, is_new=is_new, was_missed=was_missed, now=now)


def _finish(
    lead: Lead,
    call: Call,
    facts: CallFacts,
    *,
    channel: LeadChannel,
    is_new: bool,
    was_missed: bool,
    now: dt.datetime,
) -> Receipt:
    refresh_from_calls(lead, now=now)
    fresh = settle(lead, now=now, is_new=is_new, is_quiet=True)
    if facts.is_missed and facts.direction == "in" and not was_missed:
        person = fresh.taken_by or fresh.responsible
        people = [person] if person is not None else members_of(fresh.responsible_role)
        notify_about(fresh, members=people, code="call_missed", now=now)
    if facts.state == "finished" and facts.direction == "in" and fresh.quality != Lead.Quality.NON_TARGETED:
        land(fresh, channel, now=now)  # not before it is known how the call ended
    return Receipt("lead" if is_new else "joined", fresh, call.activity, "", fresh.contact)


# --- The call ----------------------------------------------------------------------------------------
def _call_of(update: CallUpdate, channel: LeadChannel) -> Call:
    """Lock the call of this event, made now if it is the first; two first events meet at the constraint."""
    external_id = update.call_id[:200]
    # No join under the lock: after a wait PostgreSQL would give the activity as it was before the wait.
    mine = Call.objects.select_for_update().filter(channel_id=channel.pk, external_id=external_id)
    if (call := mine.first()) is not None:
        return call
    try:
        with transaction.atomic():
            activity = log_activity(kind=Activity.Kind.CALL, occurred_at=update.occurred_at)
            return Call.objects.create(activity=activity, channel_id=channel.pk, external_id=external_id)
    except IntegrityError:
        return mine.get()


def _remember(call: Call, update: CallUpdate) -> CallFacts:
    """Keep the event and write the call anew from all that are known."""
    kept: list[dict[str, Any]] = call.activity.data.get("updates", [])
    if len(kept) < MAX_EVENTS and all(one["key"] != update.key for one in kept):
        kept = [*kept, pack(update)]
    facts = fold(unpack(one) for one in kept)
    for name in CallFacts.__slots__:
        setattr(call, name, getattr(facts, name))
    region = tenant_region()
    call.phone = normalise_phone(facts.phone, region) or facts.phone[:32]
    call.line = normalise_phone(facts.line, region) or facts.line
    call.answered_by = _member_at(facts) if facts.is_answered or facts.direction == "out" else None
    if OwnNumbers().hold(call.phone):  # whatever the exchange says, both ends are ours
        facts = dataclasses.replace(facts, direction="internal")
        call.direction = facts.direction
    call.save()
    line = call.activity
    line.data = {"updates": kept}
    line.occurred_at = facts.started_at
    line.direction = facts.direction if facts.direction in ("in", "out") else ""
    line.author = line.owner = call.answered_by
    line.save(update_fields=["data", "occurred_at", "direction", "author", "owner"])
    return facts


def _member_at(facts: CallFacts) -> Membership | None:
    if not facts.extension:
        return None
    return Membership.objects.active().filter(phone_extension=facts.extension).order_by("created_at").first()


def _is_held_back(call: Call, update: CallUpdate, *, now: dt.datetime) -> bool:
    """Whether the caller is on the exclusion list; a call is counted there once, at its end."""
    if call.direction != "in" or call.activity.lead is not None:
        return False
    found = find_exclusion(phone_keys(call.phone, tenant_region()))
    if found is not None and update.state == "finished":
        count_held(found, now=now)
    return found is not None


# --- Whom it is about --------------------------------------------------------------------------------
def _contact_of(call: Call, channel: LeadChannel, *, now: dt.datetime) -> Contact | None:
    keys = phone_keys(call.phone, tenant_region())
    if not keys:
        return None
    found, _created = get_or_create_contact(name="", keys=keys, source=channel.source, now=now)
    contact = wait_for(found)
    if call.activity.contact_id is None:
        call.activity.contact = contact
        call.activity.save(update_fields=["contact"])
        bump_last_activity(call.activity, call.activity.occurred_at)
    return contact


def _lead_of(
    call: Call, channel: LeadChannel, contact: Contact | None, *, now: dt.datetime
) -> tuple[Lead | None, bool]:
    """Find the lead of the call, join an open one, or make one; None when it belongs to a deal only."""
    line = call.activity
    if line.lead is not None:
        if line.lead.contact_id is None and contact is not None:
            Lead.objects.filter(pk=line.lead.pk).update(contact=contact, phone=call.phone)
        return line.lead, False
    if line.deal_id is not None:
        return None, False
    lead = _tracked_lead(call) or _open_lead(call, channel, contact)
    is_new = lead is None
    if lead is None:
        if call.direction == "out" and (deal := _open_deal(contact)) is not None:
            _put(line, deal=deal)
            return None, False
        lead = _new_lead(call, channel, contact, now=now)
    _put(line, lead=lead, deal=lead.deal, company=lead.company)
    return lead, is_new


def nearby_calls(phone: str, at: dt.datetime) -> TenantQuerySet[Call]:
    """Calls of a phone that began about a moment."""
    return Call.objects.filter(phone=phone, started_at__range=(at - NEARBY, at + NEARBY))


def _tracked_lead(call: Call) -> Lead | None:
    """Find the lead that call tracking made of this very call, because the exchange was late to tell of it."""
    if not call.phone or call.started_at is None or call.external_id.startswith(TRACKED):
        return None
    told = nearby_calls(call.phone, call.started_at).filter(external_id__startswith=TRACKED)
    twin = told.exclude(activity__lead=None).select_related("activity__lead").first()
    return twin.activity.lead if twin is not None else None


def _open_lead(call: Call, channel: LeadChannel, contact: Contact | None) -> Lead | None:
    """An incoming call joins the channel's open lead; calling back answers any open lead of the client."""
    assert call.started_at is not None
    lead = open_lead_of(channel, contact, None, at=call.started_at)
    if lead is None and call.direction == "out" and contact is not None:
        lead = Lead.objects.open().filter(contact=contact).order_by("-last_inquiry_at", "-id").first()
    return lead


def _open_deal(contact: Contact | None) -> Deal | None:
    if contact is None:
        return None
    return Deal.objects.open().filter(contact=contact).order_by("-last_activity_at", "-id").first()


def _new_lead(call: Call, channel: LeadChannel, contact: Contact | None, *, now: dt.datetime) -> Lead:
    """Calls out of the house are in work from the start: whoever dialled has taken it up."""
    assert call.started_at is not None
    lead = create_lead(
        kind=kind_of(call),
        channel=channel,
        channel_kind=channel.channel_kind,
        contact=contact,
        received_at=call.started_at,
        now=now,
        source=channel.source if call.direction == "in" else None,
        name=contact.name if contact is not None else "",
        phone=call.phone,
    )
    if call.direction == "out" and call.answered_by is not None:
        lead.take()
        lead.taken_by, lead.taken_at, lead.opened_at = call.answered_by, call.started_at, call.started_at
        lead.save(update_fields=["state", "taken_by", "taken_at", "opened_at"])
    return lead


def _put(line: Activity, **about: Any) -> None:
    for name, value in about.items():
        setattr(line, name, value)
    line.save(update_fields=list(about))
    bump_last_activity(line, line.occurred_at)
