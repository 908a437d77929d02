"""Settings: the rules by which inquiries are handed out."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.db.models import Count
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.errors import Refusal
from core.ordering import shifted, wished
from core.responses import is_htmx, redirect, toast
from leads import services
from leads.models import EscalationStep, Lead, RoutingDecision, RoutingRule
from leads.routing.forms import RuleForm, StepsForm
from leads.routing.rules import Rule, compiled
from leads.routing.sentences import read_directory, say, say_step, steps_by_owner
from leads.services.trials import KIND
from leads.views.common import now
from leads.views.trials import begin
from tenants.access import Action, Section, may, require
from tenants.dialogs import form_page
from tenants.models import Job
from tenants.requests import MemberRequest

FORM = ["GET", "HEAD", "POST"]
COUNTED = dt.timedelta(days=30)


@require_safe
@require(Section.SETTINGS)
def rules(request: MemberRequest) -> HttpResponse:
    """List the rules in their order with what they say, and what channels do while nobody answers."""
    rows = list(RoutingRule.objects.order_by("position", "id"))
    directory, steps = read_directory(), steps_by_owner(list(EscalationStep.objects.all()))
    counts = dict(
        RoutingDecision.objects.filter(at__gte=now() - COUNTED)
        .order_by()
        .values_list("rule_id")
        .annotate(Count("lead", distinct=True))
    )
    channels: Any = Lead._meta.get_field("channel").related_model
    context = {
        "lines": [
            {"rule": row, "said": say(rule, directory, steps.get(row.pk, ())), "count": counts.get(row.pk, 0)}
            for row, rule in zip(rows, compiled(rows), strict=True)
        ],
        "channels": [
            (channel, [say_step(step, directory) for step in steps.get(channel.pk, ())])
            for channel in channels.objects.filter(is_active=True, is_lead_source=True)
        ],
        "may_edit": may(request.member, Section.SETTINGS, Action.EDIT),
        "may_add": may(request.member, Section.SETTINGS, Action.ADD),
    }
    return render(request, "leads/routing/rules.html", context)


@require_http_methods(FORM)
@require(Section.SETTINGS, Action.ADD)
def create(request: MemberRequest) -> HttpResponse:
    """Make a rule behind the others."""
    return _edit(request, None)


@require_http_methods(FORM)
@require(Section.SETTINGS, Action.EDIT)
def rule(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Change a rule, or try what a change would have done."""
    return _edit(request, get_object_or_404(RoutingRule, pk=pk))


def _edit(request: MemberRequest, row: RoutingRule | None) -> HttpResponse:
    compiled_rule = compiled([row])[0] if row else None
    form = RuleForm(
        request.POST if request.method == "POST" else _tried(request),
        rule=compiled_rule,
        is_active=row.is_active if row else True,
        steps=EscalationStep.objects.filter(rule=row) if row else (),
    )
    if request.method == "POST" and form.is_valid():
        try:
            if request.POST.get("then") == "try":
                return _try(request, form, row)
            services.save_rule(values=form.values(), by=request.member, now=now(), rule=row)
        except Refusal as refusal:
            form.add_error(None, str(refusal.message))
        else:
            return redirect(request, reverse("leads:routing_rules"))
    context = {
        "form": form,
        "rule": row,
        "title": row.name if row else _("New rule"),
        "action_url": request.path,
        "may_delete": may(request.member, Section.SETTINGS, Action.DELETE),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "leads/routing/rule.html", context, status=status)


def _tried(request: MemberRequest) -> QueryDict | None:
    """What was typed into the form before ?trial=, to go on with."""
    try:
        pk = uuid.UUID(request.GET.get("trial", ""))
    except ValueError:
        return None
    job = Job.objects.filter(pk=pk, member=request.member, kind=KIND).first()
    typed = job.params.get("about", {}).get("form", "") if job is not None else ""
    return QueryDict(typed) if typed else None


def _try(request: MemberRequest, form: RuleForm, row: RoutingRule | None) -> HttpResponse:
    """Try the rule as it stands in the form, among those that are switched on."""
    values = form.values()
    services.check_rule(values)
    tried = services.as_rule(values, rule_id=row.pk if row else uuid.uuid4())
    typed = request.POST.copy()
    for name in ("csrfmiddlewaretoken", "then"):
        typed.pop(name, None)
    about = {"rule": str(row.pk) if row else "", "form": typed.urlencode()}
    return begin(request, rules=_with(tried, row), days=30, title=tried.name, **about)


def _with(tried: Rule, row: RoutingRule | None) -> list[Rule]:
    """Put the tried rule in its place among those that decide."""
    rows = [one for one in RoutingRule.objects.order_by("position", "id") if one.is_active or one == row]
    found = [tried if one.id == tried.id else one for one in compiled(rows)]
    return found if row is not None else [*found, tried]


@require_POST
@require(Section.SETTINGS, Action.EDIT)
def order(request: MemberRequest) -> HttpResponse:
    """Put the rules in the order of `order`, or shift one up or down."""
    rows = list(RoutingRule.objects.order_by("position", "id"))
    services.order_rules(order=shifted(rows, request.POST) or wished(rows, request.POST), by=request.member)
    return HttpResponse(status=204) if is_htmx(request) else redirect(request, reverse("leads:routing_rules"))


@require_POST
@require(Section.SETTINGS, Action.EDIT)
def switch(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Switch a rule on or off."""
    row = get_object_or_404(RoutingRule, pk=pk)
    is_active = request.POST.get("is_active") == "on"
    services.switch_rule(rule=row, is_active=is_active, by=request.member)
    if not is_htmx(request):
        return redirect(request, reverse("leads:routing_rules"))
    text = _("The rule decides now") if is_active else _("The rule is passed over")
    return toast(HttpResponse(status=204), text, level="ok")


@require_POST
@require(Section.SETTINGS, Action.DELETE)
def delete(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Delete a rule."""
    services.delete_rule(rule=get_object_or_404(RoutingRule, pk=pk), by=request.member)
    return redirect(request, reverse("leads:routing_rules"))


@require_http_methods(FORM)
@require(Section.SETTINGS, Action.EDIT)
def channel_steps(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Set what happens while nobody answers leads of a channel."""
    channels: Any = Lead._meta.get_field("channel").related_model
    channel = channels.objects.filter(pk=pk).first()
    if channel is None:
        raise Http404
    form = StepsForm(
        request.POST if request.method == "POST" else None,
        steps=EscalationStep.objects.filter(channel=channel),
    )
    return form_page(
        request,
        form,
        lambda values: services.set_steps(by=request.member, steps=values["steps"], channel_id=channel.pk),
        back=reverse("leads:routing_rules"),
        template="leads/routing/steps_page.html",
        title=channel.name,
    )
