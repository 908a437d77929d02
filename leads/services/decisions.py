"""Decisions about a lead: take, release, assign, reject, reopen, snooze, delete, mark.

Every one of them locks the lead, checks right and state, and returns its LeadAction: `.lead` is the lead
as it stands now, and undo_action() takes it back while nothing else has happened.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from deals.models import RejectionReason
from leads import quality as rules
from leads.errors import (
    LeadNotRejected,
    LeadTakenByOther,
    MemberDismissed,
    NobodyToAssign,
    ReasonRequired,
    SnoozeInPast,
    WrongReason,
    name_of,
)
from leads.models import Lead, LeadAction
from leads.routing import give, remember, route
from leads.services.arrival import notify_about
from leads.services.common import HOLDING, RELATED, check_open, decided, lock_lead, snapshot, tell
from tenants.hours import book_of
from tenants.models import Membership, Role

_CLOSING = (
    "state",
    "closed_at",
    "closed_by",
    "rejection_reason",
    "rejection_comment",
    "step_started_at",
    "snoozed_until",
    "opened_at",
)


@transaction.atomic
def open_lead(*, lead: Lead, by: Membership, now: dt.datetime) -> Lead:
    """Note that somebody has read it: it is no longer unsorted in quality, and nothing in it is unread.

    Reading is no decision: the version stays, so an undo offered a moment ago still works.
    """
    current = lock_lead(lead=lead, by=by)
    is_first = current.opened_at is None
    if not is_first and not current.unread_count:
        return current
    current.opened_at, current.unread_count = current.opened_at or now, 0
    current.save(update_fields=["opened_at", "unread_count"])
    if is_first:
        rules.reclassify(current)
        tell(current)
    return reread(current)


@transaction.atomic
def take_lead(*, lead: Lead, by: Membership, now: dt.datetime) -> LeadAction:
    """Take the lead: exactly one of several who try it gets it, the others LeadTakenByOther.

    Taking what is one's own already changes nothing. Where the tenant says so, the taker becomes the
    responsible (L16). Raises also LeadAlreadyConverted, LeadClosed, LeadGone, NotAllowed.
    """
    return take(lock_lead(lead=lead, by=by), by=by, now=now)


def take(current: Lead, *, by: Membership, now: dt.datetime) -> LeadAction:
    """Take a lead that is locked; whether the member may is the caller's to decide."""
    check_open(current)
    if current.taken_by_id == by.pk and (last := _last(current, "take")) is not None:
        return last
    if current.taken_by_id not in (None, by.pk):
        raise LeadTakenByOther(who=name_of(current.taken_by))
    before = snapshot(current, HOLDING)
    hold(current, by, now=now)
    action = decided(current, action="take", by=by, now=now, before=before)
    return _classified(action)


@transaction.atomic
def release_lead(*, lead: Lead, by: Membership, now: dt.datetime) -> LeadAction:
    """Give a taken lead back to whom it would go now by the rules; to the same person only if nobody else can."""
    current = lock_lead(lead=lead, by=by)
    check_open(current)
    before = snapshot(current, HOLDING)
    if current.state == Lead.State.IN_WORK:
        current.release()
    current.taken_by = current.taken_at = None
    chosen = route(current, book=book_of(by.tenant, now=now), now=now, avoid=frozenset({by.pk}))
    give(current, chosen, now=now)
    current.escalation_step = 0
    action = decided(current, action="release", by=by, now=now, before=before)
    remember(current, chosen, now=now, step=1)
    return action


@transaction.atomic
def assign_lead(
    *,
    lead: Lead,
    by: Membership | None,
    now: dt.datetime,
    member: Membership | None = None,
    role: Role | None = None,
) -> LeadAction:
    """Hand the lead to a person or a role (L6); whoever had taken it has it no longer.

    A closed lead only changes its responsible. Raises NobodyToAssign, MemberDismissed.
    """
    if (member is None) == (role is None):
        raise NobodyToAssign()
    if member is not None and not member.is_active:
        raise MemberDismissed()
    current = lock_lead(lead=lead, by=by)
    before = snapshot(current, HOLDING)
    had = current.taken_by or current.responsible or current.responsible_role
    is_taken_by_other = current.taken_by_id is not None and current.taken_by != member
    if current.state == Lead.State.IN_WORK and is_taken_by_other:
        current.release()
        current.taken_by = current.taken_at = None
    current.responsible, current.responsible_role = member, role
    current.assignment_reason, current.assignment_params = "by_hand", {}
    current.step_started_at = now
    told = {"from": name_of(had), "to": name_of(member) or name_of(role)}
    action = decided(current, action="assign", by=by, now=now, before=before, **told)
    if member is not None and member != by:
        tell(current, topic="lead.new", members=[member])  # their queue has not shown it so far
        notify_about(current, members=[member], code="lead_assigned", now=now, by=name_of(by))
    return action


