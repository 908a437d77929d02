"""Which fields an entity has, and the names their values stand for; read once in a scope."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from django.core.exceptions import PermissionDenied

from core.tenancy import current_tenant_id, forget_in_scope, remembered_in_scope, tenant_scope
from tenants.custom_fields.errors import FieldClosedToRole, UnknownField
from tenants.field_rights import fills, sees
from tenants.models import CustomField, DirectoryElement, FieldFile, Membership

PREFIX = "cf_"
_MEMORY = "custom_fields:"


def is_custom(name: str) -> bool:
    """Say whether a name is the key of a custom field and not of a column."""
    return name.startswith(PREFIX)


def all_fields_of(entity: str) -> Sequence[CustomField]:
    """List the fields of deals, leads, contacts or companies in their order, whoever sees them: for what must hold
    for everybody, as a stage's demands. One query a scope, for all four."""
    return [field for field in _present() if field.entity == entity]


def field_in(entity: str, key: str) -> CustomField:
    """Find a field whoever sees it; raise UnknownField."""
    for field in all_fields_of(entity):
        if field.key == key:
            return field
    raise UnknownField(key)


def fields_of(entity: str) -> Sequence[CustomField]:
    """List the fields whoever is looking sees (tenants.field_rights), in their order."""
    return [field for field in all_fields_of(entity) if sees(field.key)]


def filled_by_hand(entity: str) -> Sequence[CustomField]:
    """List the fields whoever is looking may fill."""
    return [field for field in all_fields_of(entity) if fills(field.key)]


def field_of(entity: str, key: str) -> CustomField:
    """Find a field by its key; raise UnknownField where it isn't one of this entity's, is hidden or not seen."""
    found = field_or_none(entity, key)
    if found is None:
        raise UnknownField(key)
    return found


def field_or_none(entity: str, key: str) -> CustomField | None:
    """Find a field by its key, or nothing."""
    return next((field for field in fields_of(entity) if field.key == key), None)


def editable_or_none(entity: str, name: str) -> CustomField | None:
    """Find the field a form in place is for, or nothing; raise PermissionDenied where it is only looked at."""
    found = field_or_none(entity, name)
    if found is not None and not fills(name):
        raise PermissionDenied(str(FieldClosedToRole(name=found.name).message))
    return found


def field_to_fill(entity: str, key: str) -> CustomField:
    """Find a field whose value is to be set; raise UnknownField, and FieldClosedToRole where it is only looked at."""
    found = field_of(entity, key)
    if not fills(key):
        raise FieldClosedToRole(name=found.name)
    return found


def _present() -> Sequence[CustomField]:
    return remembered_in_scope(f"{_MEMORY}fields", lambda: list(CustomField.objects.present()))


def forget_fields() -> None:
    """Read definitions and names anew from here on; called by whatever changes them."""
    forget_in_scope(_MEMORY)


class Names:
    """What ids stand for: elements, colleagues. Each is read once, when it is first asked for.

    A list is written to a file batch by batch outside any scope, so the tenant is kept and a scope entered.
    """

    def __init__(self) -> None:
        self.tenant_id = current_tenant_id()

    @cached_property
    def _elements(self) -> dict[str, tuple[str, str, bool]]:
        with tenant_scope(self.tenant_id):
            rows = DirectoryElement.objects.order_by("position", "name").values_list(
                "pk", "directory_id", "name", "is_archived"
            )
            return {str(pk): (str(directory), name, archived) for pk, directory, name, archived in rows}

    @cached_property
    def _members(self) -> dict[str, tuple[str, bool]]:
        with tenant_scope(self.tenant_id):
            rows = Membership.objects.order_by("name").values_list("pk", "name", "is_active")
            return {str(pk): (name, is_active) for pk, name, is_active in rows}

    def element(self, pk: str) -> str:
        """Name an element; nothing for one that is gone."""
        return self._elements.get(pk, ("", "", False))[1]

    def member(self, pk: str) -> str:
        """Name a colleague, dismissed ones too."""
        return self._members.get(pk, ("", False))[0]

    def elements_of(self, field: CustomField, *, with_archived: bool = True) -> dict[str, str]:
        """Map ids to the names a field may hold, in their order."""
        wanted = str(field.directory_id)
        return {
            pk: name
            for pk, (directory, name, is_archived) in self._elements.items()
            if directory == wanted and (with_archived or not is_archived)
        }

    def members(self, *, with_dismissed: bool = True) -> dict[str, str]:
        """Map ids to names of colleagues."""
        return {pk: n for pk, (n, is_active) in self._members.items() if is_active or with_dismissed}


def names() -> Names:
    """Return the names of this scope."""
    return remembered_in_scope(f"{_MEMORY}names", Names)


def file_of(value: Mapping[str, Any]) -> FieldFile | None:
    """Find the file a value stands for, in this tenant only."""
    try:
        pk = uuid.UUID(str(value.get("id")))
    except ValueError:
        return None
    found: FieldFile | None = FieldFile.objects.filter(pk=pk).first()
    return found


def keys(fields: Iterable[CustomField]) -> list[str]:
    """List the keys of fields."""
    return [field.key for field in fields]
