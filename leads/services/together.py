"""Inquiries of people nobody knows, received together: in a wave each costs a fraction of one that comes alone."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from activities.services import write_entries
from contacts.identity import Key, Newcomer, create_contacts, taken_among
from contacts.models import Source
from leads.inquiry import Inquiry
from leads.seams import LeadChannel
from leads.services.arrival import (
    Receipt,
    announce_all,
    hand_out,
    keys_of,
    new_lead,
    source_of,
    store_all,
)
from leads.services.arriving import Arrival, about, judge
from leads.services.exclusions import excluded_among
from leads.services.landing import lands
from tenants.numbering import next_number


def newcomers_among(inquiries: Sequence[Inquiry], channel: LeadChannel) -> list[bool]:
    """Tell of which of these inquiries, in order of arrival, nothing is to be known but that each makes a lead.

    Of a person who is among them twice only the first is one. Two queries for all of them.
    """
    if not channel.is_lead_source or lands(channel):
        return [False for _one in inquiries]
    keys = [keys_of(one.person, channel.kind) for one in inquiries]
    every = [key for own in keys for key in own]
    met = taken_among(every) | excluded_among(every)
    return [_is_newcomer(one, own, met) for one, own in zip(inquiries, keys, strict=True)]


def _is_newcomer(inquiry: Inquiry, keys: Sequence[Key], met: set[tuple[str, str]]) -> bool:
    """Say so, and count the person among those who were met."""
    own = {(key.kind, key.value) for key in keys}
    is_new = bool(own) and not own & met
    met |= own
    return is_new and not inquiry.is_own and not inquiry.wants_no_answer


@transaction.atomic
def receive_newcomers(
    *, inquiries: Sequence[Inquiry], channel: LeadChannel, now: dt.datetime
) -> list[Receipt]:
    """Do for inquiries of newcomers what receive_inquiry() does for each, in a few statements for all of them.

    Raises IntegrityError where one of them has become known meanwhile. Locks are taken in the order in which
    receive_inquiry() takes them, keys before the series of numbers before rules, and keys in one order everywhere:
    so waves, single arrivals and people who write inquiries down wait for each other and never in a circle.
    """
    sources = [source_of(one.marks, channel) for one in inquiries]
    unknown = [Arrival(one, channel, None, keys_of(one.person, channel.kind), now) for one in inquiries]
    contacts = create_contacts(
        [_newcomer(arrival, source) for arrival, source in zip(unknown, sources, strict=True)], now=now
    )
    arrivals = [
        dataclasses.replace(arrival, contact=contact, is_new_client=True, source=source)
        for arrival, contact, source in zip(unknown, contacts, sources, strict=True)
    ]
    return _new_leads(arrivals, now=now)


def _newcomer(arrival: Arrival, source: Source | None) -> Newcomer:
    person = arrival.inquiry.person
    return Newcomer(
        name=person.name,
        keys=arrival.keys,
        source=source,
        language=person.language,
        company_name=person.company,
        position=person.position,
        heard_at=arrival.at,
    )


def _new_leads(arrivals: Sequence[Arrival], *, now: dt.datetime) -> list[Receipt]:
    first = next_number("lead", count=len(arrivals)) - len(arrivals) + 1
    leads = [new_lead(number=number, **about(one)) for number, one in enumerate(arrivals, start=first)]
    texts = {lead.pk: one.inquiry.text for lead, one in zip(leads, arrivals, strict=True)}
    drafts = hand_out(leads, texts, now=now)
    for lead, arrival in zip(leads, arrivals, strict=True):
        judge(lead, arrival)
    store_all(drafts, now=now)
    entries = [one.entry(lead=lead, contact=one.contact) for lead, one in zip(leads, arrivals, strict=True)]
    write_entries([(entry, (lead, lead.contact)) for entry, lead in zip(entries, leads, strict=True)])
    announce_all(leads, now=now, is_new=True)
    return [
        Receipt("lead", lead, entry, "", lead.contact) for lead, entry in zip(leads, entries, strict=True)
    ]
