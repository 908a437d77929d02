"""The seller's side of a talk on the site: typing is seen there, and a talk is ended."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from channels import services
from channels.models import Talk
from channels.services import Route
from channels.views.replies import composer_of, target_of
from channels.widget import talks
from channels.widget.guests import note_answering
from core.errors import Refusal
from core.responses import refused, toast, trigger
from tenants.access import open_to_members
from tenants.requests import MemberRequest


@require_POST
@open_to_members
def typing(request: MemberRequest) -> HttpResponse:
    """Let the visitor, and colleagues, see that somebody types."""
    chosen = next((r for r in _chats(request) if r.key == request.POST.get("route")), None)
    if chosen is not None and chosen.dialog is not None:
        note_answering(chosen.dialog, request.member)
    return HttpResponse(status=204)


@require_POST
@open_to_members
def end(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """End a talk; the visitor is asked how it was."""
    dialogs = [route.dialog for route in _chats(request) if route.dialog]
    talk = Talk.objects.filter(pk=pk, dialog__in=dialogs).select_related("dialog").first()
    if talk is None:
        raise Http404
    try:
        talks.end_talk(
            dialog=talk.dialog, ended_by=Talk.EndedBy.OPERATOR, by=request.member, now=timezone.now()
        )
    except Refusal as refusal:
        return refused(request, refusal)
    response = composer_of(request, target_of(request, request.POST))
    trigger(response, **{"timeline:changed": {}})
    return toast(response, _("The talk has ended."), level="ok")


def _chats(request: MemberRequest) -> list[Route]:
    """List the chats by which the posted lead, deal or contact is answered."""
    routes = services.routes_for(**target_of(request, request.POST))
    return [route for route in routes if route.channel.kind == talks.KIND]
