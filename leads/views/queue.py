"""Unsorted: the page, its portions, one row of it, the preview, who is looking."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_POST

from core.errors import Refusal
from core.responses import redirect
from leads import presence, queue, services, switching, tasks
from leads.card import card_of
from leads.errors import LeadTakenByOther
from leads.forms import lead_reasons
from leads.models import Lead
from leads.queue import KINDS, TABS, QueueState
from leads.queue.markup import row_html
from leads.queue.reading import leads_of, with_cards
from leads.services.landing import waiting
from leads.snoozing import snooze_options
from leads.views.common import lead_or_404, now
from tenants import jobs
from tenants.access import Action, Section, may, require
from tenants.models import Membership, Tenant
from tenants.requests import MemberRequest

PARTS = ("rows", "list")
COLUMN = 20  # cards of the board's column


@require_GET
@require(Section.LEADS)
def unsorted(request: MemberRequest) -> HttpResponse:
    """Show the queue; ?part=rows gives the next portion, ?part=list what changes with time."""
    state, moment, member = QueueState.read(request.GET), now(), request.member
    part = request.GET.get("part", "")
    context = _rows(state, member, moment, after=request.GET.get("after", ""))
    if part != "rows":
        context |= _tabs(request, state, context["counts"], context["kind_counts"]) | {"is_part": bool(part)}
    if part not in PARTS:
        context |= _page(request, state, moment)
        return render(request, "leads/unsorted.html", context)
    return render(request, f"leads/unsorted.html#{part}", context)


@require_GET
@require(Section.LEADS)
def row(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Give one row as it stands now, or say why it is no longer in this tab."""
    state, moment = QueueState.read(request.GET), now()
    lead = with_cards(leads_of(state, request.member, now=moment)).filter(pk=pk).first()
    if lead is None:
        return render(request, "leads/unsorted.html#gone", {"id": pk, "text": _why_gone(request, pk)})
    rows = queue.make_rows([lead], request.member, now=moment)
    return HttpResponse(row_html(rows[0], state.query))


