"""What speaks for spam: how quickly it was sent, from where, how often. Nothing is lost by it."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from typing import Final

from django.core import signing
from django.core.cache import cache

from core import visitors
from leads.suspicion import FAST, FLOOD, FORGED

POSTS_A_MINUTE: Final = 12  # of one address: more are refused; a person needs one
MANY_A_MINUTE: Final = 6  # of one address: from here on they look like spam
CROWD_A_MINUTE: Final = 120  # of one form: then who posts past the form looks like spam
VIEWS_A_MINUTE: Final = 300  # of one address: an office or a mobile network may share it
QUICKEST = dt.timedelta(seconds=2)
FRESH = dt.timedelta(hours=24)
_SALT = "channels.sites.stamp"
_MINUTE_S = 60


class Stamp(enum.Enum):
    """What the stamp of a post tells."""

    NONE = "none"
    FORGED = "forged"
    FAST = "fast"
    GOOD = "good"
    STALE = "stale"


def make_stamp(channel_id: uuid.UUID, *, now: dt.datetime) -> str:
    """Sign when and for which form the page was made."""
    return signing.dumps([channel_id.hex, int(now.timestamp())], salt=_SALT)


def read_stamp(text: str, channel_id: uuid.UUID, *, now: dt.datetime) -> Stamp:
    """Tell a stamp's age. Forms people wrote themselves have none."""
    if not text:
        return Stamp.NONE
    try:
        of, made = signing.loads(text, salt=_SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return Stamp.FORGED
    if of != channel_id.hex:
        return Stamp.FORGED
    age = now - dt.datetime.fromtimestamp(made, dt.UTC)
    if age < QUICKEST:
        return Stamp.FAST
    return Stamp.STALE if age > FRESH else Stamp.GOOD


def next_stamp(text: str, channel_id: uuid.UUID, *, now: dt.datetime) -> str:
    """Stamp a form that is sent back: who mends a mistake or an old page may be quick about it."""
    known = read_stamp(text, channel_id, now=now)
    if known in (Stamp.GOOD, Stamp.FAST):
        return text
    return make_stamp(channel_id, now=now - QUICKEST if known is Stamp.STALE else now)


def count_post(channel_id: uuid.UUID, address: str) -> tuple[int, int]:
    """Count one more post of the last minute: of this address, and of the form."""
    by_address = visitors.count(f"form:{channel_id}", address, within_s=_MINUTE_S)
    return by_address, visitors.count("form", str(channel_id), within_s=_MINUTE_S)


def is_viewed_too_often(address: str) -> bool:
    """Count one more look at forms from an address."""
    return visitors.count("form-view", address, within_s=_MINUTE_S) > VIEWS_A_MINUTE


def suspicion_of(stamp: Stamp, *, by_address: int, by_form: int) -> str:
    """Name what speaks for spam about how a post came, as a code of leads.suspicion, or ""."""
    if stamp is Stamp.FORGED or (stamp is Stamp.NONE and by_form > CROWD_A_MINUTE):
        return FORGED
    if stamp is Stamp.FAST:
        return FAST
    return FLOOD if by_address > MANY_A_MINUTE else ""


def twin_of(channel_id: uuid.UUID, gist: str, key: str) -> str:
    """Return the key of a post that said the same less than a minute ago, else remember this one's; "" for none."""
    try:
        if cache.add(f"form-twin:{channel_id}:{gist}", key, timeout=_MINUTE_S):
            return ""
        first = cache.get(f"form-twin:{channel_id}:{gist}")
    except Exception:  # twice is better than never
        return ""
    return first if isinstance(first, str) and first != key else ""
