"""Read a mailbox by IMAP without changing it: new letters after a cursor, and waiting for the next one."""

from __future__ import annotations

import dataclasses
import datetime as dt
import imaplib
import re
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Self

import imap_tools
from django.utils.translation import gettext as _

from channels.adapters import client as web
from channels.adapters.base import MAIL_METHOD, RawDelivery, SendError, Settings
from channels.adapters.mail.oauth import access_token
from channels.adapters.mail.parsing import SENT_HEADER, TRUNCATED_HEADER
from channels.adapters.text import as_int, clean_line

TIMEOUT_S = 30.0
MAX_IDLE_S = 240  # Yandex drops IDLE after 6 to 45 minutes, Office 365 falls silent: ask anew before that
MAX_LETTER_BYTES = 40 * 1024 * 1024
BEGINNING_BYTES = 2 * 1024 * 1024  # of a letter larger than that
SIZES_AT_ONCE = 200
MAX_REMEMBERED = 10_000
FIRST_READ_DAYS = {"week": 7, "month": 31, "all": None, "new": 0}
_SIZE = re.compile(rb"UID (\d+).*?RFC822\.SIZE (\d+)|RFC822\.SIZE (\d+).*?UID (\d+)", re.DOTALL)
_INTERNAL_DATE = re.compile(rb'INTERNALDATE "[^"]{1,60}"')
_Mark = tuple[str, str, str, int, int]  # a letter: server, account, folder, UIDVALIDITY, UID
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class MailboxError(SendError):
    """The mailbox can't be read now; `is_permanent` when only other settings can help."""


@dataclasses.dataclass(frozen=True, slots=True)
class Fetched:
    """A letter as the server keeps it, and the cursor to save once it is journaled."""

    uid: int
    raw: bytes
    received_at: dt.datetime
    folder: str
    is_sent: bool
    cursor: dict[str, Any]
    full_size: int = 0  # when only the beginning was fetched

    def delivery(self) -> RawDelivery:
        """The letter as the journal and EmailAdapter.parse take it."""
        headers = {"x-folder": self.folder}
        if self.is_sent:
            headers[SENT_HEADER] = "1"
        if self.full_size:
            headers[TRUNCATED_HEADER] = str(self.full_size)
        return RawDelivery(self.raw, method=MAIL_METHOD, headers=headers, received_at=self.received_at)


