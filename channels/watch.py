"""Watching over channels: learn their rhythm, and tell who looks after them when one is silent or in trouble."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Sequence
from typing import Any

from django.db.models import Count, F, Q
from django.db.models.functions import ExtractHour, ExtractIsoWeekDay, TruncDate
from django.urls import reverse

from activities.services import notify
from channels.models import Channel, Event
from channels.rhythm import WEEKS, Rhythm, Silence, learn, unusual_silence
from tenants.access import may
from tenants.models import Membership

TROUBLE_AFTER = dt.timedelta(minutes=10)  # a connection that comes back sooner is no news
DEAD_AGAIN_AFTER = dt.timedelta(hours=1)
_NOTICED = ("silence_noticed_at", "trouble_noticed_at", "dead_noticed_at")
_Told = tuple[Channel, str, dict[str, Any]]  # the code and values as channels.notices knows them


def learn_rhythms(*, now: dt.datetime) -> None:
    """Write down how often each channel of the active tenant brought something in the last weeks."""
    channels = list(Channel.objects.active().select_related("tenant"))
    if not channels:
        return
    zone = zoneinfo.ZoneInfo(channels[0].tenant.time_zone)
    hours: dict[Any, list[tuple[int, int, int]]] = {}
    recent = Event.objects.filter(received_at__gte=now - dt.timedelta(weeks=WEEKS)).order_by()
    grouped = recent.annotate(
        weekday=ExtractIsoWeekDay("received_at", tzinfo=zone), hour=ExtractHour("received_at", tzinfo=zone)
    ).values_list("channel_id", "weekday", "hour")
    days = Count(TruncDate("received_at", tzinfo=zone), distinct=True)
    for pk, weekday, hour, count, seen in grouped.annotate(deliveries=Count("id"), days=days):
        hours.setdefault(pk, []).append(((weekday - 1) * 24 + hour, count, seen))
    for channel in channels:
        weeks = min(WEEKS, (now - channel.created_at) // dt.timedelta(weeks=1))
        channel.rhythm = learn(hours.get(channel.pk, []), weeks=weeks).as_json()
    Channel.objects.bulk_update(channels, ["rhythm"])


def silence_of(channel: Channel, *, now: dt.datetime) -> Silence | None:
    """Say whether the channel is silent longer than chance explains; its tenant has to be loaded."""
    if channel.last_event_at is None or not channel.is_active:
        return None
    rhythm, zone = Rhythm.from_json(channel.rhythm), zoneinfo.ZoneInfo(channel.tenant.time_zone)
    return unusual_silence(rhythm, since=channel.last_event_at, now=now, zone=zone)


def watch_channels(*, now: dt.datetime) -> int:
    """Tell of each new trouble of the active tenant's channels once; return how many were told."""
    Channel.objects.filter(last_error="").exclude(trouble_noticed_at=None).update(trouble_noticed_at=None)
    channels = list(Channel.objects.active().select_related("tenant").order_by("created_at"))
    dead = _new_dead_letters()
    told = [
        notice
        for channel in channels
        for notice in (
            _silence(channel, now),
            _trouble(channel, now),
            _dead(channel, dead.get(channel.pk, 0), now),
        )
        if notice is not None
    ]
    if not told:
        return 0
    Channel.objects.bulk_update({channel for channel, _code, _params in told}, _NOTICED)
    people = _keepers()
    for channel, code, params in told:
        params = {"channel": channel.name} | params
        notify(members=people, code=code, params=params, url=_address(channel, code), now=now)
    return len(told)


def _address(channel: Channel, code: str) -> str:
    if code == "channel_dead":
        return f"{reverse('channels:journal')}?state=dead&channel={channel.pk}"
    return reverse("channels:detail", args=[channel.pk])


def _silence(channel: Channel, now: dt.datetime) -> _Told | None:
    silence = silence_of(channel, now=now)
    if silence is None or _is_known(channel.silence_noticed_at, channel.last_event_at):
        return None
    channel.silence_noticed_at = now
    return channel, "channel_silent", params_of(silence)


def params_of(silence: Silence) -> dict[str, Any]:
    """What the words about a silence need: minutes, and deliveries in an hour."""
    return {
        "minutes": int(silence.lasts.total_seconds() // 60),
        "usual": round(silence.usual_per_hour, 1),
    }


def _trouble(channel: Channel, now: dt.datetime) -> _Told | None:
    since = channel.last_error_at
    if not channel.last_error or since is None or channel.trouble_noticed_at is not None:
        return None
    if now - since < TROUBLE_AFTER:
        return None
    channel.trouble_noticed_at = now
    return channel, "channel_broken", {"error": channel.last_error}


def _new_dead_letters() -> dict[Any, int]:
    """Count the dead letters of each channel that nobody was told of."""
    told = F("channel__dead_noticed_at")
    new = Event.objects.dead().filter(Q(channel__dead_noticed_at=None) | Q(processed_at__gt=told))
    return dict(new.order_by().values_list("channel_id").annotate(Count("id")))


def _dead(channel: Channel, count: int, now: dt.datetime) -> _Told | None:
    known = channel.dead_noticed_at
    if not count or (known is not None and now - known < DEAD_AGAIN_AFTER):
        return None
    channel.dead_noticed_at = now
    return channel, "channel_dead", {"count": count}


def _is_known(noticed_at: dt.datetime | None, since: dt.datetime | None) -> bool:
    return noticed_at is not None and since is not None and noticed_at >= since


def _keepers() -> Sequence[Membership]:
    """List who looks after channels: those who may change them."""
    people = Membership.objects.active().select_related("role", "tenant")
    return [member for member in people if may(member, "channels", "edit")]
