"""Trying rules on past inquiries: few at once, many in the background."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from core.tenancy import tenant_scope
from leads.routing import Rule
from leads.routing.dry_run import DryRun, routed_leads
from leads.routing.rules import pack, unpack
from tenants.hours import current_book
from tenants.models import Job, Membership

KIND = "leads.trial"
AT_ONCE = 200  # inquiries; more are tried in the background
LONGEST_DAYS = 45  # hours and absences of single days are known so far back (tenants.hours)


def start_trial(
    *, by: Membership, now: dt.datetime, rules: Sequence[Rule], days: int, title: str, **about: str
) -> Job:
    """Try rules on the inquiries of the last days; return the job that holds, or will hold, the report.

    `about` is kept with it: which rule somebody is changing, and how. The caller queues a job that comes
    back unfinished.
    """
    days = max(1, min(days, LONGEST_DAYS))
    since = now - dt.timedelta(days=days)
    params: dict[str, Any] = {
        "since": since.isoformat(),
        "until": now.isoformat(),
        "days": days,
        "rules": [pack(rule) for rule in rules],
        "about": about,
    }
    total = routed_leads(since=since, until=now).count()
    job = Job(member=by, kind=KIND, title=title[:200], params=params, total_count=total)
    job.save(force_insert=True)
    if total <= AT_ONCE:
        run = _run_of(job)
        while run.step():
            pass
        _finish(job, run)
    return job


def run_trial(*, tenant_id: int, job_id: str) -> None:
    """Carry a queued trial out, portion by portion."""
    with tenant_scope(tenant_id):
        job = Job.objects.get(pk=job_id, kind=KIND)
        if job.state != Job.State.QUEUED:
            return
        Job.objects.filter(pk=job.pk).update(state=Job.State.RUNNING)
        run = _run_of(job)
    has_more = True
    while has_more:
        with tenant_scope(tenant_id):
            has_more = run.step()
            Job.objects.filter(pk=job.pk).update(done_count=run.trial.total, total_count=run.total_count)
    with tenant_scope(tenant_id):
        _finish(job, run)


def _run_of(job: Job) -> DryRun:
    params: dict[str, Any] = job.params
    since, until = (dt.datetime.fromisoformat(params[name]) for name in ("since", "until"))
    rules = [unpack(values) for values in params["rules"]]
    return DryRun(rules, book=current_book(now=until), since=since, until=until)


def _finish(job: Job, run: DryRun) -> None:
    job.state, job.report = Job.State.DONE, run.trial.packed()
    job.done_count, job.total_count = run.trial.total, run.total_count
    job.finished_at = timezone.now()
    job.save(update_fields=["state", "report", "done_count", "total_count", "finished_at"])
