"""What the frame around every page shows about companies and rights."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from core import shell
from tenants.access import Action, Section, may
from tenants.list_views import pinned_views, view_url
from tenants.models import Membership
from tenants.settings_menu import has_pages

# Entries of the rail and of quick-add, and the right each needs.
PERMITS = {
    "leads:unsorted": (Section.LEADS, Action.VIEW),
    "leads:list": (Section.LEADS, Action.VIEW),
    "leads:create": (Section.LEADS, Action.ADD),
    "channels:dialogs": (Section.LEADS, Action.VIEW),
    "deals:board": (Section.DEALS, Action.VIEW),
    "deals:list": (Section.DEALS, Action.VIEW),
    "deals:create": (Section.DEALS, Action.ADD),
    "deals:products": (Section.DEALS, Action.VIEW),
    "deals:proposals": (Section.DEALS, Action.VIEW),
    "deals:invoices": (Section.DEALS, Action.VIEW),
    "contacts:list": (Section.CONTACTS, Action.VIEW),
    "contacts:create": (Section.CONTACTS, Action.ADD),
    "contacts:company_list": (Section.COMPANIES, Action.VIEW),
    "contacts:company_create": (Section.COMPANIES, Action.ADD),
    "activities:list": (Section.ACTIVITIES, Action.VIEW),
    "activities:create": (Section.ACTIVITIES, Action.ADD),
    "reports:index": (Section.REPORTS, Action.VIEW),
}


def register() -> None:
    """Hand the frame its tenants, permits and pinned views."""
    shell.register_tenants(_companies)
    shell.register_pins(_pins)
    for url_name, (section, action) in PERMITS.items():
        shell.register_permit(url_name, partial(_may, section=section, action=action))
    shell.register_permit("tenants:settings", has_pages)


def _may(member: Membership, *, section: Section, action: Action) -> bool:
    return may(member, section, action)


def _pins(member: Membership) -> Sequence[shell.Pin]:
    """The pinned views of lists the member may open; without counts, which would cost a query each."""
    return [
        shell.Pin(view.name, view_url(view))
        for view in pinned_views(member)
        if (permit := PERMITS.get(view.page)) is None or may(member, *permit)
    ]


def _companies(request: HttpRequest) -> Sequence[shell.TenantLink]:
    current: Any = getattr(request, "tenant", None)
    return [
        shell.TenantLink(
            seat.tenant.name,
            reverse("tenants:switch", args=[seat.tenant.slug]),
            bool(current) and seat.tenant == current,
        )
        for seat in getattr(request, "seats", ())
    ]
