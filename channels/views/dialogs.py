"""The dialogs' workspace: the list, one dialog's thread and client, and the parts pages ask for again."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET

from activities.access import may_write
from channels.dialogs.markup import row_html
from channels.dialogs.panel import read_panel
from channels.dialogs.reading import (
    CLOSED_CAP,
    counts,
    dialogs_of,
    kind_counts,
    read_page,
    talking_channels,
    with_cards,
)
from channels.dialogs.rows import holder_text, make_rows, title_of, wait_for
from channels.dialogs.scripts import plans_for
from channels.dialogs.state import KINDS, SORTS, TABS, DialogState
from channels.dialogs.thread import read_thread
from channels.models import Channel, Dialog, DialogOutcome
from channels.services import route_of, signature_of
from channels.typing import typists_at
from channels.views.dialog_common import dialog_or_404, filled_reply
from core import formats
from leads import presence
from tenants.access import Action, Section, may, require
from tenants.hours import book_of
from tenants.requests import MemberRequest


@require_GET
@require(Section.LEADS)
def dialogs(request: MemberRequest) -> HttpResponse:
    """Show the list; ?part=rows gives the next portion, ?part=list what changes with time."""
    state = DialogState.read(request.GET)
    part = request.GET.get("part", "")
    if part == "rows":
        return render(request, "dialogs/list.html#rows", _rows(request, state))
    context = _list(request, state)
    if part == "list":
        return render(request, "dialogs/list.html", context)
    return render(request, "dialogs/workspace.html", context | {"step": "list"})


@require_GET
@require(Section.LEADS)
def dialog(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Show one dialog; ?part= gives its talk, the thread, a page of earlier messages, or the client's pane."""
    state = DialogState.read(request.GET)
    found = dialog_or_404(request, pk)
    match request.GET.get("part", ""):
        case "talk":
            return render(request, "dialogs/talk.html", _talk(request, found, state))
        case "thread":
            return render(request, "dialogs/thread.html", _thread(request, found))
        case "older":
            context = _thread(request, found, before=request.GET.get("before", ""))
            return render(request, "dialogs/thread.html#lines", context)
        case "head":
            return render(request, "dialogs/head.html", _head(request, found, state))
        case "panel":
            return render(request, "dialogs/panel.html", _panel(request, found, state))
    step = "panel" if request.GET.get("pane") == "client" else "talk"
    context = _list(request, state) | _talk(request, found, state) | {"step": step}
    return render(request, "dialogs/workspace.html", context)


