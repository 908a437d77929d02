"""Locks on what has no row of its own yet: of two who make the same thing at once the second one waits and sees it."""

from __future__ import annotations

from django.db import connection

from core.tenancy import current_tenant_id


def hold(*what: str) -> None:
    """Hold a name of the active tenant until the end of the transaction; whoever wants the same one waits."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [current_tenant_id(), "|".join(what)]
        )
