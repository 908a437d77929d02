"""One entry of a timeline, ready to print."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.utils.html import conditional_escape, format_html, urlize
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from activities import changes
from activities.addresses import address, page_of_card
from activities.invitations import Invitation, invitation_of
from activities.mentions import highlighted
from activities.models import Activity, Attachment, Call
from activities.when import DueText, due_text
from core import formats
from core.templatetags.ui import channel_icon

LONG_TEXT = 1600  # characters shown before the rest folds
Kind = Activity.Kind
IMAGES = ("image/png", "image/jpeg", "image/gif", "image/webp")


@dataclasses.dataclass(frozen=True, slots=True)
class Label:
    """A state beside an entry; tone is ok, warn, danger or nothing."""

    text: str
    tone: str = ""
    title: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class FileLink:
    """An attachment as the timeline shows it."""

    name: str
    url: str  # empty while it is being fetched or could not be
    size: str
    is_image: bool
    state: str
    error: str


@dataclasses.dataclass(frozen=True, slots=True)
class Link:
    """Another card the entry belongs to."""

    icon: str
    text: str
    url: str


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """Everything the template prints; texts are escaped where they are SafeString."""

    id: str
    kind: str
    icon: str
    at: dt.datetime
    who: str
    what: str
    subject: str
    change: SafeString | None
    text: SafeString
    rest: SafeString  # what folds under 'show all'
    quoted: str
    fields: Sequence[tuple[str, str]]
    result: str
    box: str  # in, out, note: ground of the text
    labels: Sequence[Label]
    files: Sequence[FileLink]
    links: Sequence[Link]
    recording_url: str
    seconds: int | None
    invitation: Invitation | None
    signature: str
    mail_url: str  # the letter as it was sent, for a frame
    error: str
    again_url: str  # to send a failed message once more
    is_planned: bool
    due: DueText | None
    owner: str
    moved_count: int
    details: str  # how long, where, how often, of which process
    may_edit: bool
    may_restore: bool

    @property
    def clock(self) -> str:
        """The time of day, in the reader's zone."""
        return formats.clock(self.at)

    @property
    def exact(self) -> str:
        """The whole moment, for the tooltip."""
        return formats.exact(self.at)

    @property
    def kind_label(self) -> str:
        """The kind in words: what a planned call without a subject is called."""
        return str(Kind(self.kind).label)


def entry_of(
    row: Activity, files: Sequence[Attachment], *, may_edit: bool, hide: str, now: dt.datetime
) -> Entry:
    """Make the entry of a row of activities.timeline; `hide` names the card whose timeline it is."""
    call, message = _details(row)
    text, rest = _text(row)
    is_failed = message is not None and message.state == "failed"
    return Entry(
        id=str(row.pk),
        kind=row.kind,
        icon=_icon(row, call, message),
        at=row.occurred_at,
        who=_who(row, call, message),
        what=_what(row, message),
        subject=row.subject,
        change=_change(row),
        text=text,
        rest=rest,
        quoted=message.quoted_text if message else "",
        fields=[(str(label), str(value)) for label, value in row.data.get("fields", [])]
        if _is_form(row)
        else [],
        result=row.result,
        box=_box(row),
        labels=_labels(row, call, message),
        files=[_file(file) for file in files if not _is_part(file)],
        links=_links(row, hide),
        recording_url=_recording(call),
        seconds=(call.talk_s or call.duration_s) if call else None,
        invitation=_invitation(row, message, now=now),
        signature=(message.headers or {}).get("signature", "") if message else "",
        mail_url=address("channels:letter", row.pk) if message and message.has_html else "",
        error=message.error if is_failed else "",
        again_url=address("channels:send_again", message.pk) if is_failed else "",
        is_planned=not row.is_done,
        due=due_text(row.due_at, now=now) if not row.is_done else None,
        owner=row.owner.name if row.owner else "",
        moved_count=row.data.get("moved_count", 0) if not row.is_done else 0,
        details=_details_of(row) if row.kind != Kind.CHANGE else "",
        may_edit=may_edit,
        may_restore=row.kind == Kind.CHANGE and "was" in row.data,
    )


def _details_of(row: Activity) -> str:
    """Say how long, where, how often and in which process something is planned."""
    parts = [
        formats.minutes(row.duration_min) if row.duration_min and not row.is_done else "",
        row.place,
        str(row.get_repeat_display()).lower() if row.repeat and not row.is_done else "",
        str(row.data.get("process", "")),
    ]
    return ", ".join(part for part in parts if part)


