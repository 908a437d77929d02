"""The cards of calls that go on: on whatever page their reader is, by static/js/calls.js."""

from __future__ import annotations

import uuid

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST, require_safe

from core.errors import Refusal
from core.responses import refused, toast, trigger
from leads import services
from leads.calling import cards_of
from leads.models import CallCard
from leads.queue.rows import title_of
from leads.views.common import now, undo_url
from tenants.access import Action, Section, open_to_members, require
from tenants.requests import MemberRequest

NOTE = 10_000


@require_safe
@open_to_members
def cards(request: MemberRequest) -> HttpResponse:
    """Give the member's own cards of the last minutes."""
    moment = now()
    context = {"cards": cards_of(request.member, now=moment), "now_ms": int(moment.timestamp() * 1000)}
    return render(request, "leads/calls.html", context)


@require_POST
@require(Section.LEADS, Action.EDIT)
def take(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Take the inquiry of a call; whoever comes second is told who was first."""
    card = _card(request, pk)
    try:
        done = services.take_call(card=card, by=request.member, now=now())
    except Refusal as refusal:
        return refused(request, refusal)
    told = _("%(done)s: %(lead)s") % {"done": pgettext("done", "Taken"), "lead": title_of(done.lead)}
    # Not decided(): a dialog that is open under the card stays, with what is typed in it.
    response = trigger(
        HttpResponse(status=204), **{"lead:done": {"ids": [str(done.lead_id)], "action": "take"}}
    )
    href = done.lead.get_absolute_url()
    return toast(response, told, undo_url=undo_url([done]), level="ok", href=href)


@require_POST
@require(Section.ACTIVITIES, Action.ADD)
def note(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Keep what was written during the talk."""
    card = _card(request, pk)
    text = request.POST.get("text", "").strip()[:NOTE]
    if not text:
        return toast(HttpResponse(status=422), _("Write something first."), level="warning")
    services.note_on_call(card=card, text=text, by=request.member, now=now())
    return toast(HttpResponse(status=204), _("The note is in the timeline."), level="ok")


@require_POST
@open_to_members
def dismiss(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Close one's own card, in all tabs."""
    services.dismiss_card(card=_card(request, pk), by=request.member, now=now())
    return HttpResponse(status=204)


def _card(request: MemberRequest, pk: uuid.UUID) -> CallCard:
    """Load one of the member's own cards; anybody else's is a missing one."""
    rows = CallCard.objects.filter(member=request.member).select_related("call__activity__lead")
    card: CallCard = get_object_or_404(rows, pk=pk)
    return card
