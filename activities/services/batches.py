"""Planning the same for many cards of a list: in the background, with a report, and to be undone (A5)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from activities.access import visible_cards
from activities.models import Activity, Process, ProcessTemplate
from activities.services.planning import plan_quietly, tell_owners_of_many
from activities.services.processes import responsible_of, start_process
from activities.services.targets import plans_changed, refresh_next_step_of
from core.tenancy import tenant_scope
from tenants.jobs import Progress
from tenants.models import Job, Membership

KIND = "activities.batch"
LIMIT = 10_000  # cards of one batch
AT_ONCE = 50  # as many are planned while one waits
CHUNK = 50  # planned in one transaction


def start_batch(
    *,
    by: Membership,
    card: str,
    ids: Sequence[uuid.UUID],
    title: str,
    values: Mapping[str, Any],
    now: dt.datetime,
) -> Job:
    """Write down what to plan on these cards.

    `values`: template (its id), or kind, subject, text, due_at, remind_at, duration_min, place, and owner
    (an id; None: whoever is responsible for each card).
    """
    params = {"card": card, "ids": [str(pk) for pk in ids], "values": dict(values), "at": now.isoformat()}
    job: Job = Job.objects.create(
        member=by, kind=KIND, title=title, params=params, total_count=len(ids), created_at=now
    )
    return job


def run_batch(*, tenant_id: int, job_id: str, progress: Progress) -> dict[str, Any]:
    """Plan on the cards of a job, as many as the one who asked may still see; return its report."""
    with tenant_scope(tenant_id):
        job = Job.objects.select_related("member__role").get(pk=job_id)
        ids = [uuid.UUID(pk) for pk in job.params["ids"]]
    planned, left_out, owners = 0, [], dict[str, int]()
    for chunk in _chunks(ids):
        with tenant_scope(tenant_id):
            cards = {
                card.pk: card for card in visible_cards(job.params["card"], job.member).filter(pk__in=chunk)
            }
            left_out += [str(pk) for pk in chunk if pk not in cards]
            for card in cards.values():
                owner = _plan_on(card, job)
                owners[owner] = owners.get(owner, 0) + 1
                planned += 1
        progress(planned + len(left_out), len(ids))
    with tenant_scope(tenant_id):
        tell_owners_of_many(owners, by=job.member, now=timezone.now())
    return {"planned": planned, "left_out": left_out[:200], "left_out_count": len(left_out)}


def _chunks(ids: Sequence[uuid.UUID]) -> Iterator[Sequence[uuid.UUID]]:
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]


def _plan_on(card: Any, job: Job) -> str:
    """Plan on one card; return whose it is."""
    name, values = job.params["card"], job.params["values"]
    now = dt.datetime.fromisoformat(job.params["at"])
    if values.get("template"):
        template = ProcessTemplate.objects.get(pk=values["template"])
        start_process(template=template, by=job.member, now=now, batch=job.pk, **{name: card})
        return str((responsible_of(card) or job.member).pk)
    owner = Membership.objects.filter(pk=values["owner"]).first() if values["owner"] else responsible_of(card)
    owner = owner if owner is not None and owner.is_active else job.member
    plan_quietly(
        kind=values["kind"],
        subject=values["subject"],
        text=values["text"],
        due_at=_moment(values["due_at"]),
        remind_at=_moment(values["remind_at"]),
        owner=owner,
        by=job.member,
        now=now,
        batch=job.pk,
        duration_min=values.get("duration_min", 0),
        place=values.get("place", ""),
        **{name: card},
    )
    return str(owner.pk)


def _moment(raw: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(raw) if raw else None


@transaction.atomic
def undo_batch(*, job: Job, by: Membership, now: dt.datetime) -> int:
    """Take away what a batch planned and nobody has done, moved or written on since; return how many."""
    rows = Activity.objects.planned().filter(batch=job.pk).exclude(data__has_key="moved_count")
    found = list(rows.select_for_update(of=("self",)))
    Activity.objects.filter(pk__in=[row.pk for row in found]).delete()
    Process.objects.filter(pk__in={row.process_id for row in found if row.process_id}).update(ended_at=now)
    for name in ("deal", "lead"):
        for pk in {getattr(row, f"{name}_id") for row in found} - {None}:
            refresh_next_step_of(name, pk)
    for owner in {row.owner_id: row for row in found if row.owner_id}.values():
        plans_changed(owner)
    job.report = job.report | {"undone": len(found)}
    job.save(update_fields=["report"])
    return len(found)
