"""All work of one who leaves, or is away, to a colleague: in the background, with a report of every row (L18, P2)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

from celery import shared_task
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from core.tenancy import tenant_scope
from tenants import handover, jobs
from tenants.models import Job, Membership
from tenants.services import dismiss_member
from tenants.tasks import ScopelessTask

KIND = "handover"
KEPT_ROWS = 1000  # of a report; the figures count all
LOOK_AGAIN_S = 120  # something may have been given to the one who left by a page that was open


@transaction.atomic
def start_handover(*, member: Membership, to: Membership, by: Membership) -> Job:
    """Queue the handover of a member's open work."""
    title = _("%(name)s → %(other)s") % {"name": member.name, "other": to.name}
    job: Job = Job.objects.create(
        member=by, kind=KIND, title=title[:200], params={"member": str(member.pk), "to": str(to.pk)}
    )
    hand_over_work.after_commit(job_id=str(job.pk))
    return job


@transaction.atomic
def let_go(
    *, member: Membership, by: Membership, now: dt.datetime, to: Membership | None = None
) -> Job | None:
    """Dismiss a colleague, and queue the handover of their work; raises as dismiss_member.

    The door closes first: what is given to them from then on is seen by the handover or by its second look.
    """
    dismiss_member(member=member, by=by, now=now)
    return start_handover(member=member, to=to, by=by) if to is not None else None


@shared_task(base=ScopelessTask, name="tenants.leaving.hand_over_work")
def hand_over_work(*, tenant_id: int, job_id: str) -> None:
    """Do a queued handover, and look again a little later where the colleague has left for good."""
    jobs.carry_out(tenant_id=tenant_id, job_id=job_id, work=lambda note: _work(tenant_id, job_id, note))
    with tenant_scope(tenant_id):
        if _people(job_id)[0].dismissed_at is not None:
            look_again.later(after_s=LOOK_AGAIN_S, job_id=job_id)


@shared_task(base=ScopelessTask, name="tenants.leaving.look_again")
def look_again(*, tenant_id: int, job_id: str) -> int:
    """Hand over what reached the one who left after all, and add it to the report; return how many rows."""
    with tenant_scope(tenant_id):
        job = Job.objects.get(pk=job_id)
        member = _people(job_id)[0]
        tally = _Tally(job.report)
        if job.state != Job.State.DONE or member.is_active:
            return 0
    before = tally.count
    _give_all(tenant_id, job_id, tally, note=lambda: None)
    with tenant_scope(tenant_id):
        Job.objects.filter(pk=job_id).update(report=tally.report, done_count=tally.count)
    return tally.count - before


class _Tally:
    """Counts what was given and refused, and keeps the rows."""

    def __init__(self, report: dict[str, Any] | None = None) -> None:
        report = report or {}
        self.kinds: dict[str, dict[str, int]] = {name: dict(k) for name, k in report.get("kinds", {}).items()}
        self.rows: list[list[str]] = list(report.get("rows", []))

    @property
    def count(self) -> int:
        return sum(figures["given"] + figures["refused"] for figures in self.kinds.values())

    @property
    def report(self) -> dict[str, Any]:
        return {"kinds": self.kinds, "rows": self.rows}

    def add(self, kind: str, outcomes: list[handover.Outcome]) -> None:
        figures = self.kinds.setdefault(kind, {"given": 0, "refused": 0})
        for one in outcomes:
            figures["refused" if one.refusal else "given"] += 1
            if len(self.rows) < KEPT_ROWS:
                self.rows.append([kind, one.text, one.url, one.refusal])


def _work(tenant_id: int, job_id: str, note: jobs.Progress) -> dict[str, Any]:
    with tenant_scope(tenant_id):
        total = sum(load.count for load in handover.workload(_people(job_id)[0]))
    tally = _Tally()
    note(0, total)
    _give_all(tenant_id, job_id, tally, note=lambda: note(tally.count, max(total, tally.count)))
    return tally.report


def _give_all(tenant_id: int, job_id: str, tally: _Tally, *, note: Callable[[], None]) -> None:
    """Go through all kinds until a whole round finds nothing new: work may arrive while others are handed over."""
    tried: set[uuid.UUID] = set()
    while True:
        found = 0
        for kind in handover.kinds():
            while outcomes := _some(tenant_id, job_id, kind, tried):
                tried |= {outcome.pk for outcome in outcomes}
                tally.add(kind.name, outcomes)
                found += len(outcomes)
                note()
        if not found:
            return


def _some(tenant_id: int, job_id: str, kind: handover.Kind, tried: set[uuid.UUID]) -> list[handover.Outcome]:
    """Hand over a batch in a transaction of its own, in the words of the one who asked for it."""
    with tenant_scope(tenant_id):
        member, to, by = _people(job_id)
        with translation.override(by.user.language or by.tenant.language):
            return kind.give_some(member=member, to=to, by=by, now=timezone.now(), but=tried)


def _people(job_id: str) -> tuple[Membership, Membership, Membership]:
    """Load whose work goes to whom, and who says so."""
    job = Job.objects.get(pk=job_id)
    people = Membership.objects.select_related("role", "tenant", "user")
    found = {str(one.pk): one for one in people.filter(pk__in=[*job.params.values(), job.member_id])}
    return found[job.params["member"]], found[job.params["to"]], found[str(job.member_id)]
