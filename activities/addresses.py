"""Pages of what activities are about. They belong to apps above and are known by their URL names."""

from __future__ import annotations

import uuid
from typing import Any

from django.urls import NoReverseMatch, reverse

from activities.models import Activity
from core.addresses import row_url

_PAGES = {
    "deal": "deals:detail",
    "lead": "leads:detail",
    "contact": "contacts:detail",
    "company": "contacts:company_detail",
}


def page_of(activity: Activity) -> str:
    """Return the address of the nearest card of the activity; the list of activities where there is none."""
    for name in _PAGES:
        if pk := getattr(activity, f"{name}_id"):
            return page_of_card(name, pk)
    return address("activities:list")


def page_of_card(name: str, pk: uuid.UUID | None) -> str:
    """Return the page of a lead, deal, contact or company."""
    try:
        return row_url(_PAGES[name], pk) if pk else address(_PAGES[name], pk)
    except NoReverseMatch:
        return ""


def address(url_name: str, *args: Any) -> str:
    """Reverse a URL, or give nothing where no such page is installed."""
    try:
        return reverse(url_name, args=args)
    except NoReverseMatch:
        return ""
