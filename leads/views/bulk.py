"""One decision for many ticked rows, and taking decisions back."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.http import HttpResponse, HttpResponseNotAllowed, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from core.errors import Refusal
from core.listing import listing_for
from core.responses import is_htmx, refused, toast, trigger
from leads import services
from leads.errors import CannotUndo
from leads.forms import AssignForm, RejectForm, SnoozeForm
from leads.models import Lead, LeadAction
from leads.services import Bulk, each
from leads.snoozing import snooze_options
from leads.views.common import back, decided, now, safe_next
from tenants.access import Action, Section, require
from tenants.requests import MemberRequest

MOST = 500  # at once; the rest of a larger list is told of
SHOWN = 20  # refusals by name
_NOT_KEPT = "csrfmiddlewaretoken"  # every page has a fresh one
FORMS: dict[str, Any] = {
    "assign": AssignForm,
    "snooze": SnoozeForm,
    "reject": lambda data: RejectForm(data, is_reason_required=False),
}


@require_http_methods(["GET", "POST"])
@require(Section.LEADS, Action.EDIT)
def bulk(request: MemberRequest, action: str) -> HttpResponse:
    """Take, hand over, reject or put off the ticked leads; those that refuse are named with the reason."""
    if action == "take" and request.method != "POST":
        return HttpResponseNotAllowed(["POST"])  # it asks nothing first
    leads = _ticked(request)
    if action == "take":
        return _decide(request, action, lambda: _take(request, leads))
    form = FORMS[action](request.POST if "asked" in request.POST else None)
    if request.method == "POST" and "asked" in request.POST and form.is_valid():
        return _decide(request, action, lambda: _carry_out(request, action, leads, form))
    context = {
        "action": action,
        "form": form,
        "leads": leads,
        "is_cut": len(leads) == MOST,
        "most": MOST,
        "options": snooze_options(request.member, now()) if action == "snooze" else [],
        "next": safe_next(request),
    }
    return render(request, "leads/bulk.html", context, status=422 if form.is_bound else 200)


@require_POST
@require(Section.LEADS, Action.EDIT)
def undo(request: MemberRequest) -> HttpResponse:
    """Take decisions back: ?a= is the id of each."""
    ids = [_uuid(text) for text in request.GET.getlist("a")[:MOST]]
    actions = LeadAction.objects.filter(pk__in=[pk for pk in ids if pk], by=request.member)
    undone, last = [], None
    for action in actions.select_related("lead"):
        try:
            undone.append(services.undo_action(action=action, by=request.member, now=now()))
        except Refusal as refusal:
            last = refusal
    if not undone:
        return refused(request, last or CannotUndo())
    if not is_htmx(request):
        return back(request)
    response = HttpResponse(status=204)
    trigger(response, **{"lead:undone": {"ids": [str(lead.pk) for lead in undone]}})
    return toast(response, _("Undone"))


def _decide(request: MemberRequest, action: str, carry_out: Callable[[], Bulk]) -> HttpResponse:
    """Decide about all; where some would refuse, nothing is done before the person has seen which and why."""
    with transaction.atomic():
        result = carry_out()
        is_asked = bool(result.done and result.refused) and "confirmed" not in request.POST
        if is_asked:
            transaction.set_rollback(True)
    return _rehearsed(request, action, result) if is_asked else _answer(request, result)


def _rehearsed(request: MemberRequest, action: str, result: Bulk) -> HttpResponse:
    """Show what was tried and taken back; confirming sends the same once more."""
    sent = [(name, value) for name, values in request.POST.lists() if name != _NOT_KEPT for value in values]
    context = {
        "action": action,
        "sent": [*sent, ("confirmed", "1")],
        "refused": result.refused[:SHOWN],
        "refused_count": len(result.refused),
        "hidden_count": max(0, len(result.refused) - SHOWN),
        "done_count": len(result.done),
        "next": safe_next(request),
    }
    return render(request, "leads/bulk_refused.html", context)


def _take(request: MemberRequest, leads: list[Lead]) -> Bulk:
    return each(leads, lambda lead: services.take_lead(lead=lead, by=request.member, now=now()))


def _carry_out(request: MemberRequest, action: str, leads: list[Lead], form: Any) -> Bulk:
    by, moment, data = request.member, now(), form.cleaned_data
    match action:
        case "assign":
            return each(
                leads, lambda lead: services.assign_lead(lead=lead, by=by, now=moment, **form.chosen())
            )
        case "snooze":
            return each(
                leads, lambda lead: services.snooze_lead(lead=lead, until=data["until"], by=by, now=moment)
            )
    return each(leads, lambda lead: services.reject_lead(lead=lead, by=by, now=moment, **data))


def _answer(request: MemberRequest, result: Bulk) -> HttpResponse:
    """Say how many were done, and why the others were not."""
    count = len(result.done)
    text = ngettext("Done: %(n)s inquiry", "Done: %(n)s inquiries", count) % {"n": count}
    if result.refused:
        lead, reason = result.refused[0]
        text += ". " + _("Refused: %(n)s, for example %(lead)s: %(reason)s") % {
            "n": len(result.refused),
            "lead": lead,
            "reason": reason,
        }
    if _sent(request).get("all") and count + len(result.refused) == MOST:
        text += ". " + _("Only the first %(n)s: repeat for the rest.") % {"n": MOST}
    if not result.done and result.refused:
        return refused(request, Refusal(text))
    return decided(request, result.done, text)


def _ticked(request: MemberRequest) -> list[Lead]:
    """Load the ticked leads, or all of the list's filter, as far as the member may decide about them."""
    sent = _sent(request)
    if sent.get("all"):
        _path, _sep, query = safe_next(request).partition("?")
        rows = listing_for("leads:list").filtered(request.member, QueryDict(query), Action.EDIT).qs
    else:
        ids = [pk for text in sent.getlist("ids") if (pk := _uuid(text))]
        rows = Lead.objects.present().visible_to(request.member, Action.EDIT).filter(pk__in=ids)
    return list(rows.order_by("id")[:MOST])


def _sent(request: MemberRequest) -> QueryDict:
    return request.POST if request.method == "POST" else request.GET


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
