"""Time zones as browsers name them and as people read them; the reader's zone and the company's."""

from __future__ import annotations

import contextlib
import datetime as dt
import zoneinfo
from collections.abc import Iterator
from contextvars import ContextVar

from babel import UnknownLocaleError
from babel.core import get_global
from babel.dates import get_timezone_location
from django.utils import timezone

_company: ContextVar[zoneinfo.ZoneInfo | None] = ContextVar("company_zone", default=None)


@contextlib.contextmanager
def zones(*, reader: str, company: str) -> Iterator[None]:
    """Show times in the reader's zone, and let the days of lists and reports be the company's.

    An address with a period finds the same rows for everybody it is sent to, and a report's numbers are those of its lists.
    """
    with timezone.override(zoneinfo.ZoneInfo(reader or company)):
        token = _company.set(zoneinfo.ZoneInfo(company))
        try:
            yield
        finally:
            _company.reset(token)


def company_zone() -> dt.tzinfo:
    """Return the zone whose days are counted; the reader's where no company is at work."""
    return _company.get() or timezone.get_current_timezone()


def zone_named(name: str) -> zoneinfo.ZoneInfo | None:
    """Find a zone by what a browser calls it; None for what is no zone, whoever says so."""
    try:
        return zoneinfo.ZoneInfo(name) if name else None
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return None


def canonical(name: str) -> str:
    """Spell a zone one way: browsers still say Asia/Calcutta."""
    aliases = get_global("zone_aliases")
    return str(aliases.get(name, name))


def city_of(name: str, language: str) -> str:
    """Name the city a zone is called after, in the reader's language: Europe/Moscow is Moscow, or Москва."""
    zone = zone_named(canonical(name)) or zone_named(name)
    if zone is None:
        return ""
    try:
        return str(get_timezone_location(zone, locale=language, return_city=True))
    except (UnknownLocaleError, LookupError, ValueError):
        return name.rpartition("/")[2].replace("_", " ")
