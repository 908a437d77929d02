"""The records that hold values of a field. Their apps stand above and are reached through the model registry."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import QuerySet

from core.tenancy import current_tenant_id
from tenants.models import CustomField

MODELS = {
    "deal": "deals.Deal",
    "lead": "leads.Lead",
    "contact": "contacts.Contact",
    "company": "contacts.Company",
}
CHUNK = 5000


def holders(field: CustomField) -> QuerySet[Any]:
    """Find the records that hold a value, deleted ones too."""
    model: Any = apps.get_model(MODELS[field.entity])
    found: QuerySet[Any] = model.objects.filter(custom_values__has_key=field.key)
    return found


def erase_values(field: CustomField) -> int:
    """Remove the field's values from all records; return how many held one.

    A change of settings, not of the records: no version and no timeline entry. Chunk by chunk, so that a
    statement stays within what a page may take.
    """
    table = apps.get_model(MODELS[field.entity])._meta.db_table
    return sum(_chunks(table, field.key))


def _chunks(table: str, key: str) -> Iterator[int]:
    # The names are constants of ours; the key and the tenant are parameters.
    sql = f"""
        UPDATE {table} SET custom_values = custom_values - %s
        WHERE tenant_id = %s AND id IN (
          SELECT id FROM {table} WHERE tenant_id = %s AND custom_values ? %s LIMIT {CHUNK} FOR UPDATE)
    """.replace(" ? ", " OPERATOR(pg_catalog.?) ")  # noqa: S608
    with connection.cursor() as cursor:
        while True:
            cursor.execute(sql, [key, current_tenant_id(), current_tenant_id(), key])
            yield cursor.rowcount
            if cursor.rowcount < CHUNK:
                return
