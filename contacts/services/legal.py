"""Legal details of companies: several sets, one of them the main one; used ones are archived, not removed."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from contacts.models import Company, LegalDetails
from contacts.models.companies import LegalDetailsQuerySet
from contacts.search_text import refresh_company
from core import locks
from core.errors import Conflict, Refusal
from core.tenancy import tenant_models
from core.walls import references


class LegalDetailsInUse(Refusal):
    """Documents were made with them."""

    code = "legal_details_in_use"

    def default_message(self) -> str | Promise:
        return _("Documents use these details. Archive them: they are no longer offered.")


class LegalDetailsKnown(Conflict):
    """Another company has this INN and KPP; `details["company"]` is that one."""

    code = "legal_details_known"

    def default_message(self) -> str | Promise:
        return _("A company with this INN is here already.")


@transaction.atomic
def save_legal_details(*, details: LegalDetails) -> LegalDetails:
    """Store a set of legal details; the company is then found by its INN. A company's first set is its main one."""
    if details._state.adding and not _in_use(details.company).exists():
        details.is_main = True
    details.save()
    refresh_company(details.company)
    return details


def refuse_known(*, inn: str, kpp: str, besides: Company | None = None) -> None:
    """Raise LegalDetailsKnown where another company has the same INN, and the same KPP if both have one.

    Holds the INN to the end of the transaction: of two who add it at once the second one is told of the first.
    """
    if not inn:
        return
    locks.hold("inn", inn)
    rows = LegalDetails.objects.filter(inn=inn, company__deleted_at=None).select_related("company")
    if besides is not None:
        rows = rows.exclude(company=besides)
    known = next((row for row in rows.order_by("pk") if not (kpp and row.kpp and row.kpp != kpp)), None)
    if known is not None:
        raise LegalDetailsKnown(
            _("%(name)s has this INN already.") % {"name": known.company.name}, company=known.company
        )


@transaction.atomic
def make_main(*, details: LegalDetails) -> LegalDetails:
    """Let this set be the one that documents take by themselves."""
    _lock(details.company).exclude(pk=details.pk).filter(is_main=True).update(is_main=False)
    details.is_main, details.archived_at = True, None
    details.save(update_fields=["is_main", "archived_at"])
    return details


@transaction.atomic
def archive_legal_details(*, details: LegalDetails, now: dt.datetime) -> LegalDetails:
    """No longer offer a set; documents made with it keep it. The oldest of the others becomes the main one."""
    _lock(details.company)
    was_main, details.is_main, details.archived_at = details.is_main, False, now
    details.save(update_fields=["is_main", "archived_at"])
    if was_main:
        _appoint_main(details.company)
    return details


@transaction.atomic
def unarchive_legal_details(*, details: LegalDetails) -> LegalDetails:
    """Offer a set again."""
    _lock(details.company)
    details.archived_at = None
    details.is_main = not _in_use(details.company).filter(is_main=True).exists()
    details.save(update_fields=["is_main", "archived_at"])
    return details


@transaction.atomic
def remove_legal_details(*, details: LegalDetails) -> None:
    """Remove a set of legal details. Raises LegalDetailsInUse where documents have it."""
    company, was_main = details.company, details.is_main
    _lock(company)
    if _is_used(details):
        raise LegalDetailsInUse
    details.delete()
    if was_main:
        _appoint_main(company)
    refresh_company(company)


def _is_used(details: LegalDetails) -> bool:
    """Say whether a row of an app above, which need not be known here, refers to these details."""
    for model in tenant_models():
        for field in references(model):
            if field.related_model is LegalDetails:
                rows: Any = model._default_manager
                if rows.filter(**{field.name: details}).exists():
                    return True
    return False


def _in_use(company: Company) -> LegalDetailsQuerySet:
    return LegalDetails.objects.in_use().filter(company=company)


def _lock(company: Company) -> LegalDetailsQuerySet:
    """Hold the company's sets, in one order; return them."""
    rows = LegalDetails.objects.filter(company=company)
    list(rows.order_by("pk").select_for_update().values_list("pk", flat=True))
    return rows


def _appoint_main(company: Company) -> None:
    heir = _in_use(company).main_first().first()
    if heir is not None and not heir.is_main:
        heir.is_main = True
        heir.save(update_fields=["is_main"])
