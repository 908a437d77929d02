"""Robots that give colleagues something to do or to read: plan, notify, comment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activities import services as activities
from activities.models import Activity, ProcessTemplate
from automation.actions.base import Action, Done, Work
from automation.actions.people import Whom, check_whom, person_for, whom_fields, whom_words
from automation.actions.texts import check_fields, text_field
from automation.errors import Impossible, NothingToDo
from automation.models import Robot
from automation.waiting import moment_after
from tenants.access import Action as Right
from tenants.access import Section

_KINDS = (Activity.Kind.TASK, Activity.Kind.CALL, Activity.Kind.MEETING)


class Plan(Action):
    """A task, call or meeting for somebody, in so much working time."""

    code = Robot.Action.PLAN
    icon = "clock"
    hint = gettext_lazy("A task, a call or a meeting with its time")
    rights = ((Section.ACTIVITIES, Right.ADD),)
    columns = ("activity_kind", "subject", "text", "due", "due_unit", "whom", "member")

    def fields(self, robot: Robot | None) -> dict[str, forms.Field]:
        kinds = [(kind, Activity.Kind(kind).label) for kind in _KINDS]
        return {
            "activity_kind": forms.ChoiceField(label=gettext_lazy("Kind"), choices=kinds),
            "subject": forms.CharField(label=gettext_lazy("What is to be done"), max_length=300),
            "text": text_field(gettext_lazy("Details"), rows=3, required=False),
            "due": forms.IntegerField(label=gettext_lazy("Due in"), min_value=0, max_value=10_000, initial=1),
            "due_unit": forms.ChoiceField(
                label=gettext_lazy("Unit"), choices=Robot.Unit.choices, initial="h"
            ),
            **whom_fields(robot, [Whom.OWNER, Whom.HEAD, Whom.MEMBER]),
        }

    def check(self, values: Mapping[str, Any]) -> None:
        check_whom(values)
        check_fields(values["subject"], values.get("text", ""))

    def words(self, robot: Robot) -> str:
        return f"{robot.subject} → {whom_words(robot)}"

    def perform(self, work: Work) -> Done:
        robot = work.robot
        owner = person_for(work)
        due_at = moment_after(
            work.now, robot.due or 0, robot.due_unit, is_working=robot.is_working_time, book=work.book
        )
        subject = work.filled(robot.subject)
        activities.plan_activity(
            kind=robot.activity_kind,
            subject=subject,
            text=work.filled(robot.text),
            due_at=due_at,
            owner=owner,
            by=work.maker if owner != work.maker else None,
            now=work.now,
            deal=work.deal,
        )
        return Done("planned", {"subject": subject, "to": owner.name, "due": due_at.isoformat()})


class StartProcess(Action):
    """A chain of the company's task templates, on the deal and its client."""

    code = Robot.Action.START
    icon = "list-check"
    hint = gettext_lazy("Tasks from a template: the next when the one before is done, or all at once")
    rights = ((Section.ACTIVITIES, Right.ADD),)
    columns = ("process_template",)

    def fields(self, robot: Robot | None) -> dict[str, forms.Field]:
        kept = robot.process_template_id if robot is not None else None
        rows: Any = ProcessTemplate.objects.usable() | ProcessTemplate.objects.filter(pk=kept).distinct()
        choice = forms.ModelChoiceField(
            rows.order_by("name"),
            label=gettext_lazy("Process"),
            empty_label=gettext_lazy("Choose"),
            help_text=gettext_lazy("Made in the settings, under task templates."),
        )
        return {"process_template": choice}

    def check(self, values: Mapping[str, Any]) -> None:
        if values.get("process_template") is None:
            raise NothingToDo(_("Choose a process."))

    def words(self, robot: Robot) -> str:
        return robot.process_template.name if robot.process_template else _("nothing: the template is gone")

    def perform(self, work: Work) -> Done:
        template = work.robot.process_template
        if template is None:
            raise Impossible("template_gone")
        deal = work.deal
        activities.start_process(
            template=template,
            by=work.maker,
            now=work.now,
            deal=deal,
            contact=deal.contact,
            company=deal.company,
        )
        return Done("started", {"process": template.name})


class Notify(Action):
    """A line in somebody's bell."""

    code = Robot.Action.NOTIFY
    icon = "bell"
    hint = gettext_lazy("A line in the bell that leads to the deal")
    rights = ((Section.DEALS, Right.VIEW),)
    columns = ("text", "whom", "member")

    def fields(self, robot: Robot | None) -> dict[str, forms.Field]:
        return {
            **whom_fields(robot, [Whom.OWNER, Whom.HEAD, Whom.MEMBER]),
            "text": text_field(gettext_lazy("Text"), rows=2),
        }

    def check(self, values: Mapping[str, Any]) -> None:
        check_whom(values)
        check_fields(values["text"])

    def words(self, robot: Robot) -> str:
        return f"{whom_words(robot)}: {robot.text}"

    def perform(self, work: Work) -> Done:
        person, text = person_for(work), work.filled(work.robot.text)
        activities.notify(
            members=[person],
            code="robot_says",
            params={"deal": work.deal.title, "number": work.deal.number, "text": text[:300]},
            url=reverse("deals:detail", args=[work.deal.pk]),
            now=work.now,
        )
        return Done("notified", {"to": person.name})


class Comment(Action):
    """A note in the deal's timeline; the client doesn't see it."""

    code = Robot.Action.COMMENT
    icon = "note"
    hint = gettext_lazy("A note in the timeline that the client does not see")
    rights = ((Section.ACTIVITIES, Right.ADD),)
    columns = ("text",)

    def fields(self, robot: Robot | None) -> dict[str, forms.Field]:
        return {"text": text_field(gettext_lazy("Text"), rows=4)}

    def check(self, values: Mapping[str, Any]) -> None:
        if not values["text"].strip():
            raise NothingToDo
        check_fields(values["text"])

    def words(self, robot: Robot) -> str:
        return robot.text

    def perform(self, work: Work) -> Done:
        activities.add_note(text=work.filled(work.robot.text), by=work.maker, now=work.now, deal=work.deal)
        return Done("commented")
