"""Robots that change the deal: its responsible, a field, its stage. They go through the one gate."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from automation.actions.base import Action, Done, Work
from automation.actions.people import Whom, check_whom, person_for, whom_fields, whom_words
from automation.errors import Impossible, NothingToDo
from automation.models import Robot
from contacts.models import Source
from deals.errors import MissingFields
from deals.fields import label_of
from deals.forms.fields import make_field
from deals.models import RejectionReason, Stage
from deals.services import assign_deal, move_deal, update_deal
from tenants.access import Action as Right
from tenants.access import Section
from tenants.custom_fields.definitions import all_fields_of, filled_by_hand, is_custom, names
from tenants.custom_fields.errors import BadValue
from tenants.custom_fields.values import parse
from tenants.models import CustomField

FILLABLE = ("amount", "source", "city", "object_of_interest", "expected_on", "tags", "note")
MAX_DAYS = 3650


class Assign(Action):
    """Another responsible."""

    code = Robot.Action.ASSIGN
    icon = "user"
    hint = gettext_lazy("To a person, or to whoever of a role has the fewest deals")
    rights = ((Section.DEALS, Right.EDIT),)
    needs_edit = True
    columns = ("whom", "member", "role")

    def fields(self, robot: Robot | None) -> dict[str, forms.Field]:
        return whom_fields(robot, [Whom.MEMBER, Whom.ROLE, Whom.HEAD])

    def check(self, values: Mapping[str, Any]) -> None:
        check_whom(values)

    def words(self, robot: Robot) -> str:
        return whom_words(robot)

    def perform(self, work: Work) -> Done:
        person = person_for(work)
        if work.deal.owner == person:
            raise Impossible("same_owner", to=person.name)
        assign_deal(deal=work.deal, owner=person, by=work.maker, now=work.now)
        return Done("assigned", {"to": person.name})


class SetField(Action):
    """A value in a field: tags are added, a note is appended, a date counts from today."""

    code = Robot.Action.SET_FIELD
    icon = "pencil"
    hint = gettext_lazy("Amount, source, city, tags, expected date …")
    rights = ((Section.DEALS, Right.EDIT),)
    needs_edit = True
    columns = ("field", "value")

    def fields(self, robot: Robot | None) -> dict[str, forms.Field]:
        choices = [(name, capfirst(str(label_of(name)))) for name in FILLABLE]
        choices += [(field.key, field.name) for field in _custom_fields()]
        sources = ", ".join(Source.objects.filter(is_archived=False).values_list("name", flat=True)[:20])
        return {
            "field": forms.ChoiceField(label=gettext_lazy("Field"), choices=choices),
            "value": forms.CharField(
                label=gettext_lazy("Value"),
                max_length=2000,
                widget=forms.Textarea(attrs={"rows": 2}),
                help_text=_(
                    "Of the expected date: days from today. Tags are added, with commas between. A note is "
                    "appended. A source by its name: %(sources)s."
                )
                % {"sources": sources or "—"},
            ),
        }

    def check(self, values: Mapping[str, Any]) -> None:
        self._value(values["field"], values["value"], today=dt.date(2000, 1, 1))

    def words(self, robot: Robot) -> str:
        return _("%(field)s: %(value)s") % {
            "field": _name_of(robot.field),
            "value": _("in %(days)s d") % {"days": robot.value}
            if robot.field == "expected_on"
            else robot.value,
        }

    def perform(self, work: Work) -> Done:
        robot, deal = work.robot, work.deal
        value = self._value(
            robot.field, robot.value, today=work.now.astimezone(work.book.company.zone).date()
        )
        if robot.field == "tags":
            value = list(dict.fromkeys([*deal.tags, *value]))
        elif robot.field == "note":
            value = "\n".join(part for part in (deal.note, work.filled(value)) if part)
        elif isinstance(value, str):
            value = work.filled(value)
        present = (
            deal.custom_values.get(robot.field) if is_custom(robot.field) else getattr(deal, robot.field)
        )
        if present == value:
            raise Impossible("same_value")
        update_deal(deal=deal, by=work.maker, now=work.now, **{robot.field: value})
        return Done("filled", {"field": robot.field, "name": _name_of(robot.field)})

    def _value(self, name: str, text: str, *, today: dt.date) -> Any:
        """Read a value as the deal's own form would. Raises NothingToDo for what doesn't fit."""
        if is_custom(name):
            return self._custom_value(name, text)
        if name not in FILLABLE:
            raise NothingToDo(_("Choose a field."))
        if name == "source":
            return self._source(text)
        if name == "expected_on":
            if not text.strip().isdecimal() or int(text) > MAX_DAYS:
                raise NothingToDo(_("Give the days from today as a whole number."))
            return today + dt.timedelta(days=int(text))
        try:
            return make_field(name, is_required=True).clean(text)
        except ValidationError as error:
            raise NothingToDo(" ".join(error.messages)) from error

    def _custom_value(self, key: str, text: str) -> Any:
        field = next((one for one in _custom_fields() if one.key == key), None)
        if field is None:
            raise NothingToDo(_("Choose a field."))
        try:
            return parse(field, text, names())
        except BadValue as refusal:
            raise NothingToDo(str(refusal.message)) from refusal

    def _source(self, text: str) -> Source:
        found = Source.objects.filter(name__iexact=text.strip(), is_archived=False).first()
        if found is None:
            raise NothingToDo(_("There is no source of this name."))
        return found


def _custom_fields() -> list[CustomField]:
    """List the company's own fields of deals that a text can fill, and whoever is at it may."""
    return [one for one in filled_by_hand(CustomField.Entity.DEAL) if one.kind != CustomField.Kind.FILE]


