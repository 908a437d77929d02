"""Prints the ledger: what was received and what became of it."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from channels.journal import ledger
from channels.management.tenant_option import find_tenant
from channels.models import Channel
from core.tenancy import tenant_scope
from tenants.models import Tenant


class Command(BaseCommand):
    help = "Print received = leads + joined + duplicates + ignored + failed + pending."

    def add_arguments(self, parser: CommandParser) -> None:
        whose = parser.add_mutually_exclusive_group(required=True)
        whose.add_argument("--tenant", metavar="SLUG")
        whose.add_argument("--all", action="store_true", help="every tenant")
        parser.add_argument("--channel", type=uuid.UUID, help="only this channel")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one ledger, or one a tenant."""
        if options["all"]:
            if options["channel"]:
                raise CommandError("--channel goes with --tenant.")
            tenants = Tenant.objects.order_by("slug")
            self._print([{"tenant": t.slug, **_figures(t, None)} for t in tenants], as_json=options["json"])
        else:
            self._print(_figures(find_tenant(options["tenant"]), options["channel"]), as_json=options["json"])

    def _print(self, result: Any, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(result))
            return
        for line in result if isinstance(result, list) else [result]:
            self.stdout.write(", ".join(f"{name} {value}" for name, value in line.items()))


def _figures(tenant: Tenant, channel_id: uuid.UUID | None) -> dict[str, int]:
    with tenant_scope(tenant):
        channel = None
        if channel_id is not None and (channel := Channel.objects.filter(pk=channel_id).first()) is None:
            raise CommandError("There is no such channel.")
        return ledger(channel=channel).as_dict()
