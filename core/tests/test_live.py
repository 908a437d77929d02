"""The live stream over a real socket: who hears what, and when it ends."""

from __future__ import annotations

import json
import socket
import threading
import time
from uuid import uuid4

import httpx
import pytest
import redis
import uvicorn
from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction
from django.test import RequestFactory

from core.fleeting import Pause
from core.live import publish, publishing, stream, stream_url
from core.live.hub import MISSED_SOMETHING, QUEUE_LENGTH, Listener, Viewer
from core.tenancy import tenant_scope
from tenants.live import authenticate

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def address(settings):
    """Serve the stream from a thread; return its address."""
    settings.LIVE_URL = "/live/"
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(stream.LiveStream(authenticate), log_level="warning", timeout_graceful_shutdown=0)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(5)
    assert not thread.is_alive()


def cookies_of(member, client_of):
    client = client_of(member)
    session = SessionStore(client.cookies["crm_session"].value)
    session["tenant_id"] = member.tenant_id
    session.save()
    return {"crm_session": session.session_key}


class Page:
    """A browser's page: collects what the stream says in a thread."""

    def __init__(self, address, cookies, **headers):
        self.lines, self.status, self.headers = [], None, {}
        self.opened, self.ended = threading.Event(), threading.Event()
        threading.Thread(target=self._listen, args=(address, cookies, headers), daemon=True).start()
        assert self.opened.wait(5)

    def _listen(self, address, cookies, headers):
        with httpx.Client(timeout=20, cookies=cookies, headers=headers) as client:
            try:
                with client.stream("GET", f"{address}/live/") as response:
                    self.status, self.headers = response.status_code, response.headers
                    for line in response.iter_lines():
                        self.lines.append(line)
                        self.opened.set()
            except httpx.RemoteProtocolError:
                pass
        self.opened.set()
        self.ended.set()

    @property
    def events(self):
        return [json.loads(line.removeprefix("data: ")) for line in self.lines if line.startswith("data: ")]

    def wait_for(self, count):
        deadline = time.monotonic() + 5
        while len(self.events) < count:
            assert time.monotonic() < deadline, self.lines
            time.sleep(0.01)
        return self.events


def subscribed(settings, tenant_id):
    """Wait until the process hears this tenant's channel."""
    link = redis.Redis.from_url(settings.REDIS_URL)
    deadline = time.monotonic() + 5
    while not link.pubsub_numsub(publishing.channel(tenant_id))[0][1]:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_stream_brings_what_was_published(address, alice, client_of, settings):
    page = Page(address, cookies_of(alice, client_of))
    subscribed(settings, alice.tenant_id)
    lead_id = uuid4()
    publish(tenant_id=alice.tenant_id, topic="unsorted", payload={"lead": lead_id})
    assert page.wait_for(1) == [{"topic": "unsorted", "lead": str(lead_id)}]
    assert page.lines[0] == "retry: 3000"
    assert page.headers["content-type"].startswith("text/event-stream")


def test_stream_brings_nothing_of_another_tenant(address, alice, charlie, client_of, settings):
    page, foreign = Page(address, cookies_of(alice, client_of)), Page(address, cookies_of(charlie, client_of))
    subscribed(settings, alice.tenant_id)
    subscribed(settings, charlie.tenant_id)
    publish(tenant_id=charlie.tenant_id, topic="unsorted", payload={"lead": 1})
    publish(tenant_id=alice.tenant_id, topic="deals", payload={"deal": 2})
    assert page.wait_for(1) == [{"topic": "deals", "deal": 2}]
    assert foreign.wait_for(1) == [{"topic": "unsorted", "lead": 1}]


def test_stream_brings_a_members_event_to_that_member_only(address, alice, bob, client_of, settings):
    pages = [Page(address, cookies_of(member, client_of)) for member in (alice, bob)]
    subscribed(settings, alice.tenant_id)
    publish(tenant_id=alice.tenant_id, topic="notify", payload={"id": 1}, member_ids=[bob.pk])
    publish(tenant_id=alice.tenant_id, topic="deals", payload={})
    assert pages[0].wait_for(1) == [{"topic": "deals"}]
    assert pages[1].wait_for(2) == [{"topic": "notify", "id": 1}, {"topic": "deals"}]


def test_stream_refuses_a_visitor_without_session(address):
    assert Page(address, {}).status == 401
    assert Page(address, {"crm_session": "x" * 32}).status == 401


def test_stream_refuses_a_session_of_an_old_password(address, alice, client_of):
    cookies = cookies_of(alice, client_of)
    alice.user.set_password("another long secret")
    alice.user.save()
    assert Page(address, cookies).status == 401


def test_stream_refuses_a_tenant_without_membership(address, alice, charlie, client_of):
    cookies = cookies_of(alice, client_of)
    session = SessionStore(cookies["crm_session"])
    session["tenant_id"] = charlie.tenant_id
    session.save()
    assert Page(address, cookies).status == 401


