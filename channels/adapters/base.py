"""The small interface every channel adapter has, and the errors it may raise.

Adapters are pure: bytes and settings in, plain facts out; no models, no database, no tenant.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Literal

from django.utils.functional import Promise

from leads.inquiry import File, Item

Settings = Mapping[str, Any]  # names as in Adapter.fields; secrets already decrypted
Text = str | Promise
NEVER = dt.timedelta(0)
A_DAY = dt.timedelta(hours=24)
MAIL_METHOD = "IMAP"  # of a letter that we fetched; everything else was posted to us


class Forged(Exception):
    """The delivery isn't signed by the provider: answer 401, store nothing."""


class Unparseable(Exception):
    """The delivery can't be understood; str() is the reason shown in the dead-letter list."""


class SendError(Exception):
    """The provider refused or didn't answer."""

    def __init__(
        self,
        message: Text,
        *,
        is_permanent: bool,
        retry_after_s: int | None = None,
        is_uncertain: bool = False,
    ) -> None:
        super().__init__(message)
        self.is_permanent = is_permanent
        self.retry_after_s = retry_after_s
        self.is_uncertain = is_uncertain  # no answer came: it may have been delivered, a repeat may double it


@dataclasses.dataclass(frozen=True, slots=True)
class RawDelivery:
    """One HTTP delivery or one mail, as it came."""

    body: bytes
    method: str = "POST"
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)  # names in lower case
    query: str = ""  # raw query string
    url: str = ""  # public URL it was posted to
    received_at: Any = None  # aware datetime; the fallback where the body tells no time
    client_ip: str = ""  # who posted it, as far as that can be trusted; empty: unknown
    # What look_up() found, or what our own page knows of the post (channels.sites); kept in the journal
    details: bytes | None = None
    details_error: str = ""  # why look_up() found nothing, where trying again is of no use

    def header(self, name: str) -> str:
        return self.headers.get(name.lower(), "")


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """What the provider expects to hear."""

    body: str = ""
    content_type: str = "text/plain; charset=utf-8"
    status: int = 200


@dataclasses.dataclass(frozen=True, slots=True)
class Field:
    """One setting of a channel: a field on its page and a `--set name=value`."""

    name: str
    label: Text
    kind: Literal["text", "lines", "secret", "number", "bool", "choice"] = "text"
    is_required: bool = False
    default: Any = ""
    help_text: Text = ""
    choices: Sequence[tuple[str, Text]] = ()
    is_generated: bool = False  # made by us when left empty (hook secrets)
    is_learned: bool = False  # told by the provider when left empty (Adapter.learn)
    rows: int = 8  # how high the box of a text of several lines is
    # Raises ValueError that says what is wrong with a text, lines or a number, as written.
    validate: Callable[[str], None] | None = None
    # Another field and its values with which this one is shown and may be needed; None: always.
    only_with: tuple[str, tuple[str, ...]] | None = None

    def is_asked(self, settings: Settings) -> bool:
        """Say whether the field plays a part beside these settings."""
        if self.only_with is None:
            return True
        name, values = self.only_with
        return str(settings.get(name) or "") in values


@dataclasses.dataclass(frozen=True, slots=True)
class Check:
    """One line of 'test connection'."""

    is_ok: bool
    text: Text


