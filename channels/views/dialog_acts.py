"""What is done in a dialog: answer, comment, take, assign, close, take back; and who is at it."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db import transaction
from django.db.models import Q
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from activities.services import add_note
from channels import services
from channels.dialog_forms import AssignForm, CloseForm
from channels.dialogs.rows import title_of
from channels.dialogs.scripts import plans_for
from channels.dialogs.state import DialogState
from channels.dialogs.wording import FIELDS, facts_of, fill
from channels.models import CannedReply, Dialog, ScriptStep
from channels.views.dialog_common import decided, dialog_or_404, read_undo
from channels.views.replies import files_of
from channels.widget.guests import note_answering
from core.errors import Refusal
from core.responses import is_htmx, redirect, refused, toast, trigger
from leads import presence
from leads.errors import CannotUndo, ReasonRequired
from tenants.access import Action, Section, may, require
from tenants.requests import MemberRequest

FOUND = 20  # canned replies offered at once


@require_POST
@require(Section.LEADS, Action.EDIT)
def reply(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Queue an answer; 'take' takes the dialog with it."""
    dialog = dialog_or_404(request, pk, Action.EDIT)
    try:
        _send(request, dialog)
    except Refusal as refusal:
        return refused(request, refusal)
    return _written(request, dialog, _("The message is on its way."))


@transaction.atomic
def _send(request: MemberRequest, dialog: Dialog) -> None:
    """Take the dialog where that was asked for, and answer: both or neither."""
    now = timezone.now()
    if request.POST.get("take"):
        services.take_dialog(dialog=dialog, by=request.member, now=now)
        dialog = dialog_or_404(request, dialog.pk, Action.EDIT)
    if (route := services.route_of(dialog)) is None:
        raise services.NoWayToAnswer
    services.send_reply(
        route=route,
        lead=dialog.open_lead or (dialog.lead if dialog.deal is not None else None),
        contact=dialog.contact,
        by=request.member,
        text=request.POST.get("text", ""),
        subject=request.POST.get("subject", ""),
        files=files_of(request),
        is_signed=request.POST.get("unsigned") != "1",
        now=now,
    )


