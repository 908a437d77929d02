"""The second wall between tenants: what PostgreSQL itself refuses.

`build()` is idempotent and runs after every `migrate`, over the model registry, so that no new
table can be forgotten: row-level security ENABLE + FORCE, one policy, UNIQUE (tenant_id, id),
composite references and their indexes, grants, and the definer search functions in <app>/sql/.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from core import roles
from core.tenancy import TenantForeignKey, TenantOneToOneField, TenantOwned, tenant_models

PREDICATE = "tenant_id = nullif(current_setting('app.tenant_id', true), '')::int"
EXTENSIONS = ("pg_trgm", "btree_gin")


def ensure_roles(connection: BaseDatabaseWrapper) -> bool:
    """Make the three roles when the login may; say whether they exist.

    Without the right to make them (a plain owner of one database) everything runs as that login:
    FORCE ROW LEVEL SECURITY binds it too, only text search is slower.
    """
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = session_user")
        if cursor.fetchone()[0]:
            cursor.execute(roles.CREATE_ROLES)
            cursor.execute("SELECT session_user, current_database()")
            login, database = cursor.fetchone()
            if login not in (roles.OWNER, roles.APP):
                cursor.execute(f'GRANT {roles.OWNER}, {roles.APP} TO "{login}"')
            cursor.execute(f'GRANT CREATE ON DATABASE "{database}" TO {roles.OWNER}')
            cursor.execute(f"GRANT CREATE, USAGE ON SCHEMA public TO {roles.OWNER}")
        has_roles = _has_roles(cursor)
    connection.close()  # the next connection puts on its role
    return has_roles


def build(connection: BaseDatabaseWrapper) -> list[str]:
    """Add what is missing of the walls; return the statements that were needed."""
    done: list[str] = []
    with connection.cursor() as cursor:
        has_roles = _has_roles(cursor)
        present = _present(cursor)
        for name, statement in _all_statements(has_roles):
            if name not in present:
                cursor.execute(statement)
                done.append(statement)
        cursor.execute("CREATE SCHEMA IF NOT EXISTS search")
        if has_roles:
            cursor.execute(_GRANTS.format(readable=", ".join(_searchable_tables())))
        # Loads pg_trgm: a function may not SET a parameter of a library this session has not loaded.
        cursor.execute("SELECT show_limit()")
        with _acting_as(cursor, roles.SEARCH if has_roles else ""):
            for path in sql_files():
                cursor.execute(path.read_text())
            cursor.execute(_CLOSE_SEARCH_FUNCTIONS % {"may_run": roles.APP if has_roles else "CURRENT_USER"})
    return done


@contextlib.contextmanager
def _acting_as(cursor: Any, role: str) -> Iterator[None]:
    """Run the body as another role: what it creates is that role's."""
    if not role:
        yield
        return
    cursor.execute("SELECT current_user")
    before = cursor.fetchone()[0]
    cursor.execute(f'SET ROLE "{role}"')
    yield
    cursor.execute(f'SET ROLE "{before}"')


def create_extensions(connection: BaseDatabaseWrapper) -> None:
    """Create the extensions that indexes in migrations need; all are trusted, so an owner may."""
    with connection.cursor() as cursor:
        for extension in EXTENSIONS:
            cursor.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")


def sql_files() -> list[Path]:
    """List the SQL files of our apps, in the order of INSTALLED_APPS."""
    return [p for config in apps.get_app_configs() for p in sorted(Path(config.path).glob("sql/*.sql"))]


def references(model: type[TenantOwned]) -> Iterator[models.ForeignKey]:
    """Yield the model's references to other tenant-owned models."""
    for field in model._meta.local_fields:
        if isinstance(field, TenantForeignKey | TenantOneToOneField):
            yield field


def _has_roles(cursor: Any) -> bool:
    """Say whether the three roles are ours to use: another installation's in the same cluster are not."""
    cursor.execute(_MAY_USE_ROLES, [roles.APP, roles.SEARCH])
    return bool(cursor.fetchone()[0])


