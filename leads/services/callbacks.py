"""Calling back clients nobody picked up for: the task, whose it is, and what ends it (K4)."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress

from django.db.models import Q
from django.utils.translation import gettext as _

from activities.models import Activity, Call
from activities.services import ActivityAlreadyDone, complete_activity, give_activity, plan_activity
from core import formats
from core.tenancy import TenantQuerySet
from leads.models import Lead
from tenants.hours import current_book

_ANSWERED = Q(result=Call.Result.ANSWERED) | Q(result="", answered_at__isnull=False)


def talks_since(call: Call) -> TenantQuerySet[Call]:
    """Calls in which we spoke to the client of this call, then or later."""
    rows = Call.objects.filter(_ANSWERED, phone=call.phone, started_at__gte=call.started_at)
    return rows.filter(direction__in=("in", "out"))


def plan_callback(*, call: Call, lead: Lead, within_min: int, now: dt.datetime) -> Activity | None:
    """Plan to call the client of a missed call back, for whoever has the lead; one task while one is open.

    None where there is nobody to call, or the client was spoken to since. Once planned, a call gets no second
    task, whatever becomes of the first.
    """
    if call.callback_id is not None or not call.phone or talks_since(call).exists():
        return None
    task = _open_tasks(Call.objects.filter(phone=call.phone)).first()
    if task is None:
        owner = lead.taken_by or lead.responsible
        task = plan_activity(
            kind=Activity.Kind.TASK,
            subject=_("Call back %(phone)s") % {"phone": formats.phone(call.phone)},
            due_at=current_book(now=now).of(owner).after(now, within_min),
            owner=owner,
            by=None,
            now=now,
            lead=lead,
        )
    call.callback = task
    call.save(update_fields=["callback"])
    return task


def close_callbacks(*, call: Call, now: dt.datetime) -> int:
    """Mark tasks to call this client back done, because of this talk; return how many."""
    missed = Call.objects.filter(phone=call.phone, started_at__lte=call.started_at)
    tasks = list(_open_tasks(missed).select_for_update(of=("self",)))
    for task in tasks:
        complete_activity(activity=task, by=call.answered_by, now=now, result=_why(call))
    return len(tasks)


def pass_on_callbacks(lead: Lead) -> None:
    """Give the tasks to call the client of a lead back to whoever has the lead now."""
    if lead.call_id is None:
        return
    owner = lead.taken_by or lead.responsible
    for task in _open_tasks(Call.objects.filter(activity__lead=lead)):
        if task.owner_id != (owner.pk if owner else None):
            with suppress(ActivityAlreadyDone):
                give_activity(activity=task, owner=owner)


def _open_tasks(calls: TenantQuerySet[Call]) -> TenantQuerySet[Activity]:
    tasks = calls.exclude(callback=None).values("callback")
    return Activity.objects.planned().filter(pk__in=tasks).order_by("id")


def _why(call: Call) -> str:
    who = call.answered_by.name if call.answered_by else ""
    told = _("Spoken to: we called") if call.direction == "out" else _("Spoken to: the client called again")
    moment = formats.stamp(call.started_at) if call.started_at else ""
    return ", ".join(filter(None, (told, moment, who)))
