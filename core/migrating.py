"""What migrations need of us: tables made together, data changed tenant by tenant, no start from halfway."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation, OperationCategory
from django.db.migrations.operations.models import CreateModel
from django.db.migrations.recorder import MigrationRecorder


class CreateModels(Operation):
    """Create models together, in any order, even when they refer to each other.

    Django makes the classes of a new model and of all it is related to; every model is, by its tenant. One by one the
    models of a new installation took two minutes of processor time for that. Here classes are made after the last one.
    """

    category = OperationCategory.ADDITION
    serialization_expand_args = ["models"]

    def __init__(self, models: Sequence[CreateModel]) -> None:
        self.models = models

    def state_forwards(self, app_label: str, state: Any) -> None:
        state.__dict__.pop("apps", None)  # the classes: made again when somebody asks for them
        for model in self.models:
            model.state_forwards(app_label, state)

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        for model in self.models:
            model.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        for model in reversed(self.models):
            model.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        return "; ".join(model.describe() for model in self.models)


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
