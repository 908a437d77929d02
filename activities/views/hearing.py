"""How one hears of what: the settings of one's own notifications, and following or muting a card."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from activities import services
from activities.access import Target, target_of
from activities.addresses import page_of_card
from activities.models import TARGETS, NoticeSettings, Watch
from activities.notice_form import NoticeForm
from activities.services.watching import STATES
from activities.views.answers import posted
from core import responses
from core.responses import is_htmx, redirect
from tenants.access import open_to_members
from tenants.requests import MemberRequest


@require_http_methods(["GET", "HEAD", "POST"])
@open_to_members
def notice_settings(request: MemberRequest) -> HttpResponse:
    """Set what comes how; list what one follows and what one has muted."""
    known = NoticeSettings.objects.filter(member=request.member).first()
    form = NoticeForm(posted(request), instance=known)
    if request.method == "POST" and form.is_valid():
        values = {name: form.cleaned_data[name] for name in NoticeForm.Meta.fields}
        services.set_notices(member=request.member, ways=form.ways, **values)
        messages.success(request, _("Saved"))
        return redirect(request, reverse("activities:notice_settings"))
    context = {"form": form, "watched": _watched(request)}
    return render(request, "activities/notice_settings.html", context, status=422 if form.is_bound else 200)


def _watched(request: MemberRequest) -> list[dict[str, Any]]:
    """Name the cards one follows or has muted."""
    found = []
    for row in (
        Watch.objects.filter(member=request.member).select_related(*TARGETS).order_by("-seen_at")[:200]
    ):
        name = next(name for name in TARGETS if getattr(row, f"{name}_id"))
        card = getattr(row, name)
        url = page_of_card(name, card.pk)
        found.append({"card": card, "url": url, "query": f"{name}={card.pk}", "is_muted": row.is_muted})
    return found


@require_http_methods(["GET", "POST"])
@open_to_members
def watch(request: MemberRequest) -> HttpResponse:
    """Show whether one follows a card, and follow it, mute it or neither."""
    target = target_of(request.GET, request.member)
    if request.method == "POST":
        state = request.POST.get("state", "")
        services.set_watch(
            member=request.member,
            name=target.name,
            card=target.instance,
            state=state if state in STATES else "",
            now=timezone.now(),
        )
        if not is_htmx(request):
            return redirect(request, target.url)
    response = _button(request, target)
    return responses.toast(response, _told(request), level="ok") if request.method == "POST" else response


def _button(request: MemberRequest, target: Target) -> HttpResponse:
    state = services.watch_state(request.member, target.name, target.instance)
    return render(request, "activities/watch.html", {"target": target, "state": state})


def _told(request: MemberRequest) -> str:
    return {
        "follow": _("You will hear what happens here"),
        "mute": _("Muted: only mentions get through"),
    }.get(request.POST.get("state", ""), _("As usual again"))


@require_POST
@open_to_members
def unwatch(request: MemberRequest) -> HttpResponse:
    """Neither follow nor mute a card any more, from the list of them."""
    target = target_of(request.GET, request.member)
    services.set_watch(
        member=request.member, name=target.name, card=target.instance, state="", now=timezone.now()
    )
    return redirect(request, reverse("activities:notice_settings"))
