"""Places in lists ordered by a moment: the moment and the row, as they stand in a URL."""

from __future__ import annotations

import datetime as dt
import uuid

from django.utils import timezone


def encoded(moment: dt.datetime, pk: uuid.UUID) -> str:
    """Write the place after a row."""
    return f"{moment.isoformat()}_{pk}"


def decoded(cursor: str) -> tuple[dt.datetime, uuid.UUID] | None:
    """Read a place; a broken one starts from the beginning."""
    moment, _sep, pk = cursor.replace(" ", "+").partition("_")
    try:
        at = dt.datetime.fromisoformat(moment)
        return (at, uuid.UUID(pk)) if timezone.is_aware(at) else None
    except ValueError:
        return None
