"""Put one raw mail together again: who, what, when, with which files."""

from __future__ import annotations

import dataclasses
import datetime as dt
import mimetypes
import re

from django.utils.translation import gettext as _

from channels.adapters.base import Unparseable
from channels.adapters.mail import tnef
from channels.adapters.mail.automatic import automatic_kind, is_final_bounce, is_passing_bounce
from channels.adapters.mail.calendars import read_meeting
from channels.adapters.mail.headers import Headers, addresses, clean_name, message_ids, moment_of
from channels.adapters.mail.html_text import html_to_text
from channels.adapters.mail.mime_tree import Part, bare_part, fingerprint, read_tree
from channels.adapters.text import clean_line, clean_text
from leads.inquiry import File, Meeting

MAX_TEXT = 500_000
MAX_HTML = 1_500_000
MAX_FILES = 60
MAX_FILE_BYTES = 60 * 1024 * 1024
_KNOWN = (
    "from",
    "to",
    "subject",
    "date",
    "received",
    "message-id",
    "mime-version",
    "content-type",
    "return-path",
)
_NOT_SHOWN = frozenset(
    ("text/x-amp-html", "text/watch-html", "message/delivery-status", "message/feedback-report")
)
_WRAPPERS = frozenset(("application/ms-tnef", "application/vnd.ms-tnef"))
_WORDS = re.compile(r"[^\W\d_]{2,}")
# Mail.ru and others return a letter as text, its headers in the middle of it.
_QUOTED_ID = re.compile(r"^[>\s]{0,10}message-id:\s*(<[^<>\s]{3,500}>)", re.IGNORECASE | re.MULTILINE)
_PATH = re.compile(r"[\\/]+")
_FORBIDDEN_IN_NAMES = re.compile(r'[<>:"|?*\x00-\x1f]')


@dataclasses.dataclass(slots=True)
class Letter:
    """A mail, decoded."""

    headers: Headers
    sender: tuple[str, str]
    reply_to: tuple[str, str]
    to: list[tuple[str, str]]
    cc: list[tuple[str, str]]
    subject: str
    message_id: str
    fingerprint: str  # where there is no Message-ID
    references: tuple[str, ...]
    written_at: dt.datetime
    text: str
    html: str
    files: tuple[File, ...]
    automatic_kind: str
    meeting: Meeting | None
    undelivered_id: str  # of our letter that did not arrive, when this one says so
    is_passing: bool  # and the address is good all the same
    complained_id: str  # of our letter that its reader called spam


def read_letter(raw: bytes, received_at: dt.datetime) -> Letter:
    """Decode a mail as far as it can be. Raises Unparseable when it is no mail at all."""
    if not raw.strip(b"\r\n\t \x00"):
        raise Unparseable(_("The letter is empty."))
    mail, leaves = _taken_apart(raw)
    headers = mail.headers
    sender = _sender(headers)
    message_id = next(iter(message_ids(headers.raw("message-id"))), "")
    text, html = _bodies(leaves)
    meeting = read_meeting(leaves)
    kind, returned = automatic_kind(headers, leaves, sender), _returned_ids(leaves)
    if not kind and meeting is not None and meeting.method == "reply":
        kind = "meeting_reply"
    if kind == "bounce" and not returned:
        returned = message_ids(" ".join(_QUOTED_ID.findall(text)))
    return Letter(
        headers=headers,
        sender=sender,
        reply_to=_first(headers, "reply-to"),
        to=_all(headers, "to"),
        cc=_all(headers, "cc"),
        subject=headers.text("subject"),
        message_id=message_id,
        fingerprint="" if message_id else fingerprint(mail),
        references=_references(headers, returned),
        written_at=moment_of(headers.raw("date"), received_at),
        text=text or (meeting.title if meeting else ""),
        html=html,
        files=_files(leaves),
        automatic_kind=kind,
        meeting=meeting,
        undelivered_id=next(iter(returned), "") if is_final_bounce(kind, leaves) else "",
        is_passing=is_passing_bounce(leaves),
        complained_id=next(iter(returned), "") if kind == "complaint" else "",
    )


def _taken_apart(raw: bytes) -> tuple[Part, list[Part]]:
    mail, leaves = read_tree(raw)
    if not any(name in mail.headers for name in _KNOWN):
        mail, leaves = _bare_text(raw)
    leaves = [inner for leaf in leaves for inner in _unwrapped(leaf)]
    mail.headers.charset = next((c for leaf in leaves if (c := leaf.parameters.get("charset", ""))), "")
    return mail, leaves


def _bare_text(raw: bytes) -> tuple[Part, list[Part]]:
    """What has lost its headers is a letter as long as it can be read as words. Raises Unparseable."""
    part = bare_part(raw, "text/plain")
    text = part.text(2000)
    letters, signs = sum(map(str.isalpha, text)), sum(not char.isspace() for char in text)
    if len(_WORDS.findall(text)) < 2 or letters < signs / 2 or "\x00" in text:
        raise Unparseable(_("This is no e-mail: it has none of the usual headers, and no words."))
    return part, [part]


