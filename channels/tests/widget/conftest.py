"""A visitor of a site, as the widget speaks for one."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from channels import bell
from channels.services import CreatedChannel
from channels.tests.conftest import make_channel, work
from core.tenancy import tenant_scope
from tenants.models import Membership

__all__ = ["make_channel"]
SITE = "https://shop.example"
_numbers = itertools.count(1)


@pytest.fixture(autouse=True)
def silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bell, "ring", lambda tenant_id: None)
    cache.clear()


class Visitor:
    """A browser on the company's site."""

    def __init__(self, made: CreatedChannel, origin: str = SITE, address: str = "203.0.113.7") -> None:
        self.made, self.origin, self.address = made, origin, address
        self.client = Client(raise_request_exception=False)
        self.session = ""

    @property
    def root(self) -> str:
        return f"/chat/{self.made.hook_url.rpartition('/')[2]}"

    def ask(self, path: str, facts: Any = None, *, method: str = "POST", **options: Any) -> Any:
        headers = {"Origin": self.origin} if self.origin else {}
        if self.session:
            headers["Authorization"] = f"Bearer {self.session}"
        body = facts if isinstance(facts, bytes | str) else json.dumps(facts or {})
        return self.client.generic(
            method,
            self.root + path,
            body,
            content_type=options.pop("content_type", "application/json"),
            headers=headers | options.pop("headers", {}),
            REMOTE_ADDR=self.address,
            **options,
        )

    def start(self) -> Visitor:
        self.session = self.ask("/start").json()["session"]
        return self

    def say(self, text: str = "Have you any tables?", **facts: Any) -> Any:
        """Write a message and let the worker take it in."""
        if not self.session:
            self.start()
        facts = {"type": "message", "id": f"m{next(_numbers)}", "text": text} | facts
        answer = self.ask("/messages", facts)
        work(self.made.channel)
        return answer

    def sync(self, **facts: Any) -> Any:
        return self.ask("/sync", facts).json()

    def act(self, what: str, **facts: Any) -> Any:
        return self.ask("/act", {"do": what} | facts)

    @property
    def texts(self) -> list[str]:
        return [message["text"] for message in self.sync()["messages"]]


@pytest.fixture
def chat(make_channel: Callable[..., CreatedChannel]) -> CreatedChannel:
    return make_channel("chat", {"hours": "always"})


@pytest.fixture
def visitor(chat: CreatedChannel) -> Visitor:
    return Visitor(chat)


def in_scope(made: CreatedChannel) -> Any:
    return tenant_scope(made.channel.tenant_id)


def answer(made: CreatedChannel, by: Membership, text: str, now: dt.datetime) -> None:
    """Answer the channel's newest dialog from the lead's page."""
    from channels.models import Dialog
    from channels.services import send_reply

    with in_scope(made):
        dialog = Dialog.objects.filter(channel=made.channel).latest("created_at")
        send_reply(by=by, text=text, now=now, dialog=dialog)
