"""The start page, one panel of it, and arranging it."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from core.responses import is_htmx, redirect, trigger
from reports.start import arranging
from reports.start.arranging import Arrangement, Owner, Step
from reports.start.panels import Panel, panel_named
from reports.start.reader import Reader
from tenants.access import Action, Section, may, open_to_members, require
from tenants.models import Membership, Role


@require_GET
@open_to_members
def dashboard(request: HttpRequest) -> HttpResponse:
    """Show the panels as the member has them; only those that are shown cost queries."""
    member: Any = request.member  # type: ignore[attr-defined]
    reader = Reader(member, request.GET.get("whose", ""))
    placed = arranging.arrangement_of(member)
    shown = [one for one in placed if reader.is_team or not one.panel.when_team]
    context = reader.context | {
        "shown": shown,
        "greeting": reader.greeting,
        "first_name": member.name.split(" ")[0],
        "advice": reader.advice if any(one.key == "counters" for one in shown) else "",
    }
    for one in shown:
        if not one.panel.is_deferred:
            context |= one.panel.context(reader, one.choice)
    return render(request, "reports/dashboard.html", context)


@require_GET
@open_to_members
def panel(request: HttpRequest, key: str) -> HttpResponse:
    """Show one panel anew, in the place where it lies."""
    member: Any = request.member  # type: ignore[attr-defined]
    found = panel_named(key)
    if found is None:
        raise Http404
    reader = Reader(member, request.GET.get("whose", ""))
    if not found.is_for(member) or (found.when_team and not reader.is_team):
        raise PermissionDenied
    figures = found.context(reader, request.GET.get("choice", ""))
    advice = {"new_advice": reader.advice} if key == "counters" else {}
    return render(request, found.template, reader.context | figures | advice)


# --- Arranging ---------------------------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
@open_to_members
def arrange(request: HttpRequest) -> HttpResponse:
    """Arrange one's own page."""
    member: Any = request.member  # type: ignore[attr-defined]
    return _arranged(request, member, member)


@require(Section.SETTINGS, Action.EDIT)
@require_http_methods(["GET", "POST"])
def arrange_role(request: HttpRequest, pk: Any) -> HttpResponse:
    """Arrange the page of everybody of a role who didn't arrange their own."""
    role = get_object_or_404(Role.objects.select_related("tenant"), pk=pk)
    return _arranged(request, role, arranging.anybody_of(role))


def _arranged(request: HttpRequest, owner: Owner, viewer: Membership) -> HttpResponse:
    """Show or change an arrangement; `viewer` is one who may see what may be put into it."""
    by: Any = request.member  # type: ignore[attr-defined]
    said = ""
    if request.method == "POST":
        if "reset" in request.POST:
            arranging.forget(owner=owner, by=by)
            said = _("As usual for the role.")
        else:
            placed = _changed(_placed(owner), request, viewer)
            arranging.arrange(owner=owner, placed=placed, by=by)
            said = _said(placed, request.POST.get("panel", ""))
        if not is_htmx(request):
            return redirect(request, request.path)
    response = _page(request, owner, viewer)
    return trigger(response, announce={"text": said}) if said else response


def _placed(owner: Owner) -> Arrangement:
    return arranging.arrangement_for(owner) if isinstance(owner, Role) else arranging.arrangement_of(owner)


def _changed(placed: Arrangement, request: HttpRequest, viewer: Membership) -> Arrangement:
    """Read what was asked for. What is unknown, or not the viewer's to see, changes nothing."""
    given, key = request.POST, request.POST.get("panel", "")
    if "order" in given:
        return arranging.in_order(placed, given["order"].split(","))
    if given.get("step") in Step.values:
        return arranging.moved(placed, key, Step(given["step"]))
    if given.get("width", "").isdecimal():
        return arranging.widened(placed, key, int(given["width"]))
    if "choice" in given:
        return arranging.chosen(placed, key, given["choice"], viewer)
    if "remove" in given:
        return arranging.without(placed, key)
    added = panel_named(key)
    return arranging.with_panel(placed, added) if added and added.is_for(viewer) else placed


def _said(placed: Arrangement, key: str) -> str:
    """Say where a panel is now."""
    found: Panel | None = panel_named(key)
    if found is None:
        return ""
    place = next((place for place, one in enumerate(placed, 1) if one.key == key), None)
    if place is None:
        return _("%(name)s: taken off the page") % {"name": found.title}
    return _("{name}: position {n} of {all}").format(name=found.title, n=place, all=len(placed))


def _page(request: HttpRequest, owner: Owner, viewer: Membership) -> HttpResponse:
    placed = _placed(owner)
    by: Any = request.member  # type: ignore[attr-defined]
    is_role = isinstance(owner, Role)
    context = {
        "role": owner if is_role else None,
        "cards": [
            {
                "placed": one,
                "panel": one.panel,
                "choices": one.panel.choices(by) if one.panel.choices else (),
                "is_first": place == 0,
                "is_last": place == len(placed) - 1,
            }
            for place, one in enumerate(placed)
        ],
        "left_out": arranging.left_out(viewer, placed),
        "is_own": arranging.is_arranged(owner),
        "roles": Role.objects.all() if may(by, Section.SETTINGS, Action.EDIT) else (),
        "focus": request.POST.get("panel") or (placed[0].key if placed and "reset" in request.POST else ""),
        "back_url": reverse("reports:arrange" if is_role else "reports:dashboard"),
        "steps": Step.choices,
    }
    part = "#arranging" if is_htmx(request) and request.method == "POST" else ""
    return render(request, f"reports/start_arrange.html{part}", context)
