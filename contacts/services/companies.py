"""Making, changing and removing companies."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from contacts import branches
from contacts.conflicts import refuse_changed
from contacts.duplicates.waiting import compare_later
from contacts.models import Company
from contacts.search_text import refresh_company, refresh_people
from contacts.services.history import apply, apply_custom, record_change, record_fields
from contacts.survivors import CardIsMerged
from core import locks
from core.errors import Refusal
from tenants.custom_fields import setting
from tenants.models import Membership


class HeadCompanyLoop(Refusal):
    """A company can't be a branch of its own branch."""

    code = "head_company_loop"

    def default_message(self) -> str | Promise:
        return _("A company cannot be a branch of itself or of its own branch.")


@transaction.atomic
def create_company(*, name: str, by: Membership | None, now: dt.datetime, **fields: Any) -> Company:
    """Create a company; a new one has no branches, so any head company will do. Custom fields go by their keys.

    Raises UnknownField, BadValue.
    """
    own, custom = setting.split(fields)
    company = Company(name=name, created_at=now, created_by=by, **own)
    apply_custom(company, custom)
    company.save(force_insert=True)
    refresh_company(company)
    record_change(subject=company, by=by, now=now, code="company_created")
    return company


@transaction.atomic
def update_company(
    *, company: Company, by: Membership | None, now: dt.datetime, mark: str = "", **values: Any
) -> Company:
    """Change fields of a company, custom ones by their keys; people are found by its new name at once.

    `mark` is what the fields held when a form was opened. Raises FieldChangedMeanwhile, HeadCompanyLoop,
    UnknownField, BadValue.
    """
    refuse_changed(company, values, mark, now=now)
    own, custom = setting.split(values)
    _refuse_loop(company, own.get("head_company"))
    edits = apply_custom(company, custom)
    before = apply(company, own)
    if before or edits:
        company.save(update_fields=[*before, *(["custom_values"] if edits else [])])
        refresh_company(company)
        record_fields(subject=company, before=before, by=by, now=now, custom=edits)
    if "name" in before:
        refresh_people(company.contacts.all())
    return company


@transaction.atomic
def delete_company(*, company: Company, by: Membership | None, now: dt.datetime) -> None:
    """Take a company away; its people and history stay."""
    company.deleted_at = now
    company.save(update_fields=["deleted_at"])
    compare_later(company)
    refresh_people(company.contacts.all())
    record_change(subject=company, by=by, now=now, code="company_deleted")


@transaction.atomic
def restore_company(*, company: Company, by: Membership | None, now: dt.datetime) -> None:
    """Undo a deletion. Raises CardIsMerged."""
    if company.merged_into_id is not None:
        raise CardIsMerged(survivor=company.merged_into_id)
    company.deleted_at = None
    company.save(update_fields=["deleted_at"])
    compare_later(company)
    refresh_people(company.contacts.all())
    record_change(subject=company, by=by, now=now, code="company_restored")


def _refuse_loop(company: Company, head: Company | None) -> None:
    """Of two who hang companies below each other at once the second one waits and is refused."""
    if head is None or head.pk == company.head_company_id:
        return
    locks.hold("company tree")
    if head.pk in branches.ids_below(company):
        raise HeadCompanyLoop
