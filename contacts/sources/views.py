"""Settings: sources, groups, costs."""

from __future__ import annotations

import uuid
from collections import defaultdict
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from contacts.models import Source, SourceCost, SourceGroup
from contacts.sources import services
from contacts.sources.forms import CostForm, GroupForm, SourceForm
from core.errors import Refusal
from core.responses import redirect, refused
from tenants.access import Action, Section, may, may_import, require
from tenants.dialogs import form_page

FORM = ["GET", "HEAD", "POST"]
SHOWN_COSTS = 12  # in the dialog; the list of costs has them all


@require_safe
@require(Section.SETTINGS)
def sources(request: HttpRequest) -> HttpResponse:
    """List the sources by group, with what was spent on each."""
    is_archived = "archived" in request.GET
    rows = list(Source.objects.filter(is_archived=is_archived))
    member = request.member  # type: ignore[attr-defined]
    context = {
        "blocks": _by_group(rows, list(SourceGroup.objects.all()), is_archived),
        "is_archived": is_archived,
        "archived_count": len(rows) if is_archived else Source.objects.filter(is_archived=True).count(),
        "may_add": may(member, Section.SETTINGS, Action.ADD),
        "may_edit": may(member, Section.SETTINGS, Action.EDIT),
        "may_load": may_import(member, Section.SETTINGS),
        "load_url": reverse("contacts:import_create") + "?what=costs",
    }
    return render(request, "contacts/sources/list.html", context)


def _by_group(rows: list[Source], groups: list[SourceGroup], is_archived: bool) -> list[dict[str, Any]]:
    """Sort sources under their groups; groups without any are shown too, for one may add there."""
    spent = _spent()
    grouped: dict[uuid.UUID | None, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        grouped[row.group_id].append({"source": row, "spent": spent.get(row.pk, [])})
    blocks = [{"group": group, "sources": grouped[group.pk]} for group in groups]
    if is_archived:
        blocks = [block for block in blocks if block["sources"]]
    return blocks + ([{"group": None, "sources": grouped[None]}] if grouped[None] else [])


def _spent() -> dict[uuid.UUID, list[tuple[Decimal, str]]]:
    spent: dict[uuid.UUID, list[tuple[Decimal, str]]] = defaultdict(list)
    totals = (
        SourceCost.objects.order_by("currency")
        .values_list("source_id", "currency")
        .annotate(total=Sum("amount"))
    )
    for source_id, currency, total in totals:
        spent[source_id].append((total, currency))
    return dict(spent)


@require_http_methods(FORM)
@require(Section.SETTINGS, Action.ADD)
def source_create(request: HttpRequest) -> HttpResponse:
    """Add a source."""
    group = SourceGroup.objects.filter(pk=_uuid(request.GET.get("group"))).first()
    return form_page(
        request,
        SourceForm(request.POST or None, initial={"group": group}),
        lambda values: services.create_source(by=request.member, **values),  # type: ignore[attr-defined]
        back=reverse("tenants:sources"),
        title=_("New source"),
    )


def _uuid(text: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(text or "")
    except ValueError:
        return None


@require_http_methods(FORM)
@require(Section.SETTINGS, Action.EDIT)
def source(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Change a source."""
    found = get_object_or_404(Source.objects.select_related("group"), pk=pk)
    return form_page(
        request,
        SourceForm(request.POST or None, instance=found),
        lambda values: services.update_source(source=found, by=request.member, **values),  # type: ignore[attr-defined]
        back=reverse("tenants:sources"),
        template="contacts/sources/source.html",
        title=found.name,
        source=found,
        links=[{"label": _("Costs…"), "url": reverse("tenants:source_costs", args=[pk])}],
    )


@require_POST
@require(Section.SETTINGS, Action.EDIT)
def source_archive(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Archive a source, or with archived=0 bring it back."""
    services.archive_source(
        source=get_object_or_404(Source, pk=pk),
        by=request.member,  # type: ignore[attr-defined]
        is_archived=request.POST.get("archived") != "0",
    )
    return redirect(request, reverse("tenants:sources"))


@require_http_methods(FORM)
@require(Section.SETTINGS, Action.EDIT)
def source_costs(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show what was spent on a source, and write down more."""
    found = get_object_or_404(Source, pk=pk)
    member = request.member  # type: ignore[attr-defined]
    return form_page(
        request,
        CostForm(request.POST or None, initial={"currency": member.tenant.currency}),
        lambda values: services.add_cost(source=found, by=member, **values),
        back=reverse("tenants:source_costs", args=[pk]),
        template="contacts/sources/costs.html",
        title=_("Costs: %(source)s") % {"source": found.name},
        costs=SourceCost.objects.filter(source=found)[:SHOWN_COSTS],
        every_url=f"{reverse('reports:costs')}?source={pk}",
    )


@require_POST
@require(Section.SETTINGS, Action.EDIT)
def cost_delete(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Take a cost back."""
    cost = get_object_or_404(SourceCost, pk=pk)
    services.delete_cost(cost=cost, by=request.member)  # type: ignore[attr-defined]
    return redirect(request, reverse("tenants:source_costs", args=[cost.source_id]))


@require_http_methods(FORM)
@require(Section.SETTINGS, Action.ADD)
def group_create(request: HttpRequest) -> HttpResponse:
    """Add a group."""
    return form_page(
        request,
        GroupForm(request.POST or None),
        lambda values: services.create_group(by=request.member, **values),  # type: ignore[attr-defined]
        back=reverse("tenants:sources"),
        title=_("New group of sources"),
    )


@require_http_methods(FORM)
@require(Section.SETTINGS, Action.EDIT)
def group(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Rename a group."""
    found = get_object_or_404(SourceGroup, pk=pk)
    return form_page(
        request,
        GroupForm(request.POST or None, instance=found),
        lambda values: services.update_group(group=found, by=request.member, **values),  # type: ignore[attr-defined]
        back=reverse("tenants:sources"),
        title=found.name,
        delete_url=reverse("tenants:source_group_delete", args=[pk]),
    )


@require_POST
@require(Section.SETTINGS, Action.DELETE)
def group_delete(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Delete an empty group."""
    try:
        services.delete_group(group=get_object_or_404(SourceGroup, pk=pk), by=request.member)  # type: ignore[attr-defined]
    except Refusal as refusal:
        return refused(request, refusal)
    return redirect(request, reverse("tenants:sources"))
