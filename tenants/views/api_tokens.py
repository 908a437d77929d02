"""Settings: tokens of the API, and how to begin with it."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.errors import Forbidden, Refusal
from core.responses import redirect, refused
from tenants.access import Action, Section, may, require
from tenants.api import scopes
from tenants.forms import ApiTokenForm
from tenants.models import ApiToken, Membership
from tenants.requests import MemberRequest
from tenants.services import create_token, revoke_token

SHOWN_DEAD = 50


@require_safe
@require(Section.SETTINGS)
def index(request: MemberRequest) -> HttpResponse:
    """List the company's tokens, those that work first, and show how a program begins."""
    now, rows = timezone.now(), ApiToken.objects.select_related("member", "revoked_by")
    working = list(rows.working(now=now))
    dead = rows.exclude(pk__in=[token.pk for token in working])[:SHOWN_DEAD]
    context = {
        "working": [_row(token, request.member) for token in working],
        "dead": [_row(token, request.member) for token in dead],
        "may_add": may(request.member, Section.SETTINGS, Action.ADD),
        "example": example(request.tenant.currency, timezone.localdate()),
        "reference_url": reverse("api:reference"),
    }
    return render(request, "tenants/api_tokens.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Section.SETTINGS, Action.ADD)
def create(request: MemberRequest) -> HttpResponse:
    """Make a token of one's own, and show its secret this once."""
    form, status = ApiTokenForm(request.POST or None, by=request.member), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                issued = create_token(by=request.member, **form.values(now=timezone.now()))
            except Refusal as refusal:
                form.add_error(None, str(refusal.message))
            else:
                return render(request, "tenants/api_token_created.html", {"issued": issued})
    context = {
        "form": form,
        "title": _("New token"),
        "intro": _("A program with it acts in your name and may never do more than you."),
        "save_label": _("Create"),
        "back_url": reverse("tenants:api_tokens"),
    }
    return render(request, "tenants/form.html", context, status=status)


@require_POST
@require(Section.SETTINGS)
def revoke(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Make a token useless: one's own, or as one who may delete settings."""
    token = get_object_or_404(ApiToken, pk=pk)
    if not _may_revoke(token, request.member):
        return refused(request, Forbidden(_("This token belongs to a colleague.")))
    revoke_token(token=token, by=request.member, now=timezone.now())
    return redirect(request, reverse("tenants:api_tokens"))


def _may_revoke(token: ApiToken, member: Membership) -> bool:
    return token.member_id == member.pk or may(member, Section.SETTINGS, Action.DELETE)


def _row(token: ApiToken, member: Membership) -> dict[str, Any]:
    return {
        "token": token,
        "scopes": scopes.labels_of(token.scopes),
        "may_revoke": _may_revoke(token, member),
    }


def example(currency: str, day: dt.date) -> str:
    """Write a call that works as it stands, once the shell knows the token."""
    cost = {
        "external_id": f"ads-{day}",
        "starts_on": f"{day}",
        "amount": "1250.00",
        "currency": currency,
        "campaign": "Brand",
    }
    return (
        f"curl {settings.PUBLIC_URL}{reverse('api:costs')} \\\n"
        '  -H "Authorization: Bearer $CRM_TOKEN" \\\n'
        '  -H "Content-Type: application/json" \\\n'
        f"  -d '{json.dumps({'costs': [cost]})}'"
    )
