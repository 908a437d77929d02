"""Conversation scripts: written in the settings, followed beside a talk; answers go to fields by their own services."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from activities.services import add_note
from channels.dialogs import progress
from channels.dialogs.rows import deal_of
from channels.models import Channel, Dialog, Script, ScriptMark, ScriptStep
from channels.services.dialogs import lock_dialog
from contacts.models import Contact
from contacts.services import update_contact
from core.errors import Refusal
from deals.models import Deal, Stage
from deals.services import update_deal
from leads.errors import NotAllowed
from tenants.models import Membership

Target = ScriptStep.Target
MAX_AMOUNT = Decimal(10) ** 12


class NoPlaceForAnswer(Refusal):
    """The answer belongs to a deal or a client, and there is none yet."""

    code = "no_place_for_answer"

    def default_message(self) -> str | Promise:
        return _("There is no deal or client yet that this answer could be written to.")


class WrongAnswer(Refusal):
    """An amount is a number."""

    code = "wrong_answer"

    def default_message(self) -> str | Promise:
        return _("Write a number.")


@dataclasses.dataclass(frozen=True, slots=True)
class StepValues:
    """A step as the editor says it; `pk` of one that is there already."""

    text: str
    question: str = ""
    target: str = ""
    pk: uuid.UUID | None = None


# --- The settings ------------------------------------------------------------------------------------
@transaction.atomic
def save_script(
    *,
    by: Membership,
    name: str,
    steps: Sequence[StepValues],
    channel: Channel | None = None,
    stage: Stage | None = None,
    script: Script | None = None,
) -> Script:
    """Write a new script, or change one; steps that are kept keep their marks, in the order given."""
    saved = script or Script()
    saved.name, saved.channel, saved.stage = name, channel, stage
    saved.save()
    present = {step.pk: step for step in saved.steps.all()}
    for position, values in enumerate(steps):
        row = present.pop(values.pk, None) if values.pk is not None else None
        row = row or ScriptStep(script=saved)
        row.position, row.text = position, values.text
        row.question, row.target = values.question, values.target if values.question else ""
        row.save()
    for gone in present.values():
        gone.delete()
    return saved


@transaction.atomic
def delete_script(*, script: Script, by: Membership) -> None:
    """Delete a script; the answers it got stay where they were written."""
    script.delete()


# --- Beside the talk ---------------------------------------------------------------------------------
@transaction.atomic
def tick_step(*, dialog: Dialog, step: ScriptStep, is_done: bool, by: Membership, now: dt.datetime) -> None:
    """Tick a step off, or take the tick back; an answer that was given stays in its field."""
    current = lock_dialog(dialog=dialog, by=by)
    if is_done:
        ScriptMark.objects.get_or_create(dialog=current, step=step, defaults={"by": by, "at": now})
    else:
        ScriptMark.objects.filter(dialog=current, step=step).delete()
    progress.tell(current.pk)


@transaction.atomic
def answer_step(*, dialog: Dialog, step: ScriptStep, answer: str, by: Membership, now: dt.datetime) -> None:
    """Write the answer to where the step says, and tick the step off; the timeline tells of the change.

    Raises NoPlaceForAnswer, WrongAnswer, NotAllowed, and the refusals of update_deal().
    """
    current = lock_dialog(dialog=dialog, by=by)
    said = answer.strip()
    kind, _dot, field = step.target.partition(".")
    if kind == "contact":
        _tell_contact(current, field, said, by=by, now=now)
    elif kind == "deal":
        _tell_deal(current, field, said, by=by, now=now)
    elif said:
        about = {"lead": current.lead} if current.lead is not None else {"contact": current.contact}
        if not any(about.values()):
            raise NoPlaceForAnswer
        add_note(text=f"{step.question}\n{said}", by=by, now=now, **about)
    values = {"answer": said, "by": by, "at": now}
    ScriptMark.objects.update_or_create(dialog=current, step=step, defaults=values)
    progress.tell(current.pk)


def _tell_contact(dialog: Dialog, field: str, answer: str, *, by: Membership, now: dt.datetime) -> None:
    if dialog.contact_id is None:
        raise NoPlaceForAnswer
    contact = Contact.objects.visible_to(by, "edit").filter(pk=dialog.contact_id).first()
    if contact is None:
        raise NotAllowed
    limit = getattr(Contact._meta.get_field(field), "max_length", None)
    update_contact(contact=contact, by=by, now=now, **{field: answer[:limit]})


def _tell_deal(dialog: Dialog, field: str, answer: str, *, by: Membership, now: dt.datetime) -> None:
    deal = deal_of(dialog, by)
    if deal is None:
        raise NoPlaceForAnswer
    limit = getattr(Deal._meta.get_field(field), "max_length", None)
    value: Any = _amount(answer) if field == "amount" else answer[:limit]
    update_deal(deal=deal, by=by, now=now, **{field: value})


def _amount(text: str) -> Decimal:
    """Read a sum as people write it: '120 000', '1 500,50'."""
    try:
        amount = Decimal("".join(text.split()).replace(",", "."))
    except InvalidOperation:
        raise WrongAnswer from None
    if not amount.is_finite() or not 0 <= amount < MAX_AMOUNT:
        raise WrongAnswer
    return amount.quantize(Decimal("0.01"))
