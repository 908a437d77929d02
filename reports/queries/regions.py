"""Leads and conversion by region (R9)."""

from __future__ import annotations

from django.utils.translation import gettext as _

from reports.queries.leads import STATES, Group
from reports.rollups.reading import Figured

COLUMNS = ("region", "state")


def states_by_region(leads: Figured) -> list[Group]:
    """Count leads of each state per region, largest first. Seven queries at most.

    A region is one however its letters are written, as the list's filter finds it.
    """
    counts: dict[str, dict[str, int]] = {}
    names: dict[str, str] = {}
    for (name, state), (count,) in leads.by(*COLUMNS).items():
        key = folded(name)
        counts.setdefault(key, dict.fromkeys(STATES, 0))[state] += count
        names[key] = min(name, names.get(key, name))
    groups = [
        Group(names[key] or None, names[key] or _("No region"), sum(cells.values()), cells)
        for key, cells in counts.items()
    ]
    return sorted(groups, key=lambda group: (-group.total, group.name))


def folded(region: str) -> str:
    """Write a region in capitals as PostgreSQL does: letter by letter, so ß stays ß."""
    return "".join(upper if len(upper := letter.upper()) == 1 else letter for letter in region)
