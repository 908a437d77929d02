"""Runs events again."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from channels.journal import replay
from channels.management.tenant_option import add_tenant_option, find_tenant
from core.tenancy import tenant_scope


class Command(BaseCommand):
    help = "Run events again: some by their ids, or all dead letters. What they led to already stays."

    def add_arguments(self, parser: CommandParser) -> None:
        add_tenant_option(parser)
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--event", nargs="+", type=uuid.UUID, metavar="ID")
        which.add_argument("--dead", action="store_true", help="all dead letters")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Queue them and say how many."""
        with tenant_scope(find_tenant(options["tenant"])):
            count = replay(event_ids=options["event"], now=timezone.now())
        self.stdout.write(json.dumps({"replayed": count}) if options["json"] else f"{count} run again")
