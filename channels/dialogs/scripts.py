"""The scripts beside a talk: which of them fit it, and what of them is done."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Sequence

from django.db.models import F, Q

from channels.dialogs.rows import deal_of
from channels.models import Dialog, Script, ScriptMark, ScriptStep
from tenants.models import Membership

MOST = 5  # scripts beside one talk


@dataclasses.dataclass(frozen=True, slots=True)
class Step:
    """One step, ready to print."""

    step: ScriptStep
    mark: ScriptMark | None
    has_place: bool  # for its answer


@dataclasses.dataclass(frozen=True, slots=True)
class Plan:
    """A script with its steps."""

    script: Script
    steps: Sequence[Step]
    done_count: int

    @property
    def is_unfolded(self) -> bool:
        """Followed already, or made for this very place; one for all talks waits folded."""
        return bool(self.done_count or self.script.channel_id or self.script.stage_id)


def plans_for(dialog: Dialog, member: Membership) -> list[Plan]:
    """List the scripts of the dialog's channel and deal's stage, the closest fitting first. Four queries at most."""
    deal = deal_of(dialog, member)
    fits_stage = Q(stage=None) | Q(stage=deal.stage_id) if deal is not None else Q(stage=None)
    rows = Script.objects.filter(Q(channel=None) | Q(channel=dialog.channel_id), fits_stage)
    order = (F("stage").asc(nulls_last=True), F("channel").asc(nulls_last=True), "name")
    scripts = list(rows.order_by(*order).prefetch_related("steps")[:MOST])
    if not scripts:
        return []
    marks = {mark.step_id: mark for mark in ScriptMark.objects.filter(dialog=dialog).select_related("by")}
    places = {"contact": dialog.contact_id is not None, "deal": deal is not None}
    return [_plan(script, marks, places) for script in scripts]


def _plan(script: Script, marks: dict[uuid.UUID, ScriptMark], places: dict[str, bool]) -> Plan:
    steps = [
        Step(step, marks.get(step.pk), places.get(step.target.partition(".")[0], True))
        for step in script.steps.all()
    ]
    return Plan(script, steps, sum(one.mark is not None for one in steps))
