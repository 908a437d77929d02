"""How many letters of a mailing leave now, and when the next ones do. No database."""

from __future__ import annotations

import datetime as dt
import math
from typing import NamedTuple

HOUR_S = 3600.0
AT_ONCE = dt.timedelta(minutes=1)  # what was missed longer ago is not made up for in one go


class Turn(NamedTuple):
    """One turn of the worker."""

    letters: int
    next_at: dt.datetime


def turn(*, due_at: dt.datetime, now: dt.datetime, per_hour: int) -> Turn:
    """Say how many are due since `due_at`, at least one, and when the next one is."""
    gap = dt.timedelta(seconds=HOUR_S / per_hour)
    since = max(due_at, now - AT_ONCE)
    count = 1 + math.floor((now - since) / gap) if now > since else 1
    return Turn(count, since + gap * count)