def _details(row: Activity) -> tuple[Call | None, Any]:
    """Give the call and the message of an entry; what is planned has neither."""
    if not row.is_done:
        return None, None
    return getattr(row, "call", None), getattr(row, "message", None)


def _invitation(row: Activity, message: Any, *, now: dt.datetime) -> Invitation | None:
    told = (message.headers or {}).get("meeting") if message is not None else None
    return invitation_of(row, told, now=now) if told else None


def _is_form(row: Activity) -> bool:
    return row.kind != Kind.CHANGE and isinstance(row.data.get("fields"), list)


def _icon(row: Activity, call: Call | None, message: Any) -> str:
    if row.kind == Kind.CHANGE:
        return changes.describe(row.data).icon
    if not row.is_done and row.kind == Kind.TASK:
        return "clock"
    if row.kind == Kind.CALL:
        is_missed = call is not None and call.direction == "in" and call.result not in ("", "answered")
        return channel_icon(
            "call_missed" if is_missed else f"call_{row.direction}" if row.direction else "call"
        )
    if row.kind in (Kind.MESSAGE, Kind.REQUEST):
        return channel_icon(
            str(row.data.get("channel_kind") or (message.channel.kind if message else "form"))
        )
    return channel_icon(row.kind)


def _who(row: Activity, call: Call | None, message: Any) -> str:
    """Say who did it: the client for what came in, a colleague for the rest."""
    if row.kind == Kind.CHANGE:
        return ""
    if row.direction != Activity.Direction.IN and row.data.get("robot"):
        return _robot(row)
    if row.direction != Activity.Direction.IN:
        return row.author.name if row.author else row.owner.name if row.owner and row.is_done else ""
    if row.contact and row.contact.name:
        return row.contact.name
    if call and call.phone:
        return formats.phone(call.phone)
    return str((message.headers or {}).get("from", "")) if message else ""


def _what(row: Activity, message: Any) -> str:
    if not row.is_done:
        return ""
    is_in, is_out = row.direction == Activity.Direction.IN, row.direction == Activity.Direction.OUT
    match row.kind:
        case Kind.CALL:
            words = _("incoming call") if is_in else _("outgoing call") if is_out else _("call")
        case Kind.EMAIL:
            words = _("mail")
        case Kind.MESSAGE:
            words = _("message")
        case Kind.REQUEST:
            words = _("request")
        case Kind.MEETING:
            words = _("meeting")
        case Kind.NOTE:
            return _("note, the client does not see it")
        case Kind.TASK:
            words = _("task done")
        case _:
            return ""
    if is_out and row.contact and row.contact.name:
        return f"{words} → {row.contact.name}"
    return f"{words}, {name}" if (name := _channel_name(row, message)) else words


def _channel_name(row: Activity, message: Any) -> str:
    return str(row.data.get("channel") or (message.channel.name if message else ""))


def _change(row: Activity) -> SafeString | None:
    if row.kind != Kind.CHANGE:
        return None
    line = changes.describe(row.data, row.subject).html
    who = _robot(row) if row.data.get("robot") else row.author.name if row.author else ""
    return format_html("{}{}", line, changes.aside(who))


def _robot(row: Activity) -> str:
    """Name the robot that did it; with whose rights stands in its log."""
    return _("robot “%(name)s”") % {"name": row.data["robot"]}


def _text(row: Activity) -> tuple[SafeString, SafeString]:
    """Escape a text, link its addresses, mark its mentions; a long one comes in two pieces."""
    if row.kind == Kind.CHANGE:
        return mark_safe(""), mark_safe("")
    text = row.text.strip()
    cut = len(text)
    if cut > LONG_TEXT:
        space = max(text.rfind(mark, 0, LONG_TEXT) for mark in (" ", "\n"))
        cut = space if space > LONG_TEXT // 2 else LONG_TEXT
    return _shown(row, text[:cut]), _shown(row, text[cut:].lstrip())


def _shown(row: Activity, text: str) -> SafeString:
    if row.kind == Kind.NOTE and row.data.get("mentions"):
        return highlighted(text, row.data["mentions"])
    return (
        mark_safe(urlize(conditional_escape(text), nofollow=True, autoescape=False))
        if text
        else mark_safe("")
    )


