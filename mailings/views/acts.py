"""A mailing is tried, started, slowed down, paused, called off."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from channels.views.streaming import said_after
from core.errors import Refusal
from core.responses import redirect, refused
from mailings import services
from mailings.forms import PaceForm, StartForm
from mailings.models import Mailing
from mailings.results import results_of
from mailings.views.common import FORM, mailing_or_404
from tenants.access import Action, Section, require
from tenants.dialogs import form_page
from tenants.requests import MemberRequest


@require_POST
@require(Section.MAILINGS, Action.EDIT)
def test_letter(request: MemberRequest, pk: uuid.UUID) -> HttpResponseBase:
    """Send the letter to whoever asks for it."""
    mailing = mailing_or_404(request, pk, Action.EDIT)
    try:
        trial = services.prepare_trial(mailing=mailing, to=request.member)
    except Refusal as refusal:
        return refused(request, refusal)
    said = {"address": request.member.email}
    return said_after(request, lambda: services.send_trial(trial), "mailings/test_said.html", said)


@require_http_methods(FORM)
@require(Section.MAILINGS, Action.EDIT)
def start(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask when, say to how many, and start."""
    mailing = mailing_or_404(request, pk, Action.EDIT)
    data = request.POST if request.method == "POST" else None
    form = StartForm(data, initial={"when": StartForm.NOW})
    if form.is_bound and form.is_valid():
        try:
            services.start_mailing(
                mailing=mailing, by=request.member, now=timezone.now(), starts_at=form.moment
            )
        except Refusal as refusal:
            form.add_error(None, str(refusal.message))
        else:
            return redirect(request, reverse("mailings:detail", args=[pk]))
    results = results_of(mailing)
    context: dict[str, Any] = {
        "form": form,
        "mailing": mailing,
        "results": results,
        "lasts_min": round(60 * results.waiting / mailing.per_hour),
        "back_url": reverse("mailings:detail", args=[pk]),
    }
    return render(request, "mailings/start.html", context, status=422 if form.is_bound else 200)


@require_http_methods(FORM)
@require(Section.MAILINGS, Action.EDIT)
def pace(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Change how fast a mailing goes."""
    mailing = mailing_or_404(request, pk, Action.EDIT)
    initial = {"per_hour": mailing.per_hour, "is_working_time": mailing.is_working_time}
    form = PaceForm(request.POST if request.method == "POST" else None, initial=initial)
    return form_page(
        request,
        form,
        lambda values: services.set_pace(mailing=mailing, by=request.member, **values),
        back=reverse("mailings:detail", args=[pk]),
        title=_("Pace"),
    )


@require_POST
@require(Section.MAILINGS, Action.EDIT)
def pause(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Write no further letters."""
    return _act(request, pk, services.pause_mailing)


@require_POST
@require(Section.MAILINGS, Action.EDIT)
def resume(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Go on."""
    return _act(request, pk, services.resume_mailing)


@require_POST
@require(Section.MAILINGS, Action.EDIT)
def cancel(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Call it off."""
    return _act(request, pk, services.cancel_mailing)


@require_POST
@require(Section.MAILINGS, Action.EDIT)
def again(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Try those once more whose letters were refused."""
    mailing = mailing_or_404(request, pk, Action.EDIT)
    try:
        count = services.send_to_refused(mailing=mailing, by=request.member, now=timezone.now())
    except Refusal as refusal:
        return refused(request, refusal)
    if count:
        told = ngettext("%(n)s letter is sent again", "%(n)s letters are sent again", count) % {"n": count}
        messages.success(request, told)
    return redirect(request, reverse("mailings:detail", args=[pk]))


def _act(request: MemberRequest, pk: uuid.UUID, act: Callable[..., Mailing]) -> HttpResponse:
    mailing = mailing_or_404(request, pk, Action.EDIT)
    try:
        act(mailing=mailing, by=request.member, now=timezone.now())
    except Refusal as refusal:
        return refused(request, refusal)
    return redirect(request, reverse("mailings:detail", args=[pk]))
