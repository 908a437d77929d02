"""Running numbers people say aloud: lead and deal numbers, one series a tenant."""

from __future__ import annotations

from django.db import connection

from core.ids import uuid7
from core.tenancy import current_tenant_id

_NEXT = """
INSERT INTO tenants_numberseries (id, tenant_id, kind, last_number) VALUES (%s, %s, %s, %s)
ON CONFLICT (tenant_id, kind) DO UPDATE SET last_number = tenants_numberseries.last_number + %s
RETURNING last_number
"""


def next_number(kind: str, *, count: int = 1) -> int:
    """Reserve `count` numbers of the series and return the last of them. Held until commit."""
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [uuid7(), current_tenant_id(), kind, count, count])
        return int(cursor.fetchone()[0])
