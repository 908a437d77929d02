"""What the rules look at: plain values, so that arrival, dry run and tests ask the same question."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from activities.models import Activity
from contacts.folding import fold
from deals.models import Deal
from leads.models import Lead
from leads.routing.language import language_of
from tenants.hours import HoursBook

TEXT = 20_000  # letters of an inquiry that rules look at


@dataclasses.dataclass(frozen=True, slots=True)
class Facts:
    """One inquiry at one moment."""

    at: dt.datetime
    kind: str = ""  # Lead.Kind
    channel_id: uuid.UUID | None = None
    channel_kind: str = ""
    source_id: uuid.UUID | None = None
    phone: str = ""  # E.164 where it could be read
    region: str = ""
    language: str = ""
    fields: tuple[tuple[str, str], ...] = ()  # label and value, folded
    text: str = ""  # folded
    client: frozenset[str] = frozenset({"new"})  # new, known, owned, deal
    owner_id: uuid.UUID | None = None  # the client's manager
    is_working_time: bool = True
    waiting_count: int = 0  # inquiries nobody has taken yet


def facts_of(
    leads: Sequence[Lead],
    *,
    needs: Collection[str],
    book: HoursBook,
    at: Mapping[uuid.UUID, dt.datetime],
    texts: Mapping[uuid.UUID, str] | None = None,
    waiting: Mapping[uuid.UUID, int] | None = None,
) -> list[Facts]:
    """Read the facts of leads that were loaded with their contact; at most three queries for all of them.

    `needs` are the kinds of conditions that will be asked: what none needs is not read. `at` is the moment
    of each lead by its id. `texts` of leads that are not stored yet, and `waiting` of stored leads and past
    moments, are given: else the leads are taken for ones that came together and wait one behind the other.
    """
    said = texts if texts is not None else _texts(leads) if {"text", "language"} & set(needs) else {}
    deals = _deals(leads) if "client" in needs else {}
    if waiting is None and leads and "load" in needs:
        before = waiting_count(but=leads[0])
        waiting = {lead.pk: before + place for place, lead in enumerate(leads)}
    return [
        _facts(lead, at[lead.pk], book, said.get(lead.pk, ""), deals, (waiting or {}).get(lead.pk, 0))
        for lead in leads
    ]


def waiting_count(*, but: Lead) -> int:
    """Count what nobody has taken yet, but this one."""
    count: int = Lead.objects.open().filter(taken_by=None).exclude(pk=but.pk).count()
    return count


def _facts(
    lead: Lead,
    at: dt.datetime,
    book: HoursBook,
    text: str,
    deals: Mapping[uuid.UUID, Sequence[tuple[dt.datetime, dt.datetime | None]]],
    waiting: int,
) -> Facts:
    contact = lead.contact
    told = "\n".join(filter(None, (lead.subject, text)))
    spans = deals.get(contact.pk, ()) if contact else ()
    return Facts(
        at=at,
        kind=str(lead.kind),
        channel_id=lead.channel_id,
        channel_kind=lead.channel_kind,
        source_id=lead.source_id,
        phone=lead.phone,
        region=lead.region,
        language=language_of(contact.language if contact else "", told),
        fields=tuple((fold(str(label)), fold(str(value))) for label, value in lead.fields),
        text=fold(told[:TEXT]),
        client=_client(lead, has_deal=any(start <= at and (end is None or end > at) for start, end in spans)),
        owner_id=contact.owner_id if contact else None,
        is_working_time=book.company.works_at(at),
        waiting_count=waiting,
    )


def _client(lead: Lead, *, has_deal: bool) -> frozenset[str]:
    """Say what is known of the client. Whoever was made a contact by this inquiry is new."""
    contact = lead.contact
    if contact is None or _is_new(lead):
        return frozenset({"new"})
    known = {"known"} | ({"owned"} if contact.owner_id else set()) | ({"deal"} if has_deal else set())
    return frozenset(known)


def _is_new(lead: Lead) -> bool:
    return lead.contact is None or lead.contact.created_at >= lead.received_at


# --- Reads ---------------------------------------------------------------------------------------------
def _texts(leads: Sequence[Lead]) -> dict[uuid.UUID, str]:
    """Read what each lead came with: its first incoming entry."""
    rows = Activity.objects.done().filter(lead__in=[lead.pk for lead in leads], direction="in")
    first = rows.order_by("lead_id", "occurred_at", "id").distinct("lead_id")
    return dict(first.values_list("lead_id", "text"))


def _deals(leads: Sequence[Lead]) -> dict[uuid.UUID, list[tuple[dt.datetime, dt.datetime | None]]]:
    """Read from when until when the clients had open deals."""
    contacts = {lead.contact_id for lead in leads if not _is_new(lead)}
    spans: dict[uuid.UUID, list[Any]] = {}
    rows = Deal.objects.present().filter(contact__in=contacts) if contacts else Deal.objects.none()
    for contact_id, start, end in rows.values_list("contact_id", "created_at", "closed_at"):
        spans.setdefault(contact_id, []).append((start, end))
    return spans