def _name_of(name: str) -> str:
    """Name a field as people know it; one that was erased since by its key."""
    if not is_custom(name):
        return capfirst(str(label_of(name)))
    return next((one.name for one in all_fields_of(CustomField.Entity.DEAL) if one.key == name), name)


class Move(Action):
    """Another stage; what it demands must be filled, a loss needs its reason."""

    code = Robot.Action.MOVE
    icon = "arrow-right"
    hint = gettext_lazy("To another stage or pipeline; required fields stay required")
    rights = ((Section.DEALS, Right.EDIT),)
    needs_edit = True
    columns = ("to_stage", "reason")

    def fields(self, robot: Robot | None) -> dict[str, forms.Field]:
        stages = Stage.objects.filter(
            Q(pipeline__is_archived=False) | Q(pk=robot.to_stage_id if robot else None)
        )
        rows: Any = stages.select_related("pipeline").order_by("pipeline__position", "position")
        reasons: Any = RejectionReason.objects.filter(is_for_deals=True, is_archived=False)
        stage = _StageChoice(rows, label=gettext_lazy("Stage"), empty_label=gettext_lazy("Choose"))
        reason = forms.ModelChoiceField(
            reasons,
            label=gettext_lazy("Reason, where the deal is lost"),
            required=False,
            empty_label=gettext_lazy("Choose"),
        )
        return {"to_stage": stage, "reason": reason}

    def check(self, values: Mapping[str, Any]) -> None:
        if values["to_stage"] == values["stage"]:
            raise NothingToDo(_("The deal stands in this stage already: choose another one."))
        if values["to_stage"].kind == Stage.Kind.LOST and values.get("reason") is None:
            raise NothingToDo(_("Choose why the deal is lost."))

    def words(self, robot: Robot) -> str:
        stage = robot.to_stage
        if stage is None:
            return _("nowhere: the stage is gone")
        return stage.name if robot.stage.pipeline_id == stage.pipeline_id else f"{stage.pipeline} / {stage}"

    def perform(self, work: Work) -> Done:
        stage = work.robot.to_stage
        if stage is None:
            raise Impossible("stage_gone")
        if work.deal.stage_id == stage.pk:
            raise Impossible("same_stage")
        try:
            move_deal(deal=work.deal, stage=stage, by=work.maker, now=work.now, reason=work.robot.reason)
        except MissingFields as refusal:
            names = [str(label_of(name)) for name in refusal.fields]
            raise Impossible("lacks_fields", stage=stage.name, fields=", ".join(names)) from refusal
        return Done("moved", {"to": stage.name})


class _StageChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.pipeline} / {obj}"
