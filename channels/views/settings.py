"""Settings pages of channels: the list, connecting a new one, one channel."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from django.conf import settings as django_settings
from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from channels import hooks, overview, secrets, services, upkeep
from channels.adapters import ADAPTERS, Adapter, UnknownKind, adapter_for
from channels.adapters.base import Check
from channels.adapters.mail import oauth
from channels.forms import ChannelForm
from channels.journal import ledger
from channels.models import Channel, MissedCallPlan
from channels.sites.held import held_of
from channels.widget.door import KINDS
from core.responses import is_htmx, redirect, toast
from core.tenancy import tenant_scope
from deals.models import Pipeline
from tenants.access import may, require
from tenants.models import Tenant
from tenants.requests import MemberRequest

GROUPS = (
    ("email", gettext_lazy("Mail")),
    ("messenger", gettext_lazy("Messengers")),
    ("call", gettext_lazy("Telephony")),
    ("request", gettext_lazy("Forms on sites")),
    ("chat", gettext_lazy("Chats on sites")),
    ("callback", gettext_lazy("Callbacks")),
)


@require_safe
@require("channels")
def channel_list(request: MemberRequest) -> HttpResponse:
    """Show how every channel fares, and the ledger of the last day."""
    return render(request, "channels/channel_list.html", _list_context(request))


@require_safe
@require("channels")
def into_pipeline(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """List the channels whose inquiries become deals of this pipeline at once, for the pipeline's page."""
    pipeline = get_object_or_404(Pipeline, pk=pk)
    rows = Channel.objects.filter(pipeline=pipeline, is_lead_source=True).order_by("name", "pk")
    is_simple = request.tenant.mode == Tenant.Mode.SIMPLE
    is_default = is_simple and Pipeline.objects.active().first() == pipeline
    return render(request, "channels/into_pipeline.html", {"channels": rows, "is_default": is_default})


@require_safe
@require("channels", "add")
def choose_kind(request: MemberRequest) -> HttpResponse:
    """Ask what kind of channel to connect."""
    groups = [
        (label, [adapter for adapter in ADAPTERS.values() if adapter.channel_kind == kind])
        for kind, label in GROUPS
    ]
    return render(request, "channels/choose_kind.html", {"groups": [group for group in groups if group[1]]})


@require("channels", "add")
def create(request: MemberRequest, kind: str) -> HttpResponse:
    """Connect a channel of the chosen kind."""
    adapter = _adapter_or_404(kind)
    form = ChannelForm(request.POST or None, adapter=adapter)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.create_channel(
                kind=kind,
                by=request.member,
                now=timezone.now(),
                **form.operation_values(),
            )
        except services.InvalidSettings as refusal:
            form.add_refusal(refusal)
        except services.ChannelNameTaken as refusal:
            form.add_error("name", str(refusal.message))
        else:
            return redirect(request, _next_step(request, made.channel))
    status = 422 if request.method == "POST" else 200
    return render(request, "channels/create.html", {"form": form, "adapter": adapter}, status=status)


def _next_step(request: MemberRequest, channel: Channel) -> str:
    """Where a new channel leads: a form to its builder, everything else to its test."""
    if channel.kind == "form" and may(request.member, "channels", "edit"):
        return reverse("channels:form_builder", args=[channel.pk])
    return f"{reverse('channels:detail', args=[channel.pk])}?new=1"


