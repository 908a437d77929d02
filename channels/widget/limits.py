"""How much one visitor, or one address, may ask; without Redis nobody is counted and everybody is let in."""

from __future__ import annotations

import hashlib
import ipaddress

from django.core.cache import cache
from django.http import HttpRequest

STARTS = ("start", 30, 60)  # what is counted, how many, in how many seconds
WORDS = ("words", 30, 60)  # of one visitor
WORDS_OF_ADDRESS = ("all-words", 150, 60)  # behind one address there may be an office
LOOKS = ("looks", 120, 60)
CALLS_OF_ADDRESS = ("calls", 6, 600)
CALLS_OF_PHONE = ("phone", 3, 3600)


def is_flood(limit: tuple[str, int, int], channel_id: object, who: str) -> bool:
    """Count one more of somebody's requests, and say whether it is one too many."""
    name, most, seconds = limit
    key = f"widget:{name}:{channel_id}:{hashlib.sha256(who.encode('utf-8', 'replace')).hexdigest()[:32]}"
    try:
        cache.add(key, 0, timeout=seconds)
        return bool(cache.incr(key) > most)
    except Exception:  # a lost inquiry is worse than a robot's
        return False


def address_of(request: HttpRequest) -> str:
    """Tell visitors apart: behind a front server of ours by what it says about them."""
    direct = request.META.get("REMOTE_ADDR", "")
    try:
        is_front = not direct or not ipaddress.ip_address(direct).is_global
    except ValueError:
        is_front = True
    forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return forwarded if is_front and forwarded else str(direct)