@require_GET
@require(Section.LEADS)
def row(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Give one row as it stands now, or an empty answer where it has left the tab."""
    state = DialogState.read(request.GET)
    rows = list(with_cards(dialogs_of(state, request.member).filter(pk=pk)))
    made = make_rows(rows, request.member, now=timezone.now())
    return HttpResponse("".join(row_html(one, state.query) for one in made))


# --- Parts -------------------------------------------------------------------------------------------
def _rows(request: MemberRequest, state: DialogState) -> dict[str, Any]:
    page = read_page(state, request.member, after=request.GET.get("after", ""))
    rows = make_rows(page.dialogs, request.member, now=timezone.now())
    return {
        "state": state,
        "rows": [row_html(row, state.query) for row in rows],
        "more_url": state.address(reverse("channels:dialogs"), after=page.after) if page.after else "",
    }


def _list(request: MemberRequest, state: DialogState) -> dict[str, Any]:
    found = counts(state, request.member)
    channels = talking_channels()
    return _rows(request, state) | {
        "tabs": [
            {
                "label": label,
                "url": state.having(tab=tab).url,
                "count": found[tab],
                "count_text": f"{CLOSED_CAP}+" if tab == "closed" and found[tab] > CLOSED_CAP else "",
                "is_on": tab == state.tab,
            }
            for tab, label in TABS.items()
        ],
        "kinds": _kinds(request, state),
        "all_kinds_url": state.having(kind="", channel="").url,
        "channels": [c for c in channels if not state.kind or c.channel_kind == state.kind],
        "sorts": [
            {"label": label, "url": state.having(sort=sort).url, "is_on": sort == state.sort}
            for sort, label in SORTS.items()
        ],
        "sort_label": SORTS[state.sort],
        "empty": _empty(state, channels),
        "clear_url": state.having(kind="", channel="", search="").url,
        "list_url": state.address(reverse("channels:dialogs"), part="list"),
        "any_id": uuid.UUID(int=0),
        "may_connect": may(request.member, Section.CHANNELS, Action.ADD),
        "texts": _texts(),
    }


def _kinds(request: MemberRequest, state: DialogState) -> list[dict[str, Any]]:
    found = kind_counts(request.member)
    return [
        {
            "label": label,
            "icon": icon,
            "url": state.having(kind=kind, channel="").url,
            "count": found[kind],
            "is_on": kind == state.kind,
        }
        for kind, (label, icon) in KINDS.items()
    ]


def _empty(state: DialogState, channels: list[Channel]) -> str:
    if state.is_narrowed:
        return "filter"
    return "none" if channels else "setup"


def _talk(request: MemberRequest, dialog: Dialog, state: DialogState) -> dict[str, Any]:
    context = _head(request, dialog, state) | _thread(request, dialog) | _panel(request, dialog, state)
    return context | _composer(request, dialog)


def _head(request: MemberRequest, dialog: Dialog, state: DialogState) -> dict[str, Any]:
    now, may_edit = timezone.now(), _may_edit(request, dialog)
    wait = (
        wait_for(dialog, book_of(request.member.tenant, now=now), now=now) if not dialog.closed_at else None
    )
    accepted = request.GET.get("accepted", "")
    outcomes = list(DialogOutcome.objects.offered()) if may_edit and not dialog.closed_at else []
    return {
        "dialog": dialog,
        "state": state,
        "title": title_of(dialog),
        "holder": holder_text(dialog),
        "is_mine": dialog.holder == request.member,
        "may_edit": may_edit,
        "may_take": may_edit and not dialog.closed_at and dialog.holder is None,
        "wait": wait,
        "wait_text": formats.minutes(wait.minutes) if wait else "",
        "outcomes": outcomes,
        "accepted": next((one for one in outcomes if str(one.pk) == accepted), None),
        "lookers": presence.lookers_at([dialog.pk], but=request.member).get(dialog.pk, []),
        "typists": typists_at(dialog.pk, but=request.member),
        "talk_url": state.address(reverse("channels:dialog", args=[dialog.pk])),
        "client_url": state.address(reverse("channels:dialog", args=[dialog.pk]), pane="client"),
    }


def _thread(request: MemberRequest, dialog: Dialog, *, before: str = "") -> dict[str, Any]:
    thread = read_thread(dialog, request.member, now=timezone.now(), before=before)
    return {"dialog": dialog, "thread": thread}


def _panel(request: MemberRequest, dialog: Dialog, state: DialogState) -> dict[str, Any]:
    panel = read_panel(dialog, request.member, now=timezone.now())
    return {
        "dialog": dialog,
        "state": state,
        "panel": panel,
        "plans": plans_for(dialog, request.member),
        "may_edit": _may_edit(request, dialog),
    }


def _composer(request: MemberRequest, dialog: Dialog) -> dict[str, Any]:
    route = route_of(dialog)
    reply = filled_reply(request, dialog)
    return {
        "route": route,
        "signature": signature_of(route.channel, request.member) if route else "",
        "may_connect": may(request.member, Section.CHANNELS, Action.ADD),
        "may_comment": may_write(request.member) and bool(dialog.contact_id or dialog.lead_id),
        "subject": (reply.subject if reply else "") or (route.subject if route else ""),
        "reply_text": reply.text if reply else "",
        "reply_missing": ", ".join(reply.missing) if reply else "",
    }


def _may_edit(request: MemberRequest, dialog: Dialog) -> bool:
    if not may(request.member, Section.LEADS, Action.EDIT):
        return False
    return bool(Dialog.objects.visible_to(request.member, Action.EDIT).filter(pk=dialog.pk).exists())


def _texts() -> dict[str, str]:
    """What dialogs.js says; {name} marks a value."""
    return {
        "new_one": _("{n} new dialog"),
        "new_few": _("{n} new dialogs"),
        "new_many": pgettext("many", "{n} new dialogs"),
        "looking": _("{name} is looking"),
        "typing": _("{name} is typing…"),
        "client_typing": _("The client is typing…"),
        "missing": _("Nothing is known for: {names}"),
        "no_canned": _("No such reply"),
        "canned_settings": _("Edit canned replies"),
    }
