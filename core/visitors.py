"""Who posts from outside: told apart by address, and counted for a while. Without Redis nobody is counted."""

from __future__ import annotations

import hashlib
import ipaddress

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """Tell who posts: behind so many front servers of ours as the settings say, else the peer itself.

    Empty where the header has fewer hops than that: then somebody passed a front server by.
    """
    count: int = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    if not count:
        return str(request.META.get("REMOTE_ADDR", ""))
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    return hops[-count] if len(hops) >= count else ""


def address_of(request: HttpRequest) -> str:
    """Tell visitors apart, to count them: also where the settings do not tell of the front server before us.

    A guess that is wrong here counts too many as one or one as many; who may post is client_address()'s business.
    """
    if settings.ALLAUTH_TRUSTED_PROXY_COUNT and (told := client_address(request)):
        return told
    direct = str(request.META.get("REMOTE_ADDR", ""))
    try:
        is_front = not direct or not ipaddress.ip_address(direct).is_global
    except ValueError:
        is_front = True
    forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return forwarded if is_front and forwarded else direct


def count(what: str, who: str, *, within_s: int) -> int:
    """Count one more of what somebody does, and return how often it was in so many seconds; 0 without Redis."""
    key = f"{what}:{hashlib.sha256(who.encode('utf-8', 'replace')).hexdigest()[:32]}"
    try:
        cache.add(key, 0, timeout=within_s)
        return int(cache.incr(key))
    except Exception:  # a lost inquiry is worse than a robot's
        return 0
