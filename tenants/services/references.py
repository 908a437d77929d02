"""Deleting what may be referred to by apps we don't know."""

from __future__ import annotations

from typing import Any

from django.db import models, transaction
from django.db.models.deletion import ProtectedError, RestrictedError

from tenants.errors import StillInUse


def delete_unreferenced(row: models.Model) -> None:
    """Delete a row, or raise StillInUse with the count of what protects it."""
    try:
        with transaction.atomic():
            row.delete()
    except (ProtectedError, RestrictedError) as error:
        objects: Any = getattr(error, "protected_objects", None) or getattr(error, "restricted_objects", ())
        raise StillInUse(count=len(objects)) from error
