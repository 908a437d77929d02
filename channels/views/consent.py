"""Signing in at a mail provider: the owner of a mailbox lets us in, and the channel keeps the consent."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from channels import services
from channels.adapter_settings import settings_of
from channels.adapters.base import SendError
from channels.adapters.mail import oauth
from channels.models import Channel
from core.errors import Refusal
from core.responses import refused
from core.tenancy import tenant_scope
from tenants.access import may, require
from tenants.middleware import public
from tenants.models import Membership
from tenants.requests import MemberRequest

_SALT = "channels.consent"
_LASTS_S = 900


class ConsentRefused(Refusal):
    """The provider did not let us in; the text says why."""

    code = "consent_refused"


@require_safe
@require("channels", "edit")
def start(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Send the browser to the provider's page of consent."""
    channel = get_object_or_404(Channel, pk=pk, kind="email")
    state = {"tenant": channel.tenant_id, "channel": str(channel.pk), "user": request.user.pk}
    try:
        url = oauth.authorize_url(
            settings_of(channel), redirect_uri=_return_url(), state=signing.dumps(state, salt=_SALT)
        )
    except SendError as error:
        return refused(request, ConsentRefused(str(error)))
    return HttpResponseRedirect(url)


@require_safe
@public
def done(request: HttpRequest) -> HttpResponse:
    """Take what the provider answered. Public, so that no transaction waits for the provider: it looks itself who asks."""
    state = _state(request)
    with tenant_scope(state["tenant"]):
        member = (
            Membership.objects.active().select_related("role", "tenant").filter(user=request.user).first()
        )
        if member is None or not may(member, "channels", "edit"):
            raise Http404
        channel: Channel = get_object_or_404(Channel, pk=state["channel"])
        known = settings_of(channel)
    with translation.override(request.user.language or member.tenant.language):  # type: ignore[union-attr]
        try:
            token = _consent(request, known)
        except SendError as error:
            return refused(request, ConsentRefused(str(error)))
    with tenant_scope(state["tenant"]):
        services.update_channel(
            channel=channel, by=member, now=timezone.now(), settings={"refresh_token": token}
        )
    return HttpResponseRedirect(reverse("channels:detail", args=[channel.pk]) + "?consent=1")


def _state(request: HttpRequest) -> dict[str, Any]:
    """Read whose consent this is. Only the person who began it, within fifteen minutes, may end it."""
    try:
        state: dict[str, Any] = signing.loads(request.GET.get("state", ""), salt=_SALT, max_age=_LASTS_S)
    except signing.BadSignature:
        raise Http404 from None
    if not request.user.is_authenticated or request.user.pk != state["user"]:
        raise Http404
    return state


def _consent(request: HttpRequest, known: Any) -> str:
    if not (code := request.GET.get("code", "")):
        said = request.GET.get("error_description") or request.GET.get("error") or _("no code came back")
        raise SendError(_("The mail provider refused: {error}").format(error=said[:200]), is_permanent=True)
    return oauth.exchange(known, code=code, redirect_uri=_return_url())


def _return_url() -> str:
    return f"{settings.PUBLIC_URL}{reverse('channels:consent_done')}"
