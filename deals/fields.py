"""The fields of a deal a stage may demand, and how each is asked for (D5)."""

from __future__ import annotations

import dataclasses
from typing import Any

from django.db import models
from django.utils.functional import Promise
from django.utils.text import capfirst

from deals.models import Deal
from tenants.custom_fields.definitions import all_fields_of, field_in, is_custom, keys
from tenants.custom_fields.inputs import asked_at_creation
from tenants.field_rights import fills
from tenants.models import CustomField

# Order of the list in settings and of the questions in the form.
REQUIRABLE: tuple[str, ...] = (
    "amount",
    "contact",
    "company",
    "city",
    "expected_on",
    "object_of_interest",
    "source",
    "owner",
    "note",
)


@dataclasses.dataclass(frozen=True, slots=True)
class Requirable:
    """One field that can be demanded."""

    name: str
    label: str | Promise


def label_of(name: str) -> str | Promise:
    """Return the field's name as people read it; raise UnknownField for a custom field that isn't one of deals."""
    if is_custom(name):
        return field_in(CustomField.Entity.DEAL, name).name
    field = Deal._meta.get_field(name)
    assert isinstance(field, models.Field)
    return field.verbose_name


def demandable() -> tuple[str, ...]:
    """Name everything a stage may demand, in its order; a custom field that was deleted is demanded no more."""
    return (*REQUIRABLE, *keys(all_fields_of(CustomField.Entity.DEAL)))


def may_fill(name: str) -> bool:
    """Say whether whoever is looking may fill a field a stage demands (tenants.field_rights)."""
    return not is_custom(name) or fills(name)


def requirable() -> list[Requirable]:
    """List everything a stage may demand."""
    return [Requirable(name, capfirst(str(label_of(name)))) for name in demandable()]


def mandatory() -> list[str]:
    """Name the custom fields a person must fill who makes a deal and may fill; conversions, robots and imports need not."""
    return [field.key for field in asked_at_creation(CustomField.Entity.DEAL)]


def is_filled(deal: Deal, name: str) -> bool:
    """Say whether the deal has a value there; references are read by id, so no query is made."""
    if is_custom(name):
        return name in deal.custom_values
    return is_value(getattr(deal, Deal._meta.get_field(name).attname))  # type: ignore[union-attr]


def is_value(value: Any) -> bool:
    """Say whether a value counts as filled: zero does, blank text doesn't."""
    return bool(value.strip()) if isinstance(value, str) else value is not None and value != []


def lacking(names: list[str]) -> models.Q:
    """Build the filter for deals that lack any of the fields."""
    condition = models.Q(pk__in=[])
    for name in names:
        condition |= _lacking(name)
    return condition


def _lacking(name: str) -> models.Q:
    if is_custom(name):
        return ~models.Q(custom_values__has_key=name)
    is_text = isinstance(Deal._meta.get_field(name), models.CharField | models.TextField)
    return models.Q(**{name: ""}) if is_text else models.Q(**{f"{name}__isnull": True})
