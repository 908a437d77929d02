"""Reading mailboxes: one connection each, letters journaled together with the place where reading goes on."""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
import random
import threading
import uuid
from typing import Any

from django.db import InterfaceError, OperationalError, connection
from django.db.models import Value
from django.db.models.functions import Coalesce
from django.utils import timezone, translation

from channels import bell
from channels.adapters.base import SendError
from channels.adapters.mail.imap import Fetched, Mailbox
from channels.journal.intake import record, settings_of
from channels.models import Channel
from core.tenancy import tenant_scope

logger = logging.getLogger(__name__)
LOOK_EVERY_S = 60  # where the server can't tell of new letters
IDLE_S = 100  # then the folder is looked through anyway: a server may have fallen silent
PAUSES_S = (15, 60, 180, 600)


@dataclasses.dataclass(frozen=True, slots=True)
class Account:
    """A switched-on mail channel, and when its settings changed last."""

    tenant_id: int
    channel_id: uuid.UUID
    updated_at: dt.datetime


def accounts() -> list[Account]:
    """List the mailboxes to read, of all tenants."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenant_id, channel_id, updated_at FROM search.active_channels('email')")
        return [Account(*row) for row in cursor.fetchall()]


class MailReader(threading.Thread):
    """Reads one mailbox until told to stop. Nothing that happens to it reaches the other mailboxes."""

    def __init__(self, account: Account, *, delay_s: float = 0) -> None:
        super().__init__(name=f"mail-{account.channel_id}", daemon=True)
        self.account = account
        self._delay_s = delay_s
        self._stopped = threading.Event()
        self._failures = 0

    def stop(self) -> None:
        """End after the letter in hand; a wait for the server is not waited for."""
        self._stopped.set()

    def run(self) -> None:
        self._stopped.wait(self._delay_s)
        while not self._stopped.is_set():
            try:
                self._read_on()
            except SendError as error:
                self._failed(str(error), is_permanent=error.is_permanent)
            except (OperationalError, InterfaceError) as error:
                logger.warning(
                    "mailbox %s: the database is away: %s", self.account.channel_id, type(error).__name__
                )
                self._rest(PAUSES_S[0])
            except Exception as error:  # a mailbox must be read again whatever its server says
                logger.error("mailbox %s: %s", self.account.channel_id, type(error).__name__)
                self._failed(type(error).__name__, is_permanent=False)

    def _read_on(self) -> None:
        """Read what is new, and again whenever the server tells of something."""
        channel_settings = self._settings()
        with Mailbox(channel_settings) as mailbox:
            while not self._stopped.is_set():
                read_new(self.account, mailbox, channel_settings)
                self._failures = 0
                connection.close()  # waiting takes long, and there may be thousands of mailboxes
                if channel_settings.get("is_idle", True) and mailbox.can_idle:
                    mailbox.select(str(channel_settings.get("folder") or "INBOX"))
                    mailbox.idle(IDLE_S)
                else:
                    self._stopped.wait(LOOK_EVERY_S * random.uniform(0.9, 1.1))  # noqa: S311

    def _settings(self) -> Any:
        with tenant_scope(self.account.tenant_id):
            channel = Channel.objects.select_related("tenant").get(pk=self.account.channel_id)
            translation.activate(channel.tenant.language)
            return settings_of(channel)

    def _failed(self, reason: str, *, is_permanent: bool) -> None:
        """Write the reason down for the settings page, and wait longer each time."""
        self._failures += 1
        try:
            note_failure(self.account, reason)
        except (OperationalError, InterfaceError):
            logger.warning("mailbox %s: the reason could not be written down", self.account.channel_id)
        index = min(self._failures, len(PAUSES_S)) - 1
        self._rest(PAUSES_S[-1] if is_permanent else PAUSES_S[index])

    def _rest(self, seconds: float) -> None:
        connection.close()
        self._stopped.wait(seconds * random.uniform(0.8, 1.2))  # noqa: S311


def read_new(account: Account, mailbox: Mailbox, channel_settings: Any) -> int:
    """Journal every letter after the cursors of the channel's folders; return how many. Raises SendError."""
    count = 0
    inbox, sent = (
        str(channel_settings.get("folder") or "INBOX"),
        str(channel_settings.get("sent_folder") or ""),
    )
    for folder in filter(None, (inbox, sent)):
        for fetched in mailbox.fetch_new(_cursor(account, folder), folder, is_sent=folder == sent):
            _journal(account, folder, fetched)
            count += 1
    _note_success(account)
    return count


def read_once(account: Account) -> int:
    """Connect, journal what is new, and ring; return how many letters. Raises SendError."""
    with tenant_scope(account.tenant_id):
        channel_settings = settings_of(Channel.objects.get(pk=account.channel_id))
    with Mailbox(channel_settings) as mailbox:
        count = read_new(account, mailbox, channel_settings)
    bell.send("process_inbox", tenant_id=account.tenant_id)
    return count


def _cursor(account: Account, folder: str) -> dict[str, Any]:
    with tenant_scope(account.tenant_id):
        cursors: dict[str, Any] = Channel.objects.values_list("cursor", flat=True).get(pk=account.channel_id)
        found = cursors.get(folder, {})
        return found if isinstance(found, dict) else {}


def _journal(account: Account, folder: str, fetched: Fetched) -> None:
    """Write the letter and the place after it in one transaction: neither is ever without the other."""
    with tenant_scope(account.tenant_id):
        channel = Channel.objects.select_for_update(no_key=True).get(pk=account.channel_id)
        record(channel=channel, delivery=fetched.delivery(), now=timezone.now())
        channel.cursor = {**channel.cursor, folder: fetched.cursor}
        channel.save(update_fields=["cursor"])
    bell.ring(account.tenant_id)


def note_failure(account: Account, reason: str) -> None:
    """Show on the settings page why the mailbox can't be read, and since when."""
    with tenant_scope(account.tenant_id):
        Channel.objects.filter(pk=account.channel_id).update(
            last_error=reason.replace("\x00", "")[:500],
            last_error_at=Coalesce("last_error_at", Value(timezone.now())),
        )


def _note_success(account: Account) -> None:
    with tenant_scope(account.tenant_id):
        broken = Channel.objects.filter(pk=account.channel_id).exclude(last_error="")
        broken.update(last_error="", last_error_at=None)
