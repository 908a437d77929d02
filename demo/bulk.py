"""Believable bulk data, two years deep, for load tests: a million leads in minutes."""

from __future__ import annotations

import dataclasses
import datetime as dt
import random
import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.contrib.auth.hashers import make_password

from activities.models import Activity, Call
from channels.models import Channel
from contacts.models import Company, CompanyMember, Contact, IdentityKey, Source, SourceGroup
from core.ids import uuid7
from core.tenancy import tenant_scope
from deals.models import Deal, RejectionReason, Stage, StageChange
from deals.setup import create_starter_pipeline
from demo.copying import copy_rows
from demo.words import WORDS
from leads.models import Lead
from tenants.models import Department, Membership, NumberSeries, Office, Role, Tenant, User
from tenants.services import add_member, create_tenant

CHUNK = 20_000
DAYS = 730
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
ADAPTERS = {"call": "mango", "email": "email", "messenger": "telegram", "request": "form", "chat": "form"}


@dataclasses.dataclass(frozen=True, slots=True)
class Size:
    """Rows to make in one tenant; the rest follows from leads and deals."""

    leads: int
    deals: int
    contacts: int
    companies: int
    members: int


@dataclasses.dataclass(slots=True)
class World:
    """What rows of one tenant refer to."""

    tenant: Tenant
    rng: random.Random
    words: dict[str, list[str]]
    now: dt.datetime
    members: list[Membership]
    sources: list[Source]
    reasons: list[RejectionReason]
    channels: dict[str, Channel]
    stages: dict[uuid.UUID, list[Stage]]
    contacts: list[uuid.UUID] = dataclasses.field(default_factory=list)
    companies: list[uuid.UUID] = dataclasses.field(default_factory=list)
    deals: list[tuple[uuid.UUID, Any]] = dataclasses.field(default_factory=list)

    def name(self) -> str:
        return f"{self.rng.choice(self.words['last'])} {self.rng.choice(self.words['first'])}"

    def past(self) -> dt.datetime:
        """A moment of the last two years, in office hours more often, growing over time."""
        day = int(DAYS * self.rng.random() ** 1.4)
        hour = min(23, max(0, int(self.rng.gauss(13, 3))))
        moment = self.now - dt.timedelta(days=day)
        return min(
            moment.replace(hour=hour, minute=self.rng.randrange(60), second=self.rng.randrange(60)), self.now
        )


def generate_tenant(*, slug: str, size: Size, seed: int, now: dt.datetime, language: str = "ru") -> Tenant:
    """Make a tenant of a given size; the same seed makes the same rows (ids apart)."""
    rng = random.Random(f"{seed}:{slug}")
    tenant = create_tenant(name=slug.capitalize(), slug=slug, language=language)
    with tenant_scope(tenant):
        world = _settle(tenant, rng, size, now)
    for step in (_companies, _contacts, _deals, _leads):
        for rows in _chunks(step(world, size)):
            with tenant_scope(tenant):
                _write(rows)
    with tenant_scope(tenant):
        NumberSeries.objects.create(kind="lead", last_number=size.leads)
        NumberSeries.objects.create(kind="deal", last_number=size.deals)
    return tenant


def _settle(tenant: Tenant, rng: random.Random, size: Size, now: dt.datetime) -> World:
    """People, pipelines, channels and directories: few rows, made by the ordinary services and models."""
    words = WORDS[tenant.language]
    departments = [Department.objects.create(name=name) for name in words["department"]]
    offices = [Office.objects.create(name=name) for name in words["city"][:3]]
    groups = [SourceGroup.objects.create(name=name) for name in words["group"]]
    sources = [
        Source.objects.create(name=name, group=groups[i % len(groups)], is_advertising=i != 5)
        for i, name in enumerate(words["source"])
    ]
    pipelines = [create_starter_pipeline(template=t) for t in ("equipment", "service", "simple")]
    channels = {
        kind: Channel.objects.create(name=f"{adapter} {kind}", kind=adapter, channel_kind=kind)
        for kind, adapter in ADAPTERS.items()
    }
    return World(
        tenant=tenant,
        rng=rng,
        words=words,
        now=now,
        members=_members(tenant, rng, size.members, departments, offices),
        sources=sources,
        reasons=[
            RejectionReason.objects.get_or_create(name=name, defaults={"is_non_targeted": i in (0, 1, 6)})[0]
            for i, name in enumerate(words["reason"])
        ],
        channels=channels,
        stages={p.pk: list(Stage.objects.filter(pipeline=p).select_related("pipeline")) for p in pipelines},
    )


