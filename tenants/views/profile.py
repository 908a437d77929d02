"""One's own page, and going to another company."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect as go
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from tenants.access import Action, Section, may, open_to_members
from tenants.dialogs import form_page
from tenants.forms import ProfileForm
from tenants.middleware import SESSION_KEY
from tenants.models import Seat
from tenants.services import update_profile


@require_http_methods(["GET", "HEAD", "POST"])
@open_to_members
def profile(request: HttpRequest) -> HttpResponse:
    """Show and change one's own name, language, time zone, signature; the way to password and two-step login."""
    member = request.member  # type: ignore[attr-defined]
    return form_page(
        request,
        ProfileForm(request.POST or None, member=member),
        lambda values: update_profile(member=member, **values),
        back=reverse("tenants:profile"),
        template="tenants/profile.html",
        title=_("Profile"),
        member=member,
        may_edit_people=may(member, Section.SETTINGS, Action.EDIT),
    )


@require_POST
@open_to_members
def switch(request: HttpRequest, slug: str) -> HttpResponse:
    """Work in another of one's companies; one without a seat there looks like none at all."""
    seat = Seat.objects.filter(user_id=request.user.pk, tenant__slug=slug, tenant__is_active=True).first()
    if seat is None:
        raise Http404
    request.session[SESSION_KEY] = seat.tenant_id
    return go("/")
