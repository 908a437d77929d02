"""Conditions on what records hold in custom fields, each answered by an index."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Q

from core.among import IsAmong, among_found, among_sql
from tenants.models import CustomField, FieldValue


def holds(field: CustomField, *, wanted: list[Any] | None = None) -> IsAmong:
    """Make the condition that a record holds a value: any of `wanted`, or any at all."""
    as_json = None if wanted is None else [json.dumps(one) for one in wanted]
    select = "SELECT id FROM search.custom_values(%s, %s, %s::text[]::jsonb[])"
    return among_found(select, field.entity, field.key, as_json)


def holds_words(fields: Iterable[str], patterns: list[str], newest: int | None = None) -> IsAmong:
    """Make the condition that one of the fields (by their keys) has all these parts; see search.field_words."""
    sql = "SELECT id FROM search.field_words(%s::text[], %s::text[], %s)"
    return among_sql(sql, list(fields), patterns, newest)


def holds_between(field: CustomField, *, low: str | None, high: str | None) -> IsAmong:
    """Make the condition that a record holds a number or a day within bounds, both inclusive and as FieldValue keeps them."""
    values = FieldValue.objects.filter(field=field.key)
    if low is not None:
        values = values.filter(held__gte=low)
    if high is not None:
        values = values.filter(held__lte=high)
    return IsAmong("pk", ArraySubquery(values.values("record_id")))


def is_empty(field: CustomField) -> Q:
    """Make the condition that a record holds nothing there."""
    return ~Q(custom_values__has_key=field.key)
