"""Planned activities: a call, meeting or task with a time, until it is done or called off."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from activities.acting import robot_at_work
from activities.addresses import page_of
from activities.models import Activity
from activities.services.entries import MAX_SUBJECT, storable
from activities.services.notices import notify
from activities.services.targets import TARGETS, about, bump_last_activity, plans_changed, tell
from core.errors import Conflict
from tenants import handover
from tenants.models import Membership

# What a person plans and marks done; other entries happen by themselves.
KINDS = (Activity.Kind.TASK, Activity.Kind.CALL, Activity.Kind.MEETING)


class ActivityAlreadyDone(Conflict):
    """Somebody did it or called it off before."""

    code = "activity_already_done"

    def default_message(self) -> str | Promise:
        return _("It is already done.")


class NotMarkedDone(Conflict):
    """Nobody marked it done, or somebody has planned it again."""

    code = "not_marked_done"

    def default_message(self) -> str | Promise:
        return _("There is nothing to undo: it is not marked done.")


@transaction.atomic
def plan_activity(
    *,
    kind: str,
    subject: str,
    due_at: dt.datetime | None,
    owner: Membership | None,
    by: Membership | None,
    now: dt.datetime,
    contact: Any = None,
    company: Any = None,
    deal: Any = None,
    lead: Any = None,
    remind_at: dt.datetime | None = None,
    text: str = "",
) -> Activity:
    """Plan a call, meeting or task; its owner is reminded at `remind_at`, at the due time by default."""
    activity = _plan(
        kind, subject, text, due_at, remind_at, owner=owner, by=by, now=now,
        contact=contact, company=company, deal=deal, lead=lead,
    )  # fmt: skip
    _tell_owner(activity, by, now)
    return activity


@transaction.atomic
def plan_for_each(
    *,
    card: str,
    cards: Sequence[Any],
    kind: str,
    subject: str,
    text: str,
    due_at: dt.datetime | None,
    remind_at: dt.datetime | None,
    owner: Membership,
    by: Membership,
    now: dt.datetime,
) -> int:
    """Plan the same for each of many contacts or companies (`card` says which); tell the owner once."""
    for one in cards:
        _plan(kind, subject, text, due_at, remind_at, owner=owner, by=by, now=now, **{card: one})
    _tell_owner_of_many(len(cards), owner, by, now)
    return len(cards)


def _plan(
    kind: str,
    subject: str,
    text: str,
    due_at: dt.datetime | None,
    remind_at: dt.datetime | None,
    *,
    owner: Membership | None,
    by: Membership | None,
    now: dt.datetime,
    **cards: Any,
) -> Activity:
    robot = robot_at_work()
    activity: Activity = Activity.objects.create(
        kind=kind,
        subject=storable(subject)[:MAX_SUBJECT],
        text=storable(text),
        data={"robot": robot.name} if robot else {},
        is_done=False,
        due_at=due_at,
        remind_at=remind_at or due_at,
        occurred_at=due_at or now,
        created_at=now,
        author=by,
        owner=owner,
        **about(**cards),
    )
    plans_changed(activity)
    return activity


@transaction.atomic
def change_activity(
    *,
    activity: Activity,
    by: Membership,
    now: dt.datetime,
    subject: str,
    owner: Membership,
    due_at: dt.datetime | None,
    text: str = "",
) -> Activity:
    """Change what is planned, for when and for whom."""
    activity = locked(activity)
    previous = activity.owner
    is_handed_over = owner.pk != activity.owner_id
    activity.subject, activity.text, activity.owner = storable(subject)[:MAX_SUBJECT], storable(text), owner
    activity.save(update_fields=["subject", "text", "owner"])
    if due_at != activity.due_at:
        activity = reschedule_activity(activity=activity, due_at=due_at, by=by, now=now)
    plans_changed(activity, previous)
    if is_handed_over:
        _tell_owner(activity, by, now)
    return activity


@transaction.atomic
def complete_activity(
    *,
    activity: Activity,
    by: Membership | None,
    now: dt.datetime,
    result: str = "",
    next_subject: str = "",
    next_due_at: dt.datetime | None = None,
) -> Activity:
    """Mark a planned activity done, and plan what follows where that has a subject.

    Raises ActivityAlreadyDone where somebody was faster.
    """
    activity = locked(activity)
    activity.is_done, activity.occurred_at, activity.result = True, now, storable(result)
    activity.data = activity.data | {"done_by": by.name if by else ""}
    if next_subject:
        follow_up = _plan_next(activity, next_subject, next_due_at, by=by, now=now)
        activity.data |= {"follow_up": str(follow_up.pk)}
    activity.save(update_fields=["is_done", "occurred_at", "result", "data"])
    bump_last_activity(activity, now)
    plans_changed(activity)
    return activity


@transaction.atomic
def reopen_activity(*, activity: Activity, by: Membership | None, now: dt.datetime) -> Activity:
    """Undo a completion: it is planned again as it was, and what was planned to follow is called off.

    Raises NotMarkedDone.
    """
    row: Activity = Activity.objects.select_for_update(of=("self",)).get(pk=activity.pk)
    if not row.is_done or row.kind not in KINDS or "done_by" not in row.data:
        raise NotMarkedDone
    follow_up = Activity.objects.planned().filter(pk=row.data.get("follow_up")).first()
    if follow_up is not None:
        cancel_activity(activity=follow_up, by=by, now=now)
    row.is_done, row.result, row.occurred_at = False, "", row.due_at or now
    row.data = {key: value for key, value in row.data.items() if key not in ("done_by", "follow_up")}
    row.save(update_fields=["is_done", "result", "occurred_at", "data"])
    plans_changed(row)
    return row


@transaction.atomic
def reschedule_activity(
    *, activity: Activity, due_at: dt.datetime | None, by: Membership | None, now: dt.datetime
) -> Activity:
    """Move a planned activity; the reminder keeps its distance."""
    activity = locked(activity)
    ahead = activity.due_at - activity.remind_at if activity.due_at and activity.remind_at else dt.timedelta()
    activity.data = activity.data | {"moved_count": activity.data.get("moved_count", 0) + 1}
    activity.due_at = due_at
    activity.remind_at = due_at - ahead if due_at else None
    activity.reminded_at = None
    activity.occurred_at = due_at or now
    activity.save(update_fields=["data", "due_at", "remind_at", "reminded_at", "occurred_at"])
    plans_changed(activity)
    return activity


@transaction.atomic
def cancel_activity(*, activity: Activity, by: Membership | None, now: dt.datetime) -> Activity:
    """Call a planned activity off; the timeline keeps a line about it, from which it can be restored."""
    activity = locked(activity)
    withdraw(activity, code="activity_cancelled", by=by, now=now)
    plans_changed(activity)
    return activity


@transaction.atomic
def delete_note(*, note: Activity, by: Membership, now: dt.datetime) -> Activity:
    """Take a comment out of the timeline; a line says so, from which it can be restored."""
    withdraw(note, code="note_deleted", by=by, now=now)
    tell(note)
    return note


@transaction.atomic
def restore_activity(*, activity: Activity, by: Membership | None, now: dt.datetime) -> Activity:
    """Undo cancel_activity or delete_note."""
    was = activity.data.get("was")
    if activity.kind != Activity.Kind.CHANGE or not was:
        raise ActivityAlreadyDone
    activity.kind, activity.is_done = was["kind"], was["is_done"]
    activity.text, activity.data = was["text"], was["data"]
    activity.author_id, activity.occurred_at = was["author"], dt.datetime.fromisoformat(was["occurred_at"])
    activity.save(update_fields=["kind", "is_done", "text", "data", "author", "occurred_at"])
    plans_changed(activity)
    return activity


@transaction.atomic
def give_activity(*, activity: Activity, owner: Membership | None) -> Activity:
    """Let somebody else do it, quietly: they hear of what it belongs to; nobody does it for the time being.

    Raises ActivityAlreadyDone.
    """
    activity = locked(activity)
    previous, activity.owner = activity.owner, owner
    activity.save(update_fields=["owner"])
    plans_changed(activity, previous)
    return activity


@transaction.atomic
def hand_over_plans(
    *, rows: Sequence[Activity], member: Membership, to: Membership, by: Membership, now: dt.datetime
) -> list[handover.Outcome]:
    """Give a colleague some of what a member has planned; tell them once. What was done meanwhile stays."""
    wanted = Activity.objects.planned().filter(pk__in=[row.pk for row in rows], owner=member)
    plans = list(wanted.order_by("pk").select_for_update(of=("self",)))
    Activity.objects.filter(pk__in=[plan.pk for plan in plans]).update(owner=to)
    for plan in plans:
        plan.owner = to
        plans_changed(plan, member)
    if plans:
        _tell_owner_of_many(len(plans), to, by, now)
    return [handover.Outcome(plan.pk, plan.subject or str(plan.get_kind_display())) for plan in plans]


def _plan_next(
    activity: Activity,
    subject: str,
    due_at: dt.datetime | None,
    *,
    by: Membership | None,
    now: dt.datetime,
) -> Activity:
    """Plan the same kind of activity again, for the same person and about the same."""
    cards = {name: getattr(activity, name) for name in TARGETS}
    owner = activity.owner or by
    return plan_activity(
        kind=activity.kind, subject=subject, due_at=due_at, owner=owner, by=by, now=now, **cards
    )


def withdraw(activity: Activity, *, code: str, by: Membership | None, now: dt.datetime) -> None:
    """Turn the entry into a recorded change that keeps what it was."""
    was = {
        "kind": activity.kind,
        "is_done": activity.is_done,
        "text": activity.text,
        "data": activity.data,
        "author": str(activity.author_id) if activity.author_id else None,
        "occurred_at": activity.occurred_at.isoformat(),
    }
    activity.data = {"code": code, "subject": activity.subject, "kind": activity.kind, "was": was}
    activity.kind, activity.is_done, activity.text = Activity.Kind.CHANGE, True, ""
    activity.author, activity.occurred_at = by, now
    activity.save(update_fields=["data", "kind", "is_done", "text", "author", "occurred_at"])


def locked(activity: Activity) -> Activity:
    """Lock a planned activity and read it again: the loser of a race is told."""
    row: Activity = Activity.objects.select_for_update(of=("self",)).get(pk=activity.pk)
    if row.is_done:
        raise ActivityAlreadyDone
    return row


def _tell_owner_of_many(count: int, owner: Membership, by: Membership, now: dt.datetime) -> None:
    if count and owner.pk != by.pk:
        params, url = {"count": count, "by": by.name}, reverse("activities:list")
        notify(members=[owner], code="activities_assigned", params=params, url=url, now=now)


def _tell_owner(activity: Activity, by: Membership | None, now: dt.datetime) -> None:
    owner = activity.owner
    if owner is None or (by is not None and owner.pk == by.pk):
        return
    params = {
        "by": by.name if by else "",
        "subject": activity.subject,
        "kind": activity.kind,
        "due_at": activity.due_at.isoformat() if activity.due_at else "",
    }
    notify(members=[owner], code="activity_assigned", params=params, url=page_of(activity), now=now)
