"""How much a channel held back as spam, and where to look at it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import urllib.parse

from django.db.models import Count
from django.urls import reverse

from channels.models import Channel, EventItem
from leads.suspicion import words_of

DAYS = 30


@dataclasses.dataclass(frozen=True, slots=True)
class Held:
    """One reason with its count and the journal's rows."""

    words: str
    count: int
    url: str


def held_of(channel: Channel, *, now: dt.datetime) -> list[Held]:
    """Count what looked like spam in the last days, the most frequent reason first."""
    rows = EventItem.objects.filter(channel=channel, at__gte=now - dt.timedelta(days=DAYS))
    counts = rows.exclude(suspicion="").values_list("suspicion").annotate(Count("id")).order_by("-id__count")
    return [Held(words_of(code), count, _rows_url(channel, code)) for code, count in counts]


def _rows_url(channel: Channel, code: str) -> str:
    query = {"channel": str(channel.pk), "suspicion": code, "hours": str(DAYS * 24)}
    return f"{reverse('channels:journal')}?{urllib.parse.urlencode(query)}"
