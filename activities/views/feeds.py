"""The calendar in other programs: a person's secret links, and what they answer."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.http import quote_etag
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from activities import ics, services
from activities.forms import FeedForm
from activities.models import Activity, CalendarFeed, Participant
from activities.services.feeds import note_reading, token_hash
from activities.views.answers import posted
from core.errors import Refusal
from core.responses import redirect, refused
from core.tenancy import tenant_scope
from tenants.access import Section, may, require
from tenants.middleware import public
from tenants.models import Membership, Tenant
from tenants.requests import MemberRequest

BACK, AHEAD = dt.timedelta(days=60), dt.timedelta(days=400)
MOST = 2000


@require_http_methods(["GET", "POST"])
@require("activities")
def feeds(request: MemberRequest) -> HttpResponse:
    """List one's links, and make one; a new link is shown once."""
    form = FeedForm(posted(request))
    opened = None
    if request.method == "POST" and form.is_valid():
        try:
            opened = services.open_feed(member=request.member, now=timezone.now(), **form.cleaned_data)
        except Refusal as refusal:
            return refused(request, refusal)
        form = FeedForm()
    context = {
        "form": form,
        "opened": opened,
        "feeds": CalendarFeed.objects.filter(member=request.member),
    }
    return render(request, "activities/feeds.html", context, status=422 if form.is_bound else 200)


@require_POST
@require("activities")
def close(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Make one of one's links useless."""
    feed = get_object_or_404(CalendarFeed, pk=pk, member=request.member)
    services.close_feed(feed=feed, by=request.member)
    return redirect(request, reverse("activities:feeds"))


@require_GET
@public
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """Answer a calendar program; whoever left or may see no activities has no calendar."""
    tenant_id, _dash, secret = token.partition("-")
    tenant = (
        Tenant.objects.filter(pk=tenant_id, is_active=True).first()
        if tenant_id.isdecimal() and len(tenant_id) < 10
        else None
    )
    if tenant is None or not secret:
        raise Http404
    with tenant_scope(tenant), translation.override(tenant.language):
        found = _feed(secret)
        body = ics.feed_of(_rows(found), name=_("CRM: %(name)s") % {"name": found.member.name})
        note_reading(feed=found, now=timezone.now())
    etag = quote_etag(hashlib.sha256(body).hexdigest()[:32])
    if request.headers.get("If-None-Match") == etag:
        return HttpResponse(status=304, headers={"ETag": etag})
    headers = {"ETag": etag, "Cache-Control": "private, max-age=300", "X-Robots-Tag": "noindex"}
    return HttpResponse(body, content_type="text/calendar; charset=utf-8", headers=headers)


def _feed(secret: str) -> CalendarFeed:
    rows = CalendarFeed.objects.select_related("member__role", "member__tenant")
    found: CalendarFeed | None = rows.filter(token_hash=token_hash(secret)).first()
    if found is None or not _may_read(found.member):
        raise Http404
    return found


def _may_read(member: Membership) -> bool:
    return member.is_active and may(member, Section.ACTIVITIES)


def _rows(feed: CalendarFeed) -> list[Activity]:
    """What the person does or takes part in, from two months ago to a year ahead."""
    now = timezone.now()
    asked = Participant.objects.filter(member=feed.member).values("activity")
    rows = Activity.objects.filter(
        Q(owner=feed.member) | Q(pk__in=asked),
        kind__in=feed.kinds,
        due_at__gte=now - BACK,
        due_at__lt=now + AHEAD,
    )
    return list(rows.select_related("contact", "company").order_by("due_at", "pk")[:MOST])
