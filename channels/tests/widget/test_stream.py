"""The visitor's live stream over a real socket: who hears what."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import redis
import uvicorn

from channels.models import Dialog
from channels.services import CreatedChannel
from channels.tests.widget.conftest import SITE, Visitor, in_scope
from channels.widget.guests import admit, tell_visitor
from core.live import publish, publishing, stream
from tenants.live import authenticate

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def address(settings: Any) -> Iterator[str]:
    """Serve the stream from a thread; return its address."""
    settings.LIVE_URL = "/live/"
    listener = socket.create_server(("127.0.0.1", 0))
    application = stream.LiveStream(authenticate, admit=admit)
    config = uvicorn.Config(application, log_level="warning", timeout_graceful_shutdown=0)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/live/guest/"
    server.should_exit = True
    thread.join(5)
    assert not thread.is_alive()


class Page:
    """A visitor's page that listens."""

    def __init__(self, address: str, visitor: Visitor) -> None:
        self.lines: list[str] = []
        self.status, self.headers = 0, httpx.Headers()
        self.opened = threading.Event()
        threading.Thread(target=self._listen, args=(address, visitor), daemon=True).start()
        assert self.opened.wait(5)

    def _listen(self, address: str, visitor: Visitor) -> None:
        url = f"{address}{visitor.root.rpartition('/')[2]}"
        headers = {"Origin": visitor.origin, "Authorization": f"Bearer {visitor.session}"}
        with httpx.Client(timeout=20) as client, client.stream("GET", url, headers=headers) as answer:
            self.status, self.headers = answer.status_code, answer.headers
            try:
                for line in answer.iter_lines():
                    self.lines.append(line)
                    self.opened.set()
            except httpx.HTTPError:
                pass
        self.opened.set()

    @property
    def events(self) -> list[Any]:
        return [json.loads(line[6:]) for line in self.lines if line.startswith("data: ")]

    def wait_for(self, count: int) -> list[Any]:
        deadline = time.monotonic() + 5
        while len(self.events) < count:
            assert time.monotonic() < deadline, self.lines
            time.sleep(0.01)
        return self.events


@pytest.fixture
def visitors(make_channel: Callable[..., CreatedChannel], settings: Any) -> list[Visitor]:
    chat = make_channel("chat", {"hours": "always"})
    return [Visitor(chat, address=f"203.0.113.{n}") for n in range(2)]


def subscribed(settings: Any, tenant_id: int) -> None:
    link = redis.Redis.from_url(settings.REDIS_URL)
    deadline = time.monotonic() + 5
    while not link.pubsub_numsub(publishing.channel(tenant_id))[0][1]:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_visitor_hears_of_the_own_talk_and_of_nothing_else(
    address: str, visitors: list[Visitor], settings: Any
) -> None:
    first, second = (visitor for visitor in visitors if visitor.say().status_code == 200)
    pages = [Page(address, visitor) for visitor in (first, second)]
    tenant_id = first.made.channel.tenant_id
    subscribed(settings, tenant_id)
    with in_scope(first.made):
        own, other = (
            Dialog.objects.get(external_id=visitor.session.partition(".")[0]) for visitor in (first, second)
        )
        publish(tenant_id=tenant_id, topic="lead.changed", payload={"id": 1})
        tell_visitor(other, topic="typing", name="Alice")
        tell_visitor(own)
    assert pages[0].wait_for(1) == [{"topic": "talk.changed"}]
    assert pages[1].wait_for(1) == [{"name": "Alice", "topic": "typing"}]
    assert pages[0].headers["access-control-allow-origin"] == SITE
    assert "access-control-allow-credentials" not in pages[0].headers


def test_stream_is_closed_to_strangers(address: str, visitors: list[Visitor]) -> None:
    visitor = visitors[0].start()
    for session in ("-", visitor.session[:-1] + "x", "nonsense"):
        visitor.session = session
        assert Page(address, visitor).status == 404
    assert httpx.get(f"{address}no-such-token").status_code == 404


def test_preflight_lets_the_session_be_shown(address: str) -> None:
    told = httpx.options(f"{address}any", headers={"Origin": SITE})
    assert (told.status_code, told.headers["access-control-allow-headers"]) == (204, "authorization")
    assert told.headers["access-control-allow-origin"] == SITE
