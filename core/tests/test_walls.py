"""The second wall: what PostgreSQL refuses by itself, and that no hole in either wall stays unnamed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from celery import Task, current_app
from django.apps import apps
from django.core.cache import cache
from django.core.cache.backends.locmem import LocMemCache
from django.core.management import call_command
from django.db import connection, connections, models, transaction
from django.test.utils import isolate_apps

from core import roles, wall_checks, walls
from core.tasks import TaskWithoutTenant, TenantTask
from core.tenancy import TenantForeignKey, TenantOwned, tenant_models, tenant_scope
from core.tests.filling import fill
from tenants.models import Office, Tenant

BOTH = ["default", "owner"]


def tables() -> list[str]:
    return [model._meta.db_table for model in tenant_models()]


@pytest.fixture
def serving_role(db: None) -> None:
    """Skip on a server of one's own whose login may make no roles: it owns and serves, forced RLS is its wall."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        is_ours = cursor.fetchone() == (roles.APP,)
    if not is_ours and {"DATABASE_URL", "TEST_DATABASE_URL"} & set(os.environ):
        pytest.skip("one plain login owns and serves here")


# --- as it stands ----------------------------------------------------------------------------
@pytest.mark.django_db
def test_serving_role_cannot_bypass_the_wall(serving_role):
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("crm_app",)
        assert wall_checks.role_problems(cursor) == []


@pytest.mark.django_db
def test_database_has_no_holes():
    with connection.cursor() as cursor:
        assert wall_checks.database_problems(cursor) == []


def test_models_are_owned_or_on_the_platforms_list():
    assert wall_checks.model_problems(apps.get_models()) == []
    labels = {model._meta.label for model in apps.get_models()}
    assert labels >= wall_checks.PLATFORM_MODELS, "a name on the list that is no model"


def test_tasks_have_a_tenant_or_are_on_the_platforms_list():
    current_app.loader.import_default_modules()
    ours = {name: task for name, task in current_app.tasks.items() if not name.startswith("celery.")}
    assert wall_checks.task_problems(ours.items()) == []
    assert set(ours) >= wall_checks.PLATFORM_TASKS, "a name on the list that is no task"


def test_every_tenant_task_refuses_to_run_without_a_tenant():
    current_app.loader.import_default_modules()
    tenants_tasks = [task for task in current_app.tasks.values() if isinstance(task, TenantTask)]
    assert tenants_tasks
    for task in tenants_tasks:
        for wrong in ({}, {"tenant_id": None}, {"tenant_id": "7"}):
            with pytest.raises(TaskWithoutTenant):
                task(**wrong)


@pytest.mark.django_db
def test_cache_keys_name_their_tenant():
    assert wall_checks.cache_problems(cache) == []


@pytest.mark.django_db(transaction=True, databases=BOTH)
def test_building_twice_changes_nothing():
    assert walls.build(connections["owner"]) == []
    with connection.cursor() as cursor:
        assert wall_checks.database_problems(cursor) == []


@pytest.mark.django_db(transaction=True, databases=BOTH)
def test_migrating_again_changes_nothing():
    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        assert wall_checks.database_problems(cursor) == []


def test_names_made_for_the_walls_are_distinct():
    names = [name for name, _sql in walls._all_statements(has_roles=True)]
    assert len(names) == len(set(names))


# --- row-level security alone: the manager is not asked ---------------------------------------
@pytest.fixture
def theirs(other_tenant: Tenant) -> dict[type[models.Model], Any]:
    """One row of every model in another tenant."""
    with tenant_scope(other_tenant):
        return {model: fill(model) for model in tenant_models()}


@pytest.mark.django_db(databases=BOTH)
@pytest.mark.parametrize("alias", BOTH)
def test_no_rows_without_a_tenant(alias, theirs):
    with connections[alias].cursor() as cursor:
        for table in tables():
            cursor.execute(f"SELECT count(*) FROM {table}")
            assert cursor.fetchone() == (0,), table


@pytest.mark.django_db
def test_foreign_rows_are_neither_seen_nor_changed_by_bare_sql(tenant, theirs):
    with tenant_scope(tenant), connection.cursor() as cursor:
        for model, row in theirs.items():
            table = model._meta.db_table
            cursor.execute(f"SELECT count(*) FROM {table} WHERE id = %s", [row.pk])
            assert cursor.fetchone() == (0,), table
            cursor.execute(f"UPDATE {table} SET tenant_id = tenant_id WHERE id = %s", [row.pk])
            assert cursor.rowcount == 0, table
            cursor.execute(f"DELETE FROM {table} WHERE id = %s", [row.pk])
            assert cursor.rowcount == 0, table


@pytest.mark.django_db
def test_foreign_rows_are_not_seen_by_querysets_without_our_manager(tenant, theirs):
    with tenant_scope(tenant):
        for model, row in theirs.items():
            assert not models.QuerySet(model).filter(pk=row.pk).exists(), model


