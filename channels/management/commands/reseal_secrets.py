"""Seals the secrets of all channels with the present SECRET_KEY."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from channels import secrets
from channels.models import Channel
from core.tenancy import tenant_scope
from tenants.models import Tenant


class Command(BaseCommand):
    help = "Seal channel secrets anew with the present SECRET_KEY, before an old one leaves the fallbacks."

    def handle(self, *args: Any, **options: Any) -> None:
        """Reseal tenant by tenant; say how many, and name channels that no key opens."""
        count = 0
        for tenant in Tenant.objects.order_by("pk"):
            with tenant_scope(tenant):
                for channel in Channel.objects.select_for_update(no_key=True):
                    try:
                        secrets.write(channel, secrets.read(channel))
                    except secrets.SecretsUnreadable as error:
                        self.stderr.write(str(error))
                        continue
                    channel.save(update_fields=["encrypted_secrets"])
                    count += 1
        self.stdout.write(f"{count} resealed")