def _members(
    tenant: Tenant, rng: random.Random, count: int, departments: list[Department], offices: list[Office]
) -> list[Membership]:
    roles = {role.code: role for role in Role.objects.all()}
    password = make_password("demo")
    words, members = WORDS[tenant.language], []
    for i in range(count):
        name = f"{words['first'][i % 20]} {words['last'][(i * 7 + i // 20) % 20]}"
        user = User.objects.create(email=f"user{i}@{tenant.slug}.example", name=name, password=password)
        code = "admin" if i == 0 else "head" if i in (1, 2) else "manager"
        member = add_member(
            user=user,
            role=roles[code],
            department=departments[i % len(departments)],
            office=rng.choice(offices),
        )
        members.append(member)
    return members


Row = tuple[type[Any], dict[str, Any]]


def _chunks(rows: Iterator[Row]) -> Iterator[list[Row]]:
    """Cut the rows into transactions, only where a new unit begins: with the model the first row has."""
    chunk: list[Row] = []
    for row in rows:
        if len(chunk) >= CHUNK * 3 and row[0] is chunk[0][0]:
            yield chunk
            chunk = []
        chunk.append(row)
    if chunk:
        yield chunk


def _write(rows: list[Row]) -> None:
    by_model: dict[type[Any], list[dict[str, Any]]] = {}
    for model, row in rows:
        by_model.setdefault(model, []).append(row)
    for model, found in by_model.items():
        copy_rows(model, found[0].keys(), found)


def _companies(world: World, size: Size) -> Iterator[Row]:
    rng, words = world.rng, world.words
    for i in range(size.companies):
        pk = uuid7()
        world.companies.append(pk)
        name = f"{rng.choice(words['form'])} «{rng.choice(words['company'])} {i}»"
        yield (
            Company,
            {
                "id": pk,
                "name": name,
                "search_text": name.lower().replace("ё", "е"),
                "owner_id": rng.choice(world.members).pk,
                "source_id": rng.choice(world.sources).pk,
                "client_type": rng.choice(Company.ClientType.values),
                "created_at": world.past(),
            },
        )


def _contacts(world: World, size: Size) -> Iterator[Row]:
    rng = world.rng
    for i in range(size.contacts):
        pk, name, created = uuid7(), world.name(), world.past()
        phone = f"+79{10_000_000 + i * 7 % 90_000_000:08d}{i % 10}"
        email = f"client{i}@mail.example"
        world.contacts.append(pk)
        yield (
            Contact,
            {
                "id": pk,
                "name": name,
                "search_text": f"{name} {email} {phone[1:]}".lower().replace("ё", "е"),
                "owner_id": rng.choice(world.members).pk,
                "source_id": rng.choice(world.sources).pk,
                "created_at": created,
            },
        )
        for kind, value in (("phone", phone), ("email", email)):
            back = value[1:][::-1] if kind == "phone" else ""
            yield (
                IdentityKey,
                {
                    "id": uuid7(),
                    "contact_id": pk,
                    "kind": kind,
                    "value": value,
                    "reversed_value": back,
                    "raw": value,
                    "created_at": created,
                },
            )
        if world.companies and rng.random() < 0.3:
            yield (
                CompanyMember,
                {"id": uuid7(), "company_id": rng.choice(world.companies), "contact_id": pk, "position": ""},
            )