@require_POST
@require(Section.ACTIVITIES, Action.ADD)
def comment(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Write a comment for colleagues beside the talk."""
    dialog = dialog_or_404(request, pk)
    text = request.POST.get("text", "").strip()
    try:
        if not text:
            raise services.NothingToSend
        about = {"lead": dialog.lead} if dialog.lead is not None else {"contact": dialog.contact}
        add_note(text=text[:20_000], by=request.member, now=timezone.now(), **about)
    except Refusal as refusal:
        return refused(request, refusal)
    return _written(request, dialog, _("Note added"))


def _written(request: MemberRequest, dialog: Dialog, text: str) -> HttpResponse:
    if not is_htmx(request):
        messages.success(request, text)
        page = reverse("channels:dialog", args=[dialog.pk])
        return redirect(request, DialogState.read(request.GET).address(page))
    return trigger(HttpResponse(status=204), **{"talk:written": {"id": str(dialog.pk)}})


# --- Decisions ---------------------------------------------------------------------------------------
@require_POST
@require(Section.LEADS, Action.EDIT)
def take(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Take a dialog; whoever comes second is told who was first."""
    dialog = dialog_or_404(request, pk)
    try:
        done = services.take_dialog(dialog=dialog, by=request.member, now=timezone.now())
    except Refusal as refusal:
        return refused(request, refusal)
    return decided(request, done, _told(pgettext("done", "Taken"), dialog), action="take")


@require_http_methods(["GET", "POST"])
@require(Section.LEADS, Action.EDIT)
def assign(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask to whom, and hand the dialog over."""
    dialog = dialog_or_404(request, pk, Action.EDIT)
    form = AssignForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        member = form.cleaned_data["member"]
        try:
            done = services.assign_dialog(dialog=dialog, member=member, by=request.member, now=timezone.now())
        except Refusal as refusal:
            return refused(request, refusal)
        return decided(request, done, _told(_("Handed over"), dialog), action="assign")
    return _asked(request, "dialogs/assign.html", dialog, form)


@require_http_methods(["GET", "POST"])
@require(Section.LEADS, Action.EDIT)
def close(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Close with an outcome; ask for a reason where one is missing, lead to the wizard where that comes first."""
    dialog = dialog_or_404(request, pk, Action.EDIT)
    initial = {"outcome": request.GET.get("outcome", "")}
    form = CloseForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method != "POST" or not form.is_valid():
        return _asked(request, "dialogs/close.html", dialog, form)
    try:
        done = services.close_dialog(
            dialog=dialog, by=request.member, now=timezone.now(), **form.cleaned_data
        )
    except services.NotAcceptedYet as refusal:
        return _accept_first(request, dialog, refusal, form)
    except ReasonRequired as refusal:
        form.add_error("reason", str(refusal.message))
        if is_htmx(request) and "asked" not in request.POST:
            return trigger(HttpResponse(status=204), **{"dialog:open": {"url": _asking(request, dialog)}})
        return _asked(request, "dialogs/close.html", dialog, form)
    except Refusal as refusal:
        return refused(request, refusal)
    outcome = form.cleaned_data["outcome"]
    text = _("Closed, %(outcome)s") % {"outcome": outcome.name} if outcome else pgettext("done", "Closed")
    return decided(request, done, _told(text, dialog), action="close")


def _accept_first(
    request: MemberRequest, dialog: Dialog, refusal: services.NotAcceptedYet, form: CloseForm
) -> HttpResponse:
    """Open the wizard of the inquiry; it comes back to the dialog, which is then closed with the outcome."""
    page = reverse("channels:dialog", args=[dialog.pk])
    back = DialogState.read(request.GET).address(page, accepted=form.cleaned_data["outcome"].pk)
    wizard = reverse("leads:wizard", args=[refusal.lead_id])
    return redirect(request, f"{wizard}?{urlencode({'next': back})}")


def _asking(request: MemberRequest, dialog: Dialog) -> str:
    page = reverse("channels:dialog_close", args=[dialog.pk])
    return DialogState.read(request.GET).address(page, outcome=request.POST.get("outcome", ""))


@require_POST
@require(Section.LEADS, Action.EDIT)
def step(request: MemberRequest, pk: uuid.UUID, step: uuid.UUID) -> HttpResponse:
    """Tick a step of a script off, take the tick back, or write its answer down."""
    dialog = dialog_or_404(request, pk, Action.EDIT)
    about: dict[str, Any] = {"dialog": dialog, "step": get_object_or_404(ScriptStep, pk=step)}
    about |= {"by": request.member, "now": timezone.now()}
    try:
        if "answer" in request.POST:
            services.answer_step(**about, answer=request.POST["answer"][:5000])
        else:
            services.tick_step(**about, is_done=request.POST.get("is_done") == "1")
    except Refusal as refusal:
        return refused(request, refusal)
    if not is_htmx(request):
        page = reverse("channels:dialog", args=[dialog.pk])
        return redirect(request, DialogState.read(request.GET).address(page))
    context = {
        "dialog": dialog,
        "plans": plans_for(dialog, request.member),
        "may_edit": True,
        "open_script": about["step"].script_id,
    }
    return render(request, "dialogs/scripts.html", context)


@require_POST
@require(Section.LEADS, Action.EDIT)
def reopen(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Open a closed dialog again."""
    dialog = dialog_or_404(request, pk, Action.EDIT)
    try:
        current = services.reopen_dialog(dialog=dialog, by=request.member, now=timezone.now())
    except Refusal as refusal:
        return refused(request, refusal)
    if not is_htmx(request):
        return redirect(request, reverse("channels:dialog", args=[current.pk]))
    detail = {"id": str(current.pk), "action": "reopen"}
    response = trigger(HttpResponse(status=204), **{"talk:done": detail})
    return toast(response, _told(_("Opened again"), dialog), level="ok")


@require_POST
@require(Section.LEADS, Action.EDIT)
def undo(request: MemberRequest) -> HttpResponse:
    """Take back the decision the toast told of."""
    kept = read_undo(request)
    try:
        if kept is None:
            raise CannotUndo
        current = services.undo_decision(**kept, by=request.member, now=timezone.now())
    except Refusal as refusal:
        return refused(request, refusal)
    if not is_htmx(request):
        return redirect(request, reverse("channels:dialog", args=[current.pk]))
    return trigger(HttpResponse(status=204), **{"talk:undone": {"id": str(current.pk)}})


# --- Who is at it ------------------------------------------------------------------------------------
@require_POST
@require(Section.LEADS)
def seen(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Note that the member reads the dialog: nothing in it is unread, and colleagues see who is at it."""
    dialog, member = dialog_or_404(request, pk), request.member
    is_gone = bool(request.POST.get("gone"))
    note = presence.leave if is_gone else presence.look
    note(dialog.pk, member, topic=presence.DIALOG)
    if (lead := dialog.open_lead) is not None:
        note(lead.pk, member, topic=presence.LEAD)
    is_unread = dialog.unread_count or (lead is not None and lead.opened_at is None)
    if is_unread and not is_gone and may(member, Section.LEADS, Action.EDIT):
        try:
            services.read_dialog(dialog=dialog, by=member, now=timezone.now())
        except Refusal:
            return HttpResponse(status=204)  # taken meanwhile, or only to look at: the row says so itself
    return HttpResponse(status=204)


@require_POST
@require(Section.LEADS, Action.EDIT)
def typing(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Note that the member is writing an answer, or has stopped."""
    dialog = dialog_or_404(request, pk, Action.EDIT)
    note_answering(dialog, request.member, is_typing=not request.POST.get("stopped"))
    return HttpResponse(status=204)


@require_GET
@require(Section.LEADS, Action.EDIT)
def canned_for(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Offer the replies that ?q= finds, filled in for this dialog; JSON for scripts, else a page of links."""
    dialog = dialog_or_404(request, pk, Action.EDIT)
    replies = _found(request)
    if not is_htmx(request):
        page = reverse("channels:dialog", args=[dialog.pk])
        back = DialogState.read(request.GET).address(page)
        context: dict[str, Any] = {
            "replies": replies,
            "dialog": dialog,
            "back": back,
            "title": title_of(dialog),
        }
        return render(request, "dialogs/canned_choice.html", context)
    facts = facts_of(dialog, request.member) if replies else {}
    return JsonResponse({"results": [_offer(reply, facts) for reply in replies]})


def _found(request: MemberRequest) -> list[CannedReply]:
    query = request.GET.get("q", "").replace("\0", "").strip()[:60]
    rows = CannedReply.objects.usable_by(request.member)
    if query:
        rows = rows.filter(
            Q(shortcut__istartswith=query) | Q(text__icontains=query) | Q(subject__icontains=query)
        )
    return list(rows.order_by("shortcut", "id")[:FOUND])


def _offer(reply: CannedReply, facts: dict[str, str]) -> dict[str, Any]:
    filled = fill(reply, facts)
    return {
        "shortcut": reply.shortcut,
        "subject": filled.subject,
        "text": filled.text,
        "preview": fill(reply, dict.fromkeys(FIELDS, "…") | {k: v for k, v in facts.items() if v}).text,
        "missing": filled.missing,
    }


# --- Parts -------------------------------------------------------------------------------------------
def _told(text: str, dialog: Dialog) -> str:
    return _("%(done)s: %(lead)s") % {"done": text, "lead": title_of(dialog)}


def _asked(request: MemberRequest, page: str, dialog: Dialog, form: Any) -> HttpResponse:
    back = DialogState.read(request.GET).address(reverse("channels:dialog", args=[dialog.pk]))
    context = {"dialog": dialog, "title": title_of(dialog), "form": form, "back": back}
    return render(request, page, context, status=422 if request.method == "POST" else 200)
