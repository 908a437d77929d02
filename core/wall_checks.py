"""What must be true of the walls between tenants, checked by name.

Each function returns one line a problem, beginning with what it is about: a table, model, task, view,
function or role. `manage check_walls` prints them all; the tests plant holes and read their names here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from celery import Task
from django.core.cache.backends.base import BaseCache
from django.db import models

from core import roles
from core.tasks import TenantTask
from core.tenancy import (
    TenantForeignKey,
    TenantOneToOneField,
    TenantOwned,
    TenantQuerySet,
    tenant_models,
    tenant_scope,
)

# Rows that belong to no tenant: logins, routing, the platform's own mail and what Django needs.
PLATFORM_MODELS = frozenset(
    {
        "tenants.Tenant",
        "tenants.User",
        "tenants.Seat",
        "tenants.ApiTokenRoute",
        "tenants.OutgoingLetter",
        "channels.HookRoute",
        "deals.DocumentRoute",
        "mailings.MailingRoute",
        "account.EmailAddress",
        "account.EmailConfirmation",
        "mfa.Authenticator",
        "usersessions.UserSession",
        "sessions.Session",
        "auth.Group",
        "auth.Permission",
        "contenttypes.ContentType",
        "admin.LogEntry",
    }
)
# Tasks that serve all tenants: sweepers and bells. They open a scope for each tenant themselves.
PLATFORM_TASKS = frozenset(
    {
        "activities.tasks.remind_due",
        "activities.tasks.tell_news",
        "automation.tasks.sweep_robots",
        "channels.tasks.end_silent_talks",
        "channels.tasks.end_silent_calls",
        "channels.tasks.learn_rhythms",
        "channels.tasks.keep_channels_alive",
        "channels.tasks.poll_channels",
        "channels.tasks.sweep_inbox",
        "channels.tasks.sweep_outbox",
        "channels.tasks.watch_channels",
        "contacts.tasks.clean_imports",
        "contacts.tasks.sweep_changed",
        "contacts.tasks.sweep_imports",
        "core.tasks.heartbeat",
        "deals.tasks.watch_documents",
        "leads.tasks.clear_call_cards",
        "leads.tasks.escalate_waiting",
        "leads.tasks.measure_answers",
        "leads.tasks.wake_snoozed",
        "reports.tasks.send_scheduled",
        "reports.tasks.sweep_rollups",
        "tenants.tasks.clean_files",
        "mailings.tasks.sweep_mailings",
        "tenants.tasks.clean_jobs",
        "tenants.tasks.send_letters",
        "tenants.tasks.take_rates_of_all",
    }
)
_POLICY = "(tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::integer)"


# --- the first wall: Python ------------------------------------------------------------------
def model_problems(registry: Iterable[type[models.Model]]) -> list[str]:
    """Report models that are neither a tenant's nor on the platform's list, and references past the wall."""
    problems = []
    for model in registry:
        label = model._meta.label
        if issubclass(model, TenantOwned):
            problems += [f"{label}: {text}" for text in _owned_model_problems(model)]
        elif not model._meta.auto_created and label not in PLATFORM_MODELS:
            problems.append(f"{label}: neither tenant-owned nor in PLATFORM_MODELS")
    return problems


def _owned_model_problems(model: type[models.Model]) -> Iterator[str]:
    for manager in (model._default_manager, model._base_manager):
        if not isinstance(manager.get_queryset(), TenantQuerySet):
            yield f"manager {manager.name} doesn't filter by tenant"
    for field in model._meta.local_fields:
        target = field.related_model
        if not (isinstance(target, type) and issubclass(target, TenantOwned)):
            continue
        if not isinstance(field, TenantForeignKey | TenantOneToOneField):
            yield f"{field.name} refers to a tenant's row by a plain foreign key"
    for relation in model._meta.local_many_to_many:
        if relation.remote_field.through._meta.auto_created:  # type: ignore[union-attr]
            yield f"{relation.name} has no join model of its own, so its rows have no tenant"


def task_problems(registry: Iterable[tuple[str, Task]]) -> list[str]:
    """Report tasks that run without a tenant and aren't on the platform's list."""
    return [
        f"{name}: runs without a tenant (base=TenantTask, or PLATFORM_TASKS)"
        for name, task in registry
        if not name.startswith("celery.") and not isinstance(task, TenantTask) and name not in PLATFORM_TASKS
    ]


def cache_problems(cache: BaseCache, *, name: str = "default") -> list[str]:
    """Report a cache whose keys don't say whose they are."""
    keys = {cache.make_key("probe")}
    for tenant_id in (1, 2):
        with tenant_scope(tenant_id):
            keys.add(cache.make_key("probe"))
    return [] if len(keys) == 3 else [f"cache {name}: keys of different tenants are equal"]


