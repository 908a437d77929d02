"""`manage export_rows`: the export page's code, for scripts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation

from core.exporting import FORMATS
from core.listing import listing_for
from core.tenancy import tenant_scope
from core.zones import zones
from tenants.exports import write_list
from tenants.models import Membership, Tenant

PAGES = {
    "leads": "leads:list",
    "deals": "deals:list",
    "contacts": "contacts:list",
    "companies": "contacts:company_list",
}


class Command(BaseCommand):
    help = "Write a list of a tenant to a file, as an administrator of it would export it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", required=True, help="short name of the tenant")
        parser.add_argument("--what", required=True, choices=sorted(PAGES))
        parser.add_argument(
            "--query", default="", help="filters as they stand in the list's address: 'period=month'"
        )
        parser.add_argument("--format", choices=sorted(FORMATS), default="csv")
        parser.add_argument("--json", action="store_true")
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        if tenant is None:
            raise CommandError(f"No tenant {options['tenant']!r}.")
        with tenant_scope(tenant):
            admins = Membership.objects.active().filter(role__is_admin=True)
            member = admins.select_related("role", "tenant", "user").first()
        if member is None:
            raise CommandError(f"{tenant} has no administrator.")
        with translation.override(tenant.language), zones(reader="", company=tenant.time_zone):
            count = write_list(
                tenant_id=tenant.pk,
                member=member,
                listing=listing_for(PAGES[options["what"]]),
                query=options["query"],
                file_format=options["format"],
                path=options["file"],
            )
        report = {"rows": count, "file": str(options["file"])}
        self.stdout.write(json.dumps(report) if options["json"] else f"{count} rows: {options['file']}")
