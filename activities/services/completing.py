"""From planned to done, and back: the result, and what follows from it."""

from __future__ import annotations

import datetime as dt

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from activities.models import TARGETS, Activity
from activities.services.entries import storable
from activities.services.planning import KINDS, cancel_activity, locked, plan_activity
from activities.services.processes import next_step_after, take_back_step
from activities.services.repeating import next_moment
from activities.services.targets import bump_last_activity, plans_changed
from activities.zones import zone_of
from core.errors import Conflict
from tenants.hours import current_book
from tenants.models import Membership

_OF_COMPLETION = ("done_by", "follow_up", "successor")


class NotMarkedDone(Conflict):
    """Nobody marked it done, or somebody has planned it again."""

    code = "not_marked_done"

    def default_message(self) -> str | Promise:
        return _("There is nothing to undo: it is not marked done.")


def complete_activity(
    *,
    activity: Activity,
    by: Membership | None,
    now: dt.datetime,
    result: str = "",
    outcome: str = "",
    next_subject: str = "",
    next_due_at: dt.datetime | None = None,
    next_kind: str = "",
) -> Activity:
    """Mark a planned activity done, and plan what follows where that has a subject.

    What repeats is planned for its next time, and a step of a process calls for the next one.
    Raises ActivityAlreadyDone where somebody was faster.
    """
    activity = locked(activity)
    activity.is_done, activity.occurred_at = True, now
    activity.result, activity.outcome = storable(result), outcome
    activity.data = activity.data | {"done_by": by.name if by else ""}
    if next_subject:
        follow_up = _plan_next(activity, next_subject, next_due_at, next_kind, by=by, now=now)
        activity.data |= {"follow_up": str(follow_up.pk)}
    if successor := _again(activity, by, now) or next_step_after(activity, by=by, now=now):
        activity.data |= {"successor": str(successor.pk)}
    activity.save(update_fields=["is_done", "occurred_at", "result", "outcome", "data"])
    bump_last_activity(activity, now)
    plans_changed(activity)
    return activity


def reopen_activity(*, activity: Activity, by: Membership | None, now: dt.datetime) -> Activity:
    """Undo a completion: it is planned again as it was, and what was planned to follow is called off.

    Raises NotMarkedDone.
    """
    row: Activity = Activity.objects.select_for_update(of=("self",)).get(pk=activity.pk)
    if not row.is_done or row.kind not in KINDS or "done_by" not in row.data:
        raise NotMarkedDone
    for follow_up in Activity.objects.planned().filter(pk__in=_planned_by(row)):
        cancel_activity(activity=follow_up, by=by, now=now)
    row.is_done, row.result, row.outcome, row.occurred_at = False, "", "", row.due_at or now
    row.data = {key: value for key, value in row.data.items() if key not in _OF_COMPLETION}
    row.save(update_fields=["is_done", "result", "outcome", "occurred_at", "data"])
    take_back_step(row)
    plans_changed(row)
    return row


def _planned_by(activity: Activity) -> list[str]:
    """What its completion planned: the next step that was typed, its next time, the next step of its process."""
    return [pk for key in ("follow_up", "successor") if (pk := activity.data.get(key))]


def _again(activity: Activity, by: Membership | None, now: dt.datetime) -> Activity | None:
    """Plan what repeats for its next time, with the same people."""
    if not activity.repeat or activity.due_at is None:
        return None
    owner = activity.owner
    moment = next_moment(
        activity.due_at,
        activity.repeat,
        now=now,
        zone=zone_of(owner),
        hours=current_book(now=now).of(owner),
    )
    if moment is None:
        return None
    ahead = activity.due_at - activity.remind_at if activity.remind_at else dt.timedelta()
    people = list(activity.participants.select_related("member"))
    return plan_activity(
        kind=activity.kind, subject=activity.subject, text=activity.text, due_at=moment,
        remind_at=moment - ahead, owner=owner, by=owner or by, now=now,
        duration_min=activity.duration_min, place=activity.place, repeat=activity.repeat,
        participants=[row.member for row in people if row.member],
        guests=[row.email for row in people if row.email],
        **{name: getattr(activity, name) for name in TARGETS},
    )  # fmt: skip


def _plan_next(
    activity: Activity,
    subject: str,
    due_at: dt.datetime | None,
    kind: str,
    *,
    by: Membership | None,
    now: dt.datetime,
) -> Activity:
    """Plan what follows, by default of the same kind, for the same person and about the same."""
    cards = {name: getattr(activity, name) for name in TARGETS}
    owner = activity.owner or by
    return plan_activity(
        kind=kind or activity.kind, subject=subject, due_at=due_at, owner=owner, by=by, now=now, **cards
    )
