"""The --tenant option of commands."""

from __future__ import annotations

from django.core.management.base import CommandError, CommandParser

from tenants.models import Tenant


def add_tenant_option(parser: CommandParser, *, is_required: bool = True) -> None:
    """Let a command be told whose rows it works on."""
    parser.add_argument("--tenant", required=is_required, metavar="SLUG")


def find_tenant(slug: str) -> Tenant:
    """Find a tenant by its short name. Raises CommandError."""
    tenant = Tenant.objects.filter(slug=slug).first()
    if tenant is None:
        raise CommandError(f"There is no tenant {slug!r}.")
    return tenant
