"""What a visitor's page shows: the talk so far, and how things stand. Only ever of the visitor's own dialog."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from activities.models import Attachment
from channels.adapters.chat.scenario import Progress, read_scenario
from channels.adapters.text import clean_line
from channels.models import Channel, Dialog, Message, Talk
from channels.widget.staffing import staffing_of

PAGE = 100
OVERLAP_MS = 30_000  # of what was read before: a message made earlier may be committed later


def dialog_of(channel: Channel, visitor: str) -> Dialog | None:
    """Return the visitor's dialog; None while nothing has been written."""
    return (
        Dialog.objects.select_related("contact", "channel")
        .filter(channel=channel, external_id=visitor)
        .first()
    )


def talk_so_far(dialog: Dialog | None, *, after: str = "") -> list[dict[str, Any]]:
    """List the messages after one that is known, or the last ones."""
    if dialog is None:
        return []
    rows = Message.objects.filter(dialog=dialog, is_deleted=False)
    if (floor := _floor(after)) is not None:
        rows = rows.filter(pk__gt=floor)
    found = list(rows.select_related("activity__author").order_by("-pk")[:PAGE])
    files = _files(found)
    found.sort(key=lambda message: (message.activity.occurred_at, message.pk))
    return [_shown(message, files.get(message.activity_id, [])) for message in found]


def _floor(after: str) -> uuid.UUID | None:
    """Step back a little from a known message, whose id tells when it was made."""
    try:
        known = uuid.UUID(after)
    except ValueError:
        return None
    milliseconds = max((known.int >> 80) - OVERLAP_MS, 0)
    return uuid.UUID(int=milliseconds << 80)


def _files(messages: list[Message]) -> dict[uuid.UUID, list[Attachment]]:
    rows = Attachment.objects.filter(
        activity__in=[message.activity_id for message in messages], state=Attachment.State.STORED
    )
    found: dict[uuid.UUID, list[Attachment]] = {}
    for row in rows:
        found.setdefault(row.activity_id, []).append(row)
    return found


def _shown(message: Message, files: list[Attachment]) -> dict[str, Any]:
    activity = message.activity
    is_own = activity.direction == "in"
    name = activity.author.name if activity.author else activity.data.get("automatic", "")
    return {
        "id": str(message.pk),
        "key": message.external_id if is_own else "",
        "who": "visitor" if is_own else "operator" if activity.author else "bot",
        "name": "" if is_own else name,
        "text": activity.text,
        "at": activity.occurred_at.isoformat(),
        "files": [
            {"id": str(file.pk), "name": file.name, "size": file.size_bytes, "type": file.content_type}
            for file in files
        ],
    }


def file_of(dialog: Dialog | None, name: str) -> Attachment | None:
    """Return a file of this dialog by its id."""
    try:
        pk = uuid.UUID(name)
    except ValueError:
        return None
    if dialog is None:
        return None
    kept = Attachment.objects.filter(pk=pk, state=Attachment.State.STORED, activity__message__dialog=dialog)
    return kept.exclude(activity__message__is_deleted=True).first()


def standing(channel: Channel, dialog: Dialog | None, *, now: dt.datetime) -> dict[str, Any]:
    """Tell how things stand: who is there, whether the talk goes on, what the bot waits for, what was read."""
    talk = None
    if dialog is not None:
        talks = Talk.objects.filter(dialog=dialog).select_related("operator", "lead")
        talk = talks.order_by("-started_at").first()
    lead = talk.lead if talk else None
    return {
        "is_online": staffing_of(channel, now=now).is_there(now),
        "is_open": talk is not None and talk.ended_at is None,
        "asks_rating": _asks_rating(talk, channel),
        "operator": talk.operator.name if talk and talk.operator else "",
        "is_read": lead is not None and lead.unread_count == 0,
        "has_contact": bool(lead is not None and (lead.phone or lead.email)),
        "bot": question(talk, channel),
    }


def _asks_rating(talk: Talk | None, channel: Channel) -> bool:
    wants = channel.settings.get("asks_rating", True)
    return bool(wants) and talk is not None and talk.ended_at is not None and talk.rating is None


def question(talk: Talk | None, channel: Channel) -> dict[str, Any] | None:
    """Return what the bot waits for; before the first word that can only be a choice."""
    steps = read_scenario(str(channel.settings.get("scenario") or ""))
    if talk is not None and talk.ended_at is None:
        progress = Progress.read(talk.bot)
        asked, number = progress.waiting(steps), progress.step
    else:
        asked, number = (steps[0] if steps and steps[0].kind == "choice" else None), 0
    if asked is None:
        return None
    is_new = talk is None or talk.ended_at is not None
    prompt = clean_line(asked.prompt) if is_new else ""  # later it stands among the messages
    return {"step": number, "kind": asked.kind, "choices": list(asked.choices), "prompt": prompt}
