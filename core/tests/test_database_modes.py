"""One plain DATABASE_URL is enough: an owner who may not create roles, and a superuser."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.embedded import paths, postgres, servers

pytestmark = [
    pytest.mark.skipif(postgres not in servers.wanted(), reason="needs the bundled server's superuser"),
    pytest.mark.django_db,  # the servers are up
]
ROOT = Path(__file__).resolve().parents[2]
PROBE = """
import django
django.setup()
from django.core.management import call_command
from django.db import connection, connections
call_command("migrate", verbosity=0)
connections.close_all()
call_command("check_walls")
call_command("migrate")
from contacts.models import Contact
from core.tenancy import tenant_scope
from tenants.services import create_tenant
a, b = (create_tenant(name=n, slug=n) for n in ("a", "b"))
with tenant_scope(a):
    contact = Contact.objects.create(name="hers")
with connection.cursor() as cursor:
    cursor.execute("SELECT current_user, (SELECT count(*) FROM contacts_contact)")
    user, unset = cursor.fetchone()
    with tenant_scope(b):
        cursor.execute("SELECT count(*) FROM contacts_contact")
        theirs = cursor.fetchone()[0]
    with tenant_scope(a):
        cursor.execute("SELECT count(*) FROM contacts_contact")
        hers = cursor.fetchone()[0]
print("PROBE", user, unset, theirs, hers)
"""


@contextlib.contextmanager
def database(name: str, login: str, attributes: str) -> Iterator[dict[str, str]]:
    """Make a login with its own database; yield the environment that uses it for everything."""
    with contextlib.closing(postgres.connect()) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {login} LOGIN {attributes}")
        cursor.execute(f"CREATE DATABASE {name} OWNER {login}")
        try:
            url = f"postgres://{login}@/{name}?host={paths.socket_dir()}"
            yield os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "crm_project.settings"}
        finally:
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")
            cursor.execute(f"DROP ROLE {login}")


def probe(environment: dict[str, str]) -> str:
    """Migrate twice, check the walls and read across them, in one new process."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Both walls stand." in done.stdout
    assert "No migrations to apply" in done.stdout
    return done.stdout


def test_plain_owner_without_the_right_to_make_roles_is_walled_all_the_same():
    name = f"crm_plain_{os.getpid()}"
    with database(name, name, "NOSUPERUSER NOCREATEROLE NOBYPASSRLS") as environment:
        assert f"PROBE {name} 0 0 1" in probe(environment)


def test_superuser_serves_as_the_plain_role():
    name = f"crm_super_{os.getpid()}"
    with database(name, name, "SUPERUSER") as environment:
        assert "PROBE crm_app 0 0 1" in probe(environment)
