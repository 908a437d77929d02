"""The page of planned activities."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from activities import services
from activities.day import Day, section_labels
from activities.models import Activity
from activities.services import ActivityAlreadyDone
from activities.services.planning import KINDS
from activities.views.answers import CHANGED
from activities.when import preset_moment, presets
from core import responses
from core.listing.choosing import chosen_rows
from core.responses import is_htmx
from tenants.access import may, require
from tenants.requests import MemberRequest

MAX_BULK = 200
LIST = "activities:all_list"


@require_GET
@require("activities")
def day(request: MemberRequest) -> HttpResponse:
    """Show what is planned: overdue, today, tomorrow, later, without a date; or what was done."""
    now = timezone.now()
    state = Day(request.member, request.GET.dict(), now=now)
    context: dict[str, Any] = {
        "day": state,
        "presets": presets(now),
        "may_edit": may(request.member, "activities", "edit"),
        "may_add": may(request.member, "activities", "add"),
    }
    if is_htmx(request) and state.after:
        return render(request, "activities/list.html#more", context | {"group": state.groups[0]})
    if request.headers.get("HX-Target") == "day":
        return render(request, "activities/list.html#day", context | _choices(state))
    return render(request, "activities/list.html", context | _choices(state))


def _choices(state: Day) -> dict[str, Any]:
    labels = section_labels()
    kinds = [("", _("All"), "")] + [(k.value, str(k.label), k.value) for k in KINDS]
    return {
        "parts": [(key, labels[key], state.counts[key]) for key in state.counts],
        "done_label": labels["done"],
        "kinds": kinds,
    }


@require_POST
@require("activities", "edit")
def bulk(request: MemberRequest) -> HttpResponse:
    """Finish or move the ticked activities, of the day or of the list; those somebody finished meanwhile are left alone."""
    now = timezone.now()
    chosen = chosen_rows(LIST, request.member, request.POST, limit=MAX_BULK, action="edit")
    rows = Activity.objects.planned().filter(pk__in=chosen.ids)
    moment = preset_moment(request.POST.get("when", ""), now=now)
    if moment is not None:
        count = _each(
            rows,
            lambda row: services.reschedule_activity(activity=row, due_at=moment, by=request.member, now=now),
        )
        told = ngettext("%(count)s moved", "%(count)s moved", count) % {"count": count}
    else:
        count = _each(rows, lambda row: services.complete_activity(activity=row, by=request.member, now=now))
        told = ngettext("%(count)s done", "%(count)s done", count) % {"count": count}
    if not is_htmx(request):
        messages.success(request, told)
        is_of_list = "query" in request.POST
        return responses.redirect(request, chosen.list_url if is_of_list else reverse("activities:list"))
    response = responses.trigger(HttpResponse(status=204), **{CHANGED: {}})
    return responses.toast(response, told, level="ok")


def _each(rows: Any, change: Callable[[Activity], Activity]) -> int:
    """Change each row, and count those that could be."""
    count = 0
    for row in rows:
        try:
            change(row)
        except ActivityAlreadyDone:
            continue
        count += 1
    return count
