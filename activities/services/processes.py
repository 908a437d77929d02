"""Processes: a template's steps become planned activities, one by one or all at once (A5, L10)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from activities.models import TARGETS, Activity, Process, ProcessStep, ProcessTemplate
from activities.services.planning import plan_activity, plan_quietly
from activities.zones import at_wall, zone_of
from core.errors import Conflict
from tenants.hours import WorkCalendar, current_book
from tenants.models import Membership

FAR_DAYS = 400


class NothingToDo(Conflict):
    """The template is archived or has no steps."""

    code = "nothing_to_do"

    def default_message(self) -> str | Promise:
        return _("This template has no steps, or it is archived.")


@transaction.atomic
def start_process(
    *, template: ProcessTemplate, by: Membership, now: dt.datetime, batch: Any = None, **cards: Any
) -> Process:
    """Start a template on a card (`lead=`, `deal=`, `contact=` or `company=`): plan its first step, or all.

    Raises NothingToDo.
    """
    steps = list(template.steps.select_related("member"))
    if template.is_archived or not steps:
        raise NothingToDo
    about = {name: card for name, card in cards.items() if name in TARGETS}
    process: Process = Process.objects.create(template=template, started_by=by, started_at=now, **about)
    is_chain = template.mode == ProcessTemplate.Mode.ONE_BY_ONE
    since = now
    for step in steps[:1] if is_chain else steps:
        planned = _plan_step(process, step, since=since, by=by, now=now, batch=batch)
        since = planned.due_at or since
    process.position = steps[0].position if is_chain else steps[-1].position
    process.ended_at = None if is_chain else now
    process.save(update_fields=["position", "ended_at"])
    return process


def next_step_after(activity: Activity, *, by: Membership | None, now: dt.datetime) -> Activity | None:
    """Plan the step that follows a finished one; at the end of the chain the process has ended."""
    if activity.process_id is None:
        return None
    rows = Process.objects.select_for_update(of=("self",)).select_related("template", "started_by")
    process: Process = rows.get(pk=activity.process_id)
    is_last_planned = activity.data.get("step") == process.position
    if process.ended_at is not None or not is_last_planned:
        return None
    step = process.template.steps.filter(position__gt=process.position).select_related("member").first()
    if step is None:
        process.ended_at = now
        process.save(update_fields=["ended_at"])
        return None
    process.position = step.position
    process.save(update_fields=["position"])
    return _plan_step(process, step, since=now, by=by, now=now)


def take_back_step(activity: Activity) -> None:
    """Let the process stand at a step again that was marked done by mistake."""
    if activity.process_id is None or "step" not in activity.data:
        return
    chains = Process.objects.filter(
        pk=activity.process_id, template__mode=ProcessTemplate.Mode.ONE_BY_ONE
    ).values("pk")
    Process.objects.filter(pk__in=chains).update(position=activity.data["step"], ended_at=None)


def due_of(
    delay: int, unit: str, *, since: dt.datetime, hours: WorkCalendar, zone: dt.tzinfo
) -> dt.datetime | None:
    """Work out when a step is due: so much working time after `since`.

    Days keep the time on the wall where people work then, else the day's working time begins it.
    None where nobody ever works.
    """
    if unit == ProcessStep.Unit.DAYS:
        return _days_later(since, delay, hours, zone)
    minutes = delay * (60 if unit == ProcessStep.Unit.HOURS else 1)
    return hours.after(since, minutes)


def _days_later(since: dt.datetime, days: int, hours: WorkCalendar, zone: dt.tzinfo) -> dt.datetime | None:
    local = since.astimezone(zone)
    day, left, minute = local.date(), days, local.hour * 60 + local.minute
    for _step in range(FAR_DAYS):
        spans = hours.spans_on(day)
        is_over = spans and day == local.date() and minute >= spans[-1][1]
        if spans and left <= 0 and not is_over:
            starts, ends = spans[0][0], spans[-1][1]
            at = minute if starts <= minute < ends else starts
            return at_wall(day, dt.time(at // 60 % 24, at % 60), zone)
        day += dt.timedelta(days=1)
        left -= bool(hours.spans_on(day))
    return None


def _plan_step(
    process: Process,
    step: ProcessStep,
    *,
    since: dt.datetime,
    by: Membership | None,
    now: dt.datetime,
    batch: Any = None,
) -> Activity:
    owner = _doer(process, step, by)
    hours = current_book(now=now).of(owner)
    values: dict[str, Any] = {
        "kind": step.kind,
        "subject": step.subject,
        "text": step.text,
        "due_at": due_of(step.delay, step.unit, since=since, hours=hours, zone=zone_of(owner)),
        "duration_min": step.duration_min,
        "process": process,
        **{name: getattr(process, name) for name in TARGETS},
    }
    if batch is not None:  # of many: the owners are told once
        planned = plan_quietly(owner=owner, by=by, now=now, batch=batch, **values)
    else:
        planned = plan_activity(owner=owner, by=by, now=now, **values)
    planned.data = planned.data | {"step": step.position, "process": process.template.name}
    planned.save(update_fields=["data"])
    return planned


def _doer(process: Process, step: ProcessStep, by: Membership | None) -> Membership | None:
    """Say who does a step; whoever left is replaced by the one who started, or goes on, the process."""
    starter = process.started_by or by
    if step.doer == ProcessStep.Doer.MEMBER:
        found = step.member
    elif step.doer == ProcessStep.Doer.RESPONSIBLE:
        found = _responsible(process)
    else:
        found = starter
    return found if found is not None and found.is_active else starter


def responsible_of(card: Any) -> Membership | None:
    """Find who answers for a card; an inquiry has whoever took it, else its responsible."""
    for field in ("taken_by", "responsible", "owner"):
        if (member := getattr(card, field, None)) is not None:
            found: Membership = member
            return found
    return None


def _responsible(process: Process) -> Membership | None:
    cards = (getattr(process, name) for name in ("deal", "lead", "contact", "company"))
    return next((member for card in cards if card and (member := responsible_of(card))), None)


# --- Templates -----------------------------------------------------------------------------------------
@transaction.atomic
def save_template(*, template: ProcessTemplate, steps: list[ProcessStep], by: Membership) -> ProcessTemplate:
    """Keep a template with these steps in this order; running processes go on with the steps as they are then."""
    template.save()
    kept = []
    for position, step in enumerate(steps, start=1):
        step.template, step.position = template, position
        step.save()
        kept.append(step.pk)
    template.steps.exclude(pk__in=kept).delete()
    return template


def archive_template(*, template: ProcessTemplate, by: Membership, is_archived: bool = True) -> None:
    """Take a template out of the choice, or bring it back; what runs goes on."""
    template.is_archived = is_archived
    template.save(update_fields=["is_archived"])
