"""What can be done with one planned activity."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from activities import services
from activities.access import find_target
from activities.addresses import page_of
from activities.forms import AT, ChangeForm, CreateForm, DoneForm, MoveForm, NoteForm, PlanForm
from activities.models import Activity
from activities.services import ActivityAlreadyDone, NotMarkedDone
from activities.views.answers import editable, posted, said, too_late, uuid_or_none
from activities.views.composer import save_plan
from tenants.access import require
from tenants.models import Membership
from tenants.requests import MemberRequest


@require_http_methods(["GET", "POST"])
@require("activities", "add")
def create(request: MemberRequest) -> HttpResponse:
    """Plan something: for the card named in the URL, or for a client chosen here."""
    member: Membership = request.member
    target = find_target(request.GET, member)
    form_class = PlanForm if target else CreateForm
    initial = _asked(request)
    form = form_class(posted(request), member=member, now=timezone.now(), initial=initial)
    if request.method == "POST" and form.is_valid():
        chosen = target.as_keywords if target else {"contact": form.cleaned_data["contact"]}
        activity = save_plan(form, by=member, targets=chosen)
        return said(request, activity, _("Planned"))
    context = {"form": form, "target": target}
    return render(request, "activities/create.html", context, status=422 if form.is_bound else 200)


def _asked(request: MemberRequest) -> dict[str, Any]:
    """What the address asks for: kind, subject, and a moment in the reader's zone."""
    asked: dict[str, Any] = {
        "kind": request.GET.get("kind") or Activity.Kind.TASK,
        "when": "tomorrow",
        "remind": "15",
    }
    if at := request.GET.get("at"):
        asked |= {"when": AT, "due": at[:20]}
    if length := request.GET.get("length"):
        asked |= {"duration_min": length[:5]}
    if owner := uuid_or_none(request.GET.get("owner")):
        asked |= {"owner": owner}
    return asked | {"subject": request.GET.get("subject", "")[:300]}


