"""Changing the directory of client types and industries."""

from __future__ import annotations

import secrets

from django.db import transaction
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from contacts.categories.words import BUILT_IN, name_of
from contacts.models import Company, CompanyCategory
from core import locks, ordering
from core.errors import Conflict, Refusal
from tenants.models import Membership

_MAX_OF_A_KIND = 200


class CategoryNameTaken(Conflict):
    """Another entry is called so."""

    code = "category_name_taken"

    def default_message(self) -> str | Promise:
        return _("There is an entry with this name already.")


class TooManyCategories(Refusal):
    """A directory is a list to choose from."""

    code = "too_many_categories"

    def default_message(self) -> str | Promise:
        return _("No more than %(count)s entries.") % {"count": _MAX_OF_A_KIND}


class CategoryInUse(Refusal):
    """Companies are sorted by it; it can be archived."""

    code = "category_in_use"

    def default_message(self) -> str | Promise:
        return _("Companies have this entry. Archive it: it is no longer offered and they keep it.")


@transaction.atomic
def create_category(*, kind: str, name: str, by: Membership) -> CompanyCategory:
    """Add an entry at the end. Raises CategoryNameTaken and TooManyCategories."""
    rows = _own_rows(kind)
    if len(rows) >= _MAX_OF_A_KIND:
        raise TooManyCategories
    _refuse_taken(rows, name)
    return CompanyCategory.objects.create(
        kind=kind, code=secrets.token_hex(6), name=name, position=ordering.end_of(_of(kind))
    )


@transaction.atomic
def rename_category(*, kind: str, code: str, name: str, by: Membership) -> CompanyCategory:
    """Rename an entry: companies that have it show the new word. Raises CategoryNameTaken."""
    rows = _own_rows(kind)
    row = _row(rows, code)
    _refuse_taken([other for other in rows if other.code != code], name)
    if name != name_of(kind, code, row.name):
        row.name = name
        row.save(update_fields=["name"])
    return row


@transaction.atomic
def archive_category(*, kind: str, code: str, by: Membership, is_archived: bool) -> CompanyCategory:
    """Take an entry out of the choices, or put it back; companies keep it."""
    row = _row(_own_rows(kind), code)
    row.is_archived = is_archived
    row.save(update_fields=["is_archived"])
    return row


@transaction.atomic
def move_category(*, kind: str, code: str, by: Membership, step: int) -> None:
    """Move an entry one place up (-1) or down (1) among those in use."""
    row = _row(_own_rows(kind), code)
    ordering.move(_of(kind).filter(is_archived=False), row, step)


@transaction.atomic
def delete_category(*, kind: str, code: str, by: Membership) -> None:
    """Delete an entry no company has. Raises CategoryInUse."""
    row = _row(_own_rows(kind), code)
    if Company.objects.filter(**{kind: code}).exists():
        raise CategoryInUse
    row.delete()


def _of(kind: str) -> QuerySet[CompanyCategory]:
    rows: QuerySet[CompanyCategory] = CompanyCategory.objects.filter(kind=kind)
    return rows


def _own_rows(kind: str) -> list[CompanyCategory]:
    """Load the tenant's entries; before the first change the built-in ones become its own. Who comes second waits."""
    locks.hold("company categories", kind)
    rows = list(_of(kind))
    if not rows:
        made = (
            CompanyCategory(kind=kind, code=code, position=place) for place, code in enumerate(BUILT_IN[kind])
        )
        rows = CompanyCategory.objects.bulk_create(made)
    return rows


def _row(rows: list[CompanyCategory], code: str) -> CompanyCategory:
    for row in rows:
        if row.code == code:
            return row
    raise CompanyCategory.DoesNotExist(code)


def _refuse_taken(rows: list[CompanyCategory], name: str) -> None:
    wanted = name.casefold()
    if any(name_of(row.kind, row.code, row.name).casefold() == wanted for row in rows):
        raise CategoryNameTaken
