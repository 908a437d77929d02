"""Saved reports: a report's address under a name, one's own or everybody's, as lists have saved views."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from reports.catalogue import REPORTS
from tenants.list_views import view_tabs, view_url
from tenants.models import Membership, SavedView


def of_member(member: Membership) -> list[dict[str, Any]]:
    """List the saved reports the member sees, with their addresses."""
    titles = {one.page: one.title for one in REPORTS}
    views = SavedView.objects.seen_by(member).filter(page__in=titles)
    return [{"view": view, "url": view_url(view), "report": titles[view.page]} for view in views]


def tabs(request: HttpRequest) -> dict[str, Any]:
    """Give a report's page what it needs to show and save itself."""
    page = request.resolver_match.view_name if request.resolver_match else ""
    return {"report_page": page, "views": view_tabs(request, page)}
