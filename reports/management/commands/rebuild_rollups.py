"""Counts the figures of reports anew, or compares them with the rows."""

from __future__ import annotations

import functools
import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.utils import timezone

from channels.management.tenant_option import find_tenant
from core.tenancy import tenant_scope
from reports.models import Subject
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
        parser.add_argument(
            "--jobs", type=int, default=2, help="subjects of a tenant that are counted at once"
        )
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Work on each tenant's subjects in transactions of their own; fail when cells differ."""
        tenants = Tenant.objects.order_by("slug") if options["all"] else [find_tenant(options["tenant"])]
        work = _differing if options["verify"] else functools.partial(_rebuilt, jobs=options["jobs"])
        results = [{"tenant": tenant.slug, **work(tenant)} for tenant in tenants]
        if options["json"]:
            self.stdout.write(json.dumps(results if options["all"] else results[0]))
        else:
            for line in results:
                self.stdout.write(", ".join(f"{name} {value}" for name, value in line.items()))
        if any(line.get("differing") for line in results):
            raise CommandError("Some cells are not what the rows say: rebuild them.")


def _differing(tenant: Tenant) -> dict[str, Any]:
    with tenant_scope(tenant):
        return {"differing": differing_cells()}


def _rebuilt(tenant: Tenant, *, jobs: int) -> dict[str, Any]:
    """Count a tenant anew; PostgreSQL does the work, on as many processors as there are jobs."""
    started = time.monotonic()

    def count(subject: Subject) -> None:
        try:
            with tenant_scope(tenant):
                rebuild(tenant, now=timezone.now(), subjects=[subject])
        finally:
            connection.close()

    with ThreadPoolExecutor(max(jobs, 1)) as pool:
        list(pool.map(count, Subject))
    return {"seconds": round(time.monotonic() - started, 1)}