def _present(cursor: Any) -> set[str]:
    """Names of everything that stands already: 'rls:table', 'policy:table.name', 'con:name', 'idx:name'."""
    cursor.execute(
        """
        SELECT 'rls:' || relname FROM pg_class
          WHERE relnamespace = 'public'::regnamespace AND relrowsecurity AND relforcerowsecurity
        UNION ALL SELECT 'policy:' || tablename || '.' || policyname FROM pg_policies WHERE schemaname = 'public'
        UNION ALL SELECT 'con:' || conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace
        UNION ALL SELECT 'idx:' || indexname FROM pg_indexes WHERE schemaname = 'public'
        """
    )
    return {row[0] for row in cursor.fetchall()}


def _all_statements(has_roles: bool) -> Iterator[tuple[str, str]]:
    """Yield name and statement of everything that must stand; keys come before what refers to them."""
    for model in tenant_models():
        yield from _own_walls(model, has_roles)
    for model in tenant_models():
        for field in references(model):
            yield from _reference(model._meta.db_table, field)


def _own_walls(model: type[TenantOwned], has_roles: bool) -> Iterator[tuple[str, str]]:
    table = model._meta.db_table
    yield (
        f"rls:{table}",
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
    )
    yield (
        f"policy:{table}.tenant_wall",
        f"CREATE POLICY tenant_wall ON {table} USING ({PREDICATE}) WITH CHECK ({PREDICATE})",
    )
    if has_roles:
        yield (
            f"policy:{table}.search_wall",
            f"CREATE POLICY search_wall ON {table} FOR SELECT TO {roles.SEARCH} USING (true)",
        )
    key = _name(table, "tenant_key")
    yield f"con:{key}", f"ALTER TABLE {table} ADD CONSTRAINT {key} UNIQUE (tenant_id, id)"


def _reference(table: str, field: models.ForeignKey) -> Iterator[tuple[str, str]]:
    column, target = field.column, field.related_model._meta.db_table
    is_single = isinstance(field, TenantOneToOneField)
    constraint, index = (
        _name(table, f"{column}_wall"),
        _name(table, f"{column}_{'tone' if is_single else 'tidx'}"),
    )
    yield (
        f"con:{constraint}",
        f"ALTER TABLE {table} ADD CONSTRAINT {constraint} FOREIGN KEY (tenant_id, {column})"
        f" REFERENCES {target} (tenant_id, id) DEFERRABLE INITIALLY DEFERRED",
    )
    unique = "UNIQUE " if is_single else ""
    yield f"idx:{index}", f"CREATE {unique}INDEX {index} ON {table} (tenant_id, {column})"


def _name(table: str, suffix: str) -> str:
    """Build a name within PostgreSQL's 63 bytes."""
    return f"{table}_{suffix}"[-63:]


def _searchable_tables() -> list[str]:
    """Tables the definer functions may read: the tenants' own and the list of tenants, no logins."""
    tenant: Any = TenantOwned._meta.get_field("tenant").remote_field.model
    return sorted({apps.get_model(tenant)._meta.db_table, *(m._meta.db_table for m in tenant_models())})


_MAY_USE_ROLES = """
SELECT count(*) FILTER (WHERE rolname = %s) = 1
   AND count(*) FILTER (WHERE rolname = %s AND pg_has_role(current_user, oid, 'MEMBER')) = 1
FROM pg_roles
"""
_GRANTS = f"""
GRANT USAGE ON SCHEMA public, search TO {roles.APP}, {roles.SEARCH};
GRANT CREATE ON SCHEMA search TO {roles.SEARCH};
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {roles.APP}, {roles.SEARCH};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {roles.APP};
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {roles.APP};
GRANT SELECT ON {{readable}} TO {roles.SEARCH};
"""

_CLOSE_SEARCH_FUNCTIONS = """
DO $$
DECLARE f regprocedure;
BEGIN
  FOR f IN SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = 'search'::regnamespace LOOP
    EXECUTE 'REVOKE ALL ON FUNCTION ' || f || ' FROM PUBLIC';
    EXECUTE 'GRANT EXECUTE ON FUNCTION ' || f || ' TO %(may_run)s';
  END LOOP;
END $$;
"""
