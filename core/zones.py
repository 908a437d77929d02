"""Time zones as browsers name them and as people read them."""

from __future__ import annotations

import zoneinfo

from babel import UnknownLocaleError
from babel.core import get_global
from babel.dates import get_timezone_location


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
