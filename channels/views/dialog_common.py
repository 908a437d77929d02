"""What the pages and decisions of dialogs share: which dialog, and how a decision is answered."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from channels.dialogs.state import DialogState
from channels.dialogs.wording import Filled, facts_of, fill
from channels.models import CannedReply, Dialog
from channels.services import Done
from channels.services.dialogs import RELATED
from core.responses import is_htmx, redirect, toast, trigger
from leads.models import LeadAction
from tenants.access import Action
from tenants.models import Membership
from tenants.requests import MemberRequest

_SALT = "dialogs.undo"
_UNDO_AGE_S = 600  # the toast goes after ten seconds, and waits under the pointer


def dialog_or_404(request: MemberRequest, pk: uuid.UUID, action: str = Action.VIEW) -> Dialog:
    """Load a dialog the member may do this with; 404 for any other as for one that doesn't exist."""
    rows = Dialog.objects.visible_to(request.member, action).select_related(*RELATED)
    found: Dialog = get_object_or_404(rows, pk=pk)
    return found


def filled_reply(request: MemberRequest, dialog: Dialog) -> Filled | None:
    """Fill the canned reply that ?canned= names: how one is inserted without scripts."""
    try:
        pk = uuid.UUID(request.GET.get("canned", ""))
    except ValueError:
        return None
    reply = CannedReply.objects.usable_by(request.member).filter(pk=pk).first()
    return fill(reply, facts_of(dialog, request.member)) if reply is not None else None


def decided(request: MemberRequest, done: Done, text: str, *, action: str) -> HttpResponse:
    """Answer a decision: a toast with undo where the page stays, else the page it was made on."""
    state = DialogState.read(request.GET)
    if not is_htmx(request):
        messages.success(request, text)
        page = reverse("channels:dialog", args=[done.dialog.pk])
        return redirect(request, state.url if action == "close" else state.address(page))
    response = HttpResponse(status=204)
    detail = {"id": str(done.dialog.pk), "action": action}
    trigger(response, **{"dialog:close": {}, "talk:done": detail})
    return toast(response, text, undo_url=undo_url(done, by=request.member), level="ok")


def undo_url(done: Done, *, by: Membership) -> str:
    """Address that takes a decision back while nothing else was decided."""
    kept = {
        "by": str(by.pk),
        "dialog": str(done.dialog.pk),
        "version": done.dialog.version,
        "before": done.before,
        "action": str(done.action.pk) if done.action is not None else "",
    }
    return f"{reverse('channels:dialog_undo')}?t={signing.dumps(kept, salt=_SALT)}"


def read_undo(request: MemberRequest) -> dict[str, Any] | None:
    """Read what undo_url wrote for this member, as arguments of undo_decision; None for anything else.

    Whoever took a decision may take it back, also where it gave the dialog out of their sight.
    """
    try:
        kept = signing.loads(request.GET.get("t", ""), salt=_SALT, max_age=_UNDO_AGE_S)
    except signing.BadSignature:
        return None
    dialog = Dialog.objects.filter(pk=kept["dialog"]).first()
    if dialog is None or kept["by"] != str(request.member.pk):
        return None
    action = LeadAction.objects.filter(pk=kept["action"]).first() if kept["action"] else None
    return {"dialog": dialog, "version": kept["version"], "before": kept["before"], "action": action}
