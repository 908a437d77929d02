"""The records that hold values of a field. Their apps stand above and are reached through the model registry."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import QuerySet
from django.db.models.fields.json import KeyTextTransform, KeyTransform

from core.tenancy import current_tenant_id
from tenants.custom_fields.holding import holds
from tenants.models import CustomField, FieldFile

MODELS = {
    "deal": "deals.Deal",
    "lead": "leads.Lead",
    "contact": "contacts.Contact",
    "company": "contacts.Company",
}
CHUNK = 5000


def holders(field: CustomField) -> QuerySet[Any]:
    """Find the records that hold a value, deleted ones too."""
    found: QuerySet[Any] = _model(field).objects.filter(custom_values__has_key=field.key)
    return found


def is_file_held(file: FieldFile) -> bool:
    """Say whether any record holds a file, in fields that are hidden too."""
    fields = CustomField.objects.filter(kind=CustomField.Kind.FILE)
    return any(
        _model(field).objects.filter(holds(field, wanted=[{"id": str(file.pk)}])).exists() for field in fields
    )


def let_go_of_files(field: CustomField, *, now: dt.datetime) -> None:
    """Note that the records of a field hold its files no more, before its values are erased."""
    file_id = KeyTextTransform("id", KeyTransform(field.key, "custom_values"))
    ids = list(holders(field).annotate(file_id=file_id).values_list("file_id", flat=True))
    FieldFile.objects.filter(pk__in=ids).update(unheld_since=now)


def _model(field: CustomField) -> Any:
    return apps.get_model(MODELS[field.entity])


def erase_values(field: CustomField) -> int:
    """Remove the field's values from all records; return how many held one.

    A change of settings, not of the records: no version and no timeline entry. Chunk by chunk, so that a
    statement stays within what a page may take.
    """
    table = _model(field)._meta.db_table
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
