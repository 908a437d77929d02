"""What robots do and did, in the reader's language."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from automation.conditions import all_conditions
from automation.models import Robot
from contacts.models import Source
from core import formats
from core.conditions import Names, Value
from tenants.models import Membership

Trigger, Unit = Robot.Trigger, Robot.Unit


def when_words(robot: Robot) -> str:
    """Say when it acts: at once, in 2 h, after 3 working days without news."""
    if robot.trigger == Trigger.IDLE:
        return _("after %(time)s without news") % {"time": wait_words(robot)}
    said = str(Trigger(robot.trigger).label)
    if not robot.wait:
        return said
    return _("%(when)s, after %(time)s") % {"when": said, "time": wait_words(robot)}


def wait_words(robot: Robot) -> str:
    """Say how long it waits."""
    count = robot.wait
    match robot.wait_unit:
        case Unit.DAYS if robot.is_working_time:
            return ngettext("%(n)s working day", "%(n)s working days", count) % {"n": count}
        case Unit.DAYS:
            return ngettext("%(n)s day", "%(n)s days", count) % {"n": count}
        case Unit.HOURS if robot.is_working_time:
            return ngettext("%(n)s working hour", "%(n)s working hours", count) % {"n": count}
        case Unit.HOURS:
            return ngettext("%(n)s hour", "%(n)s hours", count) % {"n": count}
    return _("%(n)s working min") % {"n": count} if robot.is_working_time else _("%(n)s min") % {"n": count}


def names() -> Names:
    """Read the names of what conditions refer to; two queries."""
    found: dict[uuid.UUID, str] = dict(Source.objects.values_list("pk", "name"))
    return found | dict(Membership.objects.values_list("pk", "name"))


def asks_words(asked: Mapping[str, Sequence[Value]], known: Names) -> list[tuple[str, str]]:
    """Say what it asks of the deal: condition and values; of a field the reader does not see only that it does."""
    conditions = all_conditions()
    said = [(str(c.label), c.words(asked[c.code], known)) for c in conditions.values() if c.code in asked]
    unseen = [(_("Field"), _("one that your role does not see")) for kind in asked if kind not in conditions]
    return [*said, *unseen]


def outcome_words(code: str, params: Mapping[str, Any]) -> str:
    """Say how a run ended, or why it did nothing; a code nobody knows says nothing."""
    makers = {**_done_words(), **_passed_words(), **_failed_words()}
    pattern = makers.get(code, "")
    return pattern % _Told(_values(code, params)) if pattern else str(params.get("text") or "")


class _Told(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return ""


def _values(code: str, params: Mapping[str, Any]) -> dict[str, Any]:
    told = dict(params)
    if code == "unmet" and (condition := all_conditions().get(str(params.get("condition")))):
        told["condition"] = str(condition.label)
    if code == "filled":
        told["field"] = str(params.get("name") or "")
    if code == "planned" and params.get("due"):
        told["due"] = formats.exact(dt.datetime.fromisoformat(str(params["due"])))
    if code == "written":
        told["to"] = formats.phone(str(params.get("to") or ""))
    return told


def _done_words() -> dict[str, str]:
    return {
        "planned": _("%(subject)s for %(to)s, until %(due)s"),
        "started": _("started the process “%(process)s”"),
        "written": _("written by %(channel)s to %(to)s"),
        "notified": _("told %(to)s"),
        "commented": _("left a comment"),
        "assigned": _("given to %(to)s"),
        "filled": _("filled in: %(field)s"),
        "moved": _("moved to “%(to)s”"),
        "called": _("called, the answer was fine"),
        "would_call": _("would post: %(text)s"),
    }


def _passed_words() -> dict[str, str]:
    return {
        "left_stage": _("the deal has left the stage"),
        "deal_gone": _("the deal is gone"),
        "robot_gone": _("the robot is gone"),
        "switched_off": _("the robot was switched off"),
        "stopped": _("the robot was stopped"),
        "called_off": _("called off by %(by)s"),
        "unmet": _("a condition is not met: %(condition)s"),
    }


def _failed_words() -> dict[str, str]:
    return {
        "maker_gone": _("its maker does not work here any more: save the robot anew"),
        "beyond_rights": _("its maker %(maker)s has no right to do this with this deal"),
        "nobody": _("there is nobody to give it to: %(whom)s"),
        "same_owner": _("%(to)s has the deal already"),
        "same_value": _("the field has this value already"),
        "same_stage": _("the deal stands there already"),
        "template_gone": _("the template of the process is gone"),
        "stage_gone": _("the stage it should go to is gone"),
        "lacks_fields": _("“%(stage)s” needs: %(fields)s"),
        "no_way": _("there is no way to write to this client by the chosen channel"),
        "no_sender": _("the channel that sends texts is switched off or gone"),
        "no_mobile": _("the client has no mobile phone"),
        "refused": "%(text)s",
        "call_failed": _("the call failed: %(text)s"),
        "broken": _("it broke again and again; the operator's log has the reason"),
        **{f"stopped_{why}": text for why, text in stop_words().items()},
    }


def stop_words() -> dict[str, str]:
    """Say why a robot was stopped."""
    return {
        "loop": pgettext("robot", "stopped: robots set one another off without end"),
        "again": pgettext("robot", "stopped: it came back to the same deal too often"),
        "storm": pgettext("robot", "stopped: other robots set it off too often"),
    }
