"""Migrations: tables made together, rows changed tenant by tenant, and databases in between refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections, migrations, models, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

from core.migrating import CreateModels, each_tenant, missing_steps
from core.tenancy import tenant_scope
from tenants.models import Role, Tenant

OWNER = pytest.mark.django_db(databases=["default", "owner"])


def hens_and_eggs() -> CreateModels:
    """Make two models that refer to each other."""
    egg_id, hen_id = (models.BigAutoField(primary_key=True) for _ in range(2))
    to_hen = models.ForeignKey("core.Hen", models.CASCADE)
    to_egg = models.ForeignKey("core.Egg", models.CASCADE, null=True)
    return CreateModels(
        [
            migrations.CreateModel("Egg", [("id", egg_id), ("hen", to_hen)]),
            migrations.CreateModel("Hen", [("id", hen_id), ("egg", to_egg)]),
        ]
    )


def columns(table: str) -> set[str]:
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attnum > 0", [table]
        )
        return {name for (name,) in cursor.fetchall()}


# --- tables made together -----------------------------------------------------------------------
def test_classes_are_made_after_the_last_model() -> None:
    state = ProjectState()
    assert state.apps  # made already, as while migrations run
    hens_and_eggs().state_forwards("core", state)
    assert "apps" not in state.__dict__
    hen, egg = (state.apps.get_model("core", name) for name in ("Hen", "Egg"))
    assert hen._meta.get_field("egg").related_model is egg
    assert egg._meta.get_field("hen").related_model is hen


@OWNER
def test_tables_that_refer_to_each_other_come_and_go() -> None:
    operation, before, after = hens_and_eggs(), ProjectState(), ProjectState()
    operation.state_forwards("core", after)
    with transaction.atomic(using="owner"):
        with connections["owner"].schema_editor() as editor:
            operation.database_forwards("core", editor, before, after)
        assert (columns("core_egg"), columns("core_hen")) == ({"id", "hen_id"}, {"id", "egg_id"})
        with connections["owner"].schema_editor() as editor:
            operation.database_backwards("core", editor, after, before)
        assert not columns("core_egg") | columns("core_hen")
        transaction.set_rollback(True, using="owner")


# --- from old versions --------------------------------------------------------------------------
@contextmanager
def recorded(statement: str) -> Iterator[Any]:
    """Change as the owner what is noted of applied migrations; everything is rolled back."""
    owner = connections["owner"]
    with transaction.atomic(using="owner"), owner.cursor() as cursor:
        cursor.execute(statement)
        assert cursor.rowcount
        yield owner
        transaction.set_rollback(True, using="owner")


IN_BETWEEN = {
    "the last step of an app": (
        "DELETE FROM django_migrations WHERE (app, name) = ('reports', '0003_schedules')",
        ["reports.0003_schedules"],
    ),
    "the last of an app that two migrations make now": (
        "DELETE FROM django_migrations WHERE (app, name) = ('leads', '0012_response_minutes')",
        ["leads.0012_response_minutes"],
    ),
    "all but the first": (
        "DELETE FROM django_migrations WHERE app = 'automation' AND name <> '0001_robots'",
        ["automation.0002_conditions"],
    ),
}


@OWNER
@pytest.mark.parametrize("where", IN_BETWEEN)
def test_database_in_between_is_refused_by_what_it_lacks(where: str) -> None:
    statement, lacking = IN_BETWEEN[where]
    with recorded(statement) as owner:
        assert missing_steps(owner) == lacking
        with pytest.raises(CommandError, match=f"it lacks {lacking[0]}"):
            call_command("migrate", verbosity=0)


@OWNER
@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM django_migrations",
        # Broken off after the first of an app's two
        "DELETE FROM django_migrations WHERE app = 'leads' AND name IN ('0001_initial', '0012_response_minutes', '0002_tables')",
        "DELETE FROM django_migrations WHERE app = 'reports'",
    ],
)
def test_empty_and_interrupted_databases_go_on(statement: str) -> None:
    with recorded(statement) as owner:
        assert missing_steps(owner) == []


@OWNER
def test_database_at_the_end_of_the_old_steps_has_nothing_to_do() -> None:
    new = [name for _app, name in MigrationLoader(None).replacements]
    names = ", ".join(f"'{name}'" for name in sorted(set(new)))
    with recorded(f"DELETE FROM django_migrations WHERE name IN ({names})") as owner:
        executor = MigrationExecutor(owner)
        assert missing_steps(owner) == []
        assert executor.migration_plan(executor.loader.graph.leaf_nodes()) == []


# --- rows of all tenants ------------------------------------------------------------------------
def test_each_tenant_is_entered_and_left(tenant: Tenant, other_tenant: Tenant) -> None:
    entered = []
    for tenant_id, cursor in each_tenant(SimpleNamespace(connection=connection)):
        cursor.execute("UPDATE tenants_role SET name = name || ' (old)' WHERE tenant_id = %s", [tenant_id])
        entered.append((tenant_id, cursor.rowcount > 0))
    assert {(tenant.pk, True), (other_tenant.pk, True)} <= set(entered)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM tenants_role")
        assert cursor.fetchone() == (0,)
    for one in (tenant, other_tenant):
        with tenant_scope(one):
            assert {name[-6:] for name in Role.objects.values_list("name", flat=True)} == {" (old)"}