def test_stream_ends_soon_after_a_member_is_dismissed(address, alice, client_of, monkeypatch):
    monkeypatch.setattr(stream, "RECHECK_S", 0.1)
    page = Page(address, cookies_of(alice, client_of))
    with tenant_scope(alice.tenant_id):
        type(alice).objects.filter(pk=alice.pk).update(is_active=False)
    assert page.ended.wait(5)


def test_stream_ends_soon_after_logout(address, alice, client_of, monkeypatch):
    monkeypatch.setattr(stream, "RECHECK_S", 0.1)
    cookies = cookies_of(alice, client_of)
    page = Page(address, cookies)
    assert not page.ended.wait(0.5)
    SessionStore(cookies["crm_session"]).delete()
    assert page.ended.wait(5)


def test_stream_shows_that_it_lives(address, alice, client_of, monkeypatch):
    monkeypatch.setattr(stream, "HEARTBEAT_S", 0.05)
    page = Page(address, cookies_of(alice, client_of))
    time.sleep(0.5)
    assert ": still here" in page.lines


def test_stream_tells_of_a_gap_when_redis_was_away(address, alice, client_of, settings):
    page = Page(address, cookies_of(alice, client_of))
    subscribed(settings, alice.tenant_id)
    link = redis.Redis.from_url(settings.REDIS_URL)
    name = f"{settings.REDIS_NAMESPACE}-live"
    for client in link.client_list(_type="pubsub"):
        if client["name"] == name:
            link.client_kill_filter(_id=client["id"])
    assert page.wait_for(1) == [MISSED_SOMETHING]
    subscribed(settings, alice.tenant_id)
    publish(tenant_id=alice.tenant_id, topic="deals", payload={})
    assert page.wait_for(2)[1] == {"topic": "deals"}


def test_stream_may_be_read_by_pages_of_its_own_host_only(address, alice, client_of, settings):
    settings.LIVE_PORT = 8001
    cookies = cookies_of(alice, client_of)
    own = Page(address, cookies, Origin="http://127.0.0.1:8000")
    assert own.headers["access-control-allow-origin"] == "http://127.0.0.1:8000"
    assert own.headers["access-control-allow-credentials"] == "true"
    foreign = Page(address, cookies, Origin="http://evil.example")
    assert "access-control-allow-origin" not in foreign.headers


def test_publish_waits_for_the_commit(alice, settings):
    link = redis.Redis.from_url(settings.REDIS_URL)
    with link.pubsub(ignore_subscribe_messages=True) as pubsub:
        pubsub.subscribe(publishing.channel(alice.tenant_id))
        pubsub.get_message(timeout=1)
        with transaction.atomic():
            publish(tenant_id=alice.tenant_id, topic="deals", payload={})
            assert pubsub.get_message(timeout=0.1) is None
        assert pubsub.get_message(timeout=1)["type"] == "message"


def test_publish_says_nothing_of_what_was_rolled_back(alice, settings):
    link = redis.Redis.from_url(settings.REDIS_URL)
    with link.pubsub(ignore_subscribe_messages=True) as pubsub:
        pubsub.subscribe(publishing.channel(alice.tenant_id))
        pubsub.get_message(timeout=1)
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            publish(tenant_id=alice.tenant_id, topic="deals", payload={})
            1 / 0  # noqa: B018
        assert pubsub.get_message(timeout=0.1) is None


def test_publish_neither_fails_nor_waits_when_redis_is_away(settings, monkeypatch, caplog):
    settings.REDIS_URL = "unix:///nowhere/valkey.sock?db=0"
    monkeypatch.setattr(publishing, "_pause", Pause())
    publishing._client.cache_clear()
    began = time.monotonic()
    for _ in range(50):
        publish(tenant_id=1, topic="deals", payload={})
    publishing._client.cache_clear()
    assert time.monotonic() - began < 0.2
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_publish_refuses_a_topic_that_would_break_the_page():
    with pytest.raises(ValueError, match="no topic"):
        publish(tenant_id=1, topic="deals\n", payload={})


def test_listener_that_reads_too_slowly_is_told_to_read_again():
    listener = Listener(Viewer(1, uuid4()))
    for number in range(QUEUE_LENGTH + 1):
        listener.tell({"topic": "deals", "deal": number})
    assert listener.queue.get_nowait() == MISSED_SOMETHING
    assert listener.queue.empty()


def test_stream_url_is_the_pages_own_host(settings):
    request = RequestFactory().get("/", headers={"Host": "127.0.0.1:8000"})
    settings.LIVE_PORT = 0
    assert stream_url(request) == "/live/"
    settings.LIVE_PORT = 8001
    assert stream_url(request) == "http://127.0.0.1:8001/live/"
