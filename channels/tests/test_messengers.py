"""VK, MAX, Avito and Viber through the hook: what is answered, and what becomes of dialogs."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from activities.models import Activity
from channels import bell
from channels.adapters import adapter_for
from channels.adapters.base import RawDelivery
from channels.journal import settings_of
from channels.models import Channel, Dialog, Event, EventItem, Message
from channels.services import CreatedChannel, send_reply
from channels.tests.conftest import VK, path_of, work
from core.tenancy import tenant_scope
from leads.models import Lead
from tenants.models import Membership

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bell, "ring", lambda tenant_id: None)


def in_scope(made: CreatedChannel) -> Any:
    return tenant_scope(made.channel.tenant_id)


def post(made: CreatedChannel, body: dict[str, Any]) -> Any:
    """Post a body as the provider would, signed."""
    bare = RawDelivery(
        json.dumps(body).encode(), headers={"content-type": "application/json"}, url=made.hook_url
    )
    signed = adapter_for(made.channel.kind).sign(bare, settings_of(made.channel))
    headers = {name: value for name, value in signed.headers.items() if name != "content-type"}
    return Client().post(
        path_of(made.hook_url), signed.body, content_type="application/json", headers=headers or None
    )


def vk_event(kind: str, facts: dict[str, Any], event_id: str) -> dict[str, Any]:
    return {"type": kind, "group_id": 100, "event_id": event_id, "v": "5.199", "object": facts}


def vk_message(number: int, text: str = "Цена?", **facts: Any) -> dict[str, Any]:
    message = {"id": number, "date": 1763631012, "from_id": 700, "peer_id": 700, "text": text, **facts}
    return vk_event("message_new", {"message": message}, f"e{number}")


@pytest.fixture
def community(make_channel: Callable[..., CreatedChannel]) -> CreatedChannel:
    return make_channel("vk")


def test_vk_hears_the_confirmation_string_and_nothing_is_journaled(community: CreatedChannel) -> None:
    response = post(community, {"type": "confirmation", "group_id": 100})
    assert (response.status_code, response.content) == (200, VK["confirmation"].encode())
    with in_scope(community):
        assert not Event.objects.exists()


def test_vk_hears_exactly_ok_and_a_forger_nothing(community: CreatedChannel) -> None:
    response = post(community, vk_message(1))
    assert (response.status_code, response.content) == (200, b"ok")
    forged = {**vk_message(2), "secret": "guessed"}
    refusal = Client().post(path_of(community.hook_url), json.dumps(forged), content_type="application/json")
    assert refusal.status_code == 401
    with in_scope(community):
        assert Event.objects.count() == 1


def test_shop_message_carries_its_product_into_the_lead(community: CreatedChannel) -> None:
    card = {"id": 8, "owner_id": -100, "title": "Фикус", "price": {"text": "4 900 ₽"}}
    post(community, vk_message(1, attachments=[{"type": "market", "market": card}]))
    work(community.channel)
    with in_scope(community):
        lead = Lead.objects.get()
        assert (lead.product["title"], lead.product["price"], lead.summary) == ("Фикус", "4 900 ₽", "Цена?")
        assert lead.object_of_interest == "Фикус"


def test_timeline_shows_the_words_of_a_message_beside_what_came_with_it(
    community: CreatedChannel, alice: Membership, client_of: Callable[[Membership], Client]
) -> None:
    post(community, vk_message(1, text="Актуально ли?", ref="spring-sale"))
    work(community.channel)
    with in_scope(community):
        url = f"{reverse('activities:timeline')}?lead={Lead.objects.get().pk}"
    timeline = client_of(alice).get(url, headers={"HX-Request": "true"}).content.decode()
    assert "Актуально ли?" in timeline
    assert "spring-sale" in timeline


def test_product_told_later_joins_the_open_lead(community: CreatedChannel) -> None:
    card = {"id": 8, "owner_id": -100, "title": "Фикус " * 60, "price": {"text": "4 900 ₽"}}
    other = {**card, "title": "Пальма"}
    post(community, vk_message(1))
    for number, shown in ((2, card), (3, other)):
        post(community, vk_message(number, attachments=[{"type": "market", "market": shown}]))
    work(community.channel)
    with in_scope(community):
        lead = Lead.objects.get()
        assert lead.product["price"] == "4 900 ₽"
        assert lead.object_of_interest.startswith("Фикус Фикус")
        assert set(EventItem.objects.values_list("outcome", flat=True)) == {"lead", "joined"}


def test_order_joins_the_dialog_of_who_ordered(community: CreatedChannel) -> None:
    post(community, vk_message(1))
    order = {
        "id": 17,
        "user_id": 700,
        "date": 1763631100,
        "recipient": {"name": "Мария", "phone": "+79161234567"},
    }
    post(community, vk_event("market_order_new", order, "o1"))
    work(community.channel)
    with in_scope(community):
        assert Lead.objects.get().phone == "+79161234567"
        assert Dialog.objects.get().external_id == "700"
        assert set(EventItem.objects.values_list("outcome", flat=True)) == {"lead", "joined"}


def test_echo_of_our_answer_meets_it_and_what_others_wrote_answers_the_lead(
    community: CreatedChannel, alice: Membership
) -> None:
    post(community, vk_message(1))
    work(community.channel)
    with in_scope(community):
        lead = Lead.objects.get()
        message = send_reply(by=alice, text="4 900 ₽", now=timezone.now(), lead=lead)
        Message.objects.filter(pk=message.pk).update(external_id="2", state=Message.State.SENT)
    own = {"from_id": -100, "peer_id": 700, "date": 1763631090, "random_id": 5}
    post(community, vk_event("message_reply", {**own, "id": 2, "text": "4 900 ₽"}, "r2"))
    post(community, vk_event("message_reply", {**own, "id": 3, "text": "Ждём вас"}, "r3"))
    work(community.channel)
    with in_scope(community):
        assert Lead.objects.count() == 1
        written = Activity.objects.filter(direction="out").order_by("occurred_at")
        assert sorted(written.values_list("text", flat=True)) == ["4 900 ₽", "Ждём вас"]


def test_message_read_by_the_client_is_shown_as_read(community: CreatedChannel, alice: Membership) -> None:
    post(community, vk_message(1))
    work(community.channel)
    with in_scope(community):
        message = send_reply(by=alice, text="Да", now=timezone.now(), lead=Lead.objects.get())
        Message.objects.filter(pk=message.pk).update(external_id="2", state=Message.State.SENT)
    receipt = {"from_id": 700, "peer_id": 700, "read_message_id": 2}
    post(community, vk_event("message_read", receipt, "x1"))
    work(community.channel)
    with in_scope(community):
        assert Message.objects.get(pk=message.pk).state == Message.State.READ


def max_update(kind: str, text: str, at: int = 1763631012000) -> dict[str, Any]:
    person = {"user_id": 54, "first_name": "Мария", "is_bot": False}
    recipient = {"chat_id": 777, "chat_type": "dialog", "user_id": 12}
    body = {"mid": "mid.1", "seq": 1, "text": text}
    message = {"sender": person, "recipient": recipient, "timestamp": at, "body": body}
    return {"update_type": kind, "timestamp": at, "message": message}


def test_max_edit_and_removal_change_the_message(make_channel: Callable[..., CreatedChannel]) -> None:
    made = make_channel("max")
    removal = {
        "update_type": "message_removed",
        "timestamp": 1763631014000,
        "message_id": "mid.1",
        "chat_id": 777,
    }
    for update in (
        max_update("message_created", "Превет"),
        max_update("message_edited", "Привет", 1763631013000),
        removal,
        max_update("message_created", "Превет"),
    ):
        assert post(made, update).status_code == 200
    work(made.channel)
    with in_scope(made):
        message = Message.objects.select_related("activity").get()
        assert (message.activity.text, message.is_deleted) == ("Привет", True)
        outcomes = EventItem.objects.order_by("at", "id").values_list("outcome", flat=True)
        assert list(outcomes) == ["lead", "joined", "joined", "duplicate"]


def test_avito_own_message_answers_the_chat_of_its_ad(make_channel: Callable[..., CreatedChannel]) -> None:
    made = make_channel("avito")

    def note(number: str, author: int, text: str) -> dict[str, Any]:
        value = {
            "id": number,
            "chat_id": "u2i-1~~",
            "user_id": 999,
            "author_id": author,
            "created": 1763631012,
        }
        value |= {"type": "text", "chat_type": "u2i", "item_id": 42, "content": {"text": text}}
        return {"id": "e", "version": "v3.0.0", "payload": {"type": "message", "value": value}}

    headers = {"x-avito-messenger-signature": "f" * 64}
    Client().post(
        path_of(made.hook_url), note("m1", 555, "Продаёте?"), content_type="application/json", headers=headers
    )
    post(made, note("m2", 999, "Да"))
    work(made.channel)
    with in_scope(made):
        assert Lead.objects.get().product["url"] == "https://www.avito.ru/42"
        entries = Activity.objects.order_by("id").values_list("text", "direction")
        assert list(entries) == [("Продаёте?", "in"), ("Да", "out")]
        first = Event.objects.order_by("received_at").first()
        assert first is not None
        assert first.headers["x-avito-messenger-signature"] == "f" * 64


def test_viber_trial_is_journaled_and_forgery_is_not(make_channel: Callable[..., CreatedChannel]) -> None:
    made = make_channel("viber")
    trial = {"event": "webhook", "timestamp": 1763631012000, "message_token": 1}
    assert post(made, trial).status_code == 200
    unsigned = Client().post(path_of(made.hook_url), json.dumps(trial), content_type="application/json")
    assert unsigned.status_code == 401
    work(made.channel)
    with in_scope(made):
        item = EventItem.objects.get()
        assert (item.outcome, bool(item.reason)) == ("ignored", True)


@pytest.mark.parametrize("kind", ["vk", "max", "avito", "viber"])
def test_channel_is_made_with_the_secret_its_deliveries_are_signed_with(
    kind: str, make_channel: Callable[..., CreatedChannel]
) -> None:
    made = make_channel(kind)
    with in_scope(made):
        channel = Channel.objects.get(pk=made.channel.pk)
        assert channel.channel_kind == "messenger"
        settings = settings_of(channel)
    assert set(settings) == {field.name for field in adapter_for(kind).fields}
    assert bool(made.secret) == (kind != "avito")
