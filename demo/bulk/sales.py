"""Bulk deals, the way each went through its stages, and what was said and done on the way."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from activities.models import Activity
from core.ids import uuid7
from deals.models import Deal, Stage, StageChange
from demo.bulk import own, papers
from demo.bulk.world import Person, Row, Sale, Size, World
from tenants.models import Membership


def deals(world: World, size: Size) -> Iterator[Row]:
    """Make the deals; six of eleven in the first pipeline."""
    rng = world.rng
    pipelines = list(world.stages.values())
    for number in range(1, size.deals + 1):
        stages = rng.choices(pipelines, weights=(6, 3, 2))[0]
        stage, client, owner = _stage(rng, stages), rng.choice(world.clients), rng.choice(world.members)
        title = f"{rng.choice(world.words['item'])} {number}"
        sale = Sale(world.past(), uuid7(), client)
        world.sales.append(sale)
        moves = _moves(world, sale, stages, stage)
        step = None
        if not stage.is_closed and rng.random() < 0.7:
            step = world.now + dt.timedelta(minutes=rng.randint(-72 * 60, 240 * 60))
        task = rng.choice(world.words["task"])
        deal = _deal(world, sale, number, title, stage, moves[-1]["at"], owner, (step, task))
        yield (Deal, deal | {"search_text": ""} if world.is_bare else deal)
        for move in moves:
            yield (StageChange, move)
        if world.is_bare:
            continue
        for entry in _entries(world, sale, title, owner, moves):
            yield (Activity, entry)
        if step:
            yield (Activity, _entry(sale, "task", step, owner, subject=task, is_done=False, due_at=step))
        yield from papers.of_deal(world, deal, client.name)


def _deal(
    world: World,
    sale: Sale,
    number: int,
    title: str,
    stage: Stage,
    entered: dt.datetime,
    owner: Membership,
    planned: tuple[dt.datetime | None, str],
) -> dict[str, Any]:
    rng, words = world.rng, world.words
    step, task = planned
    return {
        "id": sale.pk,
        "number": number,
        "title": title,
        "search_text": f"{title} {number}".lower().replace("ё", "е"),
        "pipeline_id": stage.pipeline_id,
        "stage_id": stage.pk,
        "state": stage.kind,
        "rank": float(number),
        "amount": Decimal(rng.randrange(20_000, 2_000_000, 1000)),
        "currency": world.tenant.currency,
        "contact_id": sale.client.pk,
        "company_id": rng.choice(world.companies) if world.companies and rng.random() < 0.4 else None,
        "owner_id": owner.pk,
        "source_id": world.source().pk,
        "city": rng.choice(words["city"]),
        "channel_kind": rng.choice(("call", "email", "messenger", "request")),
        "quality": "targeted" if rng.random() < 0.8 else "repeat",
        "tags": own.tags(rng),
        "custom_values": own.values(rng, world.fields["deal"]),
        "stage_entered_at": entered,
        "changed_at": entered,
        "closed_at": entered if stage.is_closed else None,
        "rejection_reason_id": rng.choice(world.reasons).pk if stage.kind == "lost" else None,
        "next_activity_at": step,
        "next_activity_title": task if step else "",
        "next_activity_kind": "task" if step else "",
        "created_at": sale.created_at,
    }


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


def _moves(world: World, sale: Sale, stages: list[Stage], last: Stage) -> list[dict[str, Any]]:
    """The way to the last stage: through every open stage up to it, or up to where it was closed."""
    rng = world.rng
    opens = [s for s in stages if s.kind == Stage.Kind.OPEN]
    if last.kind == Stage.Kind.OPEN:
        path = opens[: opens.index(last) + 1]
    else:
        path = [*(opens if last.kind == Stage.Kind.WON else opens[: rng.randint(1, len(opens))]), last]
    moves: list[dict[str, Any]] = []
    at, before = sale.created_at, None
    for stage in path:
        later = min(at + dt.timedelta(hours=rng.expovariate(1 / 40)), world.now) if before else at
        moves.append(
            {
                "id": uuid7(),
                "deal_id": sale.pk,
                "from_stage_id": before.pk if before else None,
                "to_stage_id": stage.pk,
                "pipeline_id": stage.pipeline_id,
                "from_name": before.name if before else "",
                "to_name": stage.name,
                "to_kind": stage.kind,
                "by_id": rng.choice(world.members).pk,
                "at": later,
                "seconds_in_from": int((later - at).total_seconds()) if before else None,
            }
        )
        at, before = later, stage
    return moves


def _entries(
    world: World, sale: Sale, title: str, owner: Membership, moves: Sequence[dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """Tell the timeline of a deal: each move, and after most of them a word with the client."""
    rng = world.rng
    for move in moves:
        data = {"code": "stage_moved", "deal": title, "from": move["from_name"], "to": move["to_name"]}
        yield _entry(sale, "change", move["at"], owner, data=data)
        if rng.random() < 0.6:
            kind, direction = rng.choice(
                (("note", ""), ("email", "out"), ("message", "in"), ("message", "out"))
            )
            at = min(move["at"] + dt.timedelta(hours=rng.expovariate(1 / 8)), world.now)
            yield _entry(sale, kind, at, owner, direction=direction, text=rng.choice(world.words["say"]))


def _entry(sale: Sale, kind: str, at: dt.datetime, by: Membership, **more: Any) -> dict[str, Any]:
    return entry(kind, at, client=sale.client, deal=sale.pk, owner_id=by.pk, author_id=by.pk, **more)


def entry(
    kind: str, at: dt.datetime, *, client: Person, deal: uuid.UUID | None = None, **more: Any
) -> dict[str, Any]:
    """Make a row of the timeline; all rows of a COPY have the same columns."""
    nothing = {
        "id": uuid7(),
        "subject": "",
        "text": "",
        "data": {},
        "is_done": True,
        "due_at": None,
        "owner_id": None,
        "author_id": None,
        "direction": "",
        "lead_id": None,
    }
    return (
        nothing
        | {"kind": kind, "occurred_at": at, "created_at": at, "deal_id": deal, "contact_id": client.pk}
        | more
    )
