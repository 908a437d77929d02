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
    help = (
        "Make tenants with bulk data years deep: one of the size asked for, the others small beside it. "
        "Log in as user0@SLUG.example (administrator), user1 (head), user2 (head of a department), user3 (agent, "
        "own rows only) or user4 (manager), password demo."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenants", type=int, default=1, help="how many tenants")
        parser.add_argument("--leads", type=int, default=1000, help="leads in the first")
        parser.add_argument("--deals", type=int, default=500, help="deals in the first")
        parser.add_argument("--contacts", type=int, help="contacts in it (default: 80 %% of the leads)")
        parser.add_argument("--companies", type=int, help="companies in it (default: 20 %% of the leads)")
        parser.add_argument("--members", type=int, default=50, help="people in it")
        parser.add_argument("--years", type=int, default=2, help="how far back the rows reach")
        parser.add_argument(
            "--other-leads", type=int, default=20, help="leads in each further tenant, and half as many deals"
        )
        parser.add_argument(
            "--bare",
            action="store_true",
            help="only what reports count: no timelines, dialogs, documents, search",
        )
        parser.add_argument("--slug", default="load", help="short name; further tenants are numbered from 2")
        parser.add_argument("--language", choices=["ru", "en"], default="ru")
        parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same rows")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        leads, others = options["leads"], options["other_leads"]
        size = Size(
            leads=leads,
            deals=options["deals"],
            contacts=options["contacts"] or max(1, leads * 8 // 10),
            companies=options["companies"] if options["companies"] is not None else leads // 5,
            members=options["members"],
            days=365 * options["years"],
            is_bare=options["bare"],
        )
        small = Size(
            leads=others,
            deals=others // 2,
            contacts=max(1, others * 8 // 10),
            companies=others // 5,
            members=5,
            is_bare=options["bare"],
        )
        first = options["slug"]
        sizes = {first: size} | {f"{first}{i}": small for i in range(2, options["tenants"] + 1)}
        if taken := list(Tenant.objects.filter(slug__in=sizes).values_list("slug", flat=True)):
            raise CommandError(f"Taken already: {', '.join(taken)}. Choose another --slug.")
        started = time.monotonic()
        for slug, wanted in sizes.items():
            generate_tenant(
                slug=slug, size=wanted, seed=options["seed"], now=timezone.now(), language=options["language"]
            )
        took = time.monotonic() - started
        report = {"tenants": list(sizes), "leads": leads, "deals": size.deals, "seconds": round(took, 1)}
        self.stdout.write(json.dumps(report) if options["json"] else f"{report}")
