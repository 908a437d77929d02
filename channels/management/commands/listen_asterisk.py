"""Listens to the Asterisk exchanges of all tenants until stopped."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from channels.connections import Keeper
from channels.listening import Listener, accounts


class Command(BaseCommand):
    help = "Listen to the exchanges of all Asterisk channels; what they tell of calls goes into the journal."

    def handle(self, *args: Any, **options: Any) -> None:
        """Keep a connection to every exchange."""
        Keeper(accounts, Listener).keep_until_told()
