"""Connects a channel from a shell, with the settings of its page under the same names."""

from __future__ import annotations

import json
import secrets as random
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q
from django.utils import timezone

from channels.adapters import Adapter, UnknownKind, adapter_for
from channels.management.tenant_option import add_tenant_option, find_tenant
from channels.services import create_channel
from contacts.models import Source
from core.errors import Refusal
from core.tenancy import tenant_scope
from deals.models import Pipeline
from tenants.models import Membership, Role

_FLAGS = ("is_lead_source", "is_reason_required", "is_active")
_NUMBERS = ("response_limit_min", "new_lead_after_h")
_TRUE = ("1", "true", "yes", "on", "да")


class Command(BaseCommand):
    help = "Connect a channel. Prints its address for events and the secret made for signing them."

    def add_arguments(self, parser: CommandParser) -> None:
        add_tenant_option(parser)
        parser.add_argument("--kind", required=True, help="email, form, telegram, whatsapp, jivo, webhook …")
        parser.add_argument("--name", required=True)
        parser.add_argument(
            "--set",
            nargs="+",
            action="extend",
            default=[],
            metavar="key=value",
            help="settings, as on the page",
        )
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Create the channel; secrets that are needed and not given are made up, for trying it out."""
        tenant = find_tenant(options["tenant"])
        try:
            adapter = adapter_for(options["kind"])
        except UnknownKind as error:
            raise CommandError(str(error)) from error
        given = dict(_pair(text) for text in options["set"])
        with tenant_scope(tenant):
            fields = {name: _own_value(name, given.pop(name)) for name in list(given) if name in _READERS}
            self._make_up(adapter, given)
            try:
                made = create_channel(
                    kind=adapter.kind, name=options["name"], now=timezone.now(), settings=given, **fields
                )
            except Refusal as refusal:
                raise CommandError(str(refusal.message)) from refusal
        result = {"id": str(made.channel.pk), "hook_url": made.hook_url, "secret": made.secret}
        if options["json"]:
            self.stdout.write(json.dumps(result))
        else:
            self.stdout.write("\n".join(f"{name}: {value}" for name, value in result.items()))

    def _make_up(self, adapter: Adapter, given: dict[str, Any]) -> None:
        """Fill needed secrets that weren't given."""
        for field in adapter.fields:
            if field.kind == "secret" and field.is_required and not given.get(field.name):
                given[field.name] = random.token_urlsafe(24)
                self.stderr.write(f"{field.name} was not given: made up, so only signed trials will work.")


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise CommandError(f"--set wants key=value, not {text!r}.")
    return name.strip(), value


def _own_value(name: str, text: str) -> Any:
    """Read a setting that every channel has. People go by e-mail or name, the rest by name."""
    return _READERS[name](name, text) if text else None


def _flag(name: str, text: str) -> bool:
    return text.strip().lower() in _TRUE


def _number(name: str, text: str) -> int:
    if not text.isdecimal():
        raise CommandError(f"{name} must be a whole number.")
    return int(text)


def _person(name: str, text: str) -> Membership:
    return _one(Membership.objects.active().filter(Q(email__iexact=text) | Q(name__iexact=text)), name, text)


def _role(name: str, text: str) -> Role:
    return _one(Role.objects.filter(Q(code=text) | Q(name__iexact=text)), name, text)


def _source(name: str, text: str) -> Source:
    return _one(Source.objects.filter(name__iexact=text), name, text)


def _pipeline(name: str, text: str) -> Pipeline:
    return _one(Pipeline.objects.filter(name__iexact=text), name, text)


def _one(found: Any, name: str, text: str) -> Any:
    if (value := found.first()) is None:
        raise CommandError(f"{name}: there is no {text!r}.")
    return value


_READERS: dict[str, Any] = {
    "responsible": _person,
    "responsible_role": _role,
    "source": _source,
    "pipeline": _pipeline,
    **dict.fromkeys(_FLAGS, _flag),
    **dict.fromkeys(_NUMBERS, _number),
}
