"""Make a row of any tenant-owned model by looking at its fields: a new model is filled without being told."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from decimal import Decimal
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models

from tenants.models import User

_serial = itertools.count(1)
# What introspection can't know: values a check constraint or a choice of words demands.
_SPECIAL: dict[str, Any] = {
    "contacts.SourceCost.ends_on": dt.date(2030, 1, 31),
    "contacts.SourceCost.starts_on": dt.date(2030, 1, 1),
    "tenants.DutyShift.ends_min": 1080,
    "tenants.DutyShift.starts_min": 540,
    "tenants.WorkInterval.ends_min": 1080,
    "tenants.WorkInterval.starts_min": 540,
}
# References that may be missing but for a constraint: not at all, or only once in a tenant.
_NEEDED = {
    "activities.DayNorm.member",
    "contacts.Merge.contact",
    "contacts.MergedCard.contact",
    "deals.DocumentOpening.proposal",
    "leads.EscalationStep.rule",
    "reports.StartPage.member",
    "tenants.WorkSchedule.member",
}


def fill(model: type[models.Model], **given: Any) -> Any:
    """Create one row, and the rows it cannot be without, in the active tenant."""
    row = build(model, **given)
    row.save(force_insert=True)
    return row


def build(model: type[models.Model], **given: Any) -> Any:
    """Make one row without saving it; what it refers to is created."""
    values = dict(given)
    for field in model._meta.local_concrete_fields:
        if field.name in values or field.name in ("id", "tenant") or _may_stay_empty(field):
            continue
        values[field.name] = _value(field)
    return model(**values)


def _may_stay_empty(field: models.Field[Any, Any]) -> bool:
    is_needed = f"{field.model._meta.label}.{field.name}" in _NEEDED
    return (field.null or field.has_default()) and not (field.primary_key or is_needed)


def _value(field: Any) -> Any:
    special = _SPECIAL.get(f"{field.model._meta.label}.{field.name}")
    if special is not None:
        return special
    if field.is_relation:
        return _related(field.related_model)
    serial = next(_serial)
    if field.choices:
        return next(value for value, _label in field.flatchoices if value)
    match field:
        case models.DateTimeField():
            return dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
        case models.DateField():
            return dt.date(2030, 1, 1)
        case models.BooleanField():
            return False
        case models.DecimalField():
            return Decimal(serial)
        case models.IntegerField() | models.FloatField():
            return serial
        case models.UUIDField():
            return uuid.uuid4()
        case models.BinaryField():
            return b"bytes"
        case ArrayField():
            return []
        case models.EmailField():
            return f"fill{serial}@example.com"
    return f"fill {serial}"[: field.max_length]


def _related(model: type[models.Model]) -> Any:
    if model is User:
        return User.objects.create(email=f"fill{next(_serial)}@example.com")
    return fill(model)
