"""`manage generate`: tenants full of believable rows, for load tests."""

from __future__ import annotations

import json
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from demo.bulk import Size, generate_tenant
from tenants.models import Tenant


class Command(BaseCommand):
    help = "Make tenants with bulk data two years deep. Log in as user0@SLUG.example, password demo."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenants", type=int, default=1, help="how many tenants")
        parser.add_argument("--leads", type=int, default=1000, help="leads in each")
        parser.add_argument("--deals", type=int, default=500, help="deals in each")
        parser.add_argument("--contacts", type=int, help="contacts in each (default: 80 %% of the leads)")
        parser.add_argument("--companies", type=int, help="companies in each (default: 20 %% of the leads)")
        parser.add_argument("--members", type=int, default=10, help="people in each")
        parser.add_argument(
            "--slug", default="load", help="short name; numbered when there are several tenants"
        )
        parser.add_argument("--language", choices=["ru", "en"], default="ru")
        parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same rows")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        leads = options["leads"]
        size = Size(
            leads=leads,
            deals=options["deals"],
            contacts=options["contacts"] or max(1, leads * 8 // 10),
            companies=options["companies"] if options["companies"] is not None else leads // 5,
            members=options["members"],
        )
        slugs = (
            [options["slug"]]
            if options["tenants"] == 1
            else [f"{options['slug']}{i}" for i in range(1, options["tenants"] + 1)]
        )
        if taken := list(Tenant.objects.filter(slug__in=slugs).values_list("slug", flat=True)):
            raise CommandError(f"Taken already: {', '.join(taken)}. Choose another --slug.")
        started = time.monotonic()
        for slug in slugs:
            generate_tenant(
                slug=slug, size=size, seed=options["seed"], now=timezone.now(), language=options["language"]
            )
        took = time.monotonic() - started
        report = {"tenants": slugs, "leads": leads, "deals": size.deals, "seconds": round(took, 1)}
        self.stdout.write(json.dumps(report) if options["json"] else f"{report}")
