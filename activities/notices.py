"""Notifications as lines of the bell: code and values are kept, the words are made for each reader.

An app adds its own texts from AppConfig.ready(): register("export_ready", "download", lambda params: …).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from activities.models import Activity, Notification
from core import formats

Params = Mapping[str, Any]


@dataclasses.dataclass(frozen=True, slots=True)
class Notice:
    """One line of the bell, ready to print."""

    id: str
    icon: str
    title: str
    text: str
    url: str
    created_at: dt.datetime
    is_unread: bool

    @property
    def spoken(self) -> str:
        """The whole line in one: for a toast."""
        return f"{self.title}: {self.text}" if self.text else self.title


Words = Callable[[Params], tuple[str, str]]  # title and the quieter text after it
_known: dict[str, tuple[str, Words]] = {}


def register(code: str, icon: str, words: Words) -> None:
    """Teach the bell the words of a code."""
    _known[code] = (icon, words)


def describe(row: Notification) -> Notice:
    """Say a notification in the reader's language."""
    icon, words = _known.get(row.code, ("bell", _unknown))
    title, text = words(row.params)
    return Notice(str(row.pk), icon, title, text, row.url, row.created_at, row.read_at is None)


def _unknown(params: Params) -> tuple[str, str]:
    return str(params.get("title") or _("News")), str(params.get("text") or "")


def _by(title: str, params: Params) -> str:
    return f"{title} · {params['by']}" if params.get("by") else title


def _lead(title: str) -> Words:
    def words(params: Params) -> tuple[str, str]:
        who = formats.phone(str(params.get("lead") or "")) or f"#{params.get('number', '')}"
        return _by(f"{_(title)}: {who}", params), str(params.get("text") or "")

    return words


def _activity_due(params: Params) -> tuple[str, str]:
    kinds = dict(Activity.Kind.choices)
    what = params.get("subject") or kinds.get(str(params.get("kind")), "")
    return _("Time for: %(what)s") % {"what": what}, _due(params)


def _activity_assigned(params: Params) -> tuple[str, str]:
    kinds = dict(Activity.Kind.choices)
    kind = str(kinds.get(str(params.get("kind")), _("Task")))
    title = _("New for you: %(what)s") % {"what": params.get("subject") or kind}
    return _by(title, params), _due(params)


def _activities_assigned(params: Params) -> tuple[str, str]:
    count = int(params.get("count", 0))
    title = ngettext("%(count)s activity for you", "%(count)s activities for you", count) % {"count": count}
    return title, _("from %(name)s") % {"name": params.get("by", "")}


def _due(params: Params) -> str:
    parts = [_stamp(params["due_at"]) if params.get("due_at") else "", str(params.get("about") or "")]
    return ", ".join(part for part in parts if part)


def _stamp(raw: object) -> str:
    """Write a kept moment as short as a list needs it: 12:39 today, else 27 Nov, 12:39."""
    try:
        return formats.stamp(dt.datetime.fromisoformat(str(raw)))
    except ValueError:
        return str(raw)


def _deal_assigned(params: Params) -> tuple[str, str]:
    return _by(_("New deal for you: %(deal)s") % {"deal": params.get("deal", "")}, params), ""


def _mentioned(params: Params) -> tuple[str, str]:
    return _("%(name)s mentioned you") % {"name": params.get("by", "")}, str(params.get("text") or "")


def _what_of(params: Params) -> str:
    kinds = dict(Activity.Kind.choices)
    return str(params.get("subject") or kinds.get(str(params.get("kind")), ""))


def _activity_invited(params: Params) -> tuple[str, str]:
    return _by(_("You take part: %(what)s") % {"what": _what_of(params)}, params), _due(params)


def _activity_taken(params: Params) -> tuple[str, str]:
    title = _("%(name)s has taken over: %(what)s")
    return title % {"name": params.get("by", ""), "what": _what_of(params)}, ""


def _followed(params: Params) -> tuple[str, str]:
    count = int(params.get("count", 0))
    title = ngettext("%(count)s new entry: %(card)s", "%(count)s new entries: %(card)s", count)
    return title % {"count": count, "card": params.get("card", "")}, str(params.get("text") or "")


def _call_missed(params: Params) -> tuple[str, str]:
    who = params.get("lead") or formats.phone(str(params.get("phone") or ""))
    return _("Missed call: %(who)s") % {"who": who}, str(params.get("text") or "")


register("activity_due", "clock", _activity_due)
register("activity_assigned", "checkbox", _activity_assigned)
register("activities_assigned", "checkbox", _activities_assigned)
register("mentioned", "at", _mentioned)
register("activity_invited", "users", _activity_invited)
register("activity_taken", "hand-grab", _activity_taken)
register("followed", "eye", _followed)
register("deal_assigned", "layout-kanban", _deal_assigned)
register("call_missed", "phone-x", _call_missed)
register("lead_new", "inbox", _lead(gettext_noop("New inquiry")))
register("lead_reply", "message-reply", _lead(gettext_noop("New answer")))
register("lead_assigned", "inbox", _lead(gettext_noop("Inquiry for you")))
register("lead_awake", "clock", _lead(gettext_noop("Back in the queue")))
