"""Reads the mailboxes of all tenants until stopped."""

from __future__ import annotations

import uuid
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from channels.adapters.base import SendError
from channels.connections import Account, Keeper, note_failure
from channels.mailboxes import MailReader, accounts, read_once


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
        Keeper(partial(_chosen, options["channel"]), MailReader).keep_until_told()

    def _once(self, only: uuid.UUID | None) -> None:
        chosen = _chosen(only)
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


def _chosen(only: uuid.UUID | None) -> list[Account]:
    return [account for account in accounts() if only in (None, account.channel_id)]