def _box(row: Activity) -> str:
    if row.kind == Kind.NOTE:
        return "note"
    return "in" if row.direction == Activity.Direction.IN else ""


# --- States ------------------------------------------------------------------------------------------
def _labels(row: Activity, call: Call | None, message: Any) -> list[Label]:
    labels = []
    if call is not None:
        labels += _call_labels(call)
    if message is not None:
        labels += _message_labels(message)
    labels += _mailing_labels(row)
    if reason := row.data.get("automatic"):
        labels.append(Label(_("automatic"), title=str(reason)))
    if edited := row.data.get("edited_at"):
        labels.append(Label(_("edited"), title=changes.moment(edited)))
    if row.outcome:
        tone = "ok" if row.outcome in (Activity.Outcome.TALKED, Activity.Outcome.HELD) else "warn"
        labels.append(Label(str(row.get_outcome_display()), tone))
    elif row.is_done and row.kind == Kind.MEETING and row.data.get("done_by"):
        labels.append(Label(_("done"), "ok"))
    return labels


def _call_labels(call: Call) -> list[Label]:
    if call.state == Call.State.RINGING:
        return [Label(_("ringing"), "warn")]
    if call.state == Call.State.ANSWERED:
        return [Label(_("talking"), "warn")]
    tones = {"answered": "ok", "missed": "danger", "busy": "danger", "failed": "danger"}
    labels = [Label(str(Call.Result(call.result).label), tones[call.result])] if call.result in tones else []
    if call.is_end_derived:
        labels.append(Label(_("end not told"), title=_("The exchange never told how the call ended.")))
    return labels


def _message_labels(message: Any) -> list[Label]:
    labels = []
    if message.state in ("queued", "sent", "delivered", "read", "failed"):
        tone = "danger" if message.state == "failed" else ""
        labels.append(Label(message.get_state_display().lower(), tone, message.error))
    if message.is_deleted:
        labels.append(Label(_("deleted by the author")))
    elif message.edited_at:
        labels.append(Label(_("edited"), title=formats.exact(message.edited_at)))
    return labels


def _mailing_labels(row: Activity) -> list[Label]:
    """Say of a letter that went to many how its reader met it."""
    name = row.data.get("mailing")
    labels = [Label(_("mailing"), title=str(name))] if name else []
    met = (("opened_at", _("opened")), ("clicked_at", _("clicked")))
    return labels + [
        Label(word, "ok", changes.moment(at)) for key, word in met if name and (at := row.data.get(key))
    ]


def _recording(call: Call | None) -> str:
    has_one = call is not None and (call.recording_url or call.recording_ref)
    return address("channels:recording", call.pk) if call is not None and has_one else ""


# --- Files and other cards ---------------------------------------------------------------------------
def _is_part(file: Attachment) -> bool:
    """Say whether a file is shown elsewhere: a recording in the player, a letter's pictures in the letter."""
    is_picture = file.content_type in IMAGES and file.state == Attachment.State.STORED
    return bool(file.content_id) and (file.content_type.startswith("audio/") or is_picture)


def _file(file: Attachment) -> FileLink:
    is_stored = file.state == Attachment.State.STORED
    return FileLink(
        name=file.name,
        url=address("activities:attachment", file.pk) if is_stored else "",
        size=filesizeformat(file.size_bytes) if is_stored else "",
        is_image=is_stored and file.content_type in IMAGES,
        state=file.state,
        error=file.error,
    )


def _links(row: Activity, hide: str) -> list[Link]:
    """Name the other cards an entry belongs to; the client's own on a client's page are left out.

    Where entries of all cards stand together (`hide` is empty), every entry names its own.
    """
    cards: list[tuple[str, str, str]] = []
    if row.deal is not None and hide != "deal":
        cards.append(("deal", "layout-kanban", row.deal.title))
    if row.lead is not None and hide in ("", "contact", "company") and row.deal is None:
        cards.append(("lead", "inbox", _("Inquiry No. %(number)s") % {"number": row.lead.number}))
    if row.contact is not None and hide in ("", "company"):
        cards.append(("contact", "user", row.contact.name))
    if row.company is not None and not hide and not cards:
        cards.append(("company", "building", row.company.name))
    found = [Link(icon, text, page_of_card(name, getattr(row, f"{name}_id"))) for name, icon, text in cards]
    return [link for link in found if link.url and link.text]
