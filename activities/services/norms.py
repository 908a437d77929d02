"""How many calls and meetings a day are expected of a role or a person (A3)."""

from __future__ import annotations

from django.db import transaction

from activities.models import DayNorm
from tenants.models import Membership, Role


@transaction.atomic
def set_norm(
    *,
    by: Membership,
    calls: int,
    meetings: int,
    min_call_s: int,
    role: Role | None = None,
    member: Membership | None = None,
) -> DayNorm:
    """Set the norm of everybody of a role, or of one person; one of the two is given."""
    values = {"calls": calls, "meetings": meetings, "min_call_s": min_call_s}
    norm: DayNorm
    norm, _is_new = DayNorm.objects.update_or_create(role=role, member=member, defaults=values)
    return norm


def remove_norm(*, norm: DayNorm, by: Membership) -> None:
    """Expect nothing in particular any more; a person falls back to the norm of the role."""
    norm.delete()
