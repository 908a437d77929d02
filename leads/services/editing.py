"""Changing what is known about a lead; whom it belongs to and what becomes of it are decisions (leads.services.decisions)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction

from contacts.conflicts import refuse_changed
from leads.models import Lead
from leads.services.common import lock_lead, record, search_text, tell
from tenants.custom_fields import setting
from tenants.models import CustomField, Membership

# A phone and an address are the contact's keys and change there.
EDITABLE = ("name", "company_name", "subject", "object_of_interest", "region", "tags")


@transaction.atomic
def update_lead(
    *, lead: Lead, by: Membership | None, now: dt.datetime, mark: str = "", **values: Any
) -> Lead:
    """Change fields of a lead, custom ones by their keys, and return it as it stands now.

    No decision: the version stays, so that the last decision can still be undone. `mark` is what the fields held when
    a form was opened. Raises FieldChangedMeanwhile, UnknownField, BadValue, LeadGone, NotAllowed.
    """
    current = lock_lead(lead=lead, by=by)
    refuse_changed(current, values, mark, now=now)
    own, custom = setting.split(values)
    edits = []
    for name, value in own.items():
        if name not in EDITABLE:
            raise TypeError(f"{name} of a lead is not set this way.")
        before = getattr(current, name)
        if before != value:
            setattr(current, name, value)
            edits.append({"field": name, "from": _in_words(before), "to": _in_words(value)})
    edits += setting.set_custom(current, CustomField.Entity.LEAD, custom)
    if edits:
        current.search_text = search_text(current)
        current.save(update_fields=[*own, "custom_values", "search_text"])
        record(current, by=by, now=now, code="fields_changed", model="leads.Lead", fields=edits)
        tell(current)
    return current


def _in_words(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)
