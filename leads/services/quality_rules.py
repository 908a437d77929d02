"""Changing the rules of quality, and having all leads decided anew by them."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from contacts.models import Source
from contacts.sources.services import choose_counted
from leads import tasks
from leads.internal_numbers import Range
from leads.models import InternalNumber
from leads.recomputation import KIND
from tenants import jobs
from tenants.models import Job, Membership
from tenants.services import set_call_limit


@transaction.atomic
def save_rules(
    *, by: Membership, min_call_s: int, quiet_sources: Sequence[Source], numbers: Sequence[Range]
) -> Job | None:
    """Set the rules; where they differ from those before, start a recomputation and return its job."""
    is_changed = False
    if by.tenant.min_call_s != min_call_s:
        set_call_limit(tenant=by.tenant, seconds=min_call_s, by=by)
        is_changed = True
    is_changed |= bool(choose_counted(quiet=quiet_sources, by=by))
    is_changed |= _write_numbers(numbers)
    return recompute_quality(by=by) if is_changed else None


def recompute_quality(*, by: Membership) -> Job:
    """Have the quality of all leads decided anew in the background; return the job."""
    return jobs.start(member=by, kind=KIND, title=_("Lead quality recomputed"), task=tasks.recompute)


def _write_numbers(numbers: Sequence[Range]) -> bool:
    """Store the internal numbers; say whether which calls are internal may have changed."""
    rows = list(InternalNumber.objects.all())
    present = {(row.first, row.last): row for row in rows}
    wanted = {(one.first, one.last): one for one in numbers}
    gone = [row.pk for pair, row in present.items() if pair not in wanted]
    fresh = [one for pair, one in wanted.items() if pair not in present]
    InternalNumber.objects.filter(pk__in=gone).delete()
    InternalNumber.objects.bulk_create(
        InternalNumber(first=one.first, last=one.last, note=one.note) for one in fresh
    )
    for pair, one in wanted.items():
        if pair in present and present[pair].note != one.note:
            InternalNumber.objects.filter(pk=present[pair].pk).update(note=one.note)
    return bool(gone or fresh)
