"""What the pages of leads share: which lead, and how a decision is answered."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _

from core.errors import Refusal
from core.responses import is_htmx, redirect, refused, toast, trigger
from leads.errors import LeadTakenByOther, name_of
from leads.models import Lead, LeadAction
from leads.queue.rows import title_of
from leads.services.common import was_reachable
from leads.services.undo import UNDOABLE
from tenants.access import Action
from tenants.requests import MemberRequest

Decision = Callable[[Lead], LeadAction]
RELATED = (
    "channel", "contact", "company", "deal", "source", "call", "rejection_reason", "responsible", "responsible_role",
    "taken_by", "closed_by",
)  # fmt: skip


def lead_or_404(
    request: MemberRequest, pk: uuid.UUID, action: str = Action.VIEW, *, related: Sequence[str] = RELATED
) -> Lead:
    """Load a lead the member may do this with.

    404 for any other as for one that doesn't exist, but whoever the lead waited for until a colleague took
    it hears LeadTakenByOther.
    """
    lead = get_object_or_404(Lead.objects.present().select_related(*related), pk=pk)
    if not Lead.objects.visible_to(request.member, action).filter(pk=pk).exists():
        if lead.taken_by_id is not None and was_reachable(lead, request.member):
            raise LeadTakenByOther(who=name_of(lead.taken_by))
        return get_object_or_404(Lead.objects.none(), pk=pk)
    return lead


def decide(
    request: MemberRequest, pk: uuid.UUID, decision: Decision, text: str, *, action: str = Action.EDIT
) -> HttpResponse:
    """Load the lead, decide, and answer; a refusal is answered with its own words."""
    try:
        # The service reads it under its lock
        lead = lead_or_404(request, pk, action, related=("contact",))
        title, done = title_of(lead), decision(lead)
    except Refusal as refusal:
        return refused(request, refusal)
    told = _("%(done)s: %(lead)s") % {"done": text, "lead": title}
    if done.action != "take":
        return decided(request, [done], told)
    return decided(request, [done], told, href=lead.get_absolute_url())


def decided(request: MemberRequest, done: Iterable[LeadAction], text: str, *, href: str = "") -> HttpResponse:
    """Answer decisions: a toast with undo where the page stays, else the page the form named.

    `href` leads from the toast to what was decided about: a lead just taken is to be answered.
    """
    actions = list(done)
    next_url = safe_next(request)
    if next_url or not is_htmx(request):
        messages.success(request, text)
        return redirect(request, next_url or reverse("leads:unsorted"))
    response = HttpResponse(status=204)
    ids = [str(action.lead_id) for action in actions]
    trigger(
        response,
        **{"dialog:close": {}, "lead:done": {"ids": ids, "action": actions[0].action if actions else ""}},
    )
    return toast(response, text, undo_url=undo_url(actions), level="ok", href=href)


def undo_url(actions: Iterable[LeadAction]) -> str:
    """Address that takes these decisions back; empty where none of them can be."""
    ids = [("a", str(action.pk)) for action in actions if action.action in UNDOABLE]
    return f"{reverse('leads:undo')}?{urlencode(ids)}" if ids else ""


def sent(request: HttpRequest) -> QueryDict | None:
    """What a form is bound to: an empty POST is an answer too."""
    return request.POST if request.method == "POST" else None


def safe_next(request: HttpRequest) -> str:
    """Read where the form wants to go after it, never to another site."""
    target = request.POST.get("next", "") or request.GET.get("next", "")
    is_safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure())
    return target if is_safe else ""


def back(request: HttpRequest) -> HttpResponseRedirect:
    return HttpResponseRedirect(safe_next(request) or reverse("leads:unsorted"))


now = timezone.now
