"""How a dialog stands after each message: whether the client waits, what was said last, where it belongs.

The dialog's row is locked by whoever notes: a client may write while a colleague answers. Locks are taken in
the order dialog, contact, lead, here as in the services that decide.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from activities.models import Activity, Call
from channels.models import Dialog, Message
from channels.models.dialogs import PREVIEW
from contacts.folding import fold
from core import live
from core.tenancy import current_tenant_id
from leads.models import Lead
from leads.services import Receipt
from leads.services.arrival import first_line

SEARCHED = 4000  # characters of the latest messages that search looks in
_SAID = ["preview", "last_direction", "search_text"]
_UNSENT = (Message.State.FAILED,)


def lock(dialog: Dialog) -> Dialog:
    """Lock the dialog's row and read it as it stands. NO KEY: messages that refer to it need not wait."""
    found: Dialog = Dialog.objects.select_for_update(of=("self",), no_key=True).get(pk=dialog.pk)
    return found


def note_received(
    dialog: Dialog, activity: Activity, receipt: Receipt, *, is_automatic: bool
) -> Sequence[str]:
    """Note what came in: a client's own word waits for an answer and opens a closed dialog again.

    What nobody answers (a mailing, an auto-reply, a sender on the exclusion list) begins no open dialog.
    The caller holds the dialog's lock since it was read, and saves the fields that are returned.
    """
    is_first = not dialog.last_direction
    changed = _say(dialog, activity)
    if is_automatic or receipt.is_held:
        if is_first:
            dialog.closed_at = activity.occurred_at
    else:
        dialog.unread_count += 1
        dialog.waiting_since = min(dialog.waiting_since or activity.occurred_at, activity.occurred_at)
        dialog.closed_at = dialog.closed_by = dialog.outcome = None
    tell(dialog.pk)
    return [*changed, *_follow(dialog, receipt.lead), *_STANDING]


def note_sent(dialog: Dialog, activity: Activity, *, lead: Lead | None = None) -> None:
    """Note what our side wrote: what came before it is answered."""
    current = lock(dialog)
    changed = _say(current, activity)
    current.unread_count = 0
    if current.waiting_since is not None and current.waiting_since <= activity.occurred_at:
        current.waiting_since = None
    current.save(update_fields=[*changed, *_follow(current, lead), *_STANDING])
    tell(current.pk)


def waiting_at_talk(call: Call) -> QuerySet[Dialog]:
    """Find the dialogs that a talk by phone answers: those of its inquiry, and of its client where no inquiry is open.

    As with the inquiry's own clock, what another open inquiry asks is not answered by it.
    """
    about = call.activity
    if not _is_talk(call) or (about.lead_id is None and about.contact_id is None):
        return Dialog.objects.none()
    undecided = Q(lead__state__in=(Lead.State.NEW, Lead.State.IN_WORK), lead__deleted_at=None)
    of_client = Q(contact=about.contact_id) & ~undecided if about.contact_id else Q(pk=None)
    of_lead = Q(lead=about.lead_id) if about.lead_id else Q(pk=None)
    waiting: QuerySet[Dialog] = Dialog.objects.filter(
        of_lead | of_client, waiting_since__lte=call.answered_at or call.started_at
    )
    return waiting


@transaction.atomic
def note_talk(call: Call) -> None:
    """Note that the client was spoken to by phone: nobody waits for an answer to what was written before."""
    for dialog in waiting_at_talk(call).order_by("pk"):
        recount(dialog)
        tell(dialog.pk)


def recount(dialog: Dialog) -> None:
    """Find out anew since when the client waits: an answer did not arrive, a talk by phone, a decision taken back."""
    current = lock(dialog)
    if current.closed_at is not None:
        return
    said = Message.objects.filter(dialog=current)
    answers = said.filter(activity__direction=Activity.Direction.OUT).exclude(state__in=_UNSENT)
    written = (
        answers.order_by("-activity__occurred_at").values_list("activity__occurred_at", flat=True).first()
    )
    last = max((at for at in (written, _last_talk(current)) if at is not None), default=None)
    asked = said.filter(activity__direction=Activity.Direction.IN, is_automatic=False)
    if last is not None:
        asked = asked.filter(activity__occurred_at__gt=last)
    since = asked.order_by("activity__occurred_at").values_list("activity__occurred_at", flat=True).first()
    current.waiting_since = since
    current.save(update_fields=["waiting_since"])


def tell(dialog_id: uuid.UUID) -> None:
    """Tell open pages after commit which dialog has something new."""
    live.publish(tenant_id=current_tenant_id(), topic="dialog.changed", payload={"id": str(dialog_id)})


# --- Parts -------------------------------------------------------------------------------------------
_STANDING = ("unread_count", "waiting_since", "closed_at", "closed_by", "outcome")


def _is_talk(call: Call) -> bool:
    return call.result == Call.Result.ANSWERED or (not call.result and call.answered_at is not None)


def _last_talk(dialog: Dialog) -> dt.datetime | None:
    """Say when the client was last spoken to by phone about what the dialog is about."""
    about = {"lead": dialog.lead_id} if dialog.open_lead is not None else {"contact": dialog.contact_id}
    if not any(about.values()):
        return None
    talks = Call.objects.filter(
        Q(result=Call.Result.ANSWERED) | Q(result="", answered_at__isnull=False),
        **{f"activity__{name}": value for name, value in about.items()},
    )
    at: dt.datetime | None = (
        talks.annotate(at=Coalesce("answered_at", "started_at"))
        .exclude(at=None)
        .order_by("-at")
        .values_list("at", flat=True)
        .first()
    )
    return at


def _say(dialog: Dialog, activity: Activity) -> list[str]:
    """Keep the line that stands for the dialog, and the words it is found by; give the changed fields."""
    words = fold(f"{activity.subject} {activity.text}")
    dialog.search_text = f"{dialog.search_text} {words}".strip()[-SEARCHED:]
    if activity.occurred_at < dialog.last_message_at and dialog.last_direction:
        return ["search_text"]
    line = first_line(activity.text, activity.subject)
    dialog.preview = (line or _file_name(activity))[:PREVIEW]
    dialog.last_direction = activity.direction
    return _SAID


def _file_name(activity: Activity) -> str:
    return activity.attachments.values_list("name", flat=True).first() or ""


def _follow(dialog: Dialog, lead: Lead | None) -> list[str]:
    """Belong to the newest inquiry; who had the dialog before has no more to do with a new one."""
    if lead is None or dialog.lead_id == lead.pk:
        return []
    dialog.lead, dialog.assignee = lead, None
    return ["lead", "assignee"]
