"""Settings: the rules of lead quality, what they would change, and what recomputations changed."""

from __future__ import annotations

import dataclasses
import uuid
from collections import Counter
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from contacts.models import Source
from core.responses import is_htmx, redirect
from leads import recomputation
from leads.models import Lead
from leads.quality_form import RulesForm, rules_now
from leads.services.quality_rules import recompute_quality, save_rules
from tenants import jobs
from tenants.access import Action, Section, may, require
from tenants.models import Job
from tenants.requests import MemberRequest

SHOWN = 10
QUALITIES = [Lead.Quality(value) for value in Lead.Quality.values]


@require_http_methods(["GET", "HEAD", "POST"])
@require(Section.SETTINGS)
def rules(request: MemberRequest) -> HttpResponse:
    """Show the rules of quality and the last recomputations."""
    if request.method == "POST":
        return _save(request)
    return _page(request, RulesForm(member=request.member))


@require(Section.SETTINGS, Action.EDIT)
def _save(request: MemberRequest) -> HttpResponse:
    """Say what would change, or save the rules and go to the recomputation."""
    form = RulesForm(request.POST, member=request.member)
    if not form.is_valid():
        return _page(request, form, status=422)
    if request.POST.get("then") == "preview":
        found = recomputation.preview(rules_now(request.member), form.rules())
        return _page(request, form, preview=_preview(found))
    job = save_rules(by=request.member, **form.values())
    if job is not None:
        return redirect(request, reverse("leads:quality_run", args=[job.pk]))
    messages.info(request, _("The rules are as they were: no lead changes."))
    return redirect(request, reverse("leads:quality_rules"))


@require_POST
@require(Section.SETTINGS, Action.EDIT)
def recompute(request: MemberRequest) -> HttpResponse:
    """Decide the quality of all leads anew by the rules in force."""
    job = recompute_quality(by=request.member)
    return redirect(request, reverse("leads:quality_run", args=[job.pk]))


@require_safe
@require(Section.SETTINGS)
def run(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Show a recomputation: its progress, then what was before and what is now."""
    job = get_object_or_404(Job.objects.select_related("member"), pk=pk, kind=recomputation.KIND)
    percent = min(100, round(100 * job.done_count / job.total_count)) if job.total_count else 0
    context: dict[str, Any] = {"job": job, "percent": percent}
    if job.state == Job.State.DONE:
        linked = job if recomputation.has_rows(job) and may(request.member, Section.LEADS) else None
        context |= _report(job.report, linked)
    template = "leads/quality_run.html#run" if is_htmx(request) else "leads/quality_run.html"
    return render(request, template, context)


def _page(
    request: MemberRequest, form: RulesForm, *, preview: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    past = Job.objects.filter(kind=recomputation.KIND).select_related("member").order_by("-created_at")
    context = {
        "form": form,
        "preview": preview,
        "may_edit": may(request.member, Section.SETTINGS, Action.EDIT),
        "runs": list(past[:SHOWN]),
        "running": jobs.running(recomputation.KIND),
        "quiet_count": Source.objects.filter(is_advertising=False, is_archived=False).count(),
    }
    return render(request, "leads/quality_rules.html", context, status=status)


# --- Figures -----------------------------------------------------------------------------------------
@dataclasses.dataclass(frozen=True, slots=True)
class Cell:
    """Leads that went from one quality to another."""

    count: int
    url: str = ""
    is_same: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    """One quality before: what it is now, and how many it was and is."""

    quality: str
    label: str
    cells: list[Cell]
    before: int
    after: int

    @property
    def difference(self) -> int:
        return self.after - self.before


def _preview(found: recomputation.Preview) -> dict[str, Any]:
    """What the page says about other rules."""
    return {"at_most": found.at_most} | _report(found.tally.as_report(), None)


def _report(report: dict[str, Any], job: Job | None) -> dict[str, Any]:
    """Make a table of a report's moves; with a job its figures are links to the leads."""
    report = recomputation.Tally().as_report() | report
    moves = Counter({(before, after): count for before, after, count in report["moves"]})
    shown = [q for q in QUALITIES if any(q in pair for pair in moves)]
    lines = [
        Line(
            quality=before,
            label=str(before.label),
            cells=[
                Cell(moves[before, after], _leads_url(job, before, after), before == after) for after in shown
            ],
            before=sum(moves[before, other] for other in QUALITIES),
            after=sum(moves[other, before] for other in QUALITIES),
        )
        for before in shown
    ]
    return {"report": report, "lines": lines, "qualities": shown, "manual_url": _manual_url(job)}


def _leads_url(job: Job | None, before: str, after: str) -> str:
    if job is None or before == after:
        return ""
    query = {"recomputed": f"{job.pk}:{before}:{after}", "non_advertising": "on"}
    return f"{reverse('leads:list')}?{urlencode(query)}"


def _manual_url(job: Job | None) -> str:
    query = {"by_hand": "on", "non_advertising": "on"}
    return f"{reverse('leads:list')}?{urlencode(query)}" if job is not None else ""