def _deals(world: World, size: Size) -> Iterator[Row]:
    rng, words = world.rng, world.words
    pipelines = list(world.stages.values())
    for number in range(1, size.deals + 1):
        stages = rng.choices(pipelines, weights=(6, 3, 2))[0]
        stage = _stage(rng, stages)
        pk, created = uuid7(), world.past()
        title = f"{rng.choice(words['item'])} {number}"
        contact, source = rng.choice(world.contacts), rng.choice(world.sources)
        moves = _moves(world, pk, stages, stage, created)
        entered = moves[-1][1]["at"]
        step = (
            world.now + dt.timedelta(hours=rng.randint(-72, 240))
            if not stage.is_closed and rng.random() < 0.7
            else None
        )
        world.deals.append((pk, contact))
        task = rng.choice(words["task"])
        owner = rng.choice(world.members)
        yield (
            Deal,
            {
                "id": pk,
                "number": number,
                "title": title,
                "search_text": f"{title} {number}".lower().replace("ё", "е"),
                "pipeline_id": stage.pipeline_id,
                "stage_id": stage.pk,
                "state": stage.kind,
                "rank": float(number),
                "amount": Decimal(rng.randrange(20_000, 2_000_000, 1000)),
                "currency": world.tenant.currency,
                "contact_id": contact,
                "company_id": rng.choice(world.companies) if world.companies and rng.random() < 0.4 else None,
                "owner_id": owner.pk,
                "source_id": source.pk,
                "city": rng.choice(words["city"]),
                "channel_kind": rng.choice(("call", "email", "messenger", "request")),
                "quality": "targeted" if rng.random() < 0.8 else "repeat",
                "stage_entered_at": entered,
                "changed_at": entered,
                "closed_at": entered if stage.is_closed else None,
                "rejection_reason_id": rng.choice(world.reasons).pk if stage.kind == "lost" else None,
                "next_activity_at": step,
                "next_activity_title": task if step else "",
                "next_activity_kind": "task" if step else "",
                "created_at": created,
            },
        )
        yield from moves
        if step:
            yield (Activity, _task(pk, contact, owner, task, step, created))


def _stage(rng: random.Random, stages: list[Stage]) -> Stage:
    by_kind = {s.kind: s for s in stages if s.kind != Stage.Kind.OPEN}
    luck = rng.random()
    if luck < 0.3:
        return by_kind[Stage.Kind.WON]
    if luck < 0.62:
        return by_kind[Stage.Kind.LOST]
    if luck < 0.65:
        return by_kind[Stage.Kind.ARCHIVED]
    opens = [s for s in stages if s.kind == Stage.Kind.OPEN]
    return opens[min(len(opens) - 1, int(len(opens) * rng.random() ** 1.3))]


def _moves(
    world: World, deal: uuid.UUID, stages: list[Stage], last: Stage, created: dt.datetime
) -> list[Row]:
    """The way to the last stage: through every open stage up to it, or up to where it was closed."""
    rng = world.rng
    opens = [s for s in stages if s.kind == Stage.Kind.OPEN]
    if last.kind == Stage.Kind.OPEN:
        path = opens[: opens.index(last) + 1]
    else:
        path = [*(opens if last.kind == Stage.Kind.WON else opens[: rng.randint(1, len(opens))]), last]
    moves: list[Row] = []
    at, before = created, None
    for stage in path:
        later = min(at + dt.timedelta(hours=rng.expovariate(1 / 40)), world.now) if before else at
        moves.append(
            (
                StageChange,
                {
                    "id": uuid7(),
                    "deal_id": deal,
                    "from_stage_id": before.pk if before else None,
                    "to_stage_id": stage.pk,
                    "pipeline_id": stage.pipeline_id,
                    "from_name": before.name if before else "",
                    "to_name": stage.name,
                    "to_kind": stage.kind,
                    "by_id": rng.choice(world.members).pk,
                    "at": later,
                    "seconds_in_from": int((later - at).total_seconds()) if before else None,
                },
            )
        )
        at, before = later, stage
    return moves


def _task(
    deal: uuid.UUID, contact: uuid.UUID, owner: Membership, text: str, due: dt.datetime, created: dt.datetime
) -> dict[str, Any]:
    return {
        "id": uuid7(),
        "kind": "task",
        "subject": text,
        "is_done": False,
        "due_at": due,
        "occurred_at": due,
        "owner_id": owner.pk,
        "author_id": owner.pk,
        "deal_id": deal,
        "contact_id": contact,
        "direction": "",
        "text": "",
        "lead_id": None,
        "created_at": created,
    }


