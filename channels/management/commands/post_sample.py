"""Tries a channel: posts recorded bodies to its own address, signed as its provider signs them."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import httpx
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from channels.management.tenant_option import add_tenant_option, find_tenant
from channels.models import Channel
from channels.samples import Posted, await_outcomes, post
from channels.services import hook_url_of, prepare_check
from core.tenancy import tenant_scope


class Command(BaseCommand):
    help = "Post recorded bodies to a channel of the running server, and say what became of each item."

    def add_arguments(self, parser: CommandParser) -> None:
        add_tenant_option(parser)
        parser.add_argument("--channel", required=True, type=uuid.UUID, metavar="ID")
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--url", default="", help="where the server answers; PUBLIC_URL by default")
        parser.add_argument(
            "--timeout", type=float, default=60, help="seconds to wait until all is processed"
        )
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Post all, wait for all, print each; end with an error if something was not taken or still waits."""
        tenant = find_tenant(options["tenant"])
        for path in options["files"]:
            if not path.is_file():
                raise CommandError(f"There is no file {path}.")
        with tenant_scope(tenant):
            channel = Channel.objects.filter(pk=options["channel"]).first()
            if channel is None:
                raise CommandError("There is no such channel.")
            if not hook_url_of(channel):
                raise CommandError(f"Nobody posts to a channel of kind {channel.kind}: it has no address.")
            work = prepare_check(channel)
        if options["url"]:
            work["hook_url"] = work["hook_url"].replace(settings.PUBLIC_URL, options["url"].rstrip("/"), 1)
        try:
            posted = post(options["files"], **work)
        except httpx.HTTPError as error:
            raise CommandError(
                f"The server does not answer: {error}. Is it running? --url says where."
            ) from error
        is_done = await_outcomes(tenant.pk, posted, timeout_s=options["timeout"])
        self._print(posted, as_json=options["json"])
        if not is_done:
            raise CommandError("Some events still wait: is a worker running?")
        if any(one.status >= 400 for one in posted):
            raise CommandError("Some files were refused.")

    def _print(self, posted: list[Posted], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps([one.as_dict() for one in posted], ensure_ascii=False))
            return
        for one in posted:
            self.stdout.write(f"{one.file}: {one.status} {one.state} {one.reason}".rstrip())
            for item in one.items:
                lead = f" #{item['lead']['number']}" if item["lead"] else ""
                self.stdout.write(f"  {item['outcome']}{lead} {item['reason']} [{item['key']}]")
