"""Numbers on the site: which one a visitor sees, and the page where they are kept."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import uuid
from typing import Any

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet
from django.http import Http404, HttpResponse, JsonResponse
from django.http.request import HttpRequest
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from channels import hooks, secrets
from channels.adapters.marks import FIRST_PAGE_NAMES, is_mark
from channels.adapters.numbers import LEND_MIN
from channels.adapters.text import clean_line
from channels.models import Channel, NumberLease, SiteCall, SiteNumber
from channels.services import (
    NotANumber,
    NumberTaken,
    TooManyNumbers,
    add_site_numbers,
    lend_number,
    remove_site_number,
)
from channels.sites import shield
from channels.sites.filling import Answers
from channels.sites.numbers import NumberForm
from channels.views.everybody import for_everybody
from channels.webhooks import TooLarge, read_delivery
from core import formats
from core.responses import redirect
from core.tenancy import tenant_scope
from core.visitors import address_of
from leads.models import Lead
from tenants.access import may, require
from tenants.requests import MemberRequest

VISITOR = re.compile(r"[A-Za-z0-9-]{8,64}")
MAX_BYTES = 16_000
DAYS = 30
LATEST = 50
_PLACES = frozenset(("page_url", "referrer")) | FIRST_PAGE_NAMES


@csrf_exempt
@for_everybody
def lend(request: HttpRequest, token: str) -> HttpResponse:
    """Say which number a visitor is to see, and for how long; the site's script asks again while they look."""
    if request.method != "POST":
        return HttpResponse(status=405, headers={"Allow": "POST"})
    route = hooks.find_route("numbers", token)
    if route is None:
        raise Http404
    if shield.is_viewed_too_often(address_of(request)):
        return JsonResponse({}, status=429)
    try:
        delivery = read_delivery(request, limit=MAX_BYTES)
    except TooLarge:
        return HttpResponse(status=413)
    told = Answers.read(delivery)
    if not VISITOR.fullmatch(told.one("visitor")):
        return JsonResponse({}, status=400)
    with tenant_scope(route.tenant_id):
        channel = get_object_or_404(Channel.objects.active(), pk=route.channel_id)
        return _lent(channel, told)


def _lent(channel: Channel, told: Answers) -> HttpResponse:
    names = (name for name in told.texts if name in _PLACES or is_mark(name))
    marks = {name: clean_line(told.one(name), 1000) for name in names}
    number = lend_number(
        channel=channel,
        visitor=told.one("visitor"),
        told={name: value for name, value in marks.items() if value},
        region=clean_line(told.one("region"), 100),
        now=timezone.now(),
    )
    answer: dict[str, Any] = {"printed": str(channel.settings.get("printed") or "").splitlines()}
    if number is not None:
        answer |= {"number": number.number, "shown": formats.phone(number.number)}
        answer["minutes"] = int(channel.settings.get("lend_min") or LEND_MIN)
    response = JsonResponse(answer)
    response.headers["Cache-Control"] = "no-store"
    return response


@require("channels")
def numbers(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Show the channel's numbers with the calls each brought, and add to them."""
    channel = _channel(pk)
    form = NumberForm(request.POST or None)
    if request.method == "POST":
        if not may(request.member, "channels", "edit"):
            return HttpResponse(status=403)
        if form.is_valid():
            try:
                add_site_numbers(channel=channel, by=request.member, now=timezone.now(), **form.cleaned_data)
            except (NotANumber, NumberTaken, TooManyNumbers) as refusal:
                form.add_error("text", str(refusal.message))
            else:
                return redirect(request, reverse("channels:numbers", args=[channel.pk]))
    status = 422 if request.method == "POST" else 200
    return render(request, "channels/numbers.html", _context(request, channel, form), status=status)


@require_POST
@require("channels", "edit")
def number_remove(request: MemberRequest, pk: uuid.UUID, number: uuid.UUID) -> HttpResponse:
    """Take a number off the list."""
    channel = _channel(pk)
    found: SiteNumber = get_object_or_404(SiteNumber, pk=number, channel=channel)
    remove_site_number(number=found, by=request.member)
    return redirect(request, reverse("channels:numbers", args=[channel.pk]))


@dataclasses.dataclass(frozen=True, slots=True)
class _CallRow:
    """A call by a number, with the lead it made where the reader may see it."""

    call: SiteCall
    lead: Lead | None


def _context(request: MemberRequest, channel: Channel, form: NumberForm) -> dict[str, Any]:
    now, token = timezone.now(), secrets.read(channel).get(secrets.HOOK_TOKEN, "")
    return {
        "channel": channel,
        "form": form,
        "numbers": _numbers(channel, now),
        "calls": _calls(request, channel),
        "days": DAYS,
        "token": token,
        "script_url": hooks.numbers_script_url(token),
        "has_aside": True,
        "may_edit": may(request.member, "channels", "edit"),
    }


def _numbers(channel: Channel, now: dt.datetime) -> QuerySet[SiteNumber]:
    recent = Q(calls__at__gte=now - dt.timedelta(days=DAYS))
    seen = NumberLease.objects.filter(number=OuterRef("pk"), until__gte=now)
    rows: QuerySet[SiteNumber] = SiteNumber.objects.filter(channel=channel)
    counted = rows.annotate(
        call_count=Count("calls", filter=recent), last_call_at=Max("calls__at"), is_lent=Exists(seen)
    )
    return counted.order_by("-utm_source", "-campaign", "-region", "number")


def _calls(request: MemberRequest, channel: Channel) -> list[_CallRow]:
    calls = SiteCall.objects.filter(number__channel=channel).select_related("call", "number")
    latest = list(calls.order_by("-at", "-id")[:LATEST])
    visible = Lead.objects.visible_to(request.member).filter(call__in=[one.call_id for one in latest])
    leads = {lead.call_id: lead for lead in visible.select_related("source")}
    return [_CallRow(one, leads.get(one.call_id)) for one in latest]


def _channel(pk: uuid.UUID) -> Channel:
    channel: Channel = get_object_or_404(Channel, pk=pk)
    if channel.kind != "numbers":
        raise Http404
    return channel
