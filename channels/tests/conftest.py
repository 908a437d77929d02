"""Channels to test with, and committed ones for what needs several connections."""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from channels.adapters import acquaintances
from channels.journal import drain
from channels.models import Channel, Dialog
from channels.services import CreatedChannel, create_channel
from core.tenancy import tenant_scope
from tenants.models import Membership, Tenant

TELEGRAM = {"token": "123456:test-token-of-a-bot", "secret_token": "telegram-secret-of-the-hook"}
MANGO = {"api_key": "mango-key-0123456789", "api_salt": "mango-salt-0123456789"}
META = {"app_secret": "secret-of-the-meta-app", "access_token": "token-of-the-meta-app"}
WHATSAPP = META | {"phone_number_id": "1122334455667", "waba_id": "5467539754836534"}
GOOGLE = {"google_key": "key-of-the-google-form"}
WEBHOOK = {"secret": "secret-of-the-webhook"}
MAIL = {
    "address": "sales@romashka.example",
    "username": "sales@romashka.example",
    "password": "mailbox-password",
    "imap_host": "127.0.0.1",
    "smtp_host": "127.0.0.1",
}
VK = {"token": "vk1.a.test-key-of-a-community", "secret": "vk-secret-of-the-hook", "confirmation": "c0de1234"}
MAX = {"token": "test-token-of-a-max-bot", "secret": "max-secret-of-the-hook"}
AVITO = {"client_id": "test-client", "client_secret": "avito-client-secret", "user_id": "161605962"}
VIBER = {"token": "445da6az1s345z78-test-token"}
USUAL: dict[str, dict[str, Any]] = {
    "telegram": TELEGRAM,
    "mango": MANGO,
    "email": MAIL,
    "vk": VK,
    "max": MAX,
    "avito": AVITO,
    "viber": VIBER,
    "zadarma": {"api_secret": "zadarma-test-secret"},
    "beeline": {"token": "beeline-token-0123456789"},
    "twilio": {"auth_token": "twilio-token-0123456789", "account_sid": "AC1"},
    "callibri": {"user_email": "a@b.ru", "user_token": "callibri-token-0123456789"},
    "vats": {"crm_token": "crm-token-0123456789"},
    "whatsapp": WHATSAPP,
    "messenger": META,
    "instagram": META,
    "meta_leads": META,
    "google_leads": GOOGLE,
    "webhook": WEBHOOK,
}
_numbers = itertools.count(1)


@pytest.fixture(autouse=True)
def _strangers() -> None:
    """Whom one test asked a provider about, the next one does not know."""
    acquaintances.forget()


@pytest.fixture
def make_channel(tenant: Tenant) -> Callable[..., CreatedChannel]:
    """Return a function that connects a channel of Alice's tenant."""

    def make(kind: str = "form", settings: dict[str, Any] | None = None, **fields: Any) -> CreatedChannel:
        usual = USUAL.get(kind, {})
        name = fields.pop("name", f"{kind} {next(_numbers)}")
        with tenant_scope(fields.pop("tenant", tenant)):
            return create_channel(
                kind=kind, name=name, now=timezone.now(), settings=usual | (settings or {}), **fields
            )

    return make


@pytest.fixture
def form(make_channel: Callable[..., CreatedChannel]) -> CreatedChannel:
    return make_channel("form")


@pytest.fixture
def bot(make_channel: Callable[..., CreatedChannel]) -> CreatedChannel:
    return make_channel("telegram")


def path_of(url: str) -> str:
    """Cut the host off an address."""
    return "/" + url.split("://", 1)[1].partition("/")[2]


def post_form(
    made: CreatedChannel, body: bytes = b"name=Anna&phone=%2B79161234567&message=Hello", **headers: Any
) -> Any:
    """Post a form as a site would."""
    return Client().post(
        path_of(made.hook_url),
        body,
        content_type="application/x-www-form-urlencoded",
        headers=headers or None,
    )


def telegram_message(
    update_id: int, *, chat: int = 500, text: str = "Hello", **message: Any
) -> dict[str, Any]:
    """Make an update with a text message of a person."""
    person = {"id": chat, "is_bot": False, "first_name": "Anna", "username": "anna"}
    content = {
        "message_id": update_id,
        "from": person,
        "chat": {"id": chat, "type": "private", "first_name": "Anna"},
        "date": 1_760_000_000 + update_id,
        "text": text,
    }
    return {"update_id": update_id, "message": content | message}


def post_update(made: CreatedChannel, update: Any, secret: str = TELEGRAM["secret_token"]) -> Any:
    """Post an update as Telegram would."""
    body = update if isinstance(update, bytes) else json.dumps(update).encode()
    return Client().post(
        path_of(made.hook_url),
        body,
        content_type="application/json",
        headers={"X-Telegram-Bot-Api-Secret-Token": secret},
    )


def work(channel: Channel) -> int:
    """Work off the journal of the channel's tenant."""
    return drain(channel.tenant_id)


@contextlib.contextmanager
def failing_database() -> Iterator[None]:
    """Let every statement fail as if PostgreSQL had gone away."""
    from django.db import OperationalError

    def refuse(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        raise OperationalError("server closed the connection unexpectedly")

    with connection.execute_wrapper(refuse):
        yield


@pytest.fixture
def dialog(bot: CreatedChannel) -> Dialog:
    """Anna has written to the bot five minutes ago; it is a new lead."""
    at = int((timezone.now() - dt.timedelta(minutes=5)).timestamp())
    post_update(bot, telegram_message(1, text="How much is <b>it</b>?", date=at))
    work(bot.channel)
    with tenant_scope(bot.channel.tenant_id):
        found: Dialog = Dialog.objects.select_related("lead", "contact", "channel").get()
        return found


@pytest.fixture
def desk(client_of: Callable[[Membership], Client], admin: Membership) -> Client:
    """An administrator's browser."""
    return client_of(admin)


def dialog_url(name: str, dialog: Dialog) -> str:
    return reverse(f"channels:{name}", args=[dialog.pk])


def events(response: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(response.headers.get("HX-Trigger", "{}"))
    return found
