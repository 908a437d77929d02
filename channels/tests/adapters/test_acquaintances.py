"""Asking who somebody is: remembered, given up quickly, never in the way of a delivery."""

from __future__ import annotations

import json

import httpx
import pytest
import respx

from channels.adapters import acquaintances, adapter_for
from channels.adapters.base import SendError
from channels.tests.adapters.samples import delivery

VK = {"token": "vk1.a.key", "secret": "s", "group_id": "77"}
AVITO = {"client_id": "c", "client_secret": "s", "user_id": "42"}
VK_EVENT = {
    "type": "message_new",
    "group_id": 77,
    "event_id": "e1",
    "secret": "s",
    "object": {
        "message": {"id": 1, "date": 1795500000, "from_id": 555, "peer_id": 555, "text": "Сколько стоит?"}
    },
}
AVITO_EVENT = {
    "id": "n1",
    "version": "v3.0.0",
    "payload": {
        "type": "message",
        "value": {
            "id": "m1",
            "chat_id": "u2i-1",
            "user_id": 42,
            "author_id": 94,
            "created": 1795500000,
            "type": "text",
            "content": {"text": "Ещё продаёте?"},
            "item_id": 1000,
        },
    },
}
AVITO_CHAT = {
    "users": [
        {"id": 94, "name": "Пётр", "public_user_profile": {"url": "https://avito.ru/user/94"}},
        {"id": 42},
    ],
    "context": {"value": {"title": "Кофемашина", "price_string": "100 ₽", "url": "https://avito.ru/1000"}},
}


def ask(fetch, host="h", account="a", who="1"):
    return acquaintances.ask(host=host, account=account, who=who, fetch=fetch)


def failing(*, is_permanent):
    def fetch():
        raise SendError("no", is_permanent=is_permanent)

    return fetch


def test_somebody_is_asked_about_once_for_each_account():
    calls = []

    def fetch():
        calls.append(1)
        return {"name": "Анна"}

    assert [ask(fetch), ask(fetch), ask(fetch, account="b")] == [{"name": "Анна"}] * 3
    assert len(calls) == 2


def test_provider_that_does_not_answer_is_left_alone_for_a_while():
    assert ask(failing(is_permanent=False)) == {}
    assert ask(lambda: {"name": "Анна"}, who="2") == {}
    assert ask(lambda: {"name": "Анна"}, host="another") == {"name": "Анна"}
    acquaintances._away_until.clear()
    assert ask(lambda: {"name": "Анна"}) == {"name": "Анна"}


def test_refusal_is_remembered_and_holds_nobody_else_back():
    assert ask(failing(is_permanent=True)) == {}
    assert ask(lambda: {"name": "Анна"}) == {}
    assert ask(lambda: {"name": "Олег"}, who="2") == {"name": "Олег"}


def test_memory_has_an_end(monkeypatch):
    monkeypatch.setattr(acquaintances, "MOST", 2)
    for who in "123":
        ask(lambda: {"name": "x"}, who=who)
    assert len(acquaintances._known) == 2


@respx.mock
def test_vk_tells_who_wrote():
    users = respx.post("https://api.vk.com/method/users.get").mock(
        return_value=httpx.Response(
            200, json={"response": [{"first_name": "Анна", "last_name": "Лис", "screen_name": "lis"}]}
        )
    )
    adapter, raw = adapter_for("vk"), delivery(VK_EVENT)
    details = adapter.look_up(raw, VK)
    (item,) = adapter.parse(delivery(VK_EVENT, details=details), VK)
    assert (item.person.name, item.person.username) == ("Анна Лис", "lis")
    assert adapter.parse(raw, VK)[0].person.name == ""
    adapter.look_up(raw, VK)
    assert users.call_count == 1


@respx.mock
def test_avito_tells_who_wrote_and_about_which_ad():
    respx.post("https://api.avito.ru/token").mock(
        return_value=httpx.Response(200, json={"access_token": "t"})
    )
    respx.get("https://api.avito.ru/messenger/v2/accounts/42/chats/u2i-1").mock(
        return_value=httpx.Response(200, json=AVITO_CHAT)
    )
    adapter = adapter_for("avito")
    details = adapter.look_up(delivery(AVITO_EVENT), AVITO)
    (item,) = adapter.parse(delivery(AVITO_EVENT, details=details), AVITO)
    assert (item.person.name, item.person.profile_url) == ("Пётр", "https://avito.ru/user/94")
    assert item.product == {"title": "Кофемашина", "price": "100 ₽", "url": "https://avito.ru/1000"}


@pytest.mark.parametrize(("kind", "event", "settings"), [("vk", VK_EVENT, VK), ("avito", AVITO_EVENT, AVITO)])
@respx.mock
def test_nobody_waits_for_a_name(kind, event, settings):
    respx.route().mock(side_effect=httpx.ConnectError("away"))
    adapter = adapter_for(kind)
    assert adapter.look_up(delivery(event), settings) is None
    assert adapter.look_up(delivery("no event"), settings) is None
    count = len(respx.calls)
    assert adapter.look_up(delivery(event), settings) is None
    assert len(respx.calls) == count


@pytest.mark.parametrize(
    "details", [b"[]", b"{}", b'{"people": [1], "chats": {"x": {"people": 1, "product": []}}}']
)
def test_odd_details_do_no_harm(details):
    for kind, event, settings in (("vk", VK_EVENT, VK), ("avito", AVITO_EVENT, AVITO)):
        assert adapter_for(kind).parse(delivery(event, details=details), settings)


def test_own_messages_are_asked_about_by_nobody():
    own = json.loads(json.dumps(VK_EVENT))
    own["object"]["message"] |= {"from_id": -77, "out": 1}
    assert acquaintances.strangers(adapter_for("vk").parse(delivery(own), VK)) == []
