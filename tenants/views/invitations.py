"""The page an invitation's link opens; reached without a session."""

from __future__ import annotations

from allauth.account.utils import perform_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.views.decorators.http import require_http_methods

from core.errors import Refusal
from core.tenancy import tenant_scope
from tenants.errors import InvitationInvalid
from tenants.forms import JoinForm
from tenants.middleware import SESSION_KEY, public
from tenants.models import Invitation, User
from tenants.services import accept_invitation, accept_with_new_login, find_invitation
from tenants.services.invitations import tenant_of

PAGE = "tenants/invitation.html"


@public
@require_http_methods(["GET", "HEAD", "POST"])
def accept(request: HttpRequest, token: str) -> HttpResponse:
    """Join the company: with a new login, or with the one the address already has."""
    try:
        tenant = tenant_of(token)
        with tenant_scope(tenant):
            invitation = find_invitation(token=token, now=timezone.now())
    except InvitationInvalid as refusal:
        return render(request, PAGE, {"reason": refusal.message}, status=404)
    with translation.override(tenant.language if request.user.is_anonymous else translation.get_language()):
        account = User.objects.filter(email=invitation.email).first()
        context = {"invitation": invitation, "company": tenant, "token": token}
        if request.user.is_authenticated:
            return _join_signed_in(request, token, invitation, context)
        if account is not None:
            return render(request, PAGE, context | {"must_sign_in": True})
        return _join_new(request, token, invitation, context)


def _join_signed_in(
    request: HttpRequest, token: str, invitation: Invitation, context: dict[str, object]
) -> HttpResponse:
    is_theirs = request.user.email == invitation.email  # type: ignore[union-attr]
    if request.method == "POST" and is_theirs:
        try:
            member = accept_invitation(token=token, user=request.user, now=timezone.now())  # type: ignore[arg-type]
        except Refusal as refusal:
            return render(request, PAGE, {"reason": refusal.message}, status=refusal.status)
        request.session[SESSION_KEY] = member.tenant_id
        return redirect("/")
    return render(request, PAGE, context | {"is_theirs": is_theirs, "is_signed_in": True})


def _join_new(
    request: HttpRequest, token: str, invitation: Invitation, context: dict[str, object]
) -> HttpResponse:
    form = JoinForm(request.POST or None, invitation=invitation)
    if request.method != "POST" or not form.is_valid():
        return render(request, PAGE, context | {"form": form}, status=422 if form.errors else 200)
    try:
        member = accept_with_new_login(token=token, now=timezone.now(), **form.cleaned_data)
    except Refusal as refusal:
        return render(request, PAGE, {"reason": refusal.message}, status=refusal.status)
    response: HttpResponse = perform_login(request, member.user, email=member.user.email)
    return response