# --- the second wall: PostgreSQL -------------------------------------------------------------
def database_problems(cursor: Any) -> list[str]:
    """Report everything that is open in the database the cursor is connected to."""
    checks = (
        table_problems,
        reference_problems,
        index_problems,
        stray_problems,
        view_problems,
        function_problems,
    )
    return [problem for check in checks for problem in check(cursor)]


def table_problems(cursor: Any) -> list[str]:
    """Report tenants' tables without row-level security, its policy, or a tenant on every row."""
    cursor.execute(_TABLES)
    known = {row[0]: row[1:] for row in cursor.fetchall()}
    problems = []
    for table in _owned_tables():
        if table not in known:
            problems.append(f"{table}: the table is missing")
            continue
        is_enabled, is_forced, is_not_null, has_key = known[table]
        problems += [
            f"{table}: {text}"
            for holds, text in (
                (is_enabled, "row-level security is not enabled"),
                (is_forced, "row-level security is not forced on the owner"),
                (is_not_null, "tenant_id may be null"),
                (has_key, "no unique key (tenant_id, id)"),
            )
            if not holds
        ]
    return problems + _policy_problems(cursor)


def _policy_problems(cursor: Any) -> list[str]:
    cursor.execute("SELECT tablename, policyname, permissive, roles, cmd, qual, with_check FROM pg_policies")
    found: dict[str, dict[str, tuple[Any, ...]]] = {}
    for table, name, *rest in cursor.fetchall():
        found.setdefault(table, {})[name] = tuple(rest)
    problems = []
    for table in _owned_tables():
        policies = found.get(table, {})
        if "tenant_wall" not in policies:
            problems.append(f"{table}: policy tenant_wall is missing")
        for name, policy in policies.items():
            if not _is_expected(name, policy):
                problems.append(f"{table}: policy {name} is not as core.walls makes it")
    return problems


def _is_expected(name: str, policy: tuple[Any, ...]) -> bool:
    permissive, for_roles, command, using, check = policy
    for_roles = for_roles.strip("{}").split(",") if isinstance(for_roles, str) else list(for_roles)
    if name == "tenant_wall":
        return (permissive, for_roles, command, using, check) == (
            "PERMISSIVE",
            ["public"],
            "ALL",
            _POLICY,
            _POLICY,
        )
    return name == "search_wall" and (for_roles, command) == ([roles.SEARCH], "SELECT")


def reference_problems(cursor: Any) -> list[str]:
    """Report references between tenants' tables that aren't tied to the tenant."""
    cursor.execute(_REFERENCES)
    rows = cursor.fetchall()
    tied = {(table, tuple(columns), target) for table, columns, target, _name in rows}
    owned = set(_owned_tables())
    problems = [
        f"{table}: foreign key {name} to {target} doesn't include tenant_id"
        for table, columns, target, name in rows
        if {table, target} <= owned and "tenant_id" not in columns
    ]
    for model in tenant_models():
        for field in model._meta.local_fields:
            target = field.related_model
            if not (isinstance(target, type) and issubclass(target, TenantOwned)):
                continue
            wanted = (model._meta.db_table, ("tenant_id", field.column), target._meta.db_table)
            if wanted not in tied:
                problems.append(
                    f"{model._meta.db_table}: {field.column} is not tied to the tenant in the database"
                )
    return problems


def index_problems(cursor: Any) -> list[str]:
    """Report indexes that don't begin with the tenant; unique ones would tell whether another's row exists."""
    cursor.execute(_INDEXES, [_owned_tables()])
    problems = []
    for table, name, is_primary, is_unique, columns in cursor.fetchall():
        if is_primary:
            continue
        if columns[0] != "tenant_id":
            fault = "is unique across tenants" if is_unique else "doesn't begin with tenant_id"
            problems.append(f"{table}: index {name} {fault}")
    return problems


def stray_problems(cursor: Any) -> list[str]:
    """Report tables that no model of ours owns."""
    from django.apps import apps

    known = {m._meta.db_table for m in apps.get_models(include_auto_created=True)} | {"django_migrations"}
    cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname IN ('public', 'search')")
    return sorted(f"{table}: a table of no model" for (table,) in cursor.fetchall() if table not in known)


