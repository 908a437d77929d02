"""Two people at one field: who saves what somebody else has changed meanwhile is told before anything is lost.

A form of one field carries what its value was when it was opened, as a mark. Leads above use the same.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from core import formats
from core.errors import Conflict, Refusal
from tenants.custom_fields.definitions import is_custom


class FieldChangedMeanwhile(Conflict):
    """Somebody else has changed the field since the form was opened."""

    code = "field_changed"

    def __init__(self, *, who: str, at: dt.datetime | None, now: dt.datetime) -> None:
        when = formats.ago(at, now=now, is_long=True) if at else _("a moment ago")
        text = _("%(who)s has changed this field: %(when)s. Save again to replace it with yours.")
        super().__init__(text % {"who": who or _("Somebody"), "when": when}, who=who, at=at)


def mark_of(record: Any, names: Iterable[str]) -> str:
    """Make a mark of what fields hold now, to be compared when they are saved."""
    held = {name: _held(record, name) for name in sorted(names)}
    return hashlib.sha256(json.dumps(held, default=str).encode()).hexdigest()[:20]


def mark_for(record: Any, names: Iterable[str], sent: str, refusal: Refusal | None = None) -> str:
    """Choose the mark of a form that is shown: the one it came with, so that a typing mistake forgets no conflict.

    Who was told that somebody was faster gets a mark of what is there now: saving again replaces it.
    """
    is_told = isinstance(refusal, FieldChangedMeanwhile)
    return sent if sent and not is_told else mark_of(record, names)


def refuse_changed(record: Any, names: Iterable[str], mark: str, *, now: dt.datetime) -> None:
    """Raise FieldChangedMeanwhile when the fields no longer hold what the mark was made of. Locks the row.

    A form without a mark, an import or a robot, replaces what is there.
    """
    wanted = list(names)
    if not mark:
        return
    fresh = type(record).objects.select_for_update(no_key=True).get(pk=record.pk)
    if mark_of(fresh, wanted) == mark:
        return
    about = Q(pk__in=[])
    for name in wanted:
        about |= (
            Q(data__code="owner_changed") if name == "owner" else Q(data__fields__contains=[{"field": name}])
        )
    last = (
        record.activities.filter(about, kind="change")
        .select_related("author")
        .order_by("-occurred_at", "-id")
        .first()
    )
    raise FieldChangedMeanwhile(
        who=last.author.name if last and last.author else "", at=last.occurred_at if last else None, now=now
    )


def _held(record: Any, name: str) -> Any:
    if is_custom(name):
        return record.custom_values.get(name)
    value = getattr(record, record._meta.get_field(name).attname)
    return value if isinstance(value, list | bool | int) or value is None else str(value)
