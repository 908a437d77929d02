"""Decisions about one lead: the same addresses for queue, card, keys and plain forms."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_POST

from core.errors import Refusal
from core.responses import refused
from leads import services
from leads.forms import AssignForm, QualityForm, RejectForm, SnoozeForm, SpamForm
from leads.models import Lead
from leads.queue.rows import title_of
from leads.snoozing import snooze_options
from leads.views.common import decide, lead_or_404, now, safe_next, sent
from tenants.access import Action, Section, require
from tenants.requests import MemberRequest


@require_POST
@require(Section.LEADS, Action.EDIT)
def take(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Take a lead; whoever comes second is told who was first."""
    text = pgettext("done", "Taken")
    return decide(request, pk, lambda lead: services.take_lead(lead=lead, by=request.member, now=now()), text)


@require_POST
@require(Section.LEADS, Action.EDIT)
def release(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Give a lead back to whom it waited for."""
    text = _("Given back to the queue")
    return decide(
        request, pk, lambda lead: services.release_lead(lead=lead, by=request.member, now=now()), text
    )


@require_POST
@require(Section.LEADS, Action.EDIT)
def wake(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Bring a snoozed lead back to the queue."""
    text = _("Back in the queue")
    return decide(request, pk, lambda lead: services.wake_lead(lead=lead, by=request.member, now=now()), text)


@require_POST
@require(Section.LEADS, Action.EDIT)
def reopen(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Return a rejected lead to the queue."""
    text = _("Back in the queue")
    return decide(
        request, pk, lambda lead: services.reopen_lead(lead=lead, by=request.member, now=now()), text
    )


@require_http_methods(["GET", "POST"])
@require(Section.LEADS, Action.EDIT)
def reject(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask why, and reject."""

    def form_of(lead: Lead) -> RejectForm:
        is_required = lead.channel is not None and lead.channel.is_reason_required
        return RejectForm(sent(request), is_reason_required=is_required)

    def decision(lead: Lead, data: dict[str, Any]) -> Any:
        return services.reject_lead(lead=lead, by=request.member, now=now(), **data)

    return _asked(request, pk, form_of, decision, page="leads/reject.html", text=pgettext("done", "Rejected"))


@require_http_methods(["GET", "POST"])
@require(Section.LEADS, Action.EDIT)
def spam(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask by what the sender is excluded, and reject as spam."""

    def form_of(lead: Lead) -> SpamForm:
        return SpamForm(sent(request), keys=services.spam_keys(lead))

    def decision(lead: Lead, data: dict[str, Any]) -> Any:
        form = form_of(lead)
        form.full_clean()
        return services.mark_spam(lead=lead, keys=form.chosen(), by=request.member, now=now())

    return _asked(
        request, pk, form_of, decision, page="leads/spam.html", text=pgettext("done", "Marked as spam")
    )


@require_http_methods(["GET", "POST"])
@require(Section.LEADS, Action.EDIT)
def snooze(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask until when, and put off."""

    def decision(lead: Lead, data: dict[str, Any]) -> Any:
        return services.snooze_lead(lead=lead, until=data["until"], by=request.member, now=now())

    return _asked(
        request,
        pk,
        lambda lead: SnoozeForm(sent(request)),
        decision,
        page="leads/snooze.html",
        text=pgettext("done", "Put off"),
        options=snooze_options(request.member, now()),
    )


@require_http_methods(["GET", "POST"])
@require(Section.LEADS, Action.EDIT)
def assign(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask to whom, and hand over."""
    form = AssignForm(sent(request))

    def decision(lead: Lead, data: dict[str, Any]) -> Any:
        return services.assign_lead(lead=lead, by=request.member, now=now(), **form.chosen())

    return _asked(request, pk, lambda lead: form, decision, page="leads/assign.html", text=_("Handed over"))


@require_http_methods(["GET", "POST"])
@require(Section.LEADS, Action.EDIT)
def set_quality(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask for a mark by hand, or let the rules decide."""

    def form_of(lead: Lead) -> QualityForm:
        initial = {"quality": lead.quality if lead.is_quality_manual else ""}
        return QualityForm(sent(request), initial=initial)

    def decision(lead: Lead, data: dict[str, Any]) -> Any:
        return services.set_quality(lead=lead, quality=data["quality"], by=request.member, now=now())

    return _asked(request, pk, form_of, decision, page="leads/quality.html", text=_("Quality changed"))


@require_http_methods(["GET", "POST"])
@require(Section.LEADS, Action.DELETE)
def delete(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask whether to delete (L13), and delete; the toast takes it back."""

    def decision(lead: Lead, data: dict[str, Any]) -> Any:
        return services.delete_lead(lead=lead, by=request.member, now=now())

    return _asked(
        request,
        pk,
        lambda lead: forms.Form(sent(request)),
        decision,
        page="leads/delete.html",
        text=_("Deleted"),
        action=Action.DELETE,
    )


def _asked(
    request: MemberRequest,
    pk: uuid.UUID,
    form_of: Any,
    decision: Any,
    *,
    page: str,
    text: str,
    action: str = Action.EDIT,
    **context: Any,
) -> HttpResponse:
    """Show a form, or carry out what it says; a form with mistakes comes back with them."""
    try:
        lead = lead_or_404(request, pk, action)
    except Refusal as refusal:
        return refused(request, refusal)
    form = form_of(lead)
    if request.method == "POST" and form.is_valid():
        return decide(request, pk, lambda lead: decision(lead, form.cleaned_data), text, action=action)
    context |= {"lead": lead, "title": title_of(lead), "form": form, "next": safe_next(request)}
    return render(request, page, context, status=422 if request.method == "POST" else 200)
