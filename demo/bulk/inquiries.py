"""Bulk leads in the order they came, each with its entry in the timeline and, if it was one, its call."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Iterator
from typing import Any

from activities.models import Activity, Call
from contacts.models import Source
from core.ids import uuid7
from deals.models import RejectionReason
from demo.bulk import own, talks
from demo.bulk.sales import entry
from demo.bulk.world import Person, Row, Sale, Size, World
from leads.models import Lead
from leads.quality import Facts, Verdict, classify
from tenants.models import Membership

KINDS = ("call", "email", "message", "request", "missed_call", "chat")
KIND_WEIGHTS = (34, 18, 22, 16, 6, 4)
CHANNEL_KINDS = {
    "call": "call",
    "missed_call": "call",
    "email": "email",
    "message": "messenger",
    "request": "request",
    "chat": "chat",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Inquiry:
    """What is decided about a lead before its rows are made."""

    number: int
    received_at: dt.datetime
    kind: str
    client: Person
    deal: uuid.UUID | None
    state: str
    source: Source | None
    reason: RejectionReason | None
    taker: Membership | None
    taken_at: dt.datetime | None
    answered_at: dt.datetime | None  # our first word
    talk_s: int

    @property
    def channel_kind(self) -> str:
        return CHANNEL_KINDS[self.kind]

    @property
    def is_call(self) -> bool:
        return self.channel_kind == "call"


def leads(world: World, size: Size) -> Iterator[Row]:
    """Make the leads; about as many become deals as there are deals, each of those near its deal's beginning."""
    sales = iter(sorted(world.sales))
    share = size.deals / size.leads if size.leads else 0
    firsts: dict[uuid.UUID, Facts] = {}
    moments = sorted(world.past() for _ in range(size.leads))
    for number, received in enumerate(moments, start=1):
        sale = next(sales, None) if world.rng.random() < share * 1.05 else None
        yield from _rows(world, _inquiry(world, number, received, sale), firsts)


def _inquiry(world: World, number: int, received: dt.datetime, sale: Sale | None) -> Inquiry:
    rng = world.rng
    kind = rng.choices(KINDS, KIND_WEIGHTS)[0]
    talk_s = rng.randint(5, 400) if kind == "call" else 0
    state = "converted" if sale else _open_or_rejected(world, received)
    taken_at = received + dt.timedelta(minutes=rng.randint(1, 90)) if state != "new" else None
    return Inquiry(
        number=number,
        received_at=received,
        kind=kind,
        client=sale.client if sale else rng.choice(world.clients),
        deal=sale.pk if sale else None,
        state=state,
        source=world.source() if rng.random() < 0.85 else None,
        reason=rng.choice(world.reasons) if state == "rejected" else None,
        taker=rng.choice(world.members) if taken_at else None,
        taken_at=taken_at,
        answered_at=received if talk_s else taken_at if rng.random() < 0.8 else None,
        talk_s=talk_s,
    )


def _open_or_rejected(world: World, received: dt.datetime) -> str:
    if received < world.now - dt.timedelta(days=4):
        return "rejected"
    return world.rng.choices(("new", "in_work", "rejected"), (5, 3, 2))[0]


def _rows(world: World, inquiry: Inquiry, firsts: dict[uuid.UUID, Facts]) -> Iterator[Row]:
    """Make the lead, which stands first, and what was said."""
    pk, call = uuid7(), uuid7() if inquiry.is_call and not world.is_bare else None
    text = world.rng.choice(world.words["say"])
    lead = _lead(world, pk, call, text, inquiry, _verdict(world, inquiry, firsts))
    if world.is_bare:
        yield (Lead, lead | {"search_text": ""})
        return
    kind = "call" if call else "email" if inquiry.kind == "email" else "message"
    told = entry(
        kind,
        inquiry.received_at,
        client=inquiry.client,
        deal=inquiry.deal,
        id=uuid7(),
        lead_id=pk,
        direction="in",
        text=text,
    )
    if not call and inquiry.kind != "request":
        lead["dialog_id"] = uuid7()
    yield (Lead, lead)
    yield (Activity, told)
    if call:
        yield (Call, _call(world, call, told["id"], inquiry))
    elif lead["dialog_id"]:
        yield from talks.dialog(world, inquiry, lead["dialog_id"], pk, told)


