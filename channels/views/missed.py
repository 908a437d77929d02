"""What a telephone line does about missed calls, and trying a text before clients get one."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from channels import services
from channels.forms import MissedCallForm
from channels.models import Channel, MissedCallPlan
from channels.views.streaming import said_after
from core import formats
from core.errors import Refusal
from core.responses import refused
from tenants.access import require
from tenants.dialogs import form_page
from tenants.requests import MemberRequest

FORM = ["GET", "HEAD", "POST"]


@require_http_methods(FORM)
@require("channels", "edit")
def missed_calls(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Say what follows a missed call of this channel."""
    channel = get_object_or_404(Channel, pk=pk)
    plan = MissedCallPlan.objects.filter(channel=channel).first()
    form = MissedCallForm(request.POST if request.method == "POST" else None, plan=plan)

    def save(values: dict[str, Any]) -> object:
        return services.set_missed_call_plan(channel=channel, by=request.member, **values)

    return form_page(
        request,
        form,
        save,
        back=reverse("channels:detail", args=[channel.pk]),
        template="channels/missed_calls.html",
        title=_("Missed calls: %(channel)s") % {"channel": formats.phone(channel.name)},
        channel=channel,
    )


@require_POST
@require("channels", "edit")
def try_text(request: MemberRequest, pk: uuid.UUID) -> HttpResponseBase:
    """Send a text to a phone named here."""
    channel = get_object_or_404(Channel, pk=pk)
    try:
        text = services.prepare_trial(channel=channel, phone=request.POST.get("phone", ""))
    except Refusal as refusal:
        return refused(request, refusal)
    return said_after(
        request, lambda: services.send_trial(text), "channels/text_said.html", {"phone": text.phone}
    )
