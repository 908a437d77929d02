"""What an adapter makes of a delivery: plain facts, no database, no tenant."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Literal


@dataclasses.dataclass(frozen=True, slots=True)
class Person:
    """Who wrote or called, as far as the provider tells. Everything is raw and may be empty."""

    name: str = ""
    phone: str = ""  # as received; contacts.identity normalises it
    shown_phone: str = (
        ""  # told in passing, perhaps of a whole office: kept with the lead, no key of the person
    )
    email: str = ""
    other_phones: tuple[str, ...] = ()  # told as theirs beside the first ones: keys as well
    other_emails: tuple[str, ...] = ()
    messenger_id: str = ""  # the provider's id of the person within the channel kind
    messenger: str = ""  # whose id that is, where the channel carries another messenger (IdentityKey.Kind)
    username: str = ""
    profile_url: str = ""
    company: str = ""
    position: str = ""
    language: str = ""  # BCP 47, when told
    time_zone: str = ""  # as IANA and browsers name it, when told


@dataclasses.dataclass(frozen=True, slots=True)
class File:
    """An attachment: either its bytes, or a reference the adapter can fetch later."""

    name: str
    content_type: str = "application/octet-stream"
    data: bytes | None = None
    ref: str = ""  # provider's file id for Adapter.fetch_file
    content_id: str = ""  # cid: of an inline mail picture
    field: str = ""  # the form's field it was chosen in


@dataclasses.dataclass(frozen=True, slots=True)
class Marks:
    """Where the person came from, as the page, form or advert told it."""

    source: str = ""  # utm_source
    medium: str = ""
    campaign: str = ""
    content: str = ""
    term: str = ""
    page_url: str = ""
    referrer: str = ""
    # gclid, yclid, fbclid, ym_client_id …
    click_ids: Mapping[str, str] = dataclasses.field(default_factory=dict)
    first_page: str = ""  # where the person first entered the site, perhaps weeks ago
    # What that first visit was marked with: source, medium, campaign, content, term, referrer, at (ISO 8601)
    first: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True)
class Meeting:
    """An invitation to a meeting, as the client's calendar program sent it."""

    title: str
    starts_at: dt.datetime  # aware
    ends_at: dt.datetime | None = None
    is_whole_day: bool = False
    place: str = ""
    organizer: str = ""
    method: Literal["request", "publish", "cancel", "reply", "counter"] = "request"
    uid: str = ""
    # Of a reply: who answers, and what: accepted, declined, tentative
    attendee: str = ""
    answer: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Inquiry:
    """One message, mail or form: becomes a lead or joins an open one."""

    key: str  # unique within the channel, stable over redeliveries
    occurred_at: dt.datetime  # aware
    person: Person
    text: str = ""
    quoted_text: str = ""  # mail: the folded part, what the author quoted of earlier letters
    subject: str = ""
    html: str = ""  # as received; sanitised when stored
    # What it is, where a channel brings several sorts (a telephone line also texts); else the channel's kind says
    sort: Literal["", "message", "request", "callback"] = ""
    gist: str = ""  # the line that stands for it in lists, where the text begins with something else
    thread_key: str = ""  # the dialog's id at the provider (chat id); empty: a thread of its own
    answer_to: str = ""  # where an answer goes, when that is not the thread's id
    external_id: str = ""  # the message's id at the provider (Message-ID of a mail, without <>)
    references: tuple[str, ...] = ()  # Message-IDs this mail answers, nearest first
    is_own: bool = False  # sent by our side from the provider's own application: never a lead
    is_automatic: bool = False  # auto-reply, bounce, mailing list: stored, never a lead
    is_aside: bool = False  # a person's word that asks for nothing: stored, never a lead
    automatic_reason: str = ""  # why it is one of the two
    undelivered_id: str = ""  # a bounce: external_id of the message of ours that did not arrive
    is_passing: bool = False  # and the address is good all the same: a full mailbox, a server that was away
    complained_id: str = ""  # a complaint: external_id of the letter of ours that its reader called spam
    marks: Marks = Marks()
    files: tuple[File, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()  # label and value of each form field, in order
    product: Mapping[str, str] = dataclasses.field(default_factory=dict)  # L20: title, url, price
    call_at: dt.datetime | None = None  # when the person wants to be called: until then nobody is late
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)  # mail: from, to, cc, subject, date
    meeting: Meeting | None = None  # mail: the invitation that came with it
    suspicion: str = ""  # why it looks like spam: a code of leads.suspicion

    @property
    def wants_no_answer(self) -> bool:
        """Whether nobody waits for an answer to it."""
        return self.is_automatic or self.is_aside


@dataclasses.dataclass(frozen=True, slots=True)
class MessageEdit:
    """The author changed or deleted a message that came before."""

    key: str
    occurred_at: dt.datetime
    thread_key: str
    external_id: str
    text: str = ""
    is_deleted: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class DeliveryStatus:
    """What became of a message we sent."""

    key: str
    occurred_at: dt.datetime
    external_id: str
    state: Literal["sent", "delivered", "read", "failed"]
    error: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class CallUpdate:
    """One event of a call. Any order of the events of one call_id gives the same call.

    An event of one `leg` of several tells how that leg fared: the call ends when its last leg does, and is
    answered when one of them was. Events without a leg speak of the whole call and are believed before legs.
    """

    key: str
    occurred_at: dt.datetime
    call_id: str
    direction: Literal["", "in", "out", "internal"]  # "": this event doesn't tell, another of the call does
    phone: str = ""  # the client's number, as received
    line: str = ""  # our number that was called
    extension: str = ""  # whose phone rang or answered
    leg: str = ""  # which of the phones that ring, where each has an id of its own
    sequence: int = 0
    state: Literal["", "ringing", "answered", "finished"] = ""
    result: Literal["", "answered", "missed", "busy", "failed"] = ""
    started_at: dt.datetime | None = None
    answered_at: dt.datetime | None = None
    ended_at: dt.datetime | None = None
    duration_s: int | None = None
    talk_s: int | None = None
    recording_url: str = ""
    recording_ref: str = ""
    is_derived: bool = False  # nobody told it: we worked out how a call ended whose end never came


@dataclasses.dataclass(frozen=True, slots=True)
class CallMark:
    """What call tracking knows of a call: where the client came from.

    The exchange tells of the same call too; it is the one of this phone within two minutes, or of `call_id`
    where this channel tells of the call itself. `call` is what call tracking heard of the call: it becomes
    one of its own when no exchange tells of it.
    """

    key: str
    occurred_at: dt.datetime  # when the call began
    phone: str  # the client's number, as received
    line: str = ""  # our number that was called
    call_id: str = ""
    marks: Marks = Marks()
    region: str = ""
    fields: tuple[tuple[str, str], ...] = ()  # what else is known of the visitor: label and value
    call: CallUpdate | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class SubscriptionEnded:
    """The provider stops sending events until we ask for them again."""

    key: str
    reason: str


@dataclasses.dataclass(frozen=True, slots=True)
class Ignored:
    """Understood and of no consequence; the reason is shown in the journal."""

    key: str
    reason: str
    suspicion: str = ""  # held back as spam: a code of leads.suspicion


Item = Inquiry | MessageEdit | DeliveryStatus | CallUpdate | CallMark | SubscriptionEnded | Ignored
