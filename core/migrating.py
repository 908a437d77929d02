"""Data migrations: the policies let through one tenant at a time, the owner's login too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def each_tenant(schema_editor: Any) -> Iterator[tuple[int, Any]]:
    """Give every tenant's id with a cursor that sees and changes its rows, one after the other."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT id FROM tenants_tenant ORDER BY id")
        for (tenant_id,) in cursor.fetchall():
            cursor.execute("SELECT set_config('app.tenant_id', %s, true)", [str(tenant_id)])
            yield tenant_id, cursor
        cursor.execute("SELECT set_config('app.tenant_id', '', true)")
