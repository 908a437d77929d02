"""The composer of replies: which way they go, text, files; and the button that calls."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from activities.models import Activity
from channels import services
from channels.models import Message
from channels.services import Route
from channels.views.streaming import said_after
from channels.widget import talks
from contacts.models import Contact
from core.errors import Refusal
from core.responses import refused, toast, trigger
from deals.models import Deal
from leads import services as leads
from leads.inquiry import File
from leads.models import Lead
from tenants.access import may, open_to_members
from tenants.models import Membership
from tenants.requests import MemberRequest

_TARGETS: dict[str, tuple[type[Any], str]] = {
    "lead": (Lead, "leads"),
    "deal": (Deal, "deals"),
    "contact": (Contact, "contacts"),
}


@require_safe
@open_to_members
def composer(request: MemberRequest) -> HttpResponse:
    """Give the reply form for ?lead=, ?deal= or ?contact=."""
    target = target_of(request, request.GET)
    return composer_of(request, target)


@require_POST
@open_to_members
def reply(request: MemberRequest) -> HttpResponse:
    """Queue a reply; 'take' takes the lead with it."""
    target = target_of(request, request.POST)
    text = request.POST.get("text", "")
    route = next((r for r in services.routes_for(**target) if r.key == request.POST.get("route")), None)
    try:
        if route is None:
            raise services.NoWayToAnswer
        _send(request, target, route, text)
    except Refusal as refusal:
        return refused(request, refusal)
    response = composer_of(request, target_of(request, request.POST), chosen=route.key)
    trigger(response, **{"timeline:changed": {}})
    return toast(response, _("The message is on its way."), level="ok")


@transaction.atomic
def _send(request: MemberRequest, target: dict[str, Any], route: Route, text: str) -> None:
    """Take the lead where that was asked for, and answer: both or neither."""
    now = timezone.now()
    if request.POST.get("take") and (lead := target.get("lead")):
        leads.take_lead(lead=lead, by=request.member, now=now)
    subject = request.POST.get("subject", "")
    services.send_reply(
        **target,
        by=request.member,
        text=text,
        subject=subject,
        route=route,
        files=files_of(request),
        is_signed=request.POST.get("unsigned") != "1",
        now=now,
    )


@require_POST
@open_to_members
def call(request: MemberRequest) -> HttpResponseBase:
    """Ring the member's phone, then the client's; 'take' takes the lead before."""
    target = target_of(request, request.POST)
    try:
        dialling = services.dialling_for(**target, by=request.member)
        order = services.order_call(dialling=dialling, phone=request.POST.get("phone", ""))
        if request.POST.get("take") and (lead := target.get("lead")):
            leads.take_lead(lead=lead, by=request.member, now=timezone.now())
    except Refusal as refusal:
        return refused(request, refusal)
    said = {"extension": order.extension}
    return said_after(request, lambda: services.start_call(order), "channels/call_said.html", said)


@require_POST
@open_to_members
def send_again(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Send a message that failed once more."""
    visible = Activity.objects.visible_to(request.member, "edit")
    message = get_object_or_404(Message, pk=pk, activity__in=visible)
    try:
        services.retry_message(message=message, by=request.member, now=timezone.now())
    except Refusal as refusal:
        return refused(request, refusal)
    response = trigger(HttpResponse(status=204), **{"timeline:changed": {}})
    return toast(response, _("The message is on its way."), level="ok")


def composer_of(request: MemberRequest, target: dict[str, Any], *, chosen: str = "") -> HttpResponse:
    """Render the reply form."""
    lead: Lead | None = target.get("lead")
    routes: list[Route] = services.routes_for(**target)
    context = {
        "target_name": next(iter(target)),
        "target": next(iter(target.values())),
        "routes": routes,
        "dialling": services.dialling_for(**target, by=request.member),
        "chosen": chosen or (routes[0].key if routes else ""),
        "talk": talks.open_talk_of([route.dialog for route in routes if route.dialog]),
        "has_mail": any(route.is_mail for route in routes),
        "subject": next((route.subject for route in routes if route.is_mail), ""),
        "signatures": _signatures(routes, request.member),
        "may_take": lead is not None and lead.is_open and lead.taken_by_id is None,
        "may_connect": may(request.member, "channels", "add"),
        "closed": [] if routes else services.closed_channels_for(**target),
    }
    return render(request, "channels/composer.html", context)


def _signatures(routes: list[Route], member: Membership) -> list[tuple[str, str]]:
    """Give what the letters of each way end with; ways that end alike stand together."""
    found: dict[str, list[str]] = {}
    for route in routes:
        if signature := services.signature_of(route.channel, member):
            found.setdefault(signature, []).append(route.key)
    return [(" ".join(keys), signature) for signature, keys in found.items()]


def target_of(request: MemberRequest, data: Any) -> dict[str, Any]:
    """Load what is answered: 403 without the right, 404 for what the member can't reach."""
    for name, (model, section) in _TARGETS.items():
        if not (value := data.get(name)):
            continue
        if not may(request.member, section, "edit"):
            raise PermissionDenied
        try:
            pk = uuid.UUID(value)
        except ValueError:
            raise Http404 from None
        return {name: get_object_or_404(model.objects.visible_to(request.member, "edit"), pk=pk)}
    raise Http404


def files_of(request: MemberRequest) -> list[File]:
    """Read the files of a composer."""
    return [
        File(name=f.name or "", content_type=f.content_type or "application/octet-stream", data=f.read())
        for f in request.FILES.getlist("files")
    ]
