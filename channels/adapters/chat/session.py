"""Who a visitor of a site is: a name nobody guesses, proved by a signature with the channel's own key.

Nothing is stored for somebody who only looks: what the browser keeps is its own proof.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets

_VISITOR = re.compile(r"\A[A-Za-z0-9_-]{20,40}\Z")


def new_visitor() -> str:
    """Make the name of a visitor nobody has met yet."""
    return secrets.token_urlsafe(18)


def is_visitor(text: str) -> bool:
    """Say whether this can be the name of a visitor."""
    return _VISITOR.match(text) is not None


def session_of(visitor: str, key: str) -> str:
    """Return what the visitor's browser keeps, and shows with every request."""
    return f"{visitor}.{_mac(key, 'session', visitor.encode())}"


def read_session(text: str, key: str) -> str:
    """Return whose session this is, or nothing when the channel's key has not signed it."""
    visitor, _dot, proof = text.partition(".")
    if not key or not is_visitor(visitor):
        return ""
    return (
        visitor
        if hmac.compare_digest(proof.encode(), _mac(key, "session", visitor.encode()).encode())
        else ""
    )


def seal(visitor: str, body: bytes, key: str) -> str:
    """Sign a delivery: it came through our own page, which has counted it and knows who it is from."""
    return _mac(key, "delivery", visitor.encode() + b"\n" + body)


def is_sealed(visitor: str, body: bytes, key: str, given: str) -> bool:
    """Say whether this delivery bears our own seal."""
    return bool(key) and hmac.compare_digest(
        given.encode("utf-8", "replace"), seal(visitor, body, key).encode()
    )


def _mac(key: str, purpose: str, content: bytes) -> str:
    return hmac.new(key.encode(), purpose.encode() + b"\n" + content, hashlib.sha256).hexdigest()
