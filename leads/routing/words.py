"""Why a lead came to whom, and what a rule does, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

# Why a lead is where it is as long as nobody has decided about that by hand
AUTOMATIC = frozenset(
    {
        "channel_person",
        "channel_person_substitute",
        "channel_role",
        "contact_owner",
        "contact_owner_substitute",
        "default_role",
        "rule_owner",
        "rule_person",
        "rule_substitute",
        "rule_role",
        "rule_turn",
        "rule_load",
        "step_member",
        "step_role",
        "answered",
    }
)


def reason_text(code: str, params: Mapping[str, Any] | None = None) -> str:
    """Say in the reader's language why the lead went there; a code nobody knows says nothing."""
    params = params or {}
    told = _by_rule(code, params) if code.startswith("rule_") else _plain(code, params)
    if params.get("late_min") or params.get("late_s"):
        late = _("nobody answered for %(time)s") % {"time": waited(params, "late_min", "late_s")}
        return f"{late}; {told}" if told else late
    return told


def short_wait(minutes: int, seconds: int) -> str:
    """Say how long a step waits where it is clear that working time is meant."""
    return _("%(n)s s") % {"n": minutes * 60 + seconds} if seconds else _("%(n)s min") % {"n": minutes}


def waited(params: Mapping[str, Any], minutes: str = "minutes", seconds: str = "seconds") -> str:
    """Say how long a step waits: in working minutes, or in seconds where it doesn't wait whole minutes."""
    whole, rest = int(params.get(minutes) or 0), int(params.get(seconds) or 0)
    if rest:
        return _("%(n)s s") % {"n": whole * 60 + rest}
    return _("%(n)s working min") % {"n": whole}


def _by_rule(code: str, params: Mapping[str, Any]) -> str:
    rule = _("rule “%(rule)s”") % {"rule": params.get("rule", "")}
    texts = {
        "rule_owner": _("looks after this client"),
        "rule_role": _("whoever of the role takes it first"),
        "rule_turn": _("whose turn it is"),
        "rule_load": _("fewest open inquiries: %(n)s") % {"n": params.get("load", 0)},
        "rule_substitute": _("stands in for %(name)s") % {"name": params.get("for", "")},
    }
    return f"{rule}: {texts[code]}" if code in texts else rule


def _plain(code: str, params: Mapping[str, Any]) -> str:
    absent = {"name": params.get("for", "")}
    texts = {
        "channel_person": _("by the channel's rule"),
        "channel_role": _("by the channel's rule"),
        "channel_person_substitute": _("by the channel's rule, stands in for %(name)s") % absent,
        "contact_owner": _("looks after this client"),
        "contact_owner_substitute": _("stands in for %(name)s, who looks after this client") % absent,
        "default_role": _("the channel names nobody"),
        "step_member": _("next in line"),
        "step_role": _("next in line"),
        "by_hand": _("handed over by hand"),
        "answered": _("answered the call"),
        "taken": _("took it"),
        "created": _("typed it in"),
        "converted": _("chosen on accepting"),
        "landed": _("went straight into the pipeline"),
    }
    return texts.get(code, "")