def _unwrapped(leaf: Part) -> list[Part]:
    """What Outlook put into a winmail.dat, which nobody else can open; any other part as it is."""
    is_wrapped = leaf.content_type in _WRAPPERS or leaf.filename.lower() == "winmail.dat"
    try:
        inside = tnef.unpack(leaf.data()) if is_wrapped else None
    except tnef.Broken:
        inside = None
    if inside is None:
        return [leaf]
    parts = [
        bare_part(
            file.data, file.content_type.lower() or _type_of(file.name), file.name or "file", file.content_id
        )
        for file in inside.files
        if file.data
    ]
    for words, content_type in ((inside.text, "text/plain"), (inside.html, "text/html")):
        if words:
            parts.append(bare_part(words.encode("utf-8", "replace"), content_type))
    return parts or [leaf]


def _type_of(name: str) -> str:
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def _sender(headers: Headers) -> tuple[str, str]:
    for name in ("from", "sender", "reply-to", "return-path", "x-original-from", "envelope-from"):
        found = _first(headers, name)
        if found[1]:
            return found
    return clean_name(headers.raw("from")), ""


def _first(headers: Headers, name: str) -> tuple[str, str]:
    return next((pair for value in headers.all(name) for pair in addresses(value, 1)), ("", ""))


def _all(headers: Headers, name: str) -> list[tuple[str, str]]:
    return [pair for value in headers.all(name) for pair in addresses(value)][:100]


def _references(headers: Headers, returned: list[str]) -> tuple[str, ...]:
    """Nearest first. A bounce answers the letter it returns, whose headers it carries."""
    found = [*message_ids(headers.raw("in-reply-to")), *reversed(message_ids(headers.raw("references")))]
    return tuple(dict.fromkeys([*found, *returned]))[:30]


def _returned_ids(leaves: list[Part]) -> list[str]:
    found: list[str] = []
    for leaf in leaves:
        if leaf.content_type in ("message/rfc822", "text/rfc822-headers", "message/rfc822-headers"):
            returned, _leaves = read_tree(leaf.data(100_000))
            found.extend(message_ids(returned.headers.raw("message-id")))
    return found


def _bodies(leaves: list[Part]) -> tuple[str, str]:
    """The words, from plain text or made of HTML when that says more; and the HTML as received."""
    plain = "\n\n".join(
        filter(
            None, (clean_text(leaf.text(MAX_TEXT)).strip("\n") for leaf in leaves if _is_body(leaf, "plain"))
        )
    )
    html = "".join(leaf.text(MAX_HTML) for leaf in leaves if _is_body(leaf, "html"))[:MAX_HTML]
    html = clean_text(html, MAX_HTML)
    from_html = html_to_text(html) if html and _may_say_more(plain) else ""
    is_html_fuller = len(from_html) > 4 * len(plain)
    return clean_text(from_html if is_html_fuller else plain, MAX_TEXT).strip(), html


def _may_say_more(plain: str) -> bool:
    """Beside a long plain text the HTML needn't be read: it is the same letter."""
    return len(plain) < 2000


def _is_body(leaf: Part, subtype: str) -> bool:
    is_file = leaf.disposition == "attachment" or (leaf.filename and leaf.disposition != "inline")
    return (
        leaf.content_type == f"text/{subtype}" and not is_file and not (leaf.filename and subtype == "html")
    )


def _files(leaves: list[Part]) -> tuple[File, ...]:
    files: list[File] = []
    left = MAX_FILE_BYTES
    for leaf in leaves:
        if _is_body(leaf, "plain") or _is_body(leaf, "html") or leaf.content_type in _NOT_SHOWN:
            continue
        data = leaf.data()
        left -= len(data)
        if left < 0 or len(files) >= MAX_FILES:
            break
        name = _file_name(leaf, len(files) + 1)
        content_type = clean_line(leaf.content_type, 150)
        files.append(File(name=name, content_type=content_type, data=data, content_id=leaf.content_id))
    return tuple(files)


def _file_name(leaf: Part, number: int) -> str:
    """A name that is safe to show: no path, no control or direction characters, not endless."""
    name = _FORBIDDEN_IN_NAMES.sub("_", _PATH.split(clean_line(leaf.filename, 1000))[-1]).strip(". ")
    if name:
        stem, dot, suffix = name.rpartition(".")
        return f"{stem[:180]}.{suffix[:15]}" if dot and stem else name[:195]
    if leaf.content_type == "message/rfc822":
        return f"letter-{number}.eml"
    return f"attachment-{number}{mimetypes.guess_extension(leaf.content_type) or ''}"
