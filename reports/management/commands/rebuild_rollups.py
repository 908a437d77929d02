"""Counts the figures of reports anew, or compares them with the rows."""

from __future__ import annotations

import json
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from channels.management.tenant_option import find_tenant
from core.tenancy import tenant_scope
from reports.rollups.refreshing import rebuild
from reports.rollups.verifying import differing_cells
from tenants.models import Tenant


class Command(BaseCommand):
    help = "Drop and count anew what reports read, or with --verify say how many cells differ from the rows."

    def add_arguments(self, parser: CommandParser) -> None:
        whose = parser.add_mutually_exclusive_group(required=True)
        whose.add_argument("--tenant", metavar="SLUG")
        whose.add_argument("--all", action="store_true", help="every tenant")
        parser.add_argument("--verify", action="store_true", help="compare and change nothing")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Work on each tenant in a transaction of its own; fail when cells differ."""
        tenants = Tenant.objects.order_by("slug") if options["all"] else [find_tenant(options["tenant"])]
        results = [self._of(tenant, verify=options["verify"]) for tenant in tenants]
        if options["json"]:
            self.stdout.write(json.dumps(results if options["all"] else results[0]))
        else:
            for line in results:
                self.stdout.write(", ".join(f"{name} {value}" for name, value in line.items()))
        if any(line.get("differing") for line in results):
            raise CommandError("Some cells are not what the rows say: rebuild them.")

    @staticmethod
    def _of(tenant: Tenant, *, verify: bool) -> dict[str, Any]:
        started = time.monotonic()
        with tenant_scope(tenant):
            if verify:
                return {"tenant": tenant.slug, "differing": differing_cells()}
            rebuild(tenant, now=timezone.now())
        return {"tenant": tenant.slug, "seconds": round(time.monotonic() - started, 1)}
