"""Inquiries arriving: messages, mails, forms, and leads typed in by hand."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from contacts.identity import Key, find_contact
from contacts.models import Contact
from deals.models import Deal
from leads.clock import minutes_to_answer
from leads.inquiry import Inquiry
from leads.models import Exclusion, Lead
from leads.routing.watching import MOVING, watch
from leads.seams import LeadChannel, LeadDialog
from leads.services.answers import note_answer
from leads.services.arrival import (
    Receipt,
    announce,
    contact_of,
    draft_lead,
    fitted,
    keys_of,
    mark_unread,
    notify_about,
    settle,
    source_of,
    store,
    wait_for,
)
from leads.services.arriving import Arrival, about, judge, person_fields, product_fields, words
from leads.services.common import search_text
from leads.services.exclusions import count_held, find_exclusion
from leads.services.landing import land

MAX_FIELDS = 100  # of a lead that goes on for long
_MOVED = (
    *MOVING,
    "search_text",
    "unread_count",
    "received_at",
    "response_min",
    "subject",
    "summary",
    "last_inquiry_at",
    "waiting_since",
    "snoozed_until",
    "step_started_at",
    "suspicion",
    "fields",
)


@transaction.atomic
def receive_inquiry(
    *,
    inquiry: Inquiry,
    channel: LeadChannel,
    now: dt.datetime,
    dialog: LeadDialog | None = None,
    keys: Sequence[Key] | None = None,
) -> Receipt:
    """Make an inquiry a lead, or join it to what is going on already (L1, L2, L4).

    Own and automatic messages never make a lead, nor does a word that asks for nothing, nor a channel that is no
    source of leads, nor anybody on the exclusion list. What is stored without a lead has a timeline entry all the
    same. `keys` are those of the person, when the caller has made them already.
    """
    own_keys = list(keys) if keys is not None else keys_of(inquiry.person, channel.kind)
    arrival = Arrival(inquiry, channel, dialog, own_keys, now)
    if inquiry.is_own or inquiry.wants_no_answer:
        arrival = dataclasses.replace(arrival, contact=_known_contact(arrival))
        return _receive_own(arrival) if inquiry.is_own else _receive_quietly(arrival)
    if (held := find_exclusion(own_keys)) is not None and arrival.ongoing_deal() is None:
        return _receive_excluded(dataclasses.replace(arrival, contact=_known_contact(arrival)), held)
    return _receive(_with_contact(arrival))


# --- Whom it comes from ------------------------------------------------------------------------------
def _known_contact(arrival: Arrival) -> Contact | None:
    """Find the contact, where nobody is to be made one."""
    return find_contact(arrival.keys) or (arrival.dialog.contact if arrival.dialog is not None else None)


def _with_contact(arrival: Arrival) -> Arrival:
    """Find or make the contact, and wait for who else is at it; one made just now nobody else knows."""
    source = source_of(arrival.inquiry.marks, arrival.channel)
    contact, is_new = contact_of(
        arrival.inquiry.person, arrival.keys, source=source, at=arrival.at, now=arrival.now
    )
    if contact is None and arrival.dialog is not None:
        known = arrival.dialog.contact
        contact = known if known is not None and known.deleted_at is None else None
    if not is_new:
        contact = wait_for(contact)
    return dataclasses.replace(arrival, contact=contact, is_new_client=is_new, source=source)


# --- The ways of an inquiry --------------------------------------------------------------------------
def _receive(arrival: Arrival) -> Receipt:
    if (lead := arrival.open_lead()) is not None:
        return _join(lead, arrival)
    if (deal := arrival.ongoing_deal()) is not None:
        return _join_deal(deal, arrival)
    if not arrival.channel.is_lead_source:
        entry = arrival.log(contact=arrival.contact)
        return Receipt("ignored", None, entry, _("The channel is no source of leads."), arrival.contact)
    return _new_lead(arrival)


def _new_lead(arrival: Arrival) -> Receipt:
    """Make a lead, with all that is decided about it, in one insert."""
    channel, now = arrival.channel, arrival.now
    draft = draft_lead(text=arrival.inquiry.text, **about(arrival))
    lead = draft.lead
    judge(lead, arrival)
    store(draft, now=now)
    entry = arrival.log(lead=lead, contact=arrival.contact)
    if land(lead, channel, now=now):
        return Receipt("lead", settle(lead, now=now, is_new=True), entry, "", arrival.contact)
    announce(lead, now=now, is_new=True)
    return Receipt("lead", lead, entry, "", arrival.contact)


def _join(lead: Lead, arrival: Arrival) -> Receipt:
    """Add a message to a lead that is still open; what it tells more about the client is kept."""
    now, at = arrival.now, arrival.at
    judged_by = (lead.suspicion, lead.contact_id, lead.received_at)
    lead.last_activity_at = max(lead.last_activity_at or at, at)
    entry = arrival.log(lead=lead)
    learned = _learn(lead, arrival)
    watch(lead, now=now)
    changes = {name: getattr(lead, name) for name in (*_MOVED, *learned)}
    # Others write entries about the lead without waiting for us: the moment never goes back.
    changes["last_activity_at"] = Greatest(F("last_activity_at"), lead.last_activity_at)
    Lead.objects.filter(pk=lead.pk).update(**changes)
    if judged_by != (lead.suspicion, lead.contact_id, lead.received_at):
        return Receipt("joined", settle(lead, now=now, is_new=False), entry, "", arrival.contact)
    announce(lead, now=now, is_new=False)
    return Receipt("joined", lead, entry, "", arrival.contact)


def _learn(lead: Lead, arrival: Arrival) -> list[str]:
    """Put what the message tells onto the lead; list the fields that were empty before. Nothing is saved."""
    inquiry, at = arrival.inquiry, arrival.at
    if arrival.contact is not None and lead.contact_id == arrival.contact.pk:
        lead.contact = arrival.contact  # which is read already
    silence = dt.timedelta(hours=arrival.channel.new_lead_after_h)
    if at < lead.received_at <= at + silence:  # what overtook it has made the lead
        lead.received_at = at
        lead.response_min = minutes_to_answer(lead)
        lead.subject, lead.summary = fitted(words(inquiry)).values()
    lead.unread_count += 1
    lead.last_inquiry_at = max(lead.last_inquiry_at, at)
    lead.waiting_since = min(lead.waiting_since or arrival.waits_from, arrival.waits_from)
    if lead.snoozed_until is not None:
        lead.snoozed_until, lead.step_started_at = None, arrival.now  # it waits anew
    lead.suspicion = lead.suspicion if inquiry.suspicion else ""
    told = person_fields(inquiry.person, arrival.keys) | product_fields(inquiry)
    lead.fields = [*lead.fields, *_new_fields(lead, inquiry)]
    learned = fitted(told) | {"contact": arrival.contact}
    empty = {name: value for name, value in learned.items() if value and not getattr(lead, name)}
    for name, value in empty.items():
        setattr(lead, name, value)
    lead.search_text = search_text(lead)
    return list(empty)


def _join_deal(deal: Deal, arrival: Arrival) -> Receipt:
    """Add a message to the deal its correspondence is about, and tell the deal's owner."""
    lead = Lead.objects.present().filter(deal=deal).order_by("-received_at").first()
    entry = arrival.log(lead=lead, deal=deal, contact=arrival.contact)
    mark_unread(deal, occasion=entry.pk, now=arrival.now)
    if lead is not None and deal.owner is not None:
        notify_about(lead, members=[deal.owner], code="lead_reply", now=arrival.now)
    return Receipt("joined", lead, entry, _("Part of an open deal's correspondence."), arrival.contact)


