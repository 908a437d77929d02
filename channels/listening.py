"""Listening to exchanges of one's own: one connection each, every word about a call journaled as it came."""

from __future__ import annotations

from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone
from django.utils.translation import gettext

from channels import bell
from channels.adapters import adapter_for
from channels.adapters.asterisk.ami import CLASSES, Manager
from channels.adapters.base import RawDelivery, SendError, Settings
from channels.connections import PAUSES_S, Account, Connection, active_accounts, note_success
from channels.journal.intake import record
from channels.models import Channel
from core.tenancy import tenant_scope
from leads.inquiry import Ignored

KIND = "asterisk"
METHOD = "AMI"
SILENCE_S = 30.0  # then the server is asked whether it is still there
POSTED_ONLY_S = 600  # between looks at a channel without an address


def accounts() -> list[Account]:
    """List the exchanges to listen to, of all tenants."""
    return active_accounts(KIND)


class Listener(Connection):
    """Listens to one exchange until told to stop."""

    def hold(self) -> None:
        """Log in, and journal what is told of calls."""
        settings = self.channel_settings()
        if not settings.get("host"):
            self.rest(POSTED_ONLY_S)
            return
        with Manager(settings, classes=CLASSES) as manager:
            note_success(self.account)
            self.works()
            self._listen(manager, settings)

    def _listen(self, manager: Manager, settings: Settings) -> None:
        is_asked = False
        while not self._stopped.is_set():
            message = manager.hear(SILENCE_S)
            if message is not None:
                is_asked = False
                if is_news(message, settings):
                    self._keep(message)
                continue
            if is_asked:
                raise SendError(gettext("Asterisk does not answer."), is_permanent=False)
            connection.close()  # a quiet exchange needs none
            manager.ping()
            is_asked = True

    def _keep(self, message: bytes) -> None:
        """Journal a word that won't be told again: while the database is away it is held on to."""
        while True:
            try:
                journal(self.account, message)
                return
            except (OperationalError, InterfaceError):
                if self._stopped.is_set():
                    raise
                self.rest(PAUSES_S[0])


def is_news(message: bytes, settings: Settings) -> bool:
    """Say whether a message tells of a call: most are about other things, and the journal is no log of those."""
    told = adapter_for(KIND).parse(RawDelivery(message, method=METHOD), settings)
    return any(not isinstance(item, Ignored) for item in told)


def journal(account: Account, message: bytes) -> None:
    """Write the message down, and ring."""
    with tenant_scope(account.tenant_id):
        channel = Channel.objects.get(pk=account.channel_id)
        record(channel=channel, delivery=RawDelivery(message, method=METHOD), now=timezone.now())
    bell.ring(account.tenant_id)
