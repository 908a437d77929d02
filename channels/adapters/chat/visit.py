"""What the widget tells of the visit: page, marks, product, time on the site."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from channels.adapters.marks import MAX_URL, collect_marks, url_query
from channels.adapters.text import as_dict, as_int, clean_line
from leads.inquiry import Marks

MAX_IDS = 20


def marks_of(body: dict[str, Any]) -> Marks:
    """Collect marks: of the page at hand first, then of the page the visit began with, then from counters' cookies."""
    page = as_dict(body.get("page"))
    url = clean_line(page.get("url"), MAX_URL)
    ids = list(as_dict(page.get("ids")).items())[:MAX_IDS]
    told = [*url_query(url), *url_query(clean_line(page.get("first_url"), MAX_URL))]
    told += [(str(name), clean_line(value, 300)) for name, value in ids]
    return collect_marks(told, page_url=url, referrer=clean_line(page.get("referrer"), MAX_URL))


def visit_fields(body: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """Say what the seller wants to know of the visit, where a talk begins."""
    page = as_dict(body.get("page"))
    first, url = clean_line(page.get("first_url"), MAX_URL), clean_line(page.get("url"), MAX_URL)
    told = (
        (_("Page"), clean_line(page.get("title"), 300)),
        (_("First page"), first if first != url else ""),
        (_("Time on the site"), _span(as_int(page.get("seconds")) or 0)),
    )
    return tuple((label, value) for label, value in told if value)


def product_of(body: dict[str, Any]) -> dict[str, str]:
    """Read the object of interest, which the page names (L20)."""
    told = as_dict(body.get("product"))
    found = {name: clean_line(told.get(name), 500) for name in ("title", "url", "price")}
    return {name: value for name, value in found.items() if value} if found["title"] else {}


def _span(seconds: int) -> str:
    if seconds < 60:
        return ""
    minutes = min(seconds // 60, 24 * 60)
    return _("{count} min").format(count=minutes)
