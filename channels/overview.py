"""How the channels fare: what the settings page shows about each, in a constant number of queries."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from typing import Any

from django.db.models import Count, Min
from django.db.models.functions import TruncHour
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from channels.adapters import adapter_for
from channels.models import Channel, Event
from channels.notices import silence_text
from channels.watch import params_of, silence_of
from core import formats

HOURS = 24
DAY = dt.timedelta(days=1)
LAGS_AFTER = dt.timedelta(minutes=2)
QUIET_AFTER = dt.timedelta(hours=3)
_HEIGHT, _LEAST = 19.0, 1.5  # of the rhythm's bars in a 20 px high drawing


@dataclasses.dataclass(frozen=True, slots=True)
class Bar:
    """One hour of the rhythm."""

    x: int
    y: str
    height: str
    is_bad: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Health:
    """A channel's state in a word, told by colour and icon as well."""

    word: str
    tone: str  # ok, warn, danger, or nothing
    icon: str

    @property
    def is_broken(self) -> bool:
        return self.tone == "danger"


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One line of the channel list."""

    channel: Channel
    label: str | Promise
    health: Health
    lag: str
    day_count: int
    dead_count: int
    bars: list[Bar]


@dataclasses.dataclass(slots=True)
class _Facts:
    hours: dict[uuid.UUID, dict[dt.datetime, int]] = dataclasses.field(default_factory=dict)
    waiting_since: dict[uuid.UUID, dt.datetime] = dataclasses.field(default_factory=dict)
    latest: dict[uuid.UUID, dt.timedelta] = dataclasses.field(default_factory=dict)
    dead: dict[uuid.UUID, int] = dataclasses.field(default_factory=dict)


def rows(*, now: dt.datetime) -> list[Row]:
    """Describe every channel of the tenant."""
    facts = _facts(now)
    channels = Channel.objects.select_related("tenant").order_by("-is_active", "created_at")
    return [_row(channel, facts, now) for channel in channels]


def _facts(now: dt.datetime) -> _Facts:
    facts = _Facts()
    start = _first_hour(now)
    recent = Event.objects.filter(received_at__gte=start).order_by()
    for pk, hour, count in (
        recent.annotate(hour=TruncHour("received_at", tzinfo=dt.UTC))
        .values_list("channel_id", "hour")
        .annotate(Count("id"))
    ):
        facts.hours.setdefault(pk, {})[hour] = count
    waiting = (
        Event.objects.due(now).order_by().values_list("channel_id")
    )  # a poisoned one that rests is no lag
    facts.waiting_since = dict(waiting.annotate(Min("received_at")))
    done = (
        recent.filter(state=Event.State.PROCESSED)
        .order_by("channel_id", "-received_at")
        .distinct("channel_id")
    )
    for pk, received, processed in done.values_list("channel_id", "received_at", "processed_at"):
        facts.latest[pk] = (processed or received) - received
    facts.dead = dict(Event.objects.dead().order_by().values_list("channel_id").annotate(Count("id")))
    return facts


def _row(channel: Channel, facts: _Facts, now: dt.datetime) -> Row:
    since = facts.waiting_since.get(channel.pk)
    lag = now - since if since else facts.latest.get(channel.pk)
    counts = facts.hours.get(channel.pk, {})
    health = _health(channel, since, now)
    return Row(
        channel=channel,
        label=adapter_for(channel.kind).label,
        health=health,
        lag=lag_text(lag) if lag is not None and channel.is_active else "—",
        day_count=sum(counts.values()),
        dead_count=facts.dead.get(channel.pk, 0),
        bars=_bars(counts, now, broken_since=channel.last_error_at if health.is_broken else None),
    )


def _health(channel: Channel, waiting_since: dt.datetime | None, now: dt.datetime) -> Health:
    if not channel.is_active:
        return Health(_("Switched off"), "", "power")
    if channel.last_error:
        return Health(_("Does not work"), "danger", "alert-circle")
    if waiting_since is not None and now - waiting_since > LAGS_AFTER:
        return Health(_("Lags behind"), "warn", "clock-exclamation")
    if channel.last_event_at is None:
        return Health(_("Nothing yet"), "", "circle-dashed")
    if (silence := silence_of(channel, now=now)) is not None:
        return Health(silence_text(**params_of(silence)), "warn", "moon")
    quiet = now - channel.last_event_at
    if quiet > QUIET_AFTER:
        text = formats.minutes(quiet.total_seconds() // 60)
        return Health(_("Quiet for %(time)s") % {"time": text}, "", "moon")
    return Health(_("Works"), "ok", "circle-check")


def _bars(counts: dict[dt.datetime, int], now: dt.datetime, *, broken_since: dt.datetime | None) -> list[Bar]:
    start, most = _first_hour(now), max(counts.values(), default=0)
    bars = []
    for index in range(HOURS):
        hour = start + dt.timedelta(hours=index)
        height = max(_LEAST, _HEIGHT * counts.get(hour, 0) / most) if most else _LEAST
        is_bad = broken_since is not None and hour + dt.timedelta(hours=1) > broken_since
        bars.append(Bar(index * 4, f"{20 - height:.1f}", f"{height:.1f}", is_bad))
    return bars


def _first_hour(now: dt.datetime) -> dt.datetime:
    hour = now.astimezone(dt.UTC).replace(minute=0, second=0, microsecond=0)
    return hour - dt.timedelta(hours=HOURS - 1)


def lag_text(lag: dt.timedelta) -> str:
    """Write how far behind the processing is: 0.4 s, 12 s, 4 min."""
    seconds = max(lag.total_seconds(), 0)
    if seconds < 60:
        return _("%(count)s s") % {"count": formats.number(seconds, digits=1 if seconds < 10 else 0)}
    return formats.minutes(seconds // 60)


def summary(lines: list[Row]) -> dict[str, Any]:
    """Count what the page's head says."""
    return {
        "connected": sum(1 for line in lines if line.channel.is_active),
        "broken": [line for line in lines if line.health.is_broken],
        "dead": sum(line.dead_count for line in lines),
    }
