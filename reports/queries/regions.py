"""Leads and conversion by region (R9)."""

from __future__ import annotations

from django.db.models import Count, Min
from django.db.models.functions import Upper
from django.utils.translation import gettext as _

from reports.queries.leads import STATES, Group
from reports.rollups.reading import Figured


def states_by_region(leads: Figured) -> list[Group]:
    """Count leads of each state per region, largest first. One query.

    A region is one however its letters are written, as the list's filter finds it.
    """
    rows = leads.rows.order_by().annotate(key=Upper("region"))
    counts: dict[str, dict[str, int]] = {}
    names: dict[str, str] = {}
    for key, state, name, count in rows.values_list("key", "state").annotate(Min("region"), n=Count("pk")):
        counts.setdefault(key, dict.fromkeys(STATES, 0))[state] += count
        names[key] = min(name, names.get(key, name))
    groups = [
        Group(names[key] or None, names[key] or _("No region"), sum(cells.values()), cells)
        for key, cells in counts.items()
    ]
    return sorted(groups, key=lambda group: (-group.total, group.name))