@dataclasses.dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, for an exchange that asks: the contact's name, the manager and the page to open."""

    name: str = ""
    extension: str = ""  # of the manager who looks after the client
    email: str = ""  # of the same
    url: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A reply, ready to leave."""

    text: str
    thread_key: str = ""  # dialog id at the provider
    recipient: str = ""  # mail address, messenger id
    recipient_name: str = ""
    subject: str = ""
    html: str = ""
    message_id: str = ""  # mail: our own Message-ID, saved before sending; others: idempotency key
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    sender_name: str = ""
    files: tuple[File, ...] = ()
    headers: Mapping[str, str] = dataclasses.field(
        default_factory=dict
    )  # mail: of a mailing (List-Unsubscribe …)


class Adapter:
    """Base of all adapters. Subclasses override what their provider has."""

    kind: ClassVar[str]  # as in --kind and in URLs
    label: ClassVar[Text]
    channel_kind: ClassVar[Literal["email", "messenger", "call", "request", "chat", "callback"]]
    icon: ClassVar[str]  # name in the icon sprite
    fields: ClassVar[tuple[Field, ...]] = ()
    help_text: ClassVar[Text] = ""  # how to connect, in a few sentences; marks what is unverified
    can_send: ClassVar[bool] = False
    has_hook: ClassVar[bool] = True
    allows_cors: ClassVar[bool] = False
    accepts_get: ClassVar[bool] = False  # deliveries come as GET too
    max_body_bytes: ClassVar[int] = 0  # of a delivery; 0: HOOK_MAX_BYTES
    can_call: ClassVar[bool] = False
    call_needs: ClassVar[tuple[str, ...]] = ()  # settings without which start_call() is not offered
    can_sms: ClassVar[bool] = False
    looks_up: ClassVar[bool] = False  # a delivery tells too little: look_up() is asked before parse()
    polls: ClassVar[bool] = False  # we ask for news: poll()
    tracks_calls: ClassVar[bool] = False  # tells where callers come from; an exchange tells of their calls

    def mailing_window(self, thread_key: str) -> dt.timedelta | None:
        """Say for how long after the client's last message a mailing may reach their dialog.

        None: for ever; NEVER: the provider's rules, or good manners, forbid it in this dialog.
        """
        return NEVER

    def is_posted_to(self, settings: Settings) -> bool:
        """Say whether deliveries come to an address of ours, so that the channel has one."""
        return self.has_hook

    @property
    def short_help(self) -> str:
        """The first sentence of the help: what one reads while choosing a kind."""
        return f"{str(self.help_text).split('. ')[0].rstrip('.')}." if self.help_text else ""

    def handshake(self, delivery: RawDelivery, settings: Settings) -> Answer | None:
        """Answer a verification request that carries no event, or None when this isn't one."""
        return None

    def verify(self, delivery: RawDelivery, settings: Settings) -> None:
        """Raise Forged unless the delivery is the provider's, over the raw bytes, in constant time."""

    def answer(self, delivery: RawDelivery, settings: Settings) -> Answer:
        """What to say after the delivery is journaled."""
        return Answer()

    def asks_about(self, delivery: RawDelivery, settings: Settings) -> str:
        """Return the phone the provider wants to hear about at once, or "" when it asks nothing."""
        return ""

    def answer_caller(self, delivery: RawDelivery, settings: Settings, caller: Caller | None) -> Answer:
        """Say instead of answer() who calls; None when nobody knows the phone, or it took too long."""
        return self.answer(delivery, settings)

    def has_question(self, delivery: RawDelivery, settings: Settings) -> bool:
        """Say whether look_up() may have something to ask; a worker that asks holds its channel for longer."""
        return True

    def look_up(self, delivery: RawDelivery, settings: Settings) -> bytes | None:
        """Ask the provider what the delivery leaves out; parse() gets the answer as `delivery.details`.

        Called outside any transaction, once a delivery: what it returns is kept, so that parsing stays pure
        and can be run again. None says that there is nothing to keep: nothing was missing, or parse() does
        without. Raise SendError where parse() can't: a passing one puts the delivery off, a permanent one
        is handed to parse() as `delivery.details_error`. Well under a minute, whatever the provider does.
        """
        return None

    def parse(self, delivery: RawDelivery, settings: Settings) -> list[Item]:
        """Split a delivery into items; raise Unparseable with a reason a person understands."""
        raise NotImplementedError

    def sign(self, delivery: RawDelivery, settings: Settings) -> RawDelivery:
        """The same body signed as its provider would sign it (for trying a channel)."""
        return delivery

    def send(self, message: OutgoingMessage, settings: Settings) -> str:
        """Send, and return the provider's id of the message; raise SendError."""
        raise SendError("This channel cannot send.", is_permanent=True)

    def start_call(
        self, *, extension: str, phone: str, line: str, command_id: str, settings: Settings
    ) -> None:
        """Ring the employee's phone, then the client's from our `line`. Raises SendError."""
        raise SendError("This channel cannot call.", is_permanent=True)

    def send_sms(self, *, phone: str, text: str, settings: Settings) -> str:
        """Send a text to a phone, and return the provider's id of it; raise SendError."""
        raise SendError("This channel cannot send texts.", is_permanent=True)

    def poll(self, settings: Settings, since: dt.datetime) -> list[RawDelivery]:
        """Ask for what happened since a moment, one delivery a fact; raise SendError.

        What was journaled already may be among it: parse() gives it the same keys again.
        """
        return []

    def fetch_file(self, ref: str, settings: Settings) -> File:
        """Download an attachment or a recording by the provider's reference; raise SendError."""
        raise SendError("This channel has no files.", is_permanent=True)

    def learn(self, settings: Settings) -> Mapping[str, str]:
        """Ask the provider for settings it knows best (a confirmation string); raise SendError.

        Asked before every `check`; what it returns is kept in the channel, under names of `fields`.
        """
        return {}

    def keep_alive(self, settings: Settings, hook_url: str) -> Mapping[str, str]:
        """Renew what lapses at the provider by itself (a subscription); raise SendError.

        Called every ten minutes for each channel that is switched on, outside any transaction; must change
        nothing when all is well. What it returns is kept in the channel, under names of `fields`.
        """
        return {}

    def check(self, settings: Settings, hook_url: str) -> list[Check]:
        """Really try the connection; never raises. Network time-outs under 10 s."""
        return []
