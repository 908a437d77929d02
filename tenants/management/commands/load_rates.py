"""Take the Bank of Russia's rates of a day, from the bank or from a file saved before."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from core.tenancy import tenant_scope
from tenants.models import Tenant
from tenants.rates import bank
from tenants.services import take_bank_rates


class Command(BaseCommand):
    help = "Take the Bank of Russia's rates for all companies that follow them, or for one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--date", type=dt.date.fromisoformat, help="a day as YYYY-MM-DD; else the newest")
        parser.add_argument("--file", type=Path, help="read this saved answer instead of asking the bank")
        parser.add_argument(
            "--tenant", help="the short name of one company, whether it follows the bank or not"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            day = bank.parse(options["file"].read_bytes() if options["file"] else bank.fetch(options["date"]))
        except (bank.BankError, OSError) as error:
            raise CommandError(str(error)) from error
        named = {"slug": options["tenant"]} if options["tenant"] else {"follows_bank_rates": True}
        for tenant in Tenant.objects.filter(is_active=True, **named).order_by("pk"):
            with tenant_scope(tenant):
                added = take_bank_rates(tenant=tenant, day=day, now=timezone.now())
            self.stdout.write(f"{tenant.slug}: {added} rates of {day.on}")
