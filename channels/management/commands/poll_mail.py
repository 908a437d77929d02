"""Reads the mailboxes of all tenants until stopped."""

from __future__ import annotations

import logging
import random
import signal
import threading
import uuid
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import InterfaceError, OperationalError, connection

from channels.adapters.base import SendError
from channels.mailboxes import Account, MailReader, accounts, note_failure, read_once

logger = logging.getLogger(__name__)
LIST_EVERY_S = 15
START_SPREAD_S = 10  # many logins at once look like an attack


class Command(BaseCommand):
    help = "Read the mailboxes of all e-mail channels; new letters go into the journal."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="read what is new and end")
        parser.add_argument("--channel", type=uuid.UUID, help="only this channel")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read once, or keep a reader for every mailbox."""
        if options["once"]:
            self._once(options["channel"])
            return
        stopped = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_args: stopped.set())
        _Readers(options["channel"]).keep(stopped)

    def _once(self, only: uuid.UUID | None) -> None:
        chosen = [account for account in accounts() if only in (None, account.channel_id)]
        if only and not chosen:
            raise CommandError("There is no such e-mail channel, or it is switched off.")
        for account in chosen:
            try:
                count = read_once(account)
            except SendError as error:
                note_failure(account, str(error))
                if only:
                    raise CommandError(str(error)) from error
                self.stderr.write(f"{account.channel_id}: {error}")
            else:
                self.stdout.write(f"{account.channel_id}: {count}")


class _Readers:
    """A thread for each mailbox; the list is read anew, so that channels come, go and change at any time."""

    def __init__(self, only: uuid.UUID | None) -> None:
        self._only = only
        self._running: dict[uuid.UUID, MailReader] = {}

    def keep(self, stopped: threading.Event) -> None:
        while not stopped.is_set():
            try:
                wanted = {a.channel_id: a for a in accounts() if self._only in (None, a.channel_id)}
            except (OperationalError, InterfaceError) as error:
                logger.warning("mailboxes: the database is away: %s", type(error).__name__)
            else:
                self._match(wanted)
            connection.close()
            stopped.wait(LIST_EVERY_S)
        for reader in self._running.values():
            reader.stop()

    def _match(self, wanted: dict[uuid.UUID, Account]) -> None:
        """Stop readers of what is gone or changed, start those that are missing."""
        for channel_id, reader in list(self._running.items()):
            if wanted.get(channel_id) != reader.account or not reader.is_alive():
                reader.stop()
                del self._running[channel_id]
        spread = START_SPREAD_S if len(wanted) > 3 else 0
        for channel_id, account in wanted.items():
            if channel_id not in self._running:
                self._running[channel_id] = reader = MailReader(account, delay_s=random.uniform(0, spread))  # noqa: S311
                reader.start()