@pytest.mark.django_db
def test_rows_cannot_be_given_to_another_tenant_by_bare_sql(tenant, other_tenant):
    with tenant_scope(tenant):
        mine = {model: fill(model) for model in tenant_models()}
        for model, row in mine.items():
            statement = f"UPDATE {model._meta.db_table} SET tenant_id = %s WHERE id = %s"
            with (
                pytest.raises(Exception, match="row-level security"),
                transaction.atomic(),
                connection.cursor() as c,
            ):
                c.execute(statement, [other_tenant.pk, row.pk])


@pytest.mark.django_db
def test_unset_and_garbage_tenants_fail_closed(tenant):
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM tenants_role")
        assert cursor.fetchone() == (0,)
        with pytest.raises(Exception, match="invalid input syntax"), transaction.atomic():
            cursor.execute("SET LOCAL app.tenant_id = 'x'")
            cursor.execute("SELECT count(*) FROM tenants_role")


@pytest.mark.django_db
def test_serving_role_cannot_take_the_wall_down(serving_role):
    statements = [
        "ALTER TABLE tenants_office DISABLE ROW LEVEL SECURITY",
        "DROP POLICY tenant_wall ON tenants_office",
        "TRUNCATE tenants_office",
        "CREATE TABLE hole (id int)",
    ]
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_user")
        if cursor.fetchone() == (roles.APP,):  # whoever made the roles and only puts one on may put on others
            statements += ["SET ROLE crm_owner", "SET ROLE crm_search"]
    for statement in statements:
        with pytest.raises(Exception, match="permission denied|must be owner"), transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(statement)


# --- the manager alone: PostgreSQL is told to look away ---------------------------------------
@pytest.fixture
def without_rls(transactional_db: None) -> Iterator[None]:
    """Switch row-level security off in this worker's own database."""

    def switch(word: str) -> None:
        with connections["owner"].cursor() as cursor:
            for table in tables():
                cursor.execute(f"ALTER TABLE {table} {word} ROW LEVEL SECURITY")

    switch("DISABLE")
    yield
    switch("ENABLE")


@pytest.mark.django_db(transaction=True, databases=BOTH)
def test_manager_holds_alone(without_rls, tenant, theirs):
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM tenants_role")
        assert cursor.fetchone()[0] > 0, "row-level security is still on"
    with tenant_scope(tenant):
        for model, row in theirs.items():
            manager = model._default_manager
            assert not manager.filter(pk=row.pk).exists(), model
            assert not model._base_manager.filter(pk=row.pk).exists(), model
            assert row.tenant_id not in set(manager.values_list("tenant_id", flat=True)), model
            assert manager.filter(pk=row.pk).delete()[0] == 0, model
    with tenant_scope(row.tenant_id):
        for model, row in theirs.items():
            assert model._default_manager.filter(pk=row.pk).exists(), model


# --- planted holes: each must be reported by its name -----------------------------------------
@contextmanager
def planted(statement: str) -> Iterator[Any]:
    """Run DDL as the owner and hand over the cursor; everything is rolled back."""
    owner = connections["owner"]
    with transaction.atomic(using="owner"), owner.cursor() as cursor:
        cursor.execute(statement)
        yield cursor
        transaction.set_rollback(True, using="owner")


DATABASE_HOLES = {
    "a policy dropped": (
        "DROP POLICY tenant_wall ON leads_lead",
        "leads_lead: policy tenant_wall is missing",
    ),
    "a policy that lets everything through": (
        "ALTER POLICY tenant_wall ON leads_lead USING (true)",
        "leads_lead: policy tenant_wall is not as core.walls makes it",
    ),
    "reads walled, writes open": (
        "ALTER POLICY tenant_wall ON leads_lead WITH CHECK (true)",
        "leads_lead: policy tenant_wall is not as core.walls makes it",
    ),
    "a second, generous policy": (
        "CREATE POLICY helpful ON deals_deal FOR SELECT USING (true)",
        "deals_deal: policy helpful is not as core.walls makes it",
    ),
    "security off": (
        "ALTER TABLE contacts_contact DISABLE ROW LEVEL SECURITY",
        "contacts_contact: row-level security is not enabled",
    ),
    "security not forced": (
        "ALTER TABLE contacts_contact NO FORCE ROW LEVEL SECURITY",
        "contacts_contact: row-level security is not forced on the owner",
    ),
    "rows without a tenant": (
        "ALTER TABLE deals_stage ALTER tenant_id DROP NOT NULL",
        "deals_stage: tenant_id may be null",
    ),
    "no composite key": (
        "ALTER TABLE contacts_source DROP CONSTRAINT contacts_source_tenant_key CASCADE",
        "contacts_source: no unique key (tenant_id, id)",
    ),
    "a reference not tied to the tenant": (
        "ALTER TABLE deals_deal DROP CONSTRAINT deals_deal_owner_id_wall",
        "deals_deal: owner_id is not tied to the tenant in the database",
    ),
    "a single-column foreign key": (
        "ALTER TABLE deals_deal ADD CONSTRAINT loose FOREIGN KEY (owner_id) REFERENCES tenants_membership (id)",
        "deals_deal: foreign key loose to tenants_membership doesn't include tenant_id",
    ),
    "an index across tenants": (
        "CREATE INDEX slow ON leads_lead (phone)",
        "leads_lead: index slow doesn't begin with tenant_id",
    ),
    "a unique key across tenants": (
        "CREATE UNIQUE INDEX oracle ON contacts_identitykey (value)",
        "contacts_identitykey: index oracle is unique across tenants",
    ),
    "a table of no model": (
        "CREATE TABLE leads_copy AS SELECT * FROM leads_lead",
        "leads_copy: a table of no model",
    ),
    "a view with its owner's rights": (
        "CREATE VIEW all_leads AS SELECT * FROM leads_lead",
        "all_leads: view without security_invoker",
    ),
    "a materialised view": (
        "CREATE MATERIALIZED VIEW lead_totals AS SELECT count(*) FROM leads_lead",
        "lead_totals: a materialised view has no row-level security",
    ),
    "a definer function elsewhere": (
        "CREATE FUNCTION peek() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM leads_lead'",
        "peek(): a definer function outside schema search",
    ),
    "a definer function that trusts the path": (
        "CREATE FUNCTION peek() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT 1::bigint'",
        "peek(): a definer function without a fixed search_path",
    ),
    "a definer function for everybody": (
        "CREATE FUNCTION peek() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT 1::bigint'",
        "peek(): a definer function that everybody may run",
    ),
}