def _verdict(world: World, inquiry: Inquiry, firsts: dict[uuid.UUID, Facts]) -> Verdict:
    """Ask the product's own rules; `firsts` are the inquiries that make later ones of a client repeats."""
    is_junk = inquiry.reason is not None and inquiry.reason.is_non_targeted
    facts = Facts(
        is_opened=inquiry.state != "new" or inquiry.talk_s > 0,
        is_answered=inquiry.answered_at is not None,
        has_deal=inquiry.deal is not None,
        source=inquiry.source.name if inquiry.source else "",
        is_source_advertising=inquiry.source.is_advertising if inquiry.source else True,
        direction="in" if inquiry.is_call else "",
        call_state="finished" if inquiry.is_call else "",
        call_result="answered" if inquiry.talk_s else "missed" if inquiry.is_call else "",
        talk_s=inquiry.talk_s if inquiry.is_call else None,
        rejection=inquiry.reason.name if inquiry.reason and is_junk else "",
        received_at=inquiry.received_at,
    )
    client = inquiry.client.pk
    verdict = classify(facts, min_call_s=world.tenant.min_call_s, first=firsts.get(client))
    if client not in firsts and verdict.counts:
        firsts[client] = facts
    return verdict


def _lead(
    world: World, pk: uuid.UUID, call: uuid.UUID | None, text: str, inquiry: Inquiry, verdict: Verdict
) -> dict[str, Any]:
    rng, received, taker, phone = world.rng, inquiry.received_at, inquiry.taker, inquiry.client.phone
    channel_kind, name = CHANNEL_KINDS[inquiry.kind], "" if call else inquiry.client.name
    is_new, is_decided = inquiry.state == "new", inquiry.state in ("converted", "rejected")
    return {
        "id": pk,
        "number": inquiry.number,
        "kind": inquiry.kind,
        "channel_id": world.channels[channel_kind].pk,
        "channel_kind": channel_kind,
        "call_id": call,
        "dialog_id": None,
        "state": inquiry.state,
        "received_at": received,
        "last_inquiry_at": received,
        "waiting_since": received if not inquiry.answered_at and inquiry.state != "converted" else None,
        "opened_at": None if is_new else inquiry.taken_at,
        "first_response_at": inquiry.answered_at,
        "response_min": _minutes(received, inquiry.answered_at),
        "taken_by_id": taker.pk if taker else None,
        "taken_at": inquiry.taken_at,
        "closed_at": received + dt.timedelta(hours=2) if is_decided else None,
        "responsible_id": taker.pk if taker else rng.choice(world.members).pk,
        "response_limit_min": 15,
        "name": name,
        "phone": phone,
        "summary": text,
        "search_text": f"{name} {phone[1:]} {text} #{inquiry.number}".lower().replace("ё", "е").strip(),
        "contact_id": inquiry.client.pk,
        "deal_id": inquiry.deal,
        "source_id": inquiry.source.pk if inquiry.source else None,
        "campaign": rng.choice(("", "", "brand", "retarget", "autumn")),
        "region": rng.choice(world.words["city"]),
        "quality": verdict.quality,
        "quality_reason": verdict.code,
        "quality_params": verdict.params,
        "is_advertising": verdict.is_advertising,
        "tags": own.tags(rng),
        "custom_values": own.values(rng, world.fields["lead"]),
        "rejection_reason_id": inquiry.reason.pk if inquiry.reason else None,
    }


def _minutes(received: dt.datetime, answered: dt.datetime | None) -> int | None:
    """Tell how long the answer took, as if everybody worked round the clock."""
    return None if answered is None else int((answered - received).total_seconds() // 60)


def _call(world: World, pk: uuid.UUID, activity: uuid.UUID, inquiry: Inquiry) -> dict[str, Any]:
    at, talk = inquiry.received_at, inquiry.talk_s
    return {
        "id": pk,
        "activity_id": activity,
        "channel_id": world.channels["call"].pk,
        "external_id": f"generated-{inquiry.number}",
        "direction": "in",
        "phone": inquiry.client.phone,
        "state": "finished",
        "result": "answered" if talk else "missed",
        "started_at": at,
        "answered_at": at if talk else None,
        "ended_at": at + dt.timedelta(seconds=talk),
        "duration_s": talk + 10,
        "talk_s": talk,
    }