class Mailbox:
    """A connection to one mailbox. Use as a context manager; any failure is MailboxError: connect anew."""

    # Letters during whose fetching the connection broke, and those the server would not give: after a few
    # times they are passed by, so that one letter does not stop the mailbox.
    _breaks: ClassVar[dict[_Mark, int]] = {}
    _refusals: ClassVar[dict[_Mark, int]] = {}
    MAX_BREAKS: ClassVar[int] = 3
    MAX_REFUSALS: ClassVar[int] = 30  # five hours of asking again: servers throttle for long

    def __init__(self, settings: Settings, *, timeout_s: float = TIMEOUT_S) -> None:
        self._settings = settings
        self._timeout_s = timeout_s
        self._token = ""  # to log in with instead of a password
        self._box: imap_tools.BaseMailBox | None = None
        self._selected = ("", 0)  # the open folder, and the number its next letter had then
        self._looked_until: dict[str, int] = {}  # by folder: every letter before this number was seen

    def __enter__(self) -> Self:
        self.connect()
        return self

    def __exit__(self, *_args: object) -> None:
        self.close()

    def connect(self) -> None:
        """Connect and log in. Raises MailboxError."""
        try:
            self._token = access_token(self._settings)
        except SendError as error:
            raise MailboxError(str(error), is_permanent=error.is_permanent) from error
        with _translated(_("The mailbox can't be reached")):
            self._box = _GuardedBox(self._settings, self._timeout_s)
        with _translated(_("The server refused the login"), is_login=True):
            self._log_in()

    def close(self) -> None:
        """Say goodbye if the connection still lives."""
        box, self._box = self._box, None
        if box is not None:
            try:
                box.logout()
            except (imap_tools.ImapToolsError, imaplib.IMAP4.error, OSError):
                box.client.shutdown()

    @property
    def box(self) -> imap_tools.BaseMailBox:
        if self._box is None:
            raise MailboxError(_("The mailbox is not connected."), is_permanent=False)
        return self._box

    @property
    def can_idle(self) -> bool:
        """Whether the server tells of new letters by itself."""
        return "IDLE" in self.box.client.capabilities

    def select(self, folder: str) -> int:
        """Open a folder for reading only; return its UIDVALIDITY."""
        with _translated(_("The folder {name} can't be opened").format(name=folder)):
            self.box.folder.set(folder, readonly=True)
            self._selected = (folder, self._told("UIDNEXT"))
            return self._told("UIDVALIDITY")

    def sent_folder(self) -> str:
        """Name the folder of sent letters, as the server marks it; "" when it marks none."""
        with _translated(_("The folders can't be listed")):
            folders = self.box.folder.list()
        return next((folder.name for folder in folders if "\\Sent" in folder.flags), "")

    def fetch_new(
        self, cursor: Mapping[str, Any], folder: str = "", *, is_sent: bool = False
    ) -> Iterator[Fetched]:
        """Yield letters that came after the cursor, oldest first, leaving them unread.

        The cursor is one folder's: {} at first, later that of the last letter that was journaled. If the
        server renumbered the folder (UIDVALIDITY), everything since the first reading comes again, and the
        letters' own keys sort out what is known. Raises MailboxError.
        """
        folder = folder or str(self._settings.get("folder") or "INBOX")
        validity = self.select(folder)
        state = _Cursor.read(cursor, validity, self._settings)
        with _translated(_("The folder {name} can't be read").format(name=folder)):
            uids = self._new_uids(state)
            sizes = self._sizes(uids)
        self._looked_until[folder] = max(self._selected[1], *(uid + 1 for uid in uids), 0)
        for uid in uids:
            fetched = self._fetch_one(folder, validity, uid, sizes.get(uid, 0))
            if fetched is None:
                continue
            raw, received_at = fetched
            full_size = sizes.get(uid, 0) if sizes.get(uid, 0) > MAX_LETTER_BYTES else 0
            yield Fetched(uid, raw, received_at, folder, is_sent, state.at(uid), full_size)

    def start_cursor(self, folder: str = "") -> dict[str, Any]:
        """A cursor that skips what is in the folder already."""
        folder = folder or str(self._settings.get("folder") or "INBOX")
        validity = self.select(folder)
        with _translated(_("The folder {name} can't be read").format(name=folder)):
            uids = self.box.uids("ALL", charset=None)
        newest = max(map(int, uids), default=0)
        return _Cursor(validity, newest, _today(), _account(self._settings)).at()

    def idle(self, seconds: float) -> bool:
        """Wait for a change of the selected folder, four minutes at most; say if one came.

        A letter that came between looking through the folder and selecting it anew counts at once.
        Raises MailboxError.
        """
        folder, next_uid = self._selected
        if next_uid > self._looked_until.get(folder, next_uid):
            return True
        with _translated(_("Waiting for letters broke off")):
            responses = self.box.idle.wait(timeout=min(seconds, MAX_IDLE_S))
        if any(b"BYE" in response for response in responses):
            raise MailboxError(_("The server closed the connection."), is_permanent=False)
        return any(b"EXISTS" in response or b"RECENT" in response for response in responses)

    def _told(self, code: str) -> int:
        """Read a number that the server told when the folder was opened."""
        _kind, values = self.box.client.response(code)
        return as_int(str(values[-1], "ascii")) or 0 if values and values[-1] else 0

    def _log_in(self) -> None:
        settings, box = self._settings, self.box
        username = _username(settings)
        password = str(settings.get("password") or "")
        if token := self._token:
            box.xoauth2(username, token, initial_folder=None)
        elif (username + password).isascii():
            box.login(username, password, initial_folder=None)
        else:
            box.login_utf8(username, password, initial_folder=None)

    def _new_uids(self, state: _Cursor) -> list[int]:
        """`n:*` always includes the last letter, even an old one (RFC 3501), hence the filter."""
        criteria = (
            f"UID {state.uid + 1}:*" if state.uid or not state.since else f"SINCE {_imap_date(state.since)}"
        )
        found = {int(uid) for uid in self.box.uids(criteria, charset=None)}
        return sorted(uid for uid in found if uid > state.uid)

    def _sizes(self, uids: list[int]) -> dict[int, int]:
        sizes: dict[int, int] = {}
        for start in range(0, len(uids), SIZES_AT_ONCE):
            chunk = ",".join(map(str, uids[start : start + SIZES_AT_ONCE]))
            _status, lines = self.box.client.uid("FETCH", chunk, "(UID RFC822.SIZE)")
            for line in lines:
                if isinstance(line, bytes) and (match := _SIZE.search(line)):
                    uid, size = (match[1], match[2]) if match[1] else (match[4], match[3])
                    sizes[int(uid)] = int(size)
        return sizes

    def _fetch_one(self, folder: str, validity: int, uid: int, size: int) -> tuple[bytes, dt.datetime] | None:
        """Fetch one letter; None when it was removed meanwhile.

        One that the server can't give however often it is asked is empty, and becomes a dead letter.
        """
        mark = (*_account(self._settings), folder, validity, uid)
        is_given_up = self._breaks.get(mark, 0) >= self.MAX_BREAKS
        if is_given_up or self._refusals.get(mark, 0) >= self.MAX_REFUSALS:
            return b"", _now()
        window = f"<0.{BEGINNING_BYTES}>" if size > MAX_LETTER_BYTES else ""
        try:
            status, data = self.box.client.uid("FETCH", str(uid), f"(INTERNALDATE BODY.PEEK[]{window})")
        except (imaplib.IMAP4.error, OSError) as exc:
            _count(self._breaks, mark)
            message = _("The connection broke while a letter was read: {error}").format(error=_words(exc))
            raise MailboxError(message, is_permanent=False) from exc
        raw, received_at = _letter(data)
        if status == "OK" and raw is not None:
            self._breaks.pop(mark, None)
            self._refusals.pop(mark, None)
            return raw, received_at
        self._refused(mark, uid, status, data)
        return None

    def _refused(self, mark: _Mark, uid: int, status: str, data: list[Any]) -> None:
        """Raise for a letter the server does not give now; it may only be overloaded (RFC 5530)."""
        with _translated(_("A letter can't be read")):
            is_there = bool(self.box.uids(f"UID {uid}", charset=None))
        if not is_there:
            return
        _count(self._refusals, mark)
        error = _words(Exception(data)) if status != "OK" else _("the answer has no text")
        raise MailboxError(
            _("The server did not give a letter: {error}").format(error=error), is_permanent=False
        )


