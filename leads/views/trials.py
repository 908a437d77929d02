"""Settings: trying rules on past inquiries."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from core.responses import is_htmx, redirect
from leads import services, tasks
from leads.models import Lead
from leads.queue.rows import title_of
from leads.routing import Rule, active_rules, reason_text
from leads.routing.forms import TrialForm
from leads.services.trials import KIND
from leads.views.common import now
from tenants.access import Action, Section, require
from tenants.dialogs import form_page
from tenants.models import Job, Membership, Role
from tenants.requests import MemberRequest


def begin(
    request: MemberRequest, *, rules: Sequence[Rule], days: int, title: str, **about: str
) -> HttpResponse:
    """Start a trial and go to its page."""
    job = services.start_trial(by=request.member, now=now(), rules=rules, days=days, title=title, **about)
    if job.state == Job.State.QUEUED:
        tasks.try_rules.after_commit(job_id=str(job.pk))
    return redirect(request, reverse("leads:routing_trial", args=[job.pk]))


@require_http_methods(["GET", "HEAD", "POST"])
@require(Section.SETTINGS, Action.EDIT)
def try_rules(request: MemberRequest) -> HttpResponse:
    """Ask over how many days, and try the rules as they stand."""
    form = TrialForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        title = _("Rules as they stand")
        return begin(request, rules=active_rules(), days=form.cleaned_data["days"], title=title)
    return form_page(
        request,
        form,
        lambda _values: None,
        back=reverse("leads:routing_rules"),
        title=_("Try the rules"),
        save_label=_("Try"),
        intro=_("Nothing changes: you see to whom the inquiries would have gone."),
    )


@require_GET
@require(Section.SETTINGS)
def trial(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Show what a trial found; the fragment asks again until it has ended."""
    job = get_object_or_404(Job, pk=pk, member=request.member, kind=KIND)
    percent = round(100 * job.done_count / job.total_count) if job.total_count else 0
    about: Mapping[str, str] = job.params.get("about", {})
    context: dict[str, Any] = {"job": job, "percent": min(percent, 100), "days": job.params["days"]}
    context |= {"typed": about.get("form", ""), "edit_url": _edit_url(job, about)}
    if job.state == Job.State.DONE:
        context |= _report(job, request.member)
    template = "leads/routing/trial.html#report" if is_htmx(request) else "leads/routing/trial.html"
    return render(request, template, context)


def _edit_url(job: Job, about: Mapping[str, str]) -> str:
    """Where the rule that was tried is changed on, as it was typed."""
    if not about.get("form"):
        return ""
    page = (
        reverse("leads:routing_rule", args=[about["rule"]])
        if about.get("rule")
        else reverse("leads:routing_create")
    )
    return f"{page}?trial={job.pk}"


def _report(job: Job, member: Membership) -> dict[str, Any]:
    """Give names to what the report holds. Three queries."""
    report = job.report
    names = {("member", str(pk)): name for pk, name in Membership.objects.values_list("pk", "name")}
    names |= {("role", str(pk)): name for pk, name in Role.objects.values_list("pk", "name")}
    rows = [
        {
            "name": names.get((kind, pk), _("Nobody")),
            "is_role": kind == "role",
            "key": pk,
            "before": before,
            "after": after,
            "delta": after - before,
        }
        for kind, pk, before, after in report["people"]
    ]
    return {
        "total": report["total"],
        "changed": report["changed"],
        "rows": sorted(rows, key=lambda row: (-row["after"], str(row["name"]))),
        "rules": [
            (values["name"], report["by_rule"].get(values["id"], 0), report["stuck"].get(values["id"], 0))
            for values in job.params["rules"]
        ],
        "no_rule": report["total"] - sum(report["by_rule"].values()),
        "changes": _changes(report["changes"], names, member),
    }


def _changes(
    changes: Sequence[Any], names: Mapping[tuple[str, str], str], member: Membership
) -> list[dict[str, Any]]:
    """Name the inquiries as far as the reader may see them; the others are numbers."""
    ids = [change[0] for change in changes]
    seen = Lead.objects.present().visible_to(member).filter(pk__in=ids).select_related("contact")
    leads = {str(lead.pk): lead for lead in seen}
    return [
        {
            "number": number,
            "lead": leads.get(lead_id),
            "title": title_of(leads[lead_id]) if lead_id in leads else "",
            "before": names.get((before[0], before[1]), _("Nobody")),
            "after": names.get((after[0], after[1]), _("Nobody")),
            "why": reason_text(reason, params),
        }
        for lead_id, number, before, after, reason, params in changes
    ]
