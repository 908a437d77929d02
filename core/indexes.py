"""Indexes that search functions look in."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex, OpClass

# What was written lately waits in a list that every search reads to its end: with PostgreSQL's 4 MB of it a search for a
# name took 10 ms longer. So much of it is read in half a millisecond.
PENDING_KB = 128


def gin_index(*fields: str, name: str) -> GinIndex:
    """Make an index of arrays or JSON within a tenant."""
    return GinIndex(fields=["tenant", *fields], name=name, gin_pending_list_limit=PENDING_KB)


def trigram_index(field: str, name: str) -> GinIndex:
    """Make the index by which parts of a text are found."""
    return GinIndex("tenant", OpClass(field, "gin_trgm_ops"), name=name, gin_pending_list_limit=PENDING_KB)
