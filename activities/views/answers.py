"""How the views of activities answer: a message and an event for scripts, a page for those without."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme

from activities.addresses import page_of
from activities.models import Activity
from core import responses
from core.errors import Refusal
from core.responses import is_htmx
from tenants.requests import MemberRequest

CHANGED = "activity:changed"


def editable(request: MemberRequest, pk: uuid.UUID) -> Activity:
    """Load an activity the member may change; another's is as if missing."""
    rows = Activity.objects.visible_to(request.member, "edit")
    return get_object_or_404(rows.select_related("owner"), pk=pk)


def posted(request: MemberRequest) -> QueryDict | None:
    """Give what was sent to bind a form to; an empty POST is sent too."""
    return request.POST if request.method == "POST" else None


def said(
    request: MemberRequest, activity: Activity, text: str | Promise, *, undo_url: str = ""
) -> HttpResponse:
    """Answer a change: fragments hear activity:changed, a plain form goes back to its page."""
    if not is_htmx(request):
        messages.success(request, str(text))
        return responses.redirect(request, back(request, activity))
    response = HttpResponse(status=204)
    responses.trigger(response, **{CHANGED: {"id": str(activity.pk)}, "dialog:close": {}})
    return responses.toast(response, text, undo_url=undo_url, level="ok")


def too_late(request: MemberRequest, refusal: Refusal) -> HttpResponse:
    """Answer a refusal; what the page shows is old, so it is read again."""
    return responses.trigger(responses.refused(request, refusal), **{CHANGED: {}})


def back(request: MemberRequest, activity: Activity) -> str:
    """Return to the page the form was on, never to another site."""
    target = request.POST.get("next", "")
    is_safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure())
    return target if target and is_safe else page_of(activity)


def uuid_or_none(raw: str | None) -> uuid.UUID | None:
    """Read an id of an address; None for anything else."""
    try:
        return uuid.UUID(raw or "")
    except ValueError:
        return None
