"""Planned activities: a call, meeting or task with a time, until it is done or called off."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from activities.acting import robot_at_work
from activities.addresses import page_of
from activities.models import Activity, Process
from activities.services.entries import MAX_SUBJECT, storable
from activities.services.inviting import CANCEL, guests_of, invite
from activities.services.notices import notify
from activities.services.taking_part import set_participants
from activities.services.targets import about, plans_changed, tell
from core.errors import Conflict
from tenants import handover
from tenants.models import Membership

# What a person plans and marks done; other entries happen by themselves.
KINDS = (
    Activity.Kind.TASK,
    Activity.Kind.CALL,
    Activity.Kind.MEETING,
    Activity.Kind.EMAIL,
    Activity.Kind.MESSAGE,
)
DETAILS = ("duration_min", "place", "repeat")


class ActivityAlreadyDone(Conflict):
    """Somebody did it or called it off before."""

    code = "activity_already_done"

    def default_message(self) -> str | Promise:
        return _("It is already done.")


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
    duration_min: int = 0,
    place: str = "",
    repeat: str = "",
    participants: Iterable[Membership] = (),
    guests: Iterable[str] = (),
    process: Process | None = None,
) -> Activity:
    """Plan a call, meeting or task; its owner is reminded at `remind_at`, at the due time by default.

    `participants` are colleagues, `guests` e-mail addresses of others.
    """
    activity = plan_quietly(
        kind=kind, subject=subject, text=text, due_at=due_at, remind_at=remind_at, owner=owner, by=by, now=now,
        duration_min=duration_min, place=storable(place)[:MAX_SUBJECT], repeat=repeat, process=process,
        contact=contact, company=company, deal=deal, lead=lead,
    )  # fmt: skip
    participants, guests = list(participants), list(guests)
    if participants or guests:
        set_participants(activity=activity, members=participants, guests=guests, by=by, now=now)
        invite(activity=activity, guests=guests_of(activity), by=by, now=now)
    _tell_owner(activity, by, now)
    return activity


def plan_quietly(
    *,
    kind: str,
    subject: str,
    text: str,
    due_at: dt.datetime | None,
    owner: Membership | None,
    by: Membership | None,
    now: dt.datetime,
    remind_at: dt.datetime | None = None,
    contact: Any = None,
    company: Any = None,
    deal: Any = None,
    lead: Any = None,
    **fields: Any,
) -> Activity:
    """Plan something without telling its owner: whoever plans many tells once."""
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
        **about(contact=contact, company=company, deal=deal, lead=lead),
        **fields,
    )
    plans_changed(activity, is_new=True)
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
    details: Mapping[str, Any] | None = None,
    participants: Iterable[Membership] | None = None,
    guests: Iterable[str] = (),
) -> Activity:
    """Change what is planned, for when, for whom and with whom.

    `details`: duration_min, place, repeat, those that change. Without `participants` the people stay.
    """
    activity = locked(activity)
    previous = activity.owner
    before = (activity.due_at, activity.subject, activity.owner_id, activity.duration_min, activity.place)
    is_handed_over = owner.pk != activity.owner_id
    activity.subject, activity.text, activity.owner = storable(subject)[:MAX_SUBJECT], storable(text), owner
    changed = {name: value for name, value in (details or {}).items() if name in DETAILS}
    for name, value in changed.items():
        setattr(activity, name, storable(value) if isinstance(value, str) else value)
    activity.save(update_fields=["subject", "text", "owner", *changed])
    if due_at != activity.due_at:
        _move(activity, due_at, now)
    after = (activity.due_at, activity.subject, activity.owner_id, activity.duration_min, activity.place)
    fresh = _change_people(activity, participants, guests, by, now) if participants is not None else []
    invite(activity=activity, guests=guests_of(activity) if after != before else fresh, by=by, now=now)
    plans_changed(activity, previous)
    if is_handed_over:
        _tell_owner(activity, by, now)
    return activity


@transaction.atomic
@transaction.atomic
@transaction.atomic
def reschedule_activity(
    *,
    activity: Activity,
    due_at: dt.datetime | None,
    by: Membership | None,
    now: dt.datetime,
    duration_min: int | None = None,
) -> Activity:
    """Move a planned activity, or change its length; the reminder keeps its distance."""
    activity = locked(activity)
    if duration_min is not None:
        activity.duration_min = duration_min
    _move(activity, due_at, now)
    invite(activity=activity, guests=guests_of(activity), by=by, now=now)
    plans_changed(activity)
    return activity


def _move(activity: Activity, due_at: dt.datetime | None, now: dt.datetime) -> None:
    """Change the moment; what guests had answered was about another one."""
    activity.participants.exclude(email="").update(answer="")
    ahead = activity.due_at - activity.remind_at if activity.due_at and activity.remind_at else dt.timedelta()
    activity.data = activity.data | {"moved_count": activity.data.get("moved_count", 0) + 1}
    activity.due_at = due_at
    activity.remind_at = due_at - ahead if due_at else None
    activity.reminded_at = None
    activity.occurred_at = due_at or now
    activity.save(update_fields=["data", "due_at", "remind_at", "reminded_at", "occurred_at", "duration_min"])


def _change_people(
    activity: Activity,
    members: Iterable[Membership],
    guests: Iterable[str],
    by: Membership | None,
    now: dt.datetime,
) -> list[str]:
    """Change who takes part; guests who no longer do are told. Return the guests who are new."""
    asked = set(guests_of(activity))
    fresh = set_participants(activity=activity, members=members, guests=guests, by=by, now=now)
    gone = asked - set(guests_of(activity))
    invite(activity=activity, guests=gone, by=by, now=now, method=CANCEL)
    return [row.email for row in fresh if row.email]


@transaction.atomic
def cancel_activity(*, activity: Activity, by: Membership | None, now: dt.datetime) -> Activity:
    """Call a planned activity off; the timeline keeps a line about it, from which it can be restored."""
    activity = locked(activity)
    invite(activity=activity, guests=guests_of(activity), by=by, now=now, method=CANCEL)
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
    if not activity.is_done:
        invite(activity=activity, guests=guests_of(activity), by=by, now=now)
    plans_changed(activity)
    return activity


@transaction.atomic
def take_activity(*, activity: Activity, by: Membership, now: dt.datetime) -> Activity:
    """Take a colleague's planned activity over; the colleague is told. Raises ActivityAlreadyDone."""
    activity = locked(activity)
    previous, activity.owner = activity.owner, by
    activity.save(update_fields=["owner"])
    activity.participants.filter(member=by).delete()
    plans_changed(activity, previous)
    if previous is not None and previous.pk != by.pk:
        params = {"by": by.name, "subject": activity.subject, "kind": activity.kind}
        notify(members=[previous], code="activity_taken", params=params, url=page_of(activity), now=now)
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
    tell_owners_of_many({str(to.pk): len(plans)} if plans else {}, by=by, now=now)
    return [handover.Outcome(plan.pk, plan.subject or str(plan.get_kind_display())) for plan in plans]


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


def tell_owners_of_many(counts: Mapping[str, int], *, by: Membership, now: dt.datetime) -> None:
    """Tell each colleague (by id) once how much was planned for them."""
    others = Membership.objects.active().filter(pk__in=counts).exclude(pk=by.pk)
    for owner in others:
        params, url = {"count": counts[str(owner.pk)], "by": by.name}, reverse("activities:list")
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