@require_GET
@require(Section.LEADS)
def preview(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Show a lead in the pane beside the queue."""
    try:
        lead = lead_or_404(request, pk)
    except LeadTakenByOther as refusal:
        return render(request, "leads/preview.html#gone", {"text": refusal.message})
    return render(request, "leads/preview.html", {"card": card_of(lead, request.member, now=now())})


@require_POST
@require(Section.LEADS)
def seen(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Note that the member reads the lead: it counts as opened, and colleagues see who is at it."""
    try:
        lead = lead_or_404(request, pk)
        if request.POST.get("gone"):
            presence.leave(lead.pk, request.member, topic=presence.LEAD)
            return HttpResponse(status=204)
        if (lead.opened_at is None or lead.unread_count) and may(request.member, Section.LEADS, Action.EDIT):
            services.open_lead(lead=lead, by=request.member, now=now())
    except Refusal:
        return HttpResponse(status=204)  # taken or deleted meanwhile: the row says so itself
    presence.look(lead.pk, request.member, topic=presence.LEAD)
    return HttpResponse(status=204)


@require_GET
@require(Section.LEADS)
def column(request: MemberRequest) -> HttpResponse:
    """Show the queue as a column of a pipeline's board (L12); dragging out of it opens the wizard."""
    state, moment = QueueState(), now()
    total = queue.counts(request.member, now=moment)["all"]
    page = queue.read_page(state, request.member, now=moment, total=total, size=COLUMN)
    rows = queue.make_rows(page.leads, request.member, now=moment)
    context = {"rows": rows, "count": total, "rest_count": page.rest_count}
    return render(request, "leads/board_column.html", context)


@require_POST
@require(Section.SETTINGS, Action.EDIT)
def land_all(request: MemberRequest) -> HttpResponse:
    """Turn what waits into deals, in the background: the company has gone over to the simple mode (L11)."""
    jobs.start(
        member=request.member,
        kind=switching.KIND,
        title=_("Inquiries turned into deals"),
        task=tasks.land_all,
    )
    return redirect(request, reverse("leads:unsorted"))


# --- Parts -------------------------------------------------------------------------------------------
def _rows(state: QueueState, member: Membership, moment: dt.datetime, *, after: str) -> dict[str, Any]:
    counts = queue.counts(member, now=moment)
    kinds = queue.kind_counts(state, member, now=moment)
    total = sum(kinds[kind] for kind in state.kinds) if state.kinds else counts[state.tab]
    page = queue.read_page(state, member, now=moment, after=after, total=total)
    return {
        "state": state,
        "counts": counts,
        "kind_counts": kinds,
        "rows": [row_html(row, state.query) for row in queue.make_rows(page.leads, member, now=moment)],
        "after": page.after,
        "rest_count": page.rest_count,
        "more_url": state.address(reverse("leads:unsorted"), after=page.after) if page.after else "",
        "may_edit": may(member, Section.LEADS, Action.EDIT),
    }


def _tabs(
    request: MemberRequest, state: QueueState, counts: dict[str, int], kinds: dict[str, int]
) -> dict[str, Any]:
    tabs = [
        {"label": label, "url": state.with_tab(tab).url, "count": counts[tab], "is_on": tab == state.tab}
        for tab, label in TABS.items()
    ]
    chips = [
        {
            "label": label,
            "icon": icon,
            "url": state.with_kind(kind).url,
            "count": kinds[kind],
            "is_on": kind in state.kinds,
        }
        for kind, (label, icon) in KINDS.items()
    ]
    return {
        "tabs": tabs,
        "kinds": chips,
        "tab_count": counts[state.tab],
        "all_kinds_url": state.with_kind("").url,
        "triage_url": state.with_triage(is_on=not state.is_triage).url,
        "empty": _empty(state, counts),
        "may_add": may(request.member, Section.LEADS, Action.ADD),
        "may_connect": may(request.member, Section.CHANNELS, Action.ADD),
    }


def _empty(state: QueueState, counts: dict[str, int]) -> str:
    """Say which of the three kinds of emptiness it would be."""
    if state.kinds and counts[state.tab]:
        return "filter"
    channels: Any = Lead._meta.get_field("channel").related_model
    return "none" if channels.objects.exists() else "setup"


def _page(request: MemberRequest, state: QueueState, moment: dt.datetime) -> dict[str, Any]:
    reasons = list(lead_reasons()[:30])
    return {
        "reasons": reasons,
        "spam": next((reason for reason in reasons if reason.is_non_targeted), None),
        "snooze_options": snooze_options(request.member, moment),
        "may_delete": may(request.member, Section.LEADS, Action.DELETE),
        "list_url": state.address(reverse("leads:unsorted"), part="list"),
        "to_land": _to_land(request.member),
        "queue_texts": _texts(),
        "any_id": uuid.UUID(int=0),
    }


def _to_land(member: Membership) -> dict[str, Any] | None:
    """What came before the company went over to the simple mode, for whoever may settle that; None where nothing."""
    if member.tenant.mode != Tenant.Mode.SIMPLE or not may(member, Section.SETTINGS, Action.EDIT):
        return None
    job, count = jobs.running(switching.KIND), waiting().count()
    return {"count": count, "job": job} if count or job else None


def _texts() -> dict[str, str]:
    """What unsorted.js says; {name} marks a value."""
    return {
        "new_one": _("{n} new inquiry"),
        "new_few": _("{n} new inquiries"),
        "new_many": pgettext("many", "{n} new inquiries"),
        "selected": _("{n} selected"),
        "looking": _("{name} is looking"),
        "failed": _("Not done: {name} is back in the queue"),
    }


def _why_gone(request: MemberRequest, pk: uuid.UUID) -> str:
    try:
        lead = lead_or_404(request, pk)
    except LeadTakenByOther as refusal:
        return str(refusal.message)
    except Http404:
        return ""
    taker = lead.taken_by
    return str(LeadTakenByOther(who=taker.name).message) if taker and taker != request.member else ""
