"""Building the form of a channel: fields, words, looks, beside a preview that is the real form."""

from __future__ import annotations

import uuid
from typing import Any

from csp.decorators import csp_replace
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods

from channels import hooks, secrets
from channels.adapter_settings import settings_of
from channels.models import Channel
from channels.services import SiteFormChanged, SiteFormUnfit, save_site_form, site_form_of
from channels.sites.definition import MAX_FIELDS, TYPES
from channels.sites.editing import Draft
from channels.sites.posting import SiteVisit
from channels.sites.showing import form_context
from core.responses import redirect, toast
from tenants.access import require
from tenants.requests import MemberRequest


@require_http_methods(["GET", "HEAD", "POST"])
@require("channels", "edit")
def form_builder(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Show the form that is being built; a button changes the draft, the last one saves it."""
    channel = _channel(pk)
    if request.method != "POST":
        return _shown(request, channel, Draft.of(*site_form_of(channel)))
    draft = Draft.posted(request.POST)
    if what := request.POST.get("do", ""):
        draft.change(what)
        return _shown(request, channel, draft)
    if not draft.is_valid():
        return _shown(request, channel, draft, status=422)
    try:
        save_site_form(
            channel=channel,
            definition=draft.definition(),
            version=draft.version,
            by=request.member,
            now=timezone.now(),
        )
    except (SiteFormChanged, SiteFormUnfit) as refusal:
        draft.whole.add_error(None, str(refusal.message))
        return _shown(request, channel, draft, status=refusal.status)
    if _is_part(request):
        page = _shown(request, channel, Draft.of(*site_form_of(channel)))
        return toast(page, _("Saved: the form on your site is the new one."), level="ok")
    return redirect(request, f"{reverse('channels:form_builder', args=[channel.pk])}?saved=1")


@require_http_methods(["GET", "HEAD", "POST"])
@require("channels", "edit")
@xframe_options_sameorigin
@csp_replace({"frame-ancestors": ["'self'"]})  # type: ignore[arg-type]
def form_preview(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Show the draft as visitors would see it."""
    channel = _channel(pk)
    definition, _version = site_form_of(channel)
    if request.method == "POST":
        definition = Draft.posted(request.POST).definition()
    visit = SiteVisit(channel, definition, settings_of(channel))
    with translation.override(definition.language):
        return render(request, "channels/forms/page.html", form_context(visit, now=timezone.now()))


def _channel(pk: uuid.UUID) -> Channel:
    channel: Channel = get_object_or_404(Channel.objects.select_related("tenant"), pk=pk)
    if channel.kind != "form":
        raise Http404
    return channel


def _shown(request: MemberRequest, channel: Channel, draft: Draft, *, status: int = 200) -> HttpResponse:
    token = secrets.read(channel).get(secrets.HOOK_TOKEN, "")
    context: dict[str, Any] = {
        "channel": channel,
        "draft": draft,
        "types": TYPES.items(),
        "is_full": len(draft.questions) >= MAX_FIELDS,
        "form_url": hooks.form_url(token),
        "has_aside": True,
        "is_saved": "saved" in request.GET,
    }
    template = "channels/forms/builder.html#builder" if _is_part(request) else "channels/forms/builder.html"
    return render(request, template, context, status=status)


def _is_part(request: MemberRequest) -> bool:
    """Whether the page has the rest already and asks for its builder only."""
    return request.headers.get("HX-Target") == "builder"
