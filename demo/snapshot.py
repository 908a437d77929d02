"""A demo tenant as a file: the year that `load_demo --live` simulates through the services, kept for fast starts.

Simulating takes minutes, a first start should take seconds. The file holds COPY text of every tenant-owned
table; loading gives it a new tenant, new secrets, and moves every moment by whole days up to today.
"""

from __future__ import annotations

import datetime as dt
import gzip
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from django.db import connection, models

from channels.models import Channel
from channels.services import rotate_hook_token, update_channel
from core.tenancy import TenantOwned, current_tenant_id, tenant_models, tenant_scope
from tenants.access import starting_grants
from tenants.models import Membership, Role, Seat, Tenant, User

FOLDER = Path(__file__).parent / "snapshots"
# Not taken along: what belongs to the installation, and what is only a trace of making the year.
LEFT_OUT = {"tenants_job", "activities_notification"}


class Stale(Exception):
    """The file holds tables or columns that the database no longer has."""


def path_of(slug: str) -> Path:
    return FOLDER / f"{slug}.jsonl.gz"


def dump(tenant: Tenant, *, now: dt.datetime) -> Path:
    """Write the tenant's rows; return the file."""
    FOLDER.mkdir(exist_ok=True)
    path = path_of(tenant.slug)
    with tenant_scope(tenant), gzip.GzipFile(path, "wb", compresslevel=9, mtime=0) as packed:
        file = io.TextIOWrapper(packed, encoding="utf-8")
        people = dict(Membership.objects.values_list("user_id", "email"))
        file.write(json.dumps({"at": now.isoformat(), "people": people}) + "\n")
        for model in _models():
            _dump_table(model, file)
        file.flush()
        file.detach()
    return path


def _models() -> list[type[TenantOwned]]:
    return [m for m in tenant_models() if m._meta.db_table not in LEFT_OUT]


def _columns(model: type[TenantOwned]) -> list[str]:
    return [
        str(f.column)
        for f in model._meta.concrete_fields
        if f.column not in ("tenant_id", "encrypted_secrets")
    ]


def _dump_table(model: type[TenantOwned], file: TextIO) -> None:
    table, columns = model._meta.db_table, _columns(model)
    buffer = io.StringIO()
    with connection.cursor() as cursor:
        listed = ", ".join(f'"{c}"' for c in columns)
        query = f"SELECT {listed} FROM {table} WHERE tenant_id = {current_tenant_id()} ORDER BY id"
        cursor.copy_expert(f"COPY ({query}) TO STDOUT", buffer)
    text = buffer.getvalue()
    file.write(json.dumps({"table": table, "columns": columns, "rows": text.count("\n")}) + "\n")
    file.write(text)


def load(tenant: Tenant, *, now: dt.datetime, users: dict[str, User]) -> None:
    """Fill an empty tenant from its file; `users` by e-mail get the seats. Raises Stale."""
    with gzip.open(path_of(tenant.slug), "rt", encoding="utf-8", newline="\n") as file, tenant_scope(tenant):
        head = json.loads(file.readline())
        days = (now - dt.datetime.fromisoformat(head["at"])).days
        people = {int(old): users[email].pk for old, email in head["people"].items()}
        known = {m._meta.db_table: m for m in _models()}
        for table, columns, rows in _tables(file):
            if table not in known or not set(columns) <= set(_columns(known[table])):
                raise Stale(table)
            _load_table(known[table], columns, rows, days=days, people=people)
        for user in users.values():
            Seat.objects.get_or_create(user=user, tenant=tenant)


def _tables(file: TextIO) -> Iterator[tuple[str, list[str], io.StringIO]]:
    while line := file.readline():
        head = json.loads(line)
        buffer = io.StringIO()
        for _index in range(head["rows"]):
            buffer.write(file.readline())
        buffer.seek(0)
        yield head["table"], head["columns"], buffer


def _load_table(
    model: type[TenantOwned], columns: list[str], rows: io.StringIO, *, days: int, people: dict[int, int]
) -> None:
    table, fields = model._meta.db_table, {f.column: f for f in model._meta.concrete_fields}
    listed = ", ".join(f'"{c}"' for c in columns)
    chosen = ", ".join(_shifted(fields[c], days, people) for c in columns)
    extra = {"tenant_id": current_tenant_id()} | _newer_columns(model, columns)
    if model is Channel:
        extra["encrypted_secrets"] = b""
    values = ", ".join(["%s"] * len(extra))
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE incoming ON COMMIT DROP AS SELECT {listed} FROM {table} LIMIT 0")
        cursor.copy_expert(f"COPY incoming ({listed}) FROM STDIN", rows)
        cursor.execute(
            f"INSERT INTO {table} ({listed}, {', '.join(extra)}) SELECT {chosen}, {values} FROM incoming",
            list(extra.values()),
        )
        cursor.execute("DROP TABLE incoming")


def _newer_columns(model: type[TenantOwned], columns: list[str]) -> dict[str, Any]:
    """Columns added since the file was written, with the value a new row would get."""
    newer = set(_columns(model)) - set(columns)
    fields = [f for f in model._meta.concrete_fields if f.column in newer]
    return {str(f.column): f.get_db_prep_save(f.get_default(), connection) for f in fields}


def _shifted(field: models.Field[Any, Any], days: int, people: dict[int, int]) -> str:
    """The expression that moves a moment to today's calendar, and a person to this database's users."""
    column = f'"{field.column}"'
    if isinstance(field, models.DateTimeField):
        return f"{column} + interval '{days} days'"
    if isinstance(field, models.DateField):
        return f"{column} + {days}"
    if isinstance(field, models.ForeignKey) and field.related_model is User:
        pairs = " ".join(f"WHEN {old} THEN {new}" for old, new in people.items())
        return f"CASE {column} {pairs} END"
    return column


def renew_rights() -> None:
    """Give the starting roles what they grant in sections that are newer than the file."""
    for role in Role.objects.exclude(code=""):
        newer = {
            name: actions for name, actions in starting_grants(role.code).items() if name not in role.grants
        }
        if newer:
            role.grants = role.grants | newer
            role.save(update_fields=["grants"])


def renew_secrets(settings: dict[str, dict[str, Any]], *, now: dt.datetime) -> None:
    """Give the active tenant's channels secrets and hook addresses of this installation; by adapter kind."""
    for channel in Channel.objects.all():
        update_channel(channel=channel, now=now, settings=settings.get(channel.kind, {}))
        rotate_hook_token(channel=channel, now=now)
