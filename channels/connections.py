"""Accounts we connect to, not the other way round: which there are, and one thread that holds on to each."""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
import random
import signal
import threading
import uuid
from collections.abc import Callable, Iterable
from typing import Any

from django.db import InterfaceError, OperationalError, connection
from django.db.models import Value
from django.db.models.functions import Coalesce
from django.utils import timezone, translation

from channels.adapter_settings import settings_of
from channels.adapters.base import SendError
from channels.models import Channel
from core.tenancy import tenant_scope

logger = logging.getLogger(__name__)
PAUSES_S = (15, 60, 180, 600)
LIST_EVERY_S = 15
START_SPREAD_S = 10  # many logins at once look like an attack


@dataclasses.dataclass(frozen=True, slots=True)
class Account:
    """A switched-on channel, and when its settings changed last."""

    tenant_id: int
    channel_id: uuid.UUID
    updated_at: dt.datetime


def active_accounts(kind: str) -> list[Account]:
    """List the switched-on channels of one kind, of all tenants."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenant_id, channel_id, updated_at FROM search.active_channels(%s)", [kind])
        return [Account(*row) for row in cursor.fetchall()]


def note_failure(account: Account, reason: str) -> None:
    """Show on the settings page why the account can't be read, and since when."""
    with tenant_scope(account.tenant_id):
        Channel.objects.filter(pk=account.channel_id).update(
            last_error=reason.replace("\x00", "")[:500],
            last_error_at=Coalesce("last_error_at", Value(timezone.now())),
        )


def note_success(account: Account) -> None:
    """Forget the last failure."""
    with tenant_scope(account.tenant_id):
        broken = Channel.objects.filter(pk=account.channel_id).exclude(last_error="")
        broken.update(last_error="", last_error_at=None)


class Connection(threading.Thread):
    """Holds on to one account until told to stop. Nothing that happens to it reaches the others."""

    def __init__(self, account: Account, *, delay_s: float = 0) -> None:
        super().__init__(name=f"{type(self).__name__}-{account.channel_id}", daemon=True)
        self.account = account
        self._delay_s = delay_s
        self._stopped = threading.Event()
        self._failures = 0

    def hold(self) -> None:
        """Connect and read until stopped; return to be called again. Raises SendError."""
        raise NotImplementedError

    def stop(self) -> None:
        """End after what is in hand; a wait for the server is not waited for."""
        self._stopped.set()

    def run(self) -> None:
        self._stopped.wait(self._delay_s)
        while not self._stopped.is_set():
            try:
                self.hold()
            except SendError as error:
                self._failed(str(error), is_permanent=error.is_permanent)
            except (OperationalError, InterfaceError) as error:
                logger.warning("%s: the database is away: %s", self.name, type(error).__name__)
                self.rest(PAUSES_S[0])
            except Exception as error:  # an account must be read again whatever its server says
                logger.error("%s: %s", self.name, type(error).__name__)
                self._failed(type(error).__name__, is_permanent=False)

    def works(self) -> None:
        """Say that the account can be read; the next failure is the first again."""
        self._failures = 0

    def channel_settings(self) -> Any:
        """Read the settings, put on the tenant's language for what goes wrong, and let go of the database.

        What follows is a wait for somebody's server, with hundreds of accounts at once.
        """
        with tenant_scope(self.account.tenant_id):
            channel = Channel.objects.select_related("tenant").get(pk=self.account.channel_id)
            translation.activate(channel.tenant.language)
            found = settings_of(channel)
        connection.close()
        return found

    def rest(self, seconds: float) -> None:
        """Wait without a database connection, never in step with others."""
        connection.close()
        self._stopped.wait(seconds * random.uniform(0.8, 1.2))  # noqa: S311

    def _failed(self, reason: str, *, is_permanent: bool) -> None:
        """Write the reason down for the settings page, and wait longer each time."""
        self._failures += 1
        try:
            note_failure(self.account, reason)
        except (OperationalError, InterfaceError):
            logger.warning("%s: the reason could not be written down", self.name)
        index = min(self._failures, len(PAUSES_S)) - 1
        self.rest(PAUSES_S[-1] if is_permanent else PAUSES_S[index])


class Keeper:
    """A connection for each account; the list is read anew, so that channels come, go and change at any time."""

    def __init__(self, accounts: Callable[[], Iterable[Account]], connect: Callable[..., Connection]) -> None:
        self._accounts, self._connect = accounts, connect
        self._running: dict[uuid.UUID, Connection] = {}

    def keep_until_told(self) -> None:
        """Hold on to all until the process is told to end."""
        stopped = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_args: stopped.set())
        self.keep(stopped)

    def keep(self, stopped: threading.Event) -> None:
        """Hold on to all until stopped."""
        while not stopped.is_set():
            try:
                wanted = {account.channel_id: account for account in self._accounts()}
            except (OperationalError, InterfaceError) as error:
                logger.warning("accounts: the database is away: %s", type(error).__name__)
            else:
                self._match(wanted)
            connection.close()
            stopped.wait(LIST_EVERY_S)
        for held in self._running.values():
            held.stop()

    def _match(self, wanted: dict[uuid.UUID, Account]) -> None:
        """Stop connections of what is gone or changed, start those that are missing."""
        for channel_id, held in list(self._running.items()):
            if wanted.get(channel_id) != held.account or not held.is_alive():
                held.stop()
                del self._running[channel_id]
        spread = START_SPREAD_S if len(wanted) > 3 else 0
        for channel_id, account in wanted.items():
            if channel_id not in self._running:
                delay_s = random.uniform(0, spread)  # noqa: S311
                self._running[channel_id] = self._connect(account, delay_s=delay_s)
                self._running[channel_id].start()
