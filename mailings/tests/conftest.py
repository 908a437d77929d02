"""A mailbox whose letters are kept, a bot, and people to write to."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import itertools
import socket
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.utils import timezone

from channels import outbox
from channels.models import Channel, Message
from channels.tests.conftest import bot, make_channel  # noqa: F401  (fixtures)
from contacts.identity import Key
from contacts.models import Contact
from contacts.services import create_contact
from core.tenancy import tenant_scope
from mailings import services
from mailings.models import Mailing, Recipient
from mailings.services import running
from tenants.models import Membership, Tenant

NOW = dt.datetime(2026, 11, 27, 10, tzinfo=dt.UTC)  # a Friday, 13:00 in Moscow
_numbers = itertools.count(1)


class Server:
    """A mail server that keeps what it gets, unless told to refuse or to fall silent."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.answer = "250 OK"
        self.refused: dict[str, str] = {}

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.answer.startswith("250"):
            self.letters.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        if self.answer == "250 hang up":
            server.transport.close()
        return self.answer

    @property
    def addresses(self) -> list[str]:
        return [str(letter["To"]) for letter in self.letters]


@pytest.fixture
def server() -> Iterator[tuple[Server, int]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kept = Server()
    controller = Controller(kept, hostname="127.0.0.1", port=port)
    controller.start()
    yield kept, port
    controller.stop()


@pytest.fixture
def mailbox(make_channel: Callable[..., Any], server: tuple[Server, int]) -> Channel:  # noqa: F811
    settings = {"smtp_port": server[1], "smtp_security": "none", "username": "", "password": ""}
    return make_channel("email", settings, name="Sales").channel


@pytest.fixture
def person(tenant: Tenant, alice: Membership) -> Callable[..., Contact]:
    """Return a function that makes a contact, with an address of its own unless told otherwise."""

    def make(name: str = "Anna Brown", email: str | None = "", **fields: Any) -> Contact:
        number = next(_numbers)
        value = f"client{number}@client.example" if email == "" else email
        with tenant_scope(tenant):
            keys = [Key("email", value)] if value else []
            return create_contact(by=alice, now=NOW, name=name, keys=keys, **({"owner": alice} | fields))

    return make


@pytest.fixture
def draft(tenant: Tenant, alice: Membership, mailbox: Channel) -> Callable[..., Mailing]:
    """Return a function that makes a draft to contacts, written and ready to start."""

    def make(*contacts: Contact, channel: Channel | None = None, **values: Any) -> Mailing:
        with tenant_scope(tenant):
            made = services.create_mailing(
                by=alice,
                now=NOW,
                name="Spring",
                channel=channel or mailbox,
                card="contacts",
                ids=[one.pk for one in contacts],
            )
            letter = {
                "subject": "News for {client_first_name|you}",
                "text": "Hello, {client_first_name|friend}!",
            }
            letter |= {"is_working_time": False, "per_hour": 3600}
            return services.update_mailing(mailing=made, by=alice, now=NOW, **(letter | values))

    return make


class Post:
    """The worker: writes what is due and lets it leave."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant

    def step(self, mailing: Mailing, *, now: dt.datetime) -> float | None:
        return running.step(self.tenant.pk, mailing.pk, now=now)

    def leave(self) -> None:
        """Let everything that is queued leave."""
        with tenant_scope(self.tenant):
            queued = list(
                Message.objects.filter(state=Message.State.QUEUED).order_by("pk").values_list("pk", flat=True)
            )
            Message.objects.filter(pk__in=queued).update(next_try_at=timezone.now() - dt.timedelta(minutes=1))
        for pk in queued:
            outbox.send(self.tenant.pk, pk)

    def run(self, mailing: Mailing, *, now: dt.datetime = NOW, steps: int = 30) -> dt.datetime:
        """Go on until the mailing is over or stands still."""
        for number in range(steps):
            at = now + dt.timedelta(seconds=60 * number)
            if self.step(mailing, now=at) is None:
                return at
            self.leave()
        return at


@pytest.fixture
def post(tenant: Tenant) -> Post:
    return Post(tenant)


@pytest.fixture
def start(tenant: Tenant, alice: Membership) -> Callable[..., Mailing]:
    def begin(mailing: Mailing, **fields: Any) -> Mailing:
        with tenant_scope(tenant):
            return services.start_mailing(mailing=mailing, by=alice, now=NOW, **fields)

    return begin


def states(mailing: Mailing) -> dict[str, int]:
    """Count the recipients of a mailing by state."""
    with tenant_scope(mailing.tenant_id):
        found = Recipient.objects.filter(mailing=mailing).values_list("state", flat=True)
        return {state: list(found).count(state) for state in set(found)}


def recipient(mailing: Mailing, contact: Contact) -> Recipient:
    """Read one recipient as it stands; inside the tenant."""
    return Recipient.objects.select_related("message", "mailing", "contact").get(
        mailing=mailing, contact=contact
    )
