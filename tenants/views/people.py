"""Who works here: the list, a colleague's place, dismissal, handing over, invitations."""

from __future__ import annotations

import uuid

from allauth.mfa.models import Authenticator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.errors import Refusal
from core.responses import redirect, refused
from tenants import handover, leaving
from tenants.access import Action, Section, may, require
from tenants.dialogs import form_page
from tenants.errors import InvitationInvalid
from tenants.forms import HandoverForm, InviteForm, MemberForm
from tenants.models import Invitation, Job, Membership
from tenants.services import (
    invite_member,
    rehire_member,
    update_member,
    withdraw_invitation,
)

FORM = ["GET", "HEAD", "POST"]


def _member_or_404(pk: uuid.UUID) -> Membership:
    rows = Membership.objects.select_related("role", "department", "office", "user", "tenant")
    return get_object_or_404(rows, pk=pk)


@require_safe
@require(Section.SETTINGS)
def people(request: HttpRequest) -> HttpResponse:
    """List those who work here (or, with ?dismissed=1, those who did) and the open invitations."""
    is_dismissed = "dismissed" in request.GET
    rows = list(
        Membership.objects.filter(is_active=not is_dismissed).select_related(
            "role", "department", "office", "user"
        )
    )
    guarded = Authenticator.objects.filter(user__in=[row.user_id for row in rows]).values_list(
        "user_id", flat=True
    )
    context = {
        "members": rows,
        "guarded": set(guarded),
        "is_dismissed": is_dismissed,
        "dismissed_count": len(rows) if is_dismissed else Membership.objects.filter(is_active=False).count(),
        "invitations": Invitation.objects.filter(accepted_at=None).select_related("role", "invited_by"),
        "now": timezone.now(),
        "may_edit": may(request.member, Section.SETTINGS, Action.EDIT),  # type: ignore[attr-defined]
        "may_invite": may(request.member, Section.SETTINGS, Action.ADD),  # type: ignore[attr-defined]
    }
    return render(request, "tenants/people.html", context)


@require_http_methods(FORM)
@require(Section.SETTINGS, Action.EDIT)
def member(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Change a colleague's name, role and place."""
    found, by = _member_or_404(pk), request.member  # type: ignore[attr-defined]
    links = [{"label": _("Hand over…"), "url": reverse("tenants:member_handover", args=[pk])}]
    if found.is_active and found.pk != by.pk:
        links.append(
            {"label": _("Dismiss…"), "url": reverse("tenants:member_dismiss", args=[pk]), "is_danger": "1"}
        )
    return form_page(
        request,
        MemberForm(request.POST or None, by=by, member=found),
        lambda values: update_member(member=found, by=by, **values),
        back=reverse("tenants:people"),
        title=found.name,
        intro=found.email,
        links=links,
    )


@require_http_methods(FORM)
@require(Section.SETTINGS, Action.EDIT)
def dismiss(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """End a colleague's work here and hand the open work over in the same step."""
    found, by = _member_or_404(pk), request.member  # type: ignore[attr-defined]
    return form_page(
        request,
        HandoverForm(request.POST or None, member=found, is_required=False),
        lambda values: leaving.let_go(member=found, by=by, now=timezone.now(), to=values["to"]),
        back=_run_or_people,
        template="tenants/handover.html",
        title=_("Dismiss %(name)s") % {"name": found.name},
        intro=_("They can no longer log in here. What they did stays, with their name."),
        workload=handover.workload(found),
        save_label=_("Dismiss"),
        is_danger=True,
    )


@require_http_methods(FORM)
@require(Section.SETTINGS, Action.EDIT)
def hand_over(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Give all of a colleague's open work to another: before a holiday, after a dismissal."""
    found, by = _member_or_404(pk), request.member  # type: ignore[attr-defined]
    return form_page(
        request,
        HandoverForm(request.POST or None, member=found, is_required=True),
        lambda values: leaving.start_handover(member=found, to=values["to"], by=by),
        back=_run_or_people,
        template="tenants/handover.html",
        title=_("Hand over the work of %(name)s") % {"name": found.name},
        workload=handover.workload(found),
        save_label=_("Hand over"),
    )


def _run_or_people(job: Job | None) -> str:
    """Where a handover goes on: on its own page, where there is one."""
    return reverse("tenants:handover_run", args=[job.pk]) if job is not None else reverse("tenants:people")


@require_safe
@require(Section.SETTINGS, Action.EDIT)
def handover_run(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show how far a handover is, then its report: every row and what became of it."""
    job = get_object_or_404(Job, pk=pk, kind=leaving.KIND)
    report = job.report or {}
    context = {
        "job": job,
        "percent": round(100 * job.done_count / job.total_count) if job.total_count else 0,
        "kinds": [(handover.label_of(name), figures) for name, figures in report.get("kinds", {}).items()],
        "rows": [
            {"kind": handover.label_of(kind), "text": text, "url": url, "refusal": refusal}
            for kind, text, url, refusal in report.get("rows", [])
        ],
        "kept_rows": leaving.KEPT_ROWS,
    }
    is_part = request.headers.get("HX-Target") == "handover"
    return render(
        request, "tenants/handover_run.html#progress" if is_part else "tenants/handover_run.html", context
    )


@require_POST
@require(Section.SETTINGS, Action.EDIT)
def rehire(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Let a dismissed colleague log in again."""
    try:
        rehire_member(member=_member_or_404(pk), by=request.member)  # type: ignore[attr-defined]
    except Refusal as refusal:
        return refused(request, refusal)
    return redirect(request, reverse("tenants:people"))


@require_http_methods(FORM)
@require(Section.SETTINGS, Action.ADD)
def invite(request: HttpRequest) -> HttpResponse:
    """Invite a person by mail, and show the link once for those who would rather send it themselves."""
    by = request.member  # type: ignore[attr-defined]
    form = InviteForm(request.POST or None, by=by)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                invited = invite_member(by=by, now=timezone.now(), **form.cleaned_data)
            except Refusal as refusal:
                form.add_error(None, str(refusal.message))
            else:
                return render(request, "tenants/invited.html", {"invited": invited})
    context = {
        "form": form,
        "title": _("Invite"),
        "save_label": _("Invite"),
        "back_url": reverse("tenants:people"),
    }
    return render(request, "tenants/form.html", context, status=status)


@require_POST
@require(Section.SETTINGS, Action.ADD)
def invitation_renew(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Send an invitation again with a new link; the old one stops working."""
    old = get_object_or_404(Invitation.objects.select_related("role", "department"), pk=pk)
    try:
        if old.accepted_at is not None:
            raise InvitationInvalid
        invited = invite_member(
            email=old.email,
            name=old.name,
            role=old.role,
            department=old.department,
            by=request.member,  # type: ignore[attr-defined]
            now=timezone.now(),
        )
    except Refusal as refusal:
        return refused(request, refusal)
    return render(request, "tenants/invited.html", {"invited": invited})


@require_POST
@require(Section.SETTINGS, Action.ADD)
def invitation_withdraw(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Make an invitation's link useless."""
    found = get_object_or_404(Invitation, pk=pk)
    withdraw_invitation(invitation=found, by=request.member)  # type: ignore[attr-defined]
    return redirect(request, reverse("tenants:people"))