@dataclasses.dataclass(frozen=True, slots=True)
class _Cursor:
    """Where reading one folder goes on."""

    validity: int
    uid: int
    since: str  # the day before which letters are none of our business, or ""
    account: tuple[str, str]

    @classmethod
    def read(cls, cursor: Mapping[str, Any], validity: int, settings: Settings) -> _Cursor:
        """Of another account's cursor nothing holds here: its numbers may be the same by chance."""
        account = _account(settings)
        since = cursor.get("since")
        is_ours = tuple(cursor.get("account") or account) == account
        if not is_ours or not isinstance(since, str):
            since = _first_day(str(settings.get("first_read") or "week"))
        is_same = is_ours and as_int(cursor.get("uidvalidity")) == validity
        return cls(validity, as_int(cursor.get("uid")) or 0 if is_same else 0, since, account)

    def at(self, uid: int = 0) -> dict[str, Any]:
        return {
            "uidvalidity": self.validity,
            "uid": uid or self.uid,
            "since": self.since,
            "account": list(self.account),
        }


class _GuardedBox(imap_tools.BaseMailBox):
    """imap-tools over a socket to an address that was checked."""

    def __init__(self, settings: Settings, timeout_s: float) -> None:
        self._settings, self._timeout_s = settings, timeout_s
        super().__init__()

    def _get_mailbox_client(self) -> imaplib.IMAP4:
        host = str(self._settings.get("imap_host") or "").strip()
        security = str(self._settings.get("imap_security") or "ssl")
        port = as_int(self._settings.get("imap_port")) or (993 if security == "ssl" else 143)
        context = ssl.create_default_context() if security != "none" else None
        client = _GuardedClient(host, port, self._timeout_s, context if security == "ssl" else None)
        if security == "starttls":
            client.starttls(context)
        return client


