"""Time-ordered identifiers made in Python, so rows have their id before they are saved."""

from __future__ import annotations

import uuid

import uuid_utils


def uuid7() -> uuid.UUID:
    """Return a new UUID version 7 (RFC 9562)."""
    return uuid.UUID(bytes=uuid_utils.uuid7().bytes)
