"""Decisions about dialogs: read, take, assign, close with an outcome, open again, take back.

Where an open inquiry stands behind a dialog there is one truth about who has it: the inquiry's, decided by
leads.services. The dialog's own assignee counts only without one. Closing decides about the open inquiry by
the same services, so that each still ends in exactly one way and with its reason (L7, L8).
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import uuid
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activities.models import Activity
from activities.services import log_activity, notify
from channels.dialogs import progress
from channels.models import Dialog, DialogOutcome, Talk
from channels.widget import talks
from core.errors import Conflict, Refusal
from deals.models import RejectionReason
from leads import services as leads
from leads.errors import CannotUndo, MemberDismissed, NotAllowed, name_of
from leads.models import LeadAction
from tenants.models import Membership

RELATED = (
    "channel",
    "contact",
    "assignee",
    "closed_by",
    "outcome",
    "lead__channel",
    "lead__contact",
    "lead__taken_by",
    "lead__responsible",
    "lead__responsible_role",
    "lead__deal__owner",
)
_CLOSING = ("closed_at", "closed_by_id", "outcome_id")


class DialogTaken(Conflict):
    """A colleague has it: says who."""

    code = "dialog_taken"

    def __init__(self, *, who: str) -> None:
        super().__init__(_("%(who)s took it before you.") % {"who": who}, who=who)


class DialogClosed(Conflict):
    """A colleague closed it meanwhile."""

    code = "dialog_closed"

    def __init__(self, *, who: str = "") -> None:
        text = _("%(who)s has closed it already.") if who else _("It has been closed already.")
        super().__init__(text % {"who": who}, who=who)


class WrongOutcome(Refusal):
    """Closing asks for an outcome of the directory that is in use."""

    code = "wrong_outcome"

    def default_message(self) -> str | Promise:
        return gettext_lazy("Choose how the dialog ends.")


class NotAcceptedYet(Refusal):
    """The outcome says that the inquiry became something, and it has not yet: the wizard comes first."""

    code = "not_accepted_yet"

    def __init__(self, *, lead_id: uuid.UUID) -> None:
        self.lead_id = lead_id
        super().__init__(_("Accept the inquiry first: this outcome says that it became a deal or a client."))


@dataclasses.dataclass(frozen=True, slots=True)
class Done:
    """A decision, and what taking it back needs: the lead's action, the dialog's values before."""

    dialog: Dialog
    action: LeadAction | None = None
    before: dict[str, Any] = dataclasses.field(default_factory=dict)


@transaction.atomic
def read_dialog(*, dialog: Dialog, by: Membership, now: dt.datetime) -> Dialog:
    """Note that somebody has read what came in; its open inquiry counts as opened."""
    current = lock_dialog(dialog=dialog, by=by)
    if (lead := current.open_lead) is not None:
        leads.open_lead(lead=lead, by=by, now=now)
    if current.unread_count:
        current.unread_count = 0
        current.save(update_fields=["unread_count"])
        progress.tell(current.pk)
    return current


@transaction.atomic
def take_dialog(*, dialog: Dialog, by: Membership, now: dt.datetime) -> Done:
    """Take a dialog that nobody has: exactly one of several who try it gets it, the others DialogTaken.

    With an open inquiry that is leads.take_lead() with its refusals.
    """
    current = lock_dialog(dialog=dialog)
    if (lead := current.open_lead) is not None:
        action = leads.take_lead(lead=lead, by=by, now=now)
        progress.tell(current.pk)
        return Done(current, action)
    check_right(current, by)
    if current.holder is not None and current.holder != by:
        raise DialogTaken(who=current.holder.name)
    return _give(current, by, by=by, now=now)


@transaction.atomic
def assign_dialog(*, dialog: Dialog, member: Membership, by: Membership, now: dt.datetime) -> Done:
    """Hand a dialog to a colleague, and tell them. Raises MemberDismissed and the refusals of leads."""
    if not member.is_active:
        raise MemberDismissed
    current = lock_dialog(dialog=dialog, by=by)
    if (lead := current.open_lead) is not None:
        action = leads.assign_lead(lead=lead, member=member, by=by, now=now)
        progress.tell(current.pk)
        return Done(current, action)
    return _give(current, member, by=by, now=now)


@transaction.atomic
def close_dialog(
    *,
    dialog: Dialog,
    outcome: DialogOutcome | None,
    by: Membership,
    now: dt.datetime,
    reason: RejectionReason | None = None,
    comment: str = "",
) -> Done:
    """Close a dialog; what becomes of its open inquiry is the outcome's effect.

    KEEP leaves it in the queue, where nobody waits any more; REJECT rejects it for the reason given, else for
    the outcome's; ACCEPT wants it accepted before (NotAcceptedYet). Only a tenant without outcomes closes with
    none. Raises WrongOutcome, DialogClosed and the refusals of leads: then nothing is closed.
    """
    current = lock_dialog(dialog=dialog, by=by)
    if current.closed_at is not None:
        raise DialogClosed(who=name_of(current.closed_by))
    if outcome is None and DialogOutcome.objects.offered().exists():
        raise WrongOutcome
    if outcome is not None and outcome.is_archived:
        raise WrongOutcome
    chosen = reason or (outcome.reason if outcome is not None else None)
    action = _settle_lead(current, outcome, by=by, now=now, reason=chosen, comment=comment)
    before = dict.fromkeys(_CLOSING) | {"unread_count": current.unread_count}
    current.closed_at, current.closed_by, current.outcome = now, by, outcome
    current.waiting_since, current.unread_count = None, 0
    _decided(current, "closed_at", "closed_by", "outcome", "waiting_since", "unread_count")
    _record(current, "dialog_closed", by=by, now=now, outcome=outcome.name if outcome else "")
    if current.channel.kind == talks.KIND:  # the visitor of the site is asked how it was
        with contextlib.suppress(talks.NoTalk):
            talks.end_talk(dialog=current, ended_by=Talk.EndedBy.OPERATOR, by=by, now=now)
    return Done(current, action, before)


@transaction.atomic
def reopen_dialog(*, dialog: Dialog, by: Membership, now: dt.datetime) -> Dialog:
    """Open a closed dialog again; a rejected inquiry is returned to the queue by itself, not from here."""
    current = lock_dialog(dialog=dialog, by=by)
    if current.closed_at is None:
        return current
    _open(current)
    _record(current, "dialog_reopened", by=by, now=now)
    return current


@transaction.atomic
def undo_decision(
    *,
    dialog: Dialog,
    version: int,
    before: dict[str, Any],
    action: LeadAction | None,
    by: Membership,
    now: dt.datetime,
) -> Dialog:
    """Take a decision of one's own back; raise CannotUndo once something else was decided, and for a second undo.

    No right is asked for: handing a dialog over may have taken it out of one's own reach. The caller knows
    that it was `by` who decided.
    """
    current = lock_dialog(dialog=dialog)
    if current.version != version:
        raise CannotUndo
    if action is not None:
        leads.undo_action(action=action, by=by, now=now)
        current = lock_dialog(dialog=dialog)
    if "assignee_id" in before:
        current.assignee_id = before["assignee_id"]
        _decided(current, "assignee")
    elif "closed_at" in before:
        _open(current, unread_count=before["unread_count"])
        if action is None and current.open_lead is not None:
            leads.recount_answers(lead=current.open_lead, now=now)
    else:
        progress.tell(current.pk)
    if before:
        _record(current, "dialog_undo", by=by, now=now)
    return current


def lock_dialog(*, dialog: Dialog, by: Membership | None = None) -> Dialog:
    """Lock the dialog and read it as it stands; raise NotAllowed where `by` may not change it."""
    if not Dialog.objects.select_for_update(no_key=True).filter(pk=dialog.pk).values_list("pk", flat=True):
        raise NotAllowed
    current: Dialog = Dialog.objects.select_related(*RELATED).get(pk=dialog.pk)
    if by is not None:
        check_right(current, by)
    return current


def check_right(dialog: Dialog, by: Membership) -> None:
    """Raise NotAllowed unless the member may change the dialog."""
    if not Dialog.objects.visible_to(by, "edit").filter(pk=dialog.pk).exists():
        raise NotAllowed


# --- Parts -------------------------------------------------------------------------------------------
def _give(current: Dialog, member: Membership, *, by: Membership, now: dt.datetime) -> Done:
    """Make the member the assignee of a dialog without an open inquiry."""
    before, had = {"assignee_id": str(current.assignee_id or "") or None}, current.holder
    current.assignee = member
    _decided(current, "assignee")
    code = "dialog_taken" if member == by else "dialog_assigned"
    _record(current, code, by=by, now=now, **{"from": name_of(had), "to": member.name})
    if member != by:
        who = current.contact.name if current.contact is not None else current.recipient
        params = {"who": who, "by": by.name, "text": current.preview}
        url = reverse("channels:dialog", args=[current.pk])
        notify(members=[member], code="dialog_assigned", params=params, url=url, now=now)
    return Done(current, None, before)


def _settle_lead(
    current: Dialog,
    outcome: DialogOutcome | None,
    *,
    by: Membership,
    now: dt.datetime,
    reason: RejectionReason | None,
    comment: str,
) -> LeadAction | None:
    lead, effect = current.open_lead, outcome.effect if outcome is not None else DialogOutcome.Effect.KEEP
    if lead is None:
        return None
    if effect == DialogOutcome.Effect.REJECT:
        return leads.reject_lead(lead=lead, reason=reason, comment=comment, by=by, now=now)
    if effect == DialogOutcome.Effect.ACCEPT:
        raise NotAcceptedYet(lead_id=lead.pk)
    leads.stop_waiting(lead=lead)
    return None


def _open(current: Dialog, *, unread_count: int = 0) -> None:
    current.closed_at = current.closed_by = current.outcome = None
    current.unread_count = unread_count
    _decided(current, "closed_at", "closed_by", "outcome", "unread_count")
    progress.recount(current)


def _decided(current: Dialog, *fields: str) -> None:
    current.version += 1
    current.save(update_fields=[*fields, "version"])
    progress.tell(current.pk)


def _record(current: Dialog, code: str, *, by: Membership, now: dt.datetime, **data: Any) -> None:
    """Write the decision into the timelines of the client and what the dialog is about."""
    if current.contact is None and current.lead is None:
        return
    log_activity(
        kind=Activity.Kind.CHANGE,
        occurred_at=now,
        author=by,
        contact=current.contact,
        lead=current.lead,
        data={"code": code, "channel": current.channel.name} | data,
    )
