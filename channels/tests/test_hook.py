"""The hook: what it refuses, what it stores, and that it answers whatever else is broken."""

from __future__ import annotations

import time
import uuid
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from prometheus_client import REGISTRY

from channels import bell
from channels.models import Event, HookRoute
from channels.services import CreatedChannel, rotate_hook_token, switch_channel
from channels.tests.conftest import (
    TELEGRAM,
    failing_database,
    path_of,
    post_form,
    post_update,
    telegram_message,
    work,
)
from core.busy import BUSY, STAYS_S
from core.tenancy import tenant_scope

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def rung(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Hear the bell instead of the broker."""
    heard: list[int] = []
    monkeypatch.setattr(bell, "ring", heard.append)
    return heard


def events_of(made: CreatedChannel) -> list[Event]:
    with tenant_scope(made.channel.tenant_id):
        return list(Event.objects.filter(channel=made.channel))


def test_hook_journals_the_raw_body_and_rings(form: CreatedChannel, rung: list[int]) -> None:
    response = post_form(form, b"name=%D0%90&phone=1")
    assert (response.status_code, response.content) == (200, b'{"ok": true}')
    (event,) = events_of(form)
    assert bytes(event.body) == b"name=%D0%90&phone=1"
    assert event.headers["content-type"] == "application/x-www-form-urlencoded"
    assert event.state == Event.State.RECEIVED
    assert rung == [form.channel.tenant_id]


@pytest.mark.parametrize("method", ["get", "post", "options"])
def test_hook_does_not_know_a_wrong_token_or_kind(form: CreatedChannel, method: str) -> None:
    token = form.hook_url.rpartition("/")[2]
    for path in (
        f"/hooks/form/{token}x",
        f"/hooks/telegram/{token}",
        f"/hooks/none/{token}",
        "/hooks/",
        "/hooks/form/%00",
        "/hooks/form/",
        "/hooks/a/b/c/d",
    ):
        assert getattr(Client(), method)(path).status_code == 404
    assert events_of(form) == []


def test_hook_refuses_a_forged_delivery_and_stores_nothing(bot: CreatedChannel) -> None:
    update = telegram_message(1)
    assert post_update(bot, update, secret="wrong").status_code == 401
    assert post_update(bot, update, secret="").status_code == 401
    assert post_update(bot, update, secret=TELEGRAM["secret_token"][:-1]).status_code == 401
    assert events_of(bot) == []
    assert post_update(bot, update).status_code == 200


def test_hook_refuses_what_it_cannot_verify(form: CreatedChannel, monkeypatch: pytest.MonkeyPatch) -> None:
    from channels.adapters.form import FormAdapter

    monkeypatch.setattr(FormAdapter, "verify", lambda *args: 1 / 0)
    assert post_form(form).status_code == 401
    assert events_of(form) == []


def test_hook_refuses_too_large_a_body(form: CreatedChannel, settings: Any) -> None:
    settings.HOOK_MAX_BYTES = 1000
    assert post_form(form, b"message=" + b"x" * 1000).status_code == 413
    assert events_of(form) == []
    assert post_form(form, b"message=" + b"x" * 900).status_code == 200


def test_hook_takes_more_than_djangos_own_form_limit(form: CreatedChannel) -> None:
    size = django_settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 10
    assert size < django_settings.HOOK_MAX_BYTES
    assert post_form(form, b"message=" + b"x" * size).status_code == 200


def test_hook_keeps_multipart_bodies_raw(form: CreatedChannel) -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="phone"\r\n\r\n+79161234567\r\n--b--\r\n'
    response = Client().post(path_of(form.hook_url), body, content_type="multipart/form-data; boundary=b")
    assert response.status_code == 200
    assert bytes(events_of(form)[0].body) == body


def test_hook_survives_hostile_bytes(form: CreatedChannel) -> None:
    for body in (b"\x00\xff\xfe", b"", b'{"a": "\\u0000\\ud800"}', b"name=%00%ED%A0%80&phone=%00"):
        assert post_form(form, body, **{"X-Odd": "\xff\x80"}).status_code == 200
    assert len(events_of(form)) == 4
    work(form.channel)
    assert {event.state for event in events_of(form)} <= {Event.State.PROCESSED, Event.State.DEAD}


def test_hook_keeps_no_secret_beside_the_body(bot: CreatedChannel) -> None:
    post_update(bot, telegram_message(1))
    (event,) = events_of(bot)
    kept = f"{event.url} {event.query} {event.headers}"
    assert TELEGRAM["secret_token"] not in kept
    assert bot.hook_url.rpartition("/")[2] not in kept


def test_hook_lets_pages_of_other_sites_post_to_forms_only(form: CreatedChannel, bot: CreatedChannel) -> None:
    asked = Client().options(path_of(form.hook_url), headers={"Origin": "https://shop.example"})
    assert asked.status_code == 204
    assert asked.headers["Access-Control-Allow-Origin"] == "*"
    assert post_form(form).headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Origin" not in Client().options(path_of(bot.hook_url)).headers


def test_hook_does_not_journal_visits(form: CreatedChannel) -> None:
    assert Client().get(path_of(form.hook_url)).status_code == 405
    assert Client().delete(path_of(form.hook_url)).status_code == 405
    assert events_of(form) == []


def test_hook_answers_the_providers_trial(make_channel: Any) -> None:
    tilda = make_channel("tilda")
    response = Client().post(
        path_of(tilda.hook_url), b"test=test", content_type="application/x-www-form-urlencoded"
    )
    assert (response.status_code, response.content) == (200, b"ok")
    assert events_of(tilda) == []


def test_hook_says_503_while_the_database_is_away(form: CreatedChannel) -> None:
    with failing_database():
        response = post_form(form)
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "10"
    assert events_of(form) == []


def test_hook_says_503_when_the_commit_fails(
    form: CreatedChannel, monkeypatch: pytest.MonkeyPatch, rung: list[int]
) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise OperationalError("terminating connection due to administrator command")

    monkeypatch.setattr("channels.webhooks.record", refuse)
    assert post_form(form).status_code == 503
    assert rung == []


def test_hook_forgets_the_old_address_after_rotation(form: CreatedChannel) -> None:
    with tenant_scope(form.channel.tenant_id):
        new_url = rotate_hook_token(channel=form.channel, now=timezone.now())
    assert post_form(form).status_code == 404
    moved = CreatedChannel(form.channel, new_url, "")
    assert post_form(moved).status_code == 200
    assert HookRoute.objects.filter(channel_id=form.channel.pk).count() == 1


def test_hook_in_a_wave_waits_for_nothing_but_its_insert(form: CreatedChannel) -> None:
    for _post in range(BUSY + 1):
        post_form(form)
    with CaptureQueriesContext(connection) as queries:
        assert post_form(form).status_code == 200
    said = [query["sql"] for query in queries.captured_queries]
    work_done = [sql for sql in said if not sql.startswith(("SAVEPOINT", "RELEASE", "SET LOCAL"))]
    assert [sql.split()[0] for sql in work_done] == ["INSERT"]
    assert len(events_of(form)) == BUSY + 2


def test_hook_forgets_the_old_address_a_second_after_rotation_in_a_wave(
    form: CreatedChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _post in range(BUSY + 1):
        post_form(form)
    with tenant_scope(form.channel.tenant_id):
        rotate_hook_token(channel=form.channel, now=timezone.now())
    later = time.monotonic() + STAYS_S + 0.1
    monkeypatch.setattr("core.busy.time", SimpleNamespace(monotonic=lambda: later))
    assert post_form(form).status_code == 404


def test_hook_of_a_channel_that_is_switched_off_still_journals(form: CreatedChannel) -> None:
    with tenant_scope(form.channel.tenant_id):
        switch_channel(channel=form.channel, is_active=False, now=timezone.now())
    assert post_form(form).status_code == 200
    work(form.channel)
    with tenant_scope(form.channel.tenant_id):
        (item,) = Event.objects.get().items.all()
        assert (item.outcome, bool(item.reason)) == ("ignored", True)


def test_hook_route_holds_no_token(form: CreatedChannel) -> None:
    token = form.hook_url.rpartition("/")[2]
    row = HookRoute.objects.get(channel_id=form.channel.pk)
    assert token not in (row.token_hash, str(row.channel_id))
    assert uuid.UUID(str(row.channel_id)) == form.channel.pk


def test_hook_never_logs_its_token(form: CreatedChannel, caplog: pytest.LogCaptureFixture) -> None:
    token = form.hook_url.rpartition("/")[2]
    with failing_database():
        post_form(form)
    Client().get(path_of(form.hook_url))
    Client().get(path_of(form.hook_url) + "x")
    assert token not in caplog.text


@pytest.mark.parametrize(
    ("proxies", "peer", "forwarded", "status"),
    [
        (0, "194.88.218.114", "", 200),
        (0, "203.0.113.9", "", 401),
        (0, "203.0.113.9", "194.88.218.114", 401),  # a header anybody may write
        (1, "10.0.0.2", "194.88.218.114", 200),
        (1, "10.0.0.2", "194.88.218.114, 203.0.113.9", 401),  # the first was written by the sender
        (2, "10.0.0.2", "194.88.218.114, 10.0.0.3", 200),
        (2, "194.88.218.114", "10.0.0.3", 401),  # passed a front server by
    ],
)
def test_hook_takes_an_unsigned_delivery_from_listed_addresses_only(
    make_channel: Any, settings: Any, proxies: int, peer: str, forwarded: str, status: int
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    binotel = make_channel("binotel", {"allowed_ips": "194.88.218.0/24\n194.88.219.1"})
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    response = Client(REMOTE_ADDR=peer).post(
        path_of(binotel.hook_url),
        b"requestType=hangupTheCall&generalCallID=1",
        content_type="application/x-www-form-urlencoded",
        headers=headers,
    )
    assert response.status_code == status
    assert len(events_of(binotel)) == (status == 200)


def test_hook_takes_a_visit_where_the_provider_delivers_by_it(make_channel: Any) -> None:
    calltouch = make_channel("calltouch")
    response = Client().get(path_of(calltouch.hook_url), {"callerphone": "79161112233", "id": "1"})
    assert response.status_code == 200
    (event,) = events_of(calltouch)
    assert (event.method, event.query) == ("GET", "callerphone=79161112233&id=1")


def test_hook_passes_nothing_that_serves_people(form: CreatedChannel) -> None:
    """Waves of deliveries pay for no session, language or page policy; what guards and counts all requests stays."""
    before = counted()
    response = post_form(form, b"name=Anna", accept_language="ru", cookie="sessionid=x")
    assert response.status_code == 200
    assert not response.cookies
    assert not {"Content-Security-Policy", "Vary", "Content-Language"} & set(response.headers)
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Length"] == str(len(response.content))
    assert counted() == before + 1
    assert post_form(form, b"name=Anna", host="evil.example").status_code == 400


def counted() -> float:
    labels = {"view": "channels:hook", "status": "200", "method": "POST"}
    found = REGISTRY.get_sample_value("django_http_responses_total_by_status_view_method_total", labels)
    return found or 0.0