def _receive_own(arrival: Arrival) -> Receipt:
    """Store what our side wrote from the provider's own application: it answers an open lead."""
    lead = arrival.open_lead()
    deal = None if lead else arrival.ongoing_deal()
    entry = arrival.log(lead=lead, deal=deal, contact=arrival.contact, direction="out")
    if lead is not None:
        note_answer(lead=lead, at=arrival.at)
    if lead is not None or deal is not None or arrival.contact is not None:
        return Receipt("joined", lead, entry, "", arrival.contact)
    return Receipt("ignored", None, entry, _("Our own message to somebody who has not written yet."), None)


def _receive_quietly(arrival: Arrival) -> Receipt:
    """Store an auto-reply, a bounce, a mailing, a word that asks for nothing: nobody waits for an answer to it."""
    reason = arrival.inquiry.automatic_reason or _("An automatic message.")
    lead = arrival.open_lead()
    is_same_thread = lead is not None and arrival.dialog is not None and lead.dialog_id == arrival.dialog.pk
    entry = arrival.log(lead=lead if is_same_thread else None, contact=arrival.contact)
    if is_same_thread:
        return Receipt("joined", lead, entry, reason, arrival.contact)
    return Receipt("ignored", None, entry, reason, arrival.contact)


def _receive_excluded(arrival: Arrival, held: Exclusion) -> Receipt:
    """Write down what somebody on the exclusion list sent, where nobody has to look at it."""
    count_held(held, now=arrival.now)
    entry = arrival.log(contact=arrival.contact)
    reason = _("On the exclusion list: %(value)s") % {"value": str(held)}
    return Receipt("ignored", None, entry, reason, arrival.contact, is_held=True)


# --- Parts -------------------------------------------------------------------------------------------
def _new_fields(lead: Lead, inquiry: Inquiry) -> list[list[str]]:
    """List the answers whose questions the lead has not: what was told first stays as it was told."""
    known = {str(label) for label, _value in lead.fields}
    return [list(pair) for pair in inquiry.fields if pair[0] not in known][: max(MAX_FIELDS - len(known), 0)]