@pytest.mark.django_db(databases=BOTH)
@pytest.mark.parametrize("hole", DATABASE_HOLES)
def test_hole_in_the_database_is_named(hole):
    statement, name = DATABASE_HOLES[hole]
    with planted(statement) as cursor:
        assert name in wall_checks.database_problems(cursor)


@pytest.mark.django_db(databases=BOTH)
def test_view_with_the_callers_rights_is_no_hole():
    with planted("CREATE VIEW fine WITH (security_invoker = true) AS SELECT * FROM leads_lead") as cursor:
        assert wall_checks.view_problems(cursor) == []


@pytest.mark.django_db(databases=BOTH)
def test_serving_role_with_more_rights_is_named(serving_role):
    with planted("GRANT TRUNCATE ON leads_lead TO crm_app") as cursor:
        cursor.execute("SELECT 1")
        cursor.execute(wall_checks._ROLE.replace("current_user", "'crm_app'"))
        assert cursor.fetchone()[4] is True
    with connections["owner"].cursor() as cursor:
        problems = wall_checks.role_problems(cursor)
    assert "role crm_owner: owns tenants' tables" in problems


# An app whose ready() does nothing: it is called once more
@isolate_apps("demo")
def test_model_without_a_tenant_is_named():
    class Loose(models.Model):
        class Meta:
            app_label = "demo"

    assert wall_checks.model_problems([Loose]) == ["demo.Loose: neither tenant-owned nor in PLATFORM_MODELS"]


@isolate_apps("demo")
def test_model_with_an_ordinary_manager_is_named():
    class Bare(TenantOwned):
        objects = models.Manager()

        class Meta(TenantOwned.Meta):
            app_label = "demo"

    assert "demo.Bare: manager objects doesn't filter by tenant" in wall_checks.model_problems([Bare])


@isolate_apps("demo")
def test_plain_foreign_key_between_tenants_rows_is_named():
    class Pointing(TenantOwned):
        office = models.ForeignKey(Office, models.CASCADE)

        class Meta(TenantOwned.Meta):
            app_label = "demo"

    problems = wall_checks.model_problems([Pointing])
    assert problems == ["demo.Pointing: office refers to a tenant's row by a plain foreign key"]


@isolate_apps("demo")
def test_join_table_without_a_tenant_is_named():
    class Tagged(TenantOwned):
        offices = models.ManyToManyField(Office)
        office = TenantForeignKey(Office, models.CASCADE)

        class Meta(TenantOwned.Meta):
            app_label = "demo"

    assert wall_checks.model_problems([Tagged]) == [
        "demo.Tagged: offices has no join model of its own, so its rows have no tenant"
    ]


def test_task_without_a_tenant_is_named():
    class Loose(Task):
        name = "leads.tasks.loose"

    problems = wall_checks.task_problems([("leads.tasks.loose", Loose())])
    assert problems == ["leads.tasks.loose: runs without a tenant (base=TenantTask, or PLATFORM_TASKS)"]


@pytest.mark.django_db
def test_cache_without_the_tenant_in_its_keys_is_named():
    problems = wall_checks.cache_problems(LocMemCache("loose", {}), name="loose")
    assert problems == ["cache loose: keys of different tenants are equal"]


@pytest.mark.django_db
def test_manager_without_its_filter_is_caught_by_the_other_wall(tenant, theirs, monkeypatch):
    """With the filter taken out of the manager, row-level security still shows nothing foreign."""
    monkeypatch.setattr("core.tenancy.TenantQuerySet._bind", models.QuerySet._chain)
    monkeypatch.setattr("core.tenancy.TenantQuerySet._refuse_foreign", lambda self: None)
    with tenant_scope(tenant):
        for model, row in theirs.items():
            assert not model._default_manager.filter(pk=row.pk).exists(), model
