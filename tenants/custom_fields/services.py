"""Making, changing, hiding and deleting fields and directories. Rights over settings are the views' to check."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction

from core import ordering
from core.tenancy import TenantOwned
from tenants.custom_fields import records
from tenants.custom_fields.definitions import PREFIX, forget_fields
from tenants.custom_fields.errors import (
    DirectoryInUse,
    DirectoryNameTaken,
    ElementNameTaken,
    FieldNameTaken,
    FieldNotHidden,
    TooManyFields,
)
from tenants.models import CustomField, Directory, DirectoryElement
from tenants.numbering import next_number

MAX_FIELDS = 100  # of one entity: what a page and a filter form still carry
EDITABLE = ("name", "group", "hint", "currency", "is_required", "is_on_card", "is_searchable", "lead_field")


# --- Fields ------------------------------------------------------------------------------------------
@transaction.atomic
def create_field(
    *,
    entity: str,
    kind: str,
    name: str,
    directory: Directory | None = None,
    options: Sequence[str] = (),
    **values: Any,
) -> CustomField:
    """Add a field behind the others; `options` are the names of a choice. Raises FieldNameTaken, TooManyFields."""
    if CustomField.objects.present().filter(entity=entity).count() >= MAX_FIELDS:
        raise TooManyFields(limit=MAX_FIELDS)
    field = CustomField(
        entity=entity, kind=kind, key=f"{PREFIX}{next_number('custom_field')}", directory=directory
    )
    if field.has_options:
        field.directory = Directory.objects.create(name=name.strip()[:100], is_private=True)
    elif kind != CustomField.Kind.ELEMENT:
        field.directory = None
    elif directory is None or directory.is_private:
        raise ValueError("A link needs one of the company's directories.")
    field.position = ordering.end_of(CustomField.objects.filter(entity=entity))
    update_field(field=field, name=name, **values)
    for option in options:
        if field.directory is not None and option.strip():
            add_element(directory=field.directory, name=option)
    return field


def update_field(*, field: CustomField, **values: Any) -> CustomField:
    """Change name, group, hint, currency, whether it is mandatory and always shown; what records hold stays.

    Kind and entity never change: the values there would mean nothing. Raises FieldNameTaken.
    """
    for name, value in values.items():
        if name not in EDITABLE:
            raise TypeError(f"{name} of a field is not set this way.")
        setattr(field, name, value.strip() if isinstance(value, str) else value)
    return _save_field(field)


def _save_field(field: CustomField) -> CustomField:
    _save(field, FieldNameTaken())
    return field


@transaction.atomic
def order_fields(*, entity: str, order: Sequence[CustomField]) -> None:
    """Put the fields of an entity in this order; those not named keep theirs behind."""
    named = {field.pk for field in order}
    rest = CustomField.objects.filter(entity=entity).exclude(pk__in=named)
    rows = [*(field for field in order if field.entity == entity), *rest]
    for position, field in enumerate(rows):
        field.position = position
    CustomField.objects.bulk_update(rows, ["position"])
    forget_fields()


def hide_field(*, field: CustomField, now: dt.datetime) -> CustomField:
    """Delete a field so that it can come back: nobody sees it or is asked for it, and records keep its values."""
    field.deleted_at = now
    return _save_field(field)


def restore_field(*, field: CustomField) -> CustomField:
    """Bring a deleted field back with its values. Raises FieldNameTaken where another has its name by now."""
    field.deleted_at = None
    return _save_field(field)


@transaction.atomic
def erase_field(*, field: CustomField, now: dt.datetime) -> int:
    """Delete a hidden field for ever with its values, options and files; return how many records held one.

    What the history tells of it stays, and so does who may see that. Raises FieldNotHidden.
    """
    if field.deleted_at is None:
        raise FieldNotHidden()
    if field.kind == CustomField.Kind.FILE:
        records.let_go_of_files(field, now=now)
    count = records.erase_values(field)
    directory = field.directory if field.has_options else None
    field.delete()
    if directory is not None:
        directory.delete()
    forget_fields()
    return count


# --- Directories -------------------------------------------------------------------------------------
def create_directory(*, name: str) -> Directory:
    """Add a directory. Raises DirectoryNameTaken."""
    return rename_directory(directory=Directory(), name=name)


def rename_directory(*, directory: Directory, name: str) -> Directory:
    """Give a directory another name. Raises DirectoryNameTaken."""
    directory.name = name.strip()
    _save(directory, DirectoryNameTaken())
    return directory


def delete_directory(*, directory: Directory) -> None:
    """Delete a directory no field refers to, with its elements. Raises DirectoryInUse."""
    if count := CustomField.objects.filter(directory=directory).count():
        raise DirectoryInUse(count=count)
    directory.delete()
    forget_fields()


def add_element(*, directory: Directory, name: str) -> DirectoryElement:
    """Add an element behind the others. Raises ElementNameTaken."""
    position = ordering.end_of(DirectoryElement.objects.filter(directory=directory))
    element = DirectoryElement(directory=directory, name=name.strip(), position=position)
    _save(element, ElementNameTaken())
    return element


def rename_element(*, element: DirectoryElement, name: str) -> DirectoryElement:
    """Give an element another name, at once in all records that hold it. Raises ElementNameTaken."""
    element.name = name.strip()
    _save(element, ElementNameTaken())
    return element


def archive_element(*, element: DirectoryElement, is_archived: bool) -> DirectoryElement:
    """Take an element out of the choices, or put it back; records that hold it keep it."""
    element.is_archived = is_archived
    element.save(update_fields=["is_archived"])
    forget_fields()
    return element


@transaction.atomic
def order_elements(*, directory: Directory, order: Sequence[DirectoryElement]) -> None:
    """Put the elements in this order; those not named keep theirs behind."""
    named = {element.pk for element in order}
    own = [element for element in order if element.directory_id == directory.pk]
    rows = [*own, *DirectoryElement.objects.filter(directory=directory).exclude(pk__in=named)]
    for position, element in enumerate(rows):
        element.position = position
    DirectoryElement.objects.bulk_update(rows, ["position"])
    forget_fields()


def _save(row: TenantOwned, taken: Exception) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise taken from error
    forget_fields()
