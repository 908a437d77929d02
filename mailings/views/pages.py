"""Mailings as lists, and the page of each: the draft with its people and its letter, or what became of it."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from core.responses import is_htmx
from mailings import audience
from mailings.entries import STOPPED
from mailings.lists import MailingListing, RecipientListing
from mailings.models import Mailing
from mailings.preview import preview_of
from mailings.results import links_of, results_of, rows_url
from mailings.views.common import mailing_or_404, may_edit
from tenants.access import Action, Section, may, require
from tenants.hours import book_of
from tenants.list_views import list_response
from tenants.requests import MemberRequest

_PEOPLE = "#people"
_PARTS = {"mailing-figures": "#figures", "mailing-people": _PEOPLE}  # what asks for itself


@require_safe
@require(Section.MAILINGS)
def mailings(request: MemberRequest) -> HttpResponse:
    """List the mailings the member may see."""
    context: dict[str, Any] = {
        "may_add": may(request.member, Section.MAILINGS, Action.ADD),
        "may_connect": may(request.member, Section.CHANNELS, Action.ADD),
        "has_channel": bool(audience.sending_channels()),
    }
    return list_response(request, MailingListing(), template="mailings/list.html", **context)


@require_safe
@require(Section.MAILINGS)
def recipients(request: MemberRequest) -> HttpResponse:
    """List recipients: ?mailing= and what a number of its page counts."""
    shown = None
    if pk := _uuid(request.GET.get("mailing")):
        shown = Mailing.objects.visible_to(request.member).filter(pk=pk).first()
    return list_response(request, RecipientListing(), template="mailings/recipients.html", mailing=shown)


@require_safe
@require(Section.MAILINGS)
def detail(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Show a mailing; while it is under way its figures ask again, while its people are being checked they do."""
    mailing = mailing_or_404(request, pk)
    now = timezone.now()
    results = results_of(mailing)
    hours = book_of(request.tenant, now=now).company
    context: dict[str, Any] = {
        "mailing": mailing,
        "results": results,
        "links": [] if mailing.is_draft or not mailing.is_mail else links_of(mailing),
        "everybody_url": rows_url(mailing),
        "stopped": STOPPED.get(mailing.stopped_why, ""),
        "is_outside_hours": mailing.is_working_time and mailing.is_under_way and not hours.works_at(now),
        "lasts_min": round(60 * results.waiting / mailing.per_hour) if mailing.per_hour else 0,
        "may_edit": may_edit(request, mailing),
        "may_add": may(request.member, Section.MAILINGS, Action.ADD),
        "files": mailing.files.all(),
    }
    part = _PARTS.get(request.headers.get("HX-Target", ""), "")
    response = render(request, f"mailings/detail.html{part}", context)
    if part == _PEOPLE and not mailing.is_being_checked:
        response.headers["HX-Refresh"] = "true"  # what can be done with it stands elsewhere on the page
    return response


@require_safe
@require(Section.MAILINGS)
def preview(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Show the letter as one recipient gets it: ?n= which, from 1."""
    mailing = mailing_or_404(request, pk)
    number = request.GET.get("n", "1")
    shown = preview_of(mailing, int(number) if number.isdecimal() and len(number) < 7 else 1)
    template = "mailings/preview.html#letter" if is_htmx(request) else "mailings/preview.html"
    return render(request, template, {"mailing": mailing, "preview": shown})


def _uuid(text: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(text or "")
    except ValueError:
        return None
