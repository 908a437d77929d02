"""Reading mailboxes: one connection each, letters journaled together with the place where reading goes on."""

from __future__ import annotations

import random
from typing import Any

from django.db import connection
from django.utils import timezone

from channels import bell
from channels.adapter_settings import settings_of
from channels.adapters.mail.imap import Fetched, Mailbox
from channels.adapters.mail.services import is_posted
from channels.connections import Account, Connection, active_accounts, note_success
from channels.journal.intake import record
from channels.models import Channel
from core.tenancy import tenant_scope

LOOK_EVERY_S = 60  # where the server can't tell of new letters
IDLE_S = 100  # then the folder is looked through anyway: a server may have fallen silent


def accounts() -> list[Account]:
    """List the mailboxes to read, of all tenants."""
    return active_accounts("email")


class MailReader(Connection):
    """Reads one mailbox until told to stop."""

    def hold(self) -> None:
        """Read what is new, and again whenever the server tells of something."""
        channel_settings = self.channel_settings()
        if is_posted(channel_settings):
            self._stopped.wait()
            return
        with Mailbox(channel_settings) as mailbox:
            while not self._stopped.is_set():
                read_new(self.account, mailbox, channel_settings)
                self.works()
                connection.close()  # waiting takes long, and there may be thousands of mailboxes
                if channel_settings.get("is_idle", True) and mailbox.can_idle:
                    mailbox.select(str(channel_settings.get("folder") or "INBOX"))
                    mailbox.idle(IDLE_S)
                else:
                    self._stopped.wait(LOOK_EVERY_S * random.uniform(0.9, 1.1))  # noqa: S311


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
    note_success(account)
    return count


def read_once(account: Account) -> int:
    """Connect, journal what is new, and ring; return how many letters. Raises SendError."""
    with tenant_scope(account.tenant_id):
        channel_settings = settings_of(Channel.objects.get(pk=account.channel_id))
    if is_posted(channel_settings):
        return 0
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
