"""Custom fields in the search: those that say so, as far as whoever is looking sees them."""

from __future__ import annotations

import uuid

from django.db import connection

from core.among import IsAmong
from tenants.custom_fields.definitions import fields_of
from tenants.custom_fields.holding import holds_words


def searched(entity: str) -> list[str]:
    """Name the fields a search looks in, by their keys."""
    return [field.key for field in fields_of(entity) if field.is_searchable and field.has_words]


def found_by_fields(entity: str, patterns: list[str], newest: int | None = None) -> IsAmong | None:
    """Make the condition that a field of a record has all these parts; None where no field is searched."""
    fields = searched(entity)
    return holds_words(fields, patterns, newest) if fields and patterns else None


def ids_by_fields(entity: str, patterns: list[str], limit: int) -> list[uuid.UUID]:
    """Find records by what their fields say, the last made first; rows still pass their own walls."""
    fields = searched(entity)
    if not (fields and patterns):
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM search.field_words(%s::text[], %s::text[], %s)", [fields, patterns, limit]
        )
        return [row[0] for row in cursor.fetchall()]
