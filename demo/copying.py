"""Bulk rows by COPY, through a temporary table: PostgreSQL takes no COPY into a table under row-level security."""

from __future__ import annotations

import datetime as dt
import io
import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import connection, models
from django.db.models.fields import NOT_PROVIDED

from core.tenancy import TenantOwned, current_tenant_id

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\x00": ""})


def copy_rows(model: type[TenantOwned], names: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> int:
    """Insert rows of the active tenant; columns not named get the model's constant defaults.

    Callable defaults other than ids are not called: name those columns.
    """
    named = list(names)
    fields = {f.attname: f for f in model._meta.concrete_fields}
    constants = {
        f.attname: _text(_constant(f))
        for f in fields.values()
        if f.attname not in named and f.attname != "tenant_id" and _constant(f) is not None
    }
    constants["tenant_id"] = str(current_tenant_id())
    columns = [fields[name].column for name in (*named, *constants)]
    tail = "\t".join(constants.values())
    buffer, count = io.StringIO(), 0
    for row in rows:
        buffer.write("\t".join([_text(row.get(name)) for name in named]) + "\t" + tail + "\n")
        count += 1
    buffer.seek(0)
    _copy(model._meta.db_table, columns, buffer)
    return count


def _copy(table: str, columns: Sequence[str | None], buffer: io.StringIO) -> None:
    listed = ", ".join(f'"{c}"' for c in columns)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE incoming ON COMMIT DROP AS SELECT {listed} FROM {table} LIMIT 0")
        cursor.copy_expert(f"COPY incoming ({listed}) FROM STDIN", buffer)
        cursor.execute(f"INSERT INTO {table} ({listed}) SELECT {listed} FROM incoming")
        cursor.execute("DROP TABLE incoming")


def _constant(field: models.Field[Any, Any]) -> Any:
    if field.default is not NOT_PROVIDED:
        return field.get_default() if not callable(field.default) or field.default in (dict, list) else None
    return "" if field.empty_strings_allowed and not field.null else None


def _text(value: Any) -> str:
    match value:
        case None:
            return "\\N"
        case bool():
            return "t" if value else "f"
        case str():
            return value.translate(_ESCAPES)
        case dt.datetime() | dt.date():
            return value.isoformat()
        case int() | float() | Decimal() | uuid.UUID():
            return str(value)
        case dict():
            return json.dumps(value, ensure_ascii=False).translate(_ESCAPES)
        case list() | tuple():
            return "{" + ",".join('"' + str(v).replace('"', "") + '"' for v in value) + "}"
        case bytes():
            return "\\\\x" + value.hex()
    return str(value).translate(_ESCAPES)
