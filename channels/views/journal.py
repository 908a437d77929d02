"""The journal: everything that was received, what became of it, and another try for what failed."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Prefetch, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from channels import secrets
from channels.forms import JournalFilter
from channels.journal import replay
from channels.models import Event, EventItem
from channels.models.journal import HEAVY
from core.listing.keyset import Cursor, Sort, after, decode
from core.responses import is_htmx, redirect, toast
from leads.models import Lead
from leads.suspicion import words_of
from tenants.access import may, require
from tenants.requests import MemberRequest

PAGE_SIZE = 50
SHOWN_BYTES = 64 * 1024
_SORT = Sort("received", "received_at", is_descending=True)


@require_safe
@require("channels")
def journal(request: MemberRequest) -> HttpResponse:
    """List deliveries, newest first."""
    form = JournalFilter(request.GET)
    events = _narrowed(form)
    cursor = decode(request.GET.get("cursor", ""), Event._meta.get_field("received_at"))
    items = Prefetch("items", EventItem.objects.order_by("at", "id"))
    found = list(
        after(events, _SORT, cursor)
        .defer(*HEAVY)
        .select_related("channel")
        .prefetch_related(items)[: PAGE_SIZE + 1]
    )
    page = found[:PAGE_SIZE]
    if cursor and cursor.is_back:
        page = page[::-1]
    context = {
        "form": form,
        "events": page,
        "next_url": _next_url(request, page, cursor, has_more=len(found) > PAGE_SIZE),
        "previous_url": _previous_url(request, page, cursor, has_more=len(found) > PAGE_SIZE),
        "dead_count": Event.objects.dead().count(),
        "is_filtered": any(form.cleaned_data.values()) if form.is_valid() else True,
        "suspicion": words_of(form.data.get("suspicion", "")),
        "may_edit": may(request.member, "channels", "edit"),
    }
    return render(request, "channels/journal.html", context)


def _narrowed(form: JournalFilter) -> Any:
    """Apply the filter; one nobody can understand finds nothing."""
    events = Event.objects.all()
    if not form.is_valid():
        return events.none()
    wanted = form.cleaned_data
    if wanted["channel"]:
        events = events.filter(channel=wanted["channel"])
    if wanted["state"]:
        events = events.filter(state=wanted["state"])
    if wanted["outcome"]:
        events = events.filter(_held(wanted["outcome"]))
    if wanted["suspicion"]:
        items = EventItem.objects.filter(event=OuterRef("pk"), suspicion=wanted["suspicion"])
        events = events.filter(Exists(items))
    if wanted["hours"]:
        events = events.filter(received_at__gte=timezone.now() - dt.timedelta(hours=wanted["hours"]))
    return events


def _held(outcome: str) -> Q:
    """Deliveries with an item that ended so; one that isn't split yet waits as a whole."""
    items = EventItem.objects.filter(event=OuterRef("pk"))
    held = Q(Exists(items.filter(outcome=outcome)))
    if outcome == EventItem.Outcome.PENDING:
        held |= Q(state=Event.State.RECEIVED) & ~Q(Exists(items))
    return held


def _next_url(request: MemberRequest, page: list[Event], cursor: Cursor | None, *, has_more: bool) -> str:
    is_back = bool(cursor and cursor.is_back)
    return _cursor_url(request, page[-1], is_back=False) if page and (has_more or is_back) else ""


def _previous_url(request: MemberRequest, page: list[Event], cursor: Cursor | None, *, has_more: bool) -> str:
    if cursor is None or not page or (cursor.is_back and not has_more):
        return ""
    return _cursor_url(request, page[0], is_back=True)


def _cursor_url(request: MemberRequest, event: Event, *, is_back: bool) -> str:
    params = request.GET.copy()
    params["cursor"] = Cursor(event.received_at, str(event.pk), is_back).encode()
    return f"?{params.urlencode()}"


@require_safe
@require("channels")
def event(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Show one delivery as it came and what became of each of its items."""
    found: Event = get_object_or_404(Event.objects.select_related("channel"), pk=pk)
    items = list(found.items.select_related("lead").order_by("at", "id"))
    visible = Lead.objects.visible_to(request.member).filter(pk__in=[i.lead_id for i in items if i.lead_id])
    context = {
        "event": found,
        "items": items,
        "visible_leads": set(visible.values_list("pk", flat=True)),
        "headers": sorted(found.headers.items()),
        "body_text": shown_body(found),
        "body_size": len(found.body),
        "is_cut": len(found.body) > SHOWN_BYTES,
        "details_text": shown_details(found),
        "may_edit": may(request.member, "channels", "edit"),
    }
    return render(request, "channels/event.html", context)


@require_safe
@require("channels")
def raw(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Give a delivery's body as a file that no browser interprets. Secrets are blotted out."""
    found: Event = get_object_or_404(Event.objects.select_related("channel"), pk=pk)
    response = HttpResponse(_masked(found, bytes(found.body)), content_type="application/octet-stream")
    response.headers["Content-Disposition"] = f'attachment; filename="event-{found.pk}.bin"'
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


@require_POST
@require("channels", "edit")
def replay_events(request: MemberRequest) -> HttpResponse:
    """Run one event again, or all dead letters."""
    try:
        ids = [uuid.UUID(value) for value in request.POST.getlist("event")]
    except (ValueError, ValidationError):
        return HttpResponse(status=422)
    count = replay(event_ids=ids or None, now=timezone.now())
    text = ngettext("%(count)s event is run again.", "%(count)s events are run again.", count) % {
        "count": count
    }
    if is_htmx(request):
        return toast(
            HttpResponse(status=204, headers={"HX-Refresh": "true"}), text or _("Nothing to run."), level="ok"
        )
    url = reverse("channels:event", args=ids) if len(ids) == 1 else reverse("channels:journal")
    return redirect(request, url)


def shown_body(found: Event) -> str:
    """Decode the beginning of a body for reading; what can't be shown becomes a visible sign."""
    return _readable(_masked(found, bytes(found.body)))


def shown_details(found: Event) -> str:
    """Decode what the provider added when it was asked, for reading."""
    return _readable(_masked(found, bytes(found.details))) if found.details is not None else ""


def _readable(data: bytes) -> str:
    text = data[:SHOWN_BYTES].decode("utf-8", "replace")
    return "".join(
        char if char.isprintable() or char in "\n\t" else "\N{REPLACEMENT CHARACTER}" for char in text
    )


def _masked(found: Event, data: bytes) -> bytes:
    masked = secrets.mask(data.decode("latin-1"), secrets.read(found.channel))
    return masked.replace("•••", "***").encode("latin-1", "replace")
