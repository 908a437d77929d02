"""Every reference to a client, found in the model registry: how a merge moves what points to a card.

Apps above need not be known and can't be forgotten. A model that refers to Contact or Company is moved unless it
stands in STAYING; rows that would be there twice stay with the merged card, from where an undo has them at once.
"""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Collection, Iterator
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef

from contacts.models import CompanyPoint, LegalDetails
from core.tenancy import TenantOneToOneField, TenantOwned, TenantQuerySet, tenant_models
from core.walls import references

CHUNK = 5000
# What this app keeps about the cards themselves: it says what was merged and must not follow.
STAYING = {
    "contacts.Contact.merged_into",
    "contacts.Company.merged_into",
    "contacts.ContactMatchKey.contact",
    "contacts.CompanyMatchKey.company",
    "contacts.ContactPair.first",
    "contacts.ContactPair.second",
    "contacts.CompanyPair.first",
    "contacts.CompanyPair.second",
    "contacts.Merge.contact",
    "contacts.Merge.company",
    "contacts.MergedCard.contact",
    "contacts.MergedCard.company",
}
# Rows that say the same where the database would take both.
_SAME: dict[type[models.Model], tuple[str, ...]] = {
    CompanyPoint: ("kind", "value"),
    LegalDetails: tuple(
        field.name
        for field in LegalDetails._meta.local_fields
        if field.name not in ("id", "tenant", "company")
    ),
}


@dataclasses.dataclass(frozen=True, slots=True)
class Reference:
    """A column of some model that points to clients."""

    model: type[TenantOwned]
    name: str

    @property
    def label(self) -> str:
        return f"{self.model._meta.label}.{self.name}"

    def rows(self, *pks: uuid.UUID) -> TenantQuerySet[Any]:
        """The rows that point to any of these cards."""
        return self.model._default_manager.filter(**{f"{self.name}__in": pks})

    def twins(self) -> list[tuple[str, ...]]:
        """Columns which, all equal, make two rows of one card the same; none for a one-to-one."""
        found = [_SAME[self.model]] if self.model in _SAME else []
        if isinstance(self.model._meta.get_field(self.name), TenantOneToOneField):
            found.append(())
        for constraint in self.model._meta.constraints:
            if isinstance(constraint, models.UniqueConstraint) and self.name in constraint.fields:
                found.append(tuple(name for name in constraint.fields if name not in ("tenant", self.name)))
        return found

    def move(
        self, source: uuid.UUID, target: uuid.UUID, *, without: Collection[uuid.UUID] = ()
    ) -> list[uuid.UUID]:
        """Let what points to one card point to another, but for twins and the rows named; return the moved ones."""
        rows = self.rows(source).exclude(pk__in=without)
        for names in self.twins():
            same = self.rows(target).filter(**{name: OuterRef(name) for name in names})
            rows = rows.filter(~Exists(same))
        ids = list(rows.order_by("pk").values_list("pk", flat=True))
        self.point(ids, source, target)
        return ids

    def point(self, ids: list[uuid.UUID], source: uuid.UUID, target: uuid.UUID) -> int:
        """Let these rows point to another card as far as they still point to the first; return how many did."""
        count = 0
        for at in range(0, len(ids), CHUNK):
            rows = self.rows(source).filter(pk__in=ids[at : at + CHUNK])
            count += rows.update(**{f"{self.name}_id": target})
        return count


def references_to(card: type[models.Model]) -> Iterator[Reference]:
    """Yield every reference to a model of clients that a merge has to move."""
    for model in tenant_models():
        for field in references(model):
            reference = Reference(model, field.name)
            if field.related_model is card and reference.label not in STAYING:
                yield reference
