"""Routing and escalation in the bell and in the history: codes and values are kept, words are the reader's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from activities import changes, notices
from leads.routing.words import reason_text, waited

Data = Mapping[str, Any]


def register() -> None:
    """Teach the bell and the timeline these codes."""
    notices.register("lead_escalated", "clock-exclamation", _escalated)
    notices.register("lead_passed_on", "arrow-right", _passed_on)
    notices.register("lead_late", "clock-exclamation", _late)
    changes.register("lead_routed", "route", _routed_line)
    changes.register("lead_escalate", "clock-exclamation", _escalated_line)
    changes.register("lead_late", "clock-exclamation", _late_line)


# --- The bell ------------------------------------------------------------------------------------------
def _who(params: Data) -> str:
    return str(params.get("lead") or f"#{params.get('number', '')}")


def _escalated(params: Data) -> tuple[str, str]:
    title = _("Inquiry for you: %(lead)s") % {"lead": _who(params)}
    late = _("nobody answered for %(time)s") % {"time": waited(params)}
    return f"{title} · {late}", str(params.get("text") or "")


def _passed_on(params: Data) -> tuple[str, str]:
    title = _("Passed on to %(to)s: %(lead)s") % {"to": params.get("by", ""), "lead": _who(params)}
    return title, _("It waited too long.")


def _late(params: Data) -> tuple[str, str]:
    title = _("Nobody has answered: %(lead)s") % {"lead": _who(params)}
    waits = _("for %(time)s") % {"time": waited(params)}
    return f"{title} · {waits}", str(params.get("text") or "")


# --- The history ---------------------------------------------------------------------------------------
def _inquiry(data: Data) -> str:
    return _("Inquiry No. %(number)s") % {"number": data.get("number", "")}


def _why(data: Data) -> str:
    return reason_text(str(data.get("reason", "")), data.get("params") or {})


def _routed_line(data: Data) -> SafeString:
    told = changes.say(_("%(lead)s → %(to)s"), lead=_inquiry(data), to=data.get("to", ""))
    return format_html("{}{}", told, changes.aside(_why(data)))


def _escalated_line(data: Data) -> SafeString:
    told = changes.say(
        _("%(lead)s: %(before)s → %(to)s"),
        lead=_inquiry(data),
        before=data.get("from") or "—",
        to=data.get("to", ""),
    )
    return format_html("{}{}", told, changes.aside(_why(data)))


def _late_line(data: Data) -> SafeString:
    waits = _("%(lead)s: nobody answered for %(time)s") % {"lead": _inquiry(data), "time": waited(data)}
    told = _("told %(names)s") % {"names": data["to"]} if data.get("to") else ""
    return format_html("{}{}", waits, changes.aside(told))
