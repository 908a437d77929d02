"""Narrowing records by their tags."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.postgres.indexes import GinIndex

from core.among import IsAmong, among_found
from core.indexes import gin_index


def tagged(entity: str, wanted: Iterable[str]) -> IsAmong:
    """Make the condition that a record has any of the tags; `entity` is a name of CustomField.Entity."""
    return among_found("SELECT id FROM search.tagged(%s, %s::text[])", entity, list(wanted))


def tags_index(name: str) -> GinIndex:
    """Make the index that search.tagged looks in."""
    return gin_index("tags", name=name)
