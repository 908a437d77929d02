"""Schema editor that knows our tenant column's default means nothing outside a request."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.backends.postgresql.schema import DatabaseSchemaEditor

from core.tenancy import current_tenant_id


class SchemaEditor(DatabaseSchemaEditor):
    def effective_default(self, field: models.Field[Any, Any]) -> Any:
        """Leave the tenant column without a default: no migration may decide whose old rows are."""
        if field.default is current_tenant_id:
            return None
        return super().effective_default(field)
