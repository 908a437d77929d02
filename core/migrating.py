"""What migrations need of us: operations rendered once, data changed tenant by tenant, no start from halfway."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.recorder import MigrationRecorder


class RenderedOnce(Operation):
    """Operations after whose last one Django makes the model classes anew, not after each.

    Every model refers to Tenant, so each operation would make all classes of all apps again: two minutes of a new
    installation. Each operation sees the state before all of them and the state after all: right for making tables and
    adding columns and indexes, not for operations on what another one of them has changed.
    """

    serialization_expand_args = ["operations"]

    def __init__(self, operations: Sequence[Operation]) -> None:
        self.operations = operations

    @property
    def reversible(self) -> bool:  # type: ignore[override]
        return all(operation.reversible for operation in self.operations)

    def state_forwards(self, app_label: str, state: Any) -> None:
        state.__dict__.pop("apps", None)  # made again when somebody asks for it
        for operation in self.operations:
            operation.state_forwards(app_label, state)

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        for operation in self.operations:
            operation.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        for operation in reversed(self.operations):
            operation.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        return "; ".join(operation.describe() for operation in self.operations)


def missing_steps(connection: BaseDatabaseWrapper) -> list[str]:
    """Name what a database lacks of the old migrations that one has replaced, when it has some of them.

    Nobody can make them up: their files are gone. Django would leave the replacing migration out, with or without a word.
    """
    applied = MigrationRecorder(connection).applied_migrations()
    loader = MigrationLoader(None)
    return [
        ".".join(step)
        for migration in loader.replacements.values()
        if not applied.keys().isdisjoint(migration.replaces)
        for step in migration.replaces
        if step not in applied and step not in loader.disk_migrations
    ]


def each_tenant(schema_editor: Any) -> Iterator[tuple[int, Any]]:
    """Give every tenant's id with a cursor that sees and changes its rows, one after the other."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT id FROM tenants_tenant ORDER BY id")
        for (tenant_id,) in cursor.fetchall():
            cursor.execute("SELECT set_config('app.tenant_id', %s, true)", [str(tenant_id)])
            yield tenant_id, cursor
        cursor.execute("SELECT set_config('app.tenant_id', '', true)")
