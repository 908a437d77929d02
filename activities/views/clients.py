"""Planning one activity for each of the ticked contacts or companies."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from activities import services
from activities.forms import PlanForm
from activities.models import Activity
from contacts.choosing import chosen_clients
from core.responses import redirect
from tenants.access import Action, require
from tenants.requests import MemberRequest

PAGES = {"contact": "contacts:list", "company": "contacts:company_list"}


@require_POST
@require("activities", "add")
def plan(request: MemberRequest, card: str) -> HttpResponse:
    """Ask what to plan, and plan it with every ticked client the member may see."""
    chosen = chosen_clients(request, PAGES[card], Action.VIEW)
    initial = {"kind": Activity.Kind.CALL, "when": "tomorrow", "remind": "15"}
    data = request.POST if "asked" in request.POST else None
    form = PlanForm(data, member=request.member, now=timezone.now(), initial=initial)
    if not form.is_valid():
        context = {"chosen": chosen, "form": form}
        return render(request, "activities/bulk_plan.html", context, status=422 if form.is_bound else 200)
    wanted = ("kind", "subject", "text", "due_at", "remind_at", "owner")
    count = services.plan_for_each(
        card=card,
        cards=chosen.clients,
        by=request.member,
        now=form.now,
        **{name: form.cleaned_data[name] for name in wanted},
    )
    messages.success(
        request, ngettext("%(n)s activity planned", "%(n)s activities planned", count) % {"n": count}
    )
    return redirect(request, chosen.list_url)