def _leads(world: World, size: Size) -> Iterator[Row]:
    rng, words = world.rng, world.words
    seen: set[uuid.UUID] = set()
    deals = iter(world.deals)
    moments = sorted(world.past() for _ in range(size.leads))
    converts = size.deals / size.leads if size.leads else 0
    for number, received in enumerate(moments, start=1):
        deal = next(deals, None) if rng.random() < converts * 1.05 else None
        contact = deal[1] if deal else rng.choice(world.contacts)
        kind = rng.choices(KINDS, KIND_WEIGHTS)[0]
        pk, call = uuid7(), uuid7() if kind in ("call", "missed_call") else None
        is_repeat, source = contact in seen, rng.choice(world.sources)
        seen.add(contact)
        talk = rng.randint(5, 400) if kind == "call" else 0
        state = "converted" if deal else _open_or_rejected(world, received)
        text, phone = rng.choice(words["say"]), f"+79{number % 100_000_000:08d}0"
        taker = rng.choice(world.members) if state != "new" else None
        activity = uuid7()
        yield (
            Activity,
            {
                "id": activity,
                "kind": "call" if call else "email" if kind == "email" else "message",
                "subject": "",
                "is_done": True,
                "due_at": None,
                "occurred_at": received,
                "owner_id": None,
                "author_id": None,
                "deal_id": deal[0] if deal else None,
                "contact_id": contact,
                "direction": "in",
                "text": text,
                "lead_id": pk,
                "created_at": received,
            },
        )
        if call:
            yield (Call, _call(world, call, activity, phone, received, talk, number))
        yield (
            Lead,
            {
                "id": pk,
                "number": number,
                "kind": kind,
                "channel_id": world.channels[CHANNEL_KINDS[kind]].pk,
                "channel_kind": CHANNEL_KINDS[kind],
                "call_id": call,
                "state": state,
                "received_at": received,
                "last_inquiry_at": received,
                "waiting_since": received if state == "new" else None,
                "opened_at": received if state != "new" else None,
                "taken_by_id": taker.pk if taker else None,
                "taken_at": received + dt.timedelta(minutes=rng.randint(1, 90)) if taker else None,
                "closed_at": received + dt.timedelta(hours=2) if state in ("converted", "rejected") else None,
                "responsible_id": taker.pk if taker else rng.choice(world.members).pk,
                "response_limit_min": 15,
                "name": "" if call else world.name(),
                "phone": phone,
                "summary": text,
                "search_text": f"{text} {phone[1:]}".lower().replace("ё", "е"),
                "contact_id": contact,
                "deal_id": deal[0] if deal else None,
                "source_id": source.pk if rng.random() < 0.85 else None,
                "campaign": rng.choice(("", "", "brand", "retarget", "autumn")),
                "region": rng.choice(words["city"]),
                **_quality(kind, talk, is_repeat, state, source),
                "rejection_reason_id": rng.choice(world.reasons).pk if state == "rejected" else None,
            },
        )


def _open_or_rejected(world: World, received: dt.datetime) -> str:
    if received < world.now - dt.timedelta(days=4):
        return "rejected"
    return world.rng.choices(("new", "in_work", "rejected"), (5, 3, 2))[0]


def _quality(kind: str, talk: int, is_repeat: bool, state: str, source: Source) -> dict[str, Any]:
    """What leads.quality would say, without asking it a hundred thousand times."""
    params: dict[str, Any] = {}
    if kind == "call" and talk < 20 and state != "new":
        quality, reason, params = "non_targeted", "short_call", {"seconds": talk, "limit": 20}
    elif is_repeat:
        quality, reason = "repeat", "repeat"
    else:
        quality, reason, params = "targeted", "first", {"source": source.name}
    if state == "new":
        params |= {"guess": quality, "code": reason}
        quality, reason = "unsorted", "not_opened"
    return {
        "quality": quality,
        "quality_reason": reason,
        "quality_params": params,
        "is_advertising": source.is_advertising,
    }


def _call(
    world: World, pk: uuid.UUID, activity: uuid.UUID, phone: str, at: dt.datetime, talk: int, number: int
) -> dict[str, Any]:
    return {
        "id": pk,
        "activity_id": activity,
        "channel_id": world.channels["call"].pk,
        "external_id": f"generated-{number}",
        "direction": "in",
        "phone": phone,
        "state": "finished",
        "result": "answered" if talk else "missed",
        "started_at": at,
        "answered_at": at if talk else None,
        "ended_at": at + dt.timedelta(seconds=talk),
        "duration_s": talk + 10,
        "talk_s": talk,
    }