class _GuardedClient(imaplib.IMAP4):
    def __init__(self, host: str, port: int, timeout_s: float, context: ssl.SSLContext | None) -> None:
        self._context = context
        super().__init__(host, port, timeout_s)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        allow_private = web.private_hosts_allowed()
        plain = web.open_socket(
            self.host, self.port, timeout=timeout or TIMEOUT_S, allow_private=allow_private
        )
        return self._context.wrap_socket(plain, server_hostname=self.host) if self._context else plain


class _translated:
    """Turn every failure of the connection into MailboxError with words for a person."""

    def __init__(self, what: str, *, is_login: bool = False) -> None:
        self._what, self._is_login = what, is_login

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, exc: BaseException | None, _trace: object) -> None:
        if isinstance(exc, MailboxError) or exc is None:
            return
        if isinstance(exc, imap_tools.ImapToolsError | imaplib.IMAP4.error | OSError | ValueError | EOFError):
            is_refused = self._is_login and not isinstance(exc, OSError | imaplib.IMAP4.abort)
            is_permanent = is_refused or isinstance(exc, web.AddressRefused | ssl.SSLCertVerificationError)
            raise MailboxError(f"{self._what}: {_words(exc)}", is_permanent=is_permanent) from exc


def _username(settings: Settings) -> str:
    return str(settings.get("username") or settings.get("address") or "")


def _account(settings: Settings) -> tuple[str, str]:
    """Name a mailbox by its server and user."""
    return str(settings.get("imap_host") or "").strip().lower(), _username(settings).strip().lower()


def _count(counts: dict[_Mark, int], mark: _Mark) -> None:
    if len(counts) > MAX_REMEMBERED:
        counts.clear()
    counts[mark] = counts.get(mark, 0) + 1


def _letter(data: list[Any]) -> tuple[bytes | None, dt.datetime]:
    """Pick the body, None where there is none, and the time of receipt out of a FETCH answer."""
    raw: bytes | None = None
    received_at = _now()
    for item in data:
        head, body = item if isinstance(item, tuple) else (item, b"")
        if isinstance(head, bytes) and b"BODY[" in head:
            raw = body
        if isinstance(head, bytes) and (match := _INTERNAL_DATE.search(head)):
            parsed = imaplib.Internaldate2tuple(match.group())
            if parsed is not None:
                received_at = dt.datetime.fromtimestamp(time.mktime(parsed), dt.UTC)
    return raw, received_at


def _words(exc: BaseException) -> str:
    if isinstance(exc, imap_tools.errors.UnexpectedCommandStatusError):
        exc = Exception(exc.command_result[1])
    text = str(exc)
    if isinstance(exc, TimeoutError):
        text = _("no answer in time")
    parts = re.findall(r"b'([^']*)'", text) or [text]
    return clean_line(" ".join(parts), 300) or type(exc).__name__


def _first_day(first_read: str) -> str:
    days = FIRST_READ_DAYS.get(first_read, 7)
    return "" if days is None else (_now() - dt.timedelta(days=days)).date().isoformat()


def _today() -> str:
    return _now().date().isoformat()


def _imap_date(day: str) -> str:
    date = dt.date.fromisoformat(day)
    return f"{date.day}-{_MONTHS[date.month - 1]}-{date.year}"


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
