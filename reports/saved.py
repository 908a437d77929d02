"""Saved reports: a report's address under a name, one's own or everybody's, as lists have saved views."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import HttpRequest

from reports.catalogue import REPORTS
from tenants.list_views import view_url
from tenants.models import Membership, SavedView


def of_member(member: Membership) -> list[dict[str, Any]]:
    """List the saved reports the member sees, with their addresses."""
    views = SavedView.objects.filter(
        Q(member=member) | Q(is_shared=True), page__in=[one.page for one in REPORTS]
    )
    titles = {one.page: one.title for one in REPORTS}
    return [{"view": view, "url": view_url(view), "report": titles[view.page]} for view in views]


def tabs(request: HttpRequest) -> dict[str, Any]:
    """Give a report's page what it needs to show and save itself."""
    member: Membership = request.member  # type: ignore[attr-defined]
    page = request.resolver_match.view_name if request.resolver_match else ""
    active = request.GET.get("view", "")
    views = SavedView.objects.filter(Q(member=member) | Q(is_shared=True), page=page)
    shown = [
        {
            "label": view.name,
            "url": view_url(view),
            "is_on": str(view.pk) == active,
            "icon": "users" if view.is_shared else "",
            "view": view,
        }
        for view in views
    ]
    return {"report_page": page, "saved_reports": shown}