@require_http_methods(["GET", "POST"])
@require("activities", "edit")
def edit(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Change what is planned, for when and for whom."""
    activity = editable(request, pk)
    due = timezone.localtime(activity.due_at) if activity.due_at else None
    initial = {
        "subject": activity.subject,
        "text": activity.text,
        "owner": activity.owner_id,
        "due": due,
        "when": "at" if due else "never",
        "duration_min": activity.duration_min,
        "place": activity.place,
        "repeat": activity.repeat,
        **_people(activity),
    }
    form = ChangeForm(posted(request), now=timezone.now(), initial=initial)
    if request.method == "POST" and form.is_valid():
        values = {name: form.cleaned_data[name] for name in ("subject", "text", "owner", "due_at")}
        try:
            services.change_activity(
                activity=activity, by=request.member, now=form.now, details=form.details,
                participants=form.cleaned_data["participants"], guests=form.cleaned_data["guests"], **values,
            )  # fmt: skip
        except ActivityAlreadyDone as refusal:
            return too_late(request, refusal)
        return said(request, activity, _("Saved"))
    context = {"form": form, "activity": activity, "back": page_of(activity)}
    return render(request, "activities/edit.html", context, status=422 if form.is_bound else 200)


def _people(activity: Activity) -> dict[str, Any]:
    rows = list(activity.participants.all())
    return {
        "participants": [row.member_id for row in rows if row.member_id],
        "guests": ", ".join(row.email for row in rows if row.email),
    }


@require_http_methods(["GET", "POST"])
@require("activities", "edit")
def complete(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask what came of it and what comes next; a POST without either simply marks it done."""
    activity = editable(request, pk)
    form = DoneForm(posted(request), kind=activity.kind, now=timezone.now(), initial={"when": "tomorrow"})
    if request.method == "GET" or not form.is_valid():
        context = {"form": form, "activity": activity, "back": page_of(activity)}
        return render(request, "activities/complete.html", context, status=422 if form.is_bound else 200)
    try:
        _complete(activity, form, request.member)
    except ActivityAlreadyDone as refusal:
        return too_late(request, refusal)
    return said(request, activity, _("Done"), undo_url=reverse("activities:reopen", args=[activity.pk]))


def _complete(activity: Activity, form: DoneForm, by: Membership) -> None:
    values = form.cleaned_data
    services.complete_activity(
        activity=activity,
        by=by,
        now=form.now,
        result=values["result"],
        outcome=values["outcome"],
        next_subject=values["next_subject"],
        next_due_at=values["due_at"],
        next_kind=values["next_kind"],
    )


@require_POST
@require("activities", "edit")
def reopen(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Undo a completion."""
    activity = editable(request, pk)
    try:
        services.reopen_activity(activity=activity, by=request.member, now=timezone.now())
    except NotMarkedDone as refusal:
        return too_late(request, refusal)
    return said(request, activity, _("Planned again"))


@require_http_methods(["GET", "POST"])
@require("activities", "edit")
def move(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Move a planned activity to another moment."""
    activity = editable(request, pk)
    before, length = activity.due_at, activity.duration_min
    form = MoveForm(_asked_moment(request), now=timezone.now(), initial={"when": "tomorrow"})
    if request.method == "GET" or not form.is_valid():
        context = {"form": form, "activity": activity, "back": page_of(activity)}
        return render(request, "activities/move.html", context, status=422 if form.is_bound else 200)
    try:
        services.reschedule_activity(
            activity=activity,
            due_at=form.cleaned_data["due_at"],
            by=request.member,
            now=form.now,
            duration_min=form.cleaned_data["duration_min"],
        )
    except ActivityAlreadyDone as refusal:
        return too_late(request, refusal)
    back = {"to": before.isoformat(), "length": length} if before else {}
    undo = f"{reverse('activities:move', args=[pk])}?{urlencode(back)}" if back else ""
    return said(request, activity, _("Moved"), undo_url=undo)


def _asked_moment(request: MemberRequest) -> Mapping[str, Any] | None:
    """Read the wanted moment: from the form, or from the address an undo posts to."""
    if request.method == "POST" and (moment := request.GET.get("to")):
        return {"when": "at", "due": moment, "duration_min": request.GET.get("length") or ""}
    return posted(request)


@require_POST
@require("activities", "edit")
def cancel(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Call a planned activity off."""
    activity = editable(request, pk)
    try:
        services.cancel_activity(activity=activity, by=request.member, now=timezone.now())
    except ActivityAlreadyDone as refusal:
        return too_late(request, refusal)
    return said(request, activity, _("Called off"), undo_url=reverse("activities:restore", args=[pk]))


@require_POST
@require("activities", "edit")
def restore(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Bring a called-off activity or a deleted note back."""
    activity = editable(request, pk)
    try:
        services.restore_activity(activity=activity, by=request.member, now=timezone.now())
    except ActivityAlreadyDone as refusal:
        return too_late(request, refusal)
    return said(request, activity, _("Restored"))


# --- Notes -------------------------------------------------------------------------------------------
def _own_note(request: MemberRequest, pk: uuid.UUID) -> Activity:
    rows = Activity.objects.filter(kind=Activity.Kind.NOTE, author=request.member)
    return get_object_or_404(rows, pk=pk)


@require_http_methods(["GET", "POST"])
@require("activities", "edit")
def edit_note(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Rewrite one's own note."""
    note = _own_note(request, pk)
    form = NoteForm(posted(request), initial={"text": note.text})
    if request.method == "POST" and form.is_valid():
        services.change_note(note=note, text=form.cleaned_data["text"], by=request.member, now=timezone.now())
        return said(request, note, _("Saved"))
    context = {"form": form, "activity": note, "back": page_of(note)}
    return render(request, "activities/note.html", context, status=422 if form.is_bound else 200)


@require_POST
@require("activities", "edit")
def delete_note(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Take one's own note out of the timeline."""
    note = _own_note(request, pk)
    services.delete_note(note=note, by=request.member, now=timezone.now())
    return said(request, note, _("Note deleted"), undo_url=reverse("activities:restore", args=[pk]))
