"""Rows both cards have: the merged card keeps its own, and only what the other lacks is copied over."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models

from contacts.merging.references import Reference
from contacts.models import CompanyMember, CompanyPoint

_COPIED: dict[type[models.Model], str] = {CompanyMember: "position", CompanyPoint: "label"}


def complete(reference: Reference, source: uuid.UUID, target: uuid.UUID) -> dict[str, str]:
    """Fill what the target's row lacks from its twin that stayed at the source; return {id of the row: text}."""
    name = _COPIED.get(reference.model)
    filled: dict[str, str] = {}
    if name is None:
        return filled
    for row in reference.rows(source).exclude(**{name: ""}):
        for columns in reference.twins():
            same: Any = reference.rows(target).filter(**{column: getattr(row, column) for column in columns})
            if (twin := same.filter(**{name: ""}).first()) is not None:
                filled[str(twin.pk)] = getattr(row, name)
                same.filter(pk=twin.pk).update(**{name: getattr(row, name)})
    return filled


def empty(model: type[models.Model], filled: dict[str, str]) -> None:
    """Undo complete() as far as nobody has written something else there."""
    for pk, text in filled.items():
        rows: Any = model._default_manager.filter(pk=pk, **{_COPIED[model]: text})
        rows.update(**{_COPIED[model]: ""})