def view_problems(cursor: Any) -> list[str]:
    """Report views that read with their owner's rights, and materialised ones, which hold every tenant's rows."""
    cursor.execute(_VIEWS)
    return [
        f"{name}: a materialised view has no row-level security"
        if kind == "m"
        else f"{name}: view without security_invoker"
        for name, kind, is_invoker in cursor.fetchall()
        if kind == "m" or not is_invoker
    ]


def function_problems(cursor: Any) -> list[str]:
    """Report functions with their owner's rights that are open to everybody or trust the search path."""
    cursor.execute(_FUNCTIONS)
    return [
        f"{name}: {text}"
        for name, schema, is_public, has_path in cursor.fetchall()
        for fails, text in (
            (schema != "search", "a definer function outside schema search"),
            (is_public, "a definer function that everybody may run"),
            (not has_path, "a definer function without a fixed search_path"),
        )
        if fails
    ]


def role_problems(cursor: Any, *, is_owner_allowed: bool = False) -> list[str]:
    """Report what the serving role could do past row-level security.

    With a single role (a plain owner's DATABASE_URL) it owns the tables; FORCE binds it all the same.
    """
    cursor.execute(_ROLE)
    name, is_super, bypasses, owns, truncates, searches = cursor.fetchone()
    return [
        f"role {name}: {text}"
        for fails, text in (
            (is_super, "is a superuser"),
            (bypasses, "bypasses row-level security"),
            (owns and not is_owner_allowed, "owns tenants' tables"),
            (truncates and not is_owner_allowed, "may TRUNCATE, which row-level security doesn't see"),
            (searches, "sees through the search policies"),
        )
        if fails
    ]


def _owned_tables() -> list[str]:
    return sorted(model._meta.db_table for model in tenant_models())


_TABLES = """
SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity,
  COALESCE((SELECT a.attnotnull FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id'), false),
  EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'u'
          AND pg_get_constraintdef(k.oid) = 'UNIQUE (tenant_id, id)')
FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
"""
_REFERENCES = """
SELECT k.conrelid::regclass::text,
  (SELECT array_agg(a.attname::text ORDER BY n.i) FROM unnest(k.conkey) WITH ORDINALITY AS n(attnum, i)
   JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = n.attnum),
  k.confrelid::regclass::text, k.conname
FROM pg_constraint k WHERE k.contype = 'f' AND k.connamespace = 'public'::regnamespace
"""
_INDEXES = """
SELECT t.relname, i.relname, x.indisprimary, x.indisunique,
  (SELECT array_agg(pg_get_indexdef(x.indexrelid, n, true) ORDER BY n) FROM generate_series(1, x.indnkeyatts) AS n)
FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
WHERE t.relnamespace = 'public'::regnamespace AND t.relname = ANY (%s) ORDER BY 1, 2
"""
_VIEWS = """
SELECT c.relname, c.relkind::text,
  COALESCE((SELECT bool_or(o IN ('security_invoker=true', 'security_invoker=on')) FROM unnest(c.reloptions) AS o), false)
FROM pg_class c JOIN pg_namespace s ON s.oid = c.relnamespace
WHERE c.relkind IN ('v', 'm') AND s.nspname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1
"""
_FUNCTIONS = """
SELECT p.oid::regprocedure::text, s.nspname,
  p.proacl IS NULL OR EXISTS (SELECT FROM aclexplode(p.proacl) a WHERE a.grantee = 0),
  EXISTS (SELECT FROM unnest(p.proconfig) AS o WHERE o LIKE 'search_path=%')
FROM pg_proc p JOIN pg_namespace s ON s.oid = p.pronamespace
WHERE p.prosecdef AND s.nspname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1
"""
_ROLE = f"""
SELECT r.rolname, r.rolsuper, r.rolbypassrls,
  EXISTS (SELECT FROM pg_policies p JOIN pg_tables t USING (tablename)
          WHERE p.policyname = 'tenant_wall' AND pg_has_role(r.oid, t.tableowner, 'USAGE')),
  EXISTS (SELECT FROM pg_policies p WHERE p.policyname = 'tenant_wall'
          AND has_table_privilege(r.oid, format('%I.%I', p.schemaname, p.tablename), 'TRUNCATE')),
  EXISTS (SELECT FROM pg_roles s WHERE s.rolname = '{roles.SEARCH}' AND pg_has_role(r.oid, s.oid, 'USAGE'))
FROM pg_roles r WHERE r.rolname = current_user
"""