@require("channels")
def detail(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Show one channel beside the list, and save what was changed."""
    channel = _channel(pk)
    form = _form(channel, request.POST or None)
    if request.method == "POST":
        if not may(request.member, "channels", "edit"):
            return HttpResponse(status=403)
        if form.is_valid() and _save(request, channel, form):
            response = redirect(request, reverse("channels:detail", args=[channel.pk]))
            return toast(response, _("Saved"), level="ok")
    status = 422 if request.method == "POST" else 200
    return render(request, "channels/channel.html", _detail_context(request, channel, form), status=status)


@require_POST
@require("channels", "edit")
def check(request: MemberRequest, pk: uuid.UUID) -> HttpResponseBase:
    """Test the connection. The answer streams, so that no transaction waits for the network."""
    channel = _channel(pk)
    str(request.csp_nonce)  # type: ignore[attr-defined]  # made now: the headers leave before the page is rendered
    return StreamingHttpResponse(_check_page(request, channel, services.prepare_check(channel)))


def _check_page(request: MemberRequest, channel: Channel, work: dict[str, Any]) -> Iterator[str]:
    with translation.override(request.LANGUAGE_CODE), timezone.override(_zone(request)):
        if learned := upkeep.learn(**work):
            with tenant_scope(request.tenant):
                channel = services.keep_learned(channel=channel, values=learned)
                work = services.prepare_check(channel)
        checks: list[Check] = services.check_channel(**work)
        with tenant_scope(request.tenant):
            services.note_check(channel=channel, checks=checks, now=timezone.now())
            if is_htmx(request):
                context: dict[str, Any] = {"channel": channel, "checks": checks}
                yield render_to_string("channels/channel.html#checks", context, request)
            else:
                context = _detail_context(request, channel, _form(channel)) | {"checks": checks}
                yield render_to_string("channels/channel.html", context, request)


def _zone(request: MemberRequest) -> str:
    return request.user.time_zone or request.tenant.time_zone  # type: ignore[union-attr]


@require_POST
@require("channels", "edit")
def rotate(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Give the channel a new address."""
    channel = _channel(pk)
    services.rotate_hook_token(channel=channel, by=request.member, now=timezone.now())
    return redirect(request, reverse("channels:detail", args=[channel.pk]))


@require_POST
@require("channels", "edit")
def switch(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Switch the channel on or off."""
    channel = _channel(pk)
    is_active = request.POST.get("is_active") == "1"
    services.switch_channel(channel=channel, is_active=is_active, by=request.member, now=timezone.now())
    return redirect(request, reverse("channels:detail", args=[channel.pk]))


@require_POST
@require("channels", "edit")
def lead_source(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Say whether the channel's inquiries enter the queue."""
    channel = _channel(pk)
    is_source = request.POST.get("is_lead_source") == "on"
    services.set_lead_source(channel=channel, is_lead_source=is_source, by=request.member)
    text = (
        _("New inquiries of this channel enter the queue.")
        if is_source
        else _("Its messages are only stored now.")
    )
    if is_htmx(request):
        return toast(HttpResponse(status=204), text, level="ok")
    return redirect(request, reverse("channels:list"))


def _channel(pk: uuid.UUID) -> Channel:
    channel: Channel = get_object_or_404(Channel, pk=pk)
    return channel


def _adapter_or_404(kind: str) -> Adapter:
    try:
        return adapter_for(kind)
    except UnknownKind:
        raise Http404 from None


def _form(channel: Channel, data: Any = None) -> ChannelForm:
    known = frozenset(secrets.read(channel))
    return ChannelForm(data, adapter=adapter_for(channel.kind), channel=channel, known=known)


def _save(request: MemberRequest, channel: Channel, form: ChannelForm) -> bool:
    try:
        services.update_channel(
            channel=channel,
            by=request.member,
            now=timezone.now(),
            **form.operation_values(),
        )
    except services.InvalidSettings as refusal:
        form.add_refusal(refusal)
    except services.ChannelNameTaken as refusal:
        form.add_error("name", str(refusal.message))
    else:
        return True
    channel.refresh_from_db()
    return False


def _list_context(request: MemberRequest) -> dict[str, Any]:
    now = timezone.now()
    lines = overview.rows(now=now)
    return {
        "rows": lines,
        "head": overview.summary(lines),
        "ledger": ledger(since=now - overview.DAY),
        "may_edit": may(request.member, "channels", "edit"),
        "may_add": may(request.member, "channels", "add"),
    }


def _detail_context(request: MemberRequest, channel: Channel, form: ChannelForm) -> dict[str, Any]:
    context = _list_context(request)
    token = secrets.read(channel).get(secrets.HOOK_TOKEN, "")
    is_posted_to = token and form.adapter.is_posted_to(channel.settings)
    return context | {
        "channel": channel,
        "adapter": form.adapter,
        "form": form,
        "row": next(row for row in context["rows"] if row.channel.pk == channel.pk),
        "hook_hint": ""
        if form.is_folded
        else form.adapter.help_text,  # there it stands with the technical settings
        "hook_url": hooks.hook_url(channel.kind, token) if is_posted_to else "",
        **(_site_context(channel, token) if token and channel.kind == "form" else {}),
        **_widget(channel, token),
        "has_aside": True,
        "is_new": "new" in request.GET,
        "has_consented": "consent" in request.GET,
        "asks_consent": channel.kind == "email" and oauth.is_wanted(channel.settings),
        "is_line": channel.channel_kind == Channel.Kind.CALL,
        "missed_plan": MissedCallPlan.objects.filter(channel=channel).select_related("sms_channel").first(),
        "can_text": channel.is_active and services.can_text(channel),
        "consent_url": f"{django_settings.PUBLIC_URL}{reverse('channels:consent_done')}",
    }


def _site_context(channel: Channel, token: str) -> dict[str, Any]:
    """What is told of a channel whose form stands on a site."""
    return {
        "token": token,
        "form_url": hooks.form_url(token),
        "script_url": hooks.form_script_url(token),
        "origin": django_settings.PUBLIC_URL,
        "held": held_of(channel, now=timezone.now()),
    }


def _widget(channel: Channel, token: str) -> dict[str, str]:
    """How to put a channel's widget on a site, where it has one."""
    if not token or channel.kind not in KINDS:
        return {}
    return {"widget_code": hooks.widget_code(token), "trial_url": hooks.widget_trial_url(token)}
