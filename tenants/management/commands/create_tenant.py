"""Create a tenant and invite its first administrator."""

from __future__ import annotations

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email, validate_slug
from django.utils import timezone

from tenants.models import Tenant
from tenants.models.tenant import LANGUAGES
from tenants.services import open_tenant


class Command(BaseCommand):
    help = "Create a tenant with its roles and first pipeline, and invite its administrator."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--name", required=True)
        parser.add_argument("--slug", required=True, help="short name in addresses: letters, digits, hyphens")
        parser.add_argument("--admin-email", required=True)
        parser.add_argument("--language", choices=[code for code, _name in LANGUAGES], default="ru")
        parser.add_argument("--time-zone", default="Europe/Moscow")
        parser.add_argument("--currency", default="RUB")
        parser.add_argument("--phone-region", default="RU")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            validate_slug(options["slug"])
            validate_email(options["admin_email"])
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        if Tenant.objects.filter(slug=options["slug"]).exists():
            raise CommandError(f"There is a tenant {options['slug']} already.")
        fields = ("name", "slug", "admin_email", "language", "time_zone", "currency", "phone_region")
        tenant, invited = open_tenant(now=timezone.now(), **{name: options[name] for name in fields})
        self.stdout.write(json.dumps({"tenant": tenant.slug, "invitation": invited.url}))
