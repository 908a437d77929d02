"""Planning the same for the ticked rows of a list, or for all that match: its form, its report, its undo."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from activities import services, tasks
from activities.batch_form import BatchForm
from activities.day import READS, row_of
from activities.models import Activity
from activities.services.batches import AT_ONCE, KIND, LIMIT
from core.listing.choosing import ChosenRows, chosen_rows
from core.responses import redirect
from core.tenancy import current_tenant_id
from tenants.access import require
from tenants.models import Job
from tenants.requests import MemberRequest

PAGES = {
    "contact": "contacts:list",
    "company": "contacts:company_list",
    "deal": "deals:list",
    "lead": "leads:list",
}
REPORTED = 500


@require_POST
@require("activities", "add")
def plan(request: MemberRequest, card: str) -> HttpResponse:
    """Ask what to plan, and plan it on every chosen card the member may see."""
    chosen = chosen_rows(PAGES[card], request.member, request.POST, limit=LIMIT)
    initial = {"kind": Activity.Kind.CALL, "when": "tomorrow", "remind": "15"}
    data = request.POST if "asked" in request.POST else None
    form = BatchForm(data, member=request.member, now=timezone.now(), initial=initial)
    if not form.is_valid() or not chosen.ids:
        context = {"chosen": chosen, "form": form}
        return render(request, "activities/bulk_plan.html", context, status=422 if form.is_bound else 200)
    job = services.start_batch(
        by=request.member,
        card=card,
        ids=chosen.ids,
        title=form.title,
        values=form.batch_values,
        now=form.now,
    )
    return _begun(request, job, chosen)


def _begun(request: MemberRequest, job: Job, chosen: ChosenRows) -> HttpResponse:
    """A few are planned at once, and one goes on in the list; many in the background, with progress."""
    if len(chosen.ids) > AT_ONCE:
        tasks.run_batch.after_commit(job_id=str(job.pk))
        return redirect(request, reverse("activities:batch", args=[job.pk]))
    tasks.run_batch.run(tenant_id=current_tenant_id(), job_id=str(job.pk))
    job.refresh_from_db()
    count = job.report["planned"]
    told = ngettext("%(n)s activity planned", "%(n)s activities planned", count) % {"n": count}
    messages.success(request, told)
    return redirect(request, reverse("activities:batch", args=[job.pk]))


@require_GET
@require("activities")
def batch(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Show a batch of one's own: its progress, then what it planned row by row."""
    job = get_object_or_404(Job, pk=pk, member=request.member, kind=KIND)
    planned = Activity.objects.filter(batch=job.pk)
    now = timezone.now()
    context: dict[str, Any] = {
        "job": job,
        "percent": round(100 * job.done_count / job.total_count) if job.total_count else 0,
        "is_over": job.state in (Job.State.DONE, Job.State.FAILED),
        "back": reverse(PAGES[job.params.get("card", "contact")]),
    }
    if context["is_over"]:
        context["rows"] = [row_of(raw, now=now) for raw in planned.order_by("pk").values(*READS)[:REPORTED]]
        context["count"], context["open_count"] = planned.count(), planned.planned().count()
    template = (
        "activities/batch.html#progress"
        if request.headers.get("HX-Target") == "batch"
        else "activities/batch.html"
    )
    return render(request, template, context)


@require_POST
@require("activities", "add")
def undo(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Take back what a batch planned, as far as nobody has touched it."""
    job = get_object_or_404(Job, pk=pk, member=request.member, kind=KIND)
    if job.state != Job.State.DONE:
        raise Http404
    count = services.undo_batch(job=job, by=request.member, now=timezone.now())
    told = ngettext("%(n)s activity taken back", "%(n)s activities taken back", count) % {"n": count}
    messages.success(request, told)
    return redirect(request, reverse("activities:batch", args=[pk]))
