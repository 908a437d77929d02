"""`manage load_demo`: the two demo tenants with a believable year."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from channels.dialogs.refill import refill_dialogs
from channels.models import Dialog
from core.embedded import paths
from core.tenancy import tenant_scope
from demo import mailings, snapshot, today, wares, year
from demo.companies import (
    PASSWORD,
    PLANS,
    Company,
    Plan,
    make_users,
    set_up,
    standing,
    tenant_fields,
)
from demo.connections import channel_settings
from demo.staffing import keep_calendar
from tenants.models import Tenant, User

OPERATOR = "operator@crm.example"


class Command(BaseCommand):
    help = "Make the demo tenants romashka (Russian) and acme (English), dated relative to today."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--live", action="store_true", help="simulate the year through the services: minutes"
        )
        parser.add_argument("--seed", type=int, default=7, help="the same seed makes the same year")
        whose = parser.add_mutually_exclusive_group()
        whose.add_argument("--tenant", choices=[p.slug for p in PLANS], help="only this one")
        whose.add_argument(
            "--side-by-side", action="store_true", help="each company in a process of its own, all at once"
        )
        parser.add_argument(
            "--write-snapshot",
            action="store_true",
            help="with --live: keep the year as the file of fast starts",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not User.objects.filter(email=OPERATOR).exists():
            User.objects.create_superuser(OPERATOR, PASSWORD, name="Operator")
        missing = [plan for plan in PLANS if options["tenant"] in (None, plan.slug) and not _stands(plan)]
        others = missing[1:] if options["side_by_side"] else []
        beside = [_load_beside(plan, **options) for plan in others]
        try:
            for plan in missing[: len(missing) - len(others)]:
                started = time.monotonic()
                self._make(plan, **options)
                self.stdout.write(f"{plan.slug}: loaded in {time.monotonic() - started:.0f} s")
        finally:
            codes = [process.wait() for process in beside]
        if any(codes):
            raise CommandError("A demo company was not loaded; the message is above.")

    def _make(self, plan: Plan, *, live: bool, seed: int, write_snapshot: bool, **_options: Any) -> None:
        now = timezone.now()
        if live:
            company = set_up(plan, now=now)
            year.live(company, seed=seed, now=now)
            if write_snapshot:
                self.stdout.write(f"{snapshot.dump(company.tenant, now=now)}")
        else:
            company = self._from_snapshot(plan, now)
        with transaction.atomic(), tenant_scope(company.tenant):
            keep_calendar(company, now=now)
            mailings.send(company, seed=seed, now=now)
        year.last_hours(company, seed=seed, now=now)
        wares.furnish(company, seed=seed, now=now)
        today.bring_up_to_date(company, seed=seed, now=now)

    @staticmethod
    def _from_snapshot(plan: Plan, now: dt.datetime) -> Company:
        with transaction.atomic():
            tenant = Tenant.objects.create(**tenant_fields(plan, now=now))
            snapshot.load(tenant, now=now, users=make_users(plan))
            with tenant_scope(tenant):
                snapshot.renew_secrets(channel_settings(plan), now=now)
                snapshot.renew_rights()
                if Dialog.objects.filter(
                    last_direction=""
                ).exists():  # the file is older than what a dialog knows
                    refill_dialogs(now=now)
        return standing(plan, tenant)


def _stands(plan: Plan) -> bool:
    return Tenant.objects.filter(slug=plan.slug).exists()


def _load_beside(
    plan: Plan, *, live: bool, seed: int, write_snapshot: bool, **_options: Any
) -> subprocess.Popen[bytes]:
    """Begin loading a company in a process of its own."""
    command = [
        sys.executable,
        str(paths.ROOT / "manage.py"),
        "load_demo",
        "--tenant",
        plan.slug,
        f"--seed={seed}",
    ]
    command += ["--live"] * live + ["--write-snapshot"] * write_snapshot
    return subprocess.Popen(command, stdin=subprocess.DEVNULL)


def logins() -> list[str]:
    """List who may sign in to the demo tenants that stand, one a role; `up` shows it."""
    standing_slugs = set(Tenant.objects.values_list("slug", flat=True))
    lines = []
    for plan in (plan for plan in PLANS if plan.slug in standing_slugs):
        first_of_role = {person.role: person.email for person in reversed(plan.people)}
        lines.append(f"{plan.name}: " + ", ".join(email for email in reversed(first_of_role.values())))
    return [*lines, f"operator: {OPERATOR}", f"password of all: {PASSWORD}"] if lines else []