@transaction.atomic
def reject_lead(
    *,
    lead: Lead,
    by: Membership | None,
    now: dt.datetime,
    reason: RejectionReason | None = None,
    comment: str = "",
) -> LeadAction:
    """Reject the lead, with a reason of the tenant's directory; the channel can make it mandatory (L8).

    Raises ReasonRequired, WrongReason, LeadAlreadyConverted, LeadClosed, LeadTakenByOther.
    """
    current = lock_lead(lead=lead, by=by)
    check_open(current)
    _check_reason(current, reason)
    before = snapshot(current, _CLOSING)
    current.reject()
    current.closed_at, current.closed_by, current.snoozed_until = now, by, None
    current.rejection_reason, current.rejection_comment = reason, comment.strip()
    current.opened_at = current.opened_at or now
    said = {"reason": reason.name if reason else "", "comment": current.rejection_comment}
    return _classified(decided(current, action="reject", by=by, now=now, before=before, **said))


@transaction.atomic
def reopen_lead(*, lead: Lead, by: Membership, now: dt.datetime) -> LeadAction:
    """Return a rejected lead to the queue; raise LeadNotRejected for any other."""
    current = lock_lead(lead=lead, by=by)
    if current.state != Lead.State.REJECTED:
        raise LeadNotRejected()
    before = snapshot(current, _CLOSING)
    current.reopen()
    current.step_started_at = now
    current.closed_at = current.closed_by = current.rejection_reason = None
    current.rejection_comment = ""
    return _classified(decided(current, action="reopen", by=by, now=now, before=before))


@transaction.atomic
def snooze_lead(*, lead: Lead, until: dt.datetime, by: Membership, now: dt.datetime) -> LeadAction:
    """Put the lead off; it comes back by itself, or earlier when the client writes again."""
    if until <= now:
        raise SnoozeInPast()
    current = lock_lead(lead=lead, by=by)
    check_open(current)
    before = snapshot(current, ("snoozed_until", "opened_at"))
    current.snoozed_until, current.opened_at = until, current.opened_at or now
    action = decided(current, action="snooze", by=by, now=now, before=before, until=until.isoformat())
    return _classified(action)


@transaction.atomic
def wake_lead(*, lead: Lead, by: Membership, now: dt.datetime) -> LeadAction:
    """Bring a snoozed lead back to the queue now."""
    current = lock_lead(lead=lead, by=by)
    check_open(current)
    before = snapshot(current, ("snoozed_until", "step_started_at"))
    current.snoozed_until, current.step_started_at = None, now
    return decided(current, action="wake", by=by, now=now, before=before)


@transaction.atomic
def delete_lead(*, lead: Lead, by: Membership, now: dt.datetime) -> LeadAction:
    """Take the lead out of every queue and list (L13); asks for the right to delete."""
    current = lock_lead(lead=lead, by=by, action="delete")
    before = snapshot(current, ("deleted_at",))
    current.deleted_at = now
    return _classified(decided(current, action="delete", by=by, now=now, before=before))


@transaction.atomic
def set_quality(*, lead: Lead, quality: str, by: Membership, now: dt.datetime) -> LeadAction:
    """Mark the quality by hand; an empty one lets the rules decide again (Q3)."""
    current = lock_lead(lead=lead, by=by)
    fields = ("quality", "quality_reason", "quality_params", "is_quality_manual", "opened_at")
    before = snapshot(current, fields)
    was = current.quality
    current.opened_at = current.opened_at or now
    current.is_quality_manual = bool(quality)
    if quality:
        current.quality = Lead.Quality(quality)
        current.quality_reason, current.quality_params = "manual", {"who": by.name}
    told = {"from": was, "to": quality or str(_("by the rules"))}
    return _classified(decided(current, action="quality", by=by, now=now, before=before, **told))


# --- Parts -------------------------------------------------------------------------------------------
def hold(lead: Lead, by: Membership, *, now: dt.datetime) -> None:
    """Make the member the taker, and the responsible where the tenant binds it so; nothing is saved."""
    lead.take()
    lead.taken_by, lead.taken_at, lead.snoozed_until = by, now, None
    lead.opened_at = lead.opened_at or now
    if by.tenant.is_lead_bound_to_taker:
        lead.responsible, lead.responsible_role = by, None
        lead.assignment_reason, lead.assignment_params = "taken", {}


def reread(lead: Lead) -> Lead:
    """Read the lead anew; a protected state can't be refreshed in place."""
    fresh: Lead = Lead.objects.select_related(*RELATED).get(pk=lead.pk)
    return fresh


def _check_reason(lead: Lead, reason: RejectionReason | None) -> None:
    if reason is not None and (reason.is_archived or not reason.is_for_leads):
        raise WrongReason()
    if reason is None and lead.channel is not None and lead.channel.is_reason_required:
        raise ReasonRequired()


def _classified(action: LeadAction) -> LeadAction:
    rules.reclassify(action.lead)
    action.lead = reread(action.lead)
    return action


def _last(lead: Lead, name: str) -> LeadAction | None:
    actions = LeadAction.objects.filter(lead=lead, action=name, undone_at=None).order_by("-at", "-id")
    if (last := actions.first()) is not None:
        last.lead = lead
    return last
