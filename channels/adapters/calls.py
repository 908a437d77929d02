"""What adapters of telephone exchanges share: settings, numbers, moments, seconds, results."""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from collections.abc import Mapping
from typing import Any, Literal

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels.adapters.base import Field, Settings
from channels.adapters.text import as_int, clean_line, moment

Direction = Literal["", "in", "out", "internal"]
Result = Literal["", "answered", "missed", "busy", "failed"]
State = Literal["", "ringing", "answered", "finished"]
LONGEST = dt.timedelta(hours=12)  # of a call; what is heard later is no measure of it
MAX_SECONDS = 7 * 24 * 3600
_SCHEME = re.compile(r"^\s*(?:tel|sips?|callto)\s*:\s*", re.I)
_WITHHELD = re.compile(
    r"^(?:<?unknown>?|anonymous|private|restricted|unavailable|withheld|hidden|asterisk|none|null|s)$", re.I
)
_COMPACT = re.compile(r"^(\d{4})(\d\d)(\d\d)T?(\d\d)(\d\d)(\d\d)(Z?)$")
_RUSSIAN_DATE = re.compile(r"^(\d\d)\.(\d\d)\.(\d{4})(.*)$")


def check_zone(name: str) -> None:
    """Raise ValueError unless it is the name of a time zone."""
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(gettext("There is no such time zone, try Europe/Moscow.")) from None


TIME_ZONE = Field(
    "time_zone",
    _("Time zone of the account"),
    default="Europe/Moscow",
    validate=check_zone,
    help_text=_("The exchange tells local time without saying where; for instance Asia/Yekaterinburg."),
)
ROUTES = Field(
    "is_routing",
    _("Send known clients to their manager"),
    kind="bool",
    default=False,
    help_text=_(
        "When a client with a manager calls, the exchange is told the manager's extension. Others go as usual."
    ),
)


def zone_of(settings: Settings) -> dt.tzinfo:
    """Return the account's time zone; Moscow's where the setting says nothing of use."""
    try:
        return zoneinfo.ZoneInfo(str(settings.get("time_zone") or TIME_ZONE.default))
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return zoneinfo.ZoneInfo(str(TIME_ZONE.default))


def local_moment(value: object, zone: dt.tzinfo) -> dt.datetime | None:
    """Read a moment as exchanges write it: ISO, compact, Russian, or Unix time; without a zone it is local."""
    text = clean_line(value, 60)
    if not text:
        return None
    if as_int(text) is not None and len(text) > 8 and len(text) != 14:
        return moment(text)
    if compact := _COMPACT.match(text):
        *parts, is_utc = compact.groups()
        text = "{}-{}-{}T{}:{}:{}".format(*parts) + ("+00:00" if is_utc else "")
    elif russian := _RUSSIAN_DATE.match(text):
        day, month, year, rest = russian.groups()
        text = f"{year}-{month}-{day}{rest}"
    try:
        when = dt.datetime.fromisoformat(text.replace("Z", "+00:00") if text.endswith("Z") else text)
        when = when if when.tzinfo is not None else when.replace(tzinfo=zone)
        return when if moment(int(when.timestamp())) is not None else None
    except (ValueError, OverflowError):
        return None


def heard(received_at: dt.datetime, started: dt.datetime | None) -> dt.datetime:
    """When an event of a call happened that tells no time of its own: as it reached us, if that is believable.

    A delivery kept back for days, or replayed from a file, would make a call of days.
    """
    if started is None or started - dt.timedelta(minutes=5) <= received_at <= started + LONGEST:
        return received_at
    return started


def number_of(value: object) -> str:
    """Return a party's number as received, without scheme and host; "" of one that is withheld."""
    text = _SCHEME.sub("", clean_line(value, 200)).partition("@")[0].partition(";")[0].strip(" <>\"'")
    return "" if _WITHHELD.match(text) else text[:100]


def is_extension(number: str, digits: int = 5) -> bool:
    """Say whether it is a colleague's short number, not a telephone's."""
    return number.isdecimal() and 1 < len(number) <= digits


def digits_of(phone: str) -> str:
    """Return only the digits of a phone, as most exchanges' APIs want them."""
    return "".join(char for char in phone if char in "0123456789")


def seconds(value: object) -> int | None:
    """Read a length in seconds; None when it is none."""
    try:
        number = int(float(str(value).strip()))
    except (ValueError, OverflowError):
        return None
    return number if 0 <= number <= MAX_SECONDS else None


def first_of(event: Mapping[str, Any], *names: str, limit: int = 200) -> str:
    """Return the first field of these names that says something."""
    for name in names:
        if text := clean_line(event.get(name), limit):
            return text
    return ""


def is_yes(value: object) -> bool:
    """Read a flag as exchanges write it."""
    return clean_line(value, 10).lower() in ("1", "true", "yes", "on")
