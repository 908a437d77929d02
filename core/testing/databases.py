"""The tests' databases: a template named by a hash of everything that shapes it, and copies of it.

Works on the bundled servers (as their superuser) and on DATABASE_URL (as its login, which must be
allowed to create databases; it need not be able to create roles).
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connections
from django.db.utils import ProgrammingError
from psycopg2.errors import InsufficientPrivilege

from core import roles
from core.embedded import paths, postgres, servers

_PREFIX = "test_crm_"
_TEMPLATE_PREFIX = f"{_PREFIX}template_"
_TEMPLATES_KEPT = 2
_SHAPED_BY = (
    "*/migrations/*.py",
    "*/models.py",
    "*/models/*.py",
    "*/sql/*.sql",
    "core/*.py",
    "core/management/commands/migrate.py",
    "crm_project/settings.py",
    "requirements.txt",
)
_STALE = """
SELECT datname FROM pg_database WHERE starts_with(datname, %s) AND pg_has_role(session_user, datdba, 'USAGE')
"""
_MAY_OWN = "SELECT FROM pg_roles WHERE rolname = %s AND pg_has_role(session_user, oid, 'MEMBER')"


def prepare() -> None:
    """Drop what dead runs left, and build the template unless an equal one stands."""
    os.environ["CRM_TEST_TEMPLATE"] = template_name()  # for this whole run: files may change meanwhile
    with _maintenance() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext('crm test template'))")
        _drop_stale(cursor)
        if not _exists(cursor, template_name()):
            _build_template(cursor)
            _drop_old_templates(cursor)


def create_copy(purpose: str = "") -> str:
    """Copy the template for this process (and a purpose of its own), and return the copy's name."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    name = f"{_own_prefix()}{os.getpid()}_{worker}{purpose}"
    with _maintenance() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        _create(cursor, name, template_name())
    return name


def point_at(name: str) -> None:
    """Let every alias use this database from now on."""
    connections.close_all()
    for alias in connections:
        connections[alias].settings_dict["NAME"] = name


@contextlib.contextmanager
def pointed_at(name: str) -> Iterator[None]:
    """Let every alias use this database for the block."""
    before = connections["default"].settings_dict["NAME"]
    point_at(name)
    try:
        yield
    finally:
        point_at(before)


def drop_copy(name: str) -> None:
    """Drop a copy."""
    connections.close_all()
    with _maintenance() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def template_name() -> str:
    """Name the template by what shapes it, so that a changed migration makes a new one."""
    if chosen := os.environ.get("CRM_TEST_TEMPLATE"):
        return chosen
    # The login too: one may not copy what another made.
    digest = hashlib.sha256(connections["owner"].settings_dict["USER"].encode())
    for pattern in _SHAPED_BY:
        for path in sorted(paths.ROOT.glob(pattern)):
            digest.update(str(path.relative_to(paths.ROOT)).encode() + b"\0" + path.read_bytes())
    return f"{_TEMPLATE_PREFIX}{digest.hexdigest()[:12]}"


@contextlib.contextmanager
def _maintenance() -> Iterator[Any]:
    """Yield a cursor that may create and drop databases."""
    if postgres in servers.wanted():
        with contextlib.closing(postgres.connect()) as connection, connection.cursor() as cursor:
            yield cursor
        return
    with connections["owner"]._nodb_cursor() as cursor:
        cursor.execute("RESET ROLE")
        yield cursor


def _build_template(cursor: Any) -> None:
    final = template_name()
    scratch = f"{final}_building"
    cursor.execute(f"DROP DATABASE IF EXISTS {scratch} WITH (FORCE)")
    _create(cursor, scratch, None)
    before = {alias: connections[alias].settings_dict["NAME"] for alias in connections}
    point_at(scratch)
    try:
        call_command("migrate", verbosity=0)
    finally:
        connections.close_all()
        for alias, name in before.items():
            connections[alias].settings_dict["NAME"] = name
    cursor.execute(f"ALTER DATABASE {scratch} RENAME TO {final}")
    cursor.execute("SELECT format('COMMENT ON DATABASE %%I IS %%L', %s, now()::text)", [final])
    cursor.execute(cursor.fetchone()[0])


def _create(cursor: Any, name: str, template: str | None) -> None:
    options = f" TEMPLATE {template}" if template else ""
    cursor.execute(_MAY_OWN, [roles.OWNER])
    if cursor.rowcount:
        options += f" OWNER {roles.OWNER}"
    try:
        cursor.execute(f"CREATE DATABASE {name}{options}")
    except (ProgrammingError, InsufficientPrivilege) as error:
        raise RuntimeError(f"The tests' login must be allowed to create databases: {error}") from error


def _exists(cursor: Any, name: str) -> bool:
    cursor.execute("SELECT FROM pg_database WHERE datname = %s", [name])
    return bool(cursor.rowcount)


def _drop_stale(cursor: Any) -> None:
    """Drop the copies whose process, on this machine, is gone."""
    cursor.execute(_STALE, [_own_prefix()])
    for (name,) in cursor.fetchall():
        pid = int(name.removeprefix(_own_prefix()).split("_")[0])
        if not Path(f"/proc/{pid}").exists() and not _answers_signal(pid):
            cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _drop_old_templates(cursor: Any) -> None:
    """Keep the newest templates: switching between two branches stays quick."""
    cursor.execute(
        "SELECT datname FROM pg_database"
        " WHERE starts_with(datname, %s) AND pg_has_role(session_user, datdba, 'USAGE')"
        " ORDER BY shobj_description(oid, 'pg_database') DESC NULLS LAST OFFSET %s",
        [_TEMPLATE_PREFIX, _TEMPLATES_KEPT],
    )
    for (name,) in cursor.fetchall():
        cursor.execute(f"DROP DATABASE IF EXISTS {name}")


def _answers_signal(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _own_prefix() -> str:
    """Begin the names of this machine's copies; process numbers mean nothing on another's."""
    return f"{_PREFIX}{hashlib.sha256(socket.gethostname().encode()).hexdigest()[:6]}_"
