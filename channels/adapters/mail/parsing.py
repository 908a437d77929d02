"""Turn a raw mail into an inquiry."""

from __future__ import annotations

from django.utils.translation import gettext as _

from channels.adapters.base import RawDelivery, Settings, Unparseable
from channels.adapters.labelled import labelled_fields
from channels.adapters.mail.automatic import OF_PROGRAMS, reason_of
from channels.adapters.mail.letter import Letter, read_letter
from channels.adapters.mail.people import is_form_letter, person_of
from channels.adapters.mail.quotes import fold
from channels.adapters.text import clean_line, digest, received
from leads.inquiry import Inquiry

MAX_RAW_BYTES = 80 * 1024 * 1024
SENT_HEADER = "x-folder-of-sent-mail"  # set by the mailbox reader, not by the network
TRUNCATED_HEADER = "x-full-size"


def parse_mail(delivery: RawDelivery, settings: Settings) -> Inquiry:
    """Make one inquiry of one mail, whatever shape it is in. Raises Unparseable."""
    if len(delivery.body) > MAX_RAW_BYTES:
        raise Unparseable(_("The letter is larger than allowed."))
    try:
        letter = read_letter(delivery.body, received(delivery.received_at))
    except RecursionError:
        raise Unparseable(_("The letter is nested too deeply.")) from None
    if not (letter.sender[0] or letter.sender[1] or letter.subject or letter.text or letter.files):
        raise Unparseable(_("The letter says nothing: no sender, no subject, no text."))
    return _inquiry(letter, delivery, own_addresses(settings))


def own_addresses(settings: Settings) -> frozenset[str]:
    """The addresses of the mailbox itself."""
    values = (
        str(settings.get(name) or "").strip().lower() for name in ("address", "username", "smtp_username")
    )
    return frozenset(value for value in values if "@" in value)


def _inquiry(letter: Letter, delivery: RawDelivery, own: frozenset[str]) -> Inquiry:
    text, quoted_text = fold(letter.text, letter.subject)
    labelled = labelled_fields(text)
    is_form = is_form_letter(letter, labelled, own)
    is_ours = letter.sender[1].lower() in own and not is_form and letter.reply_to[1].lower() in own | {""}
    is_own = delivery.header(SENT_HEADER) != "" or is_ours
    person = person_of(letter, text, labelled, own)
    if is_own and letter.to:
        person = type(person)(name=letter.to[0][0], email=letter.to[0][1])
    is_automatic = bool(letter.automatic_kind) and not (is_form and letter.automatic_kind in OF_PROGRAMS)
    fields = [(label, value) for label, value, _role in labelled] if is_form else []
    if size := delivery.header(TRUNCATED_HEADER):
        fields.append(
            (_("Size of the whole letter, bytes; only its beginning was fetched"), clean_line(size, 20))
        )
    return Inquiry(
        key=_key(letter),
        occurred_at=letter.written_at,
        person=person,
        text=text,
        quoted_text=quoted_text,
        subject=letter.subject,
        html=letter.html,
        external_id=letter.message_id,
        references=letter.references,
        is_own=is_own,
        is_automatic=is_automatic,
        automatic_reason=reason_of(letter.automatic_kind) if is_automatic else "",
        undelivered_id=letter.undelivered_id,
        is_passing=letter.is_passing,
        complained_id=letter.complained_id,
        files=letter.files,
        fields=tuple(fields[:100]),
        headers=_shown_headers(letter),
        meeting=letter.meeting,
    )


def _key(letter: Letter) -> str:
    """Message-ID, with what tells apart the letters of a program that uses one id for all of them.

    A copy of the same letter from another folder has the same sender, date and subject.
    """
    if not letter.message_id:
        return f"sha256:{letter.fingerprint}"
    told = digest(letter.sender[1].lower(), letter.headers.raw("date"), letter.subject)
    return f"mid:{letter.message_id[:220]}:{told[:12]}"


def _shown_headers(letter: Letter) -> dict[str, str]:
    values = {
        "from": _listed([letter.sender]),
        "to": _listed(letter.to),
        "cc": _listed(letter.cc),
        "reply-to": _listed([letter.reply_to]),
        "subject": letter.subject,
        "date": letter.headers.text("date", 100),
    }
    return {name: value for name, value in values.items() if value}


def _listed(people: list[tuple[str, str]]) -> str:
    return ", ".join(
        f"{name} <{address}>" if name else address for name, address in people if name or address
    )
