"""Channels of Meta, Jivo and the webhook from the hook to the lead, and answers on their way out."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import respx
import time_machine
from django.test import Client
from django.utils import timezone

from activities.models import Activity, Attachment
from channels import bell, outbox
from channels.adapters import adapter_for
from channels.adapters.base import RawDelivery
from channels.fetching import due, fetch
from channels.journal import ledger, replay, settings_of
from channels.models import Channel, Dialog, Event, EventItem, Message
from channels.services import CreatedChannel, send_reply, update_channel
from channels.tests.conftest import path_of, work
from contacts.models import IdentityKey
from core.tenancy import tenant_scope
from leads.models import Lead
from tenants.models import Membership

pytestmark = pytest.mark.django_db
Make = Callable[..., CreatedChannel]
GRAPH = "https://graph.facebook.com/v25.0"
AT = 1_763_631_012


@pytest.fixture(autouse=True)
def silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bell, "ring", lambda tenant_id: None)


@pytest.fixture
def graph() -> Iterator[respx.MockRouter]:
    with respx.mock(base_url=GRAPH, assert_all_called=False) as router:
        yield router


def post(made: CreatedChannel, body: Any) -> Any:
    """Post a body signed as its provider would."""
    raw = RawDelivery(
        json.dumps(body).encode(), headers={"content-type": "application/json"}, url=made.hook_url
    )
    signed = adapter_for(made.channel.kind).sign(raw, settings_of(made.channel))
    headers = {name: value for name, value in signed.headers.items() if name != "content-type"}
    return Client().post(
        path_of(made.hook_url), signed.body, content_type="application/json", headers=headers
    )


def deliver(made: CreatedChannel, *bodies: Any) -> None:
    for body in bodies:
        assert post(made, body).status_code == 200
        work(made.channel)


def in_scope(made: CreatedChannel) -> Any:
    return tenant_scope(made.channel.tenant_id)


def wa(**lists: Any) -> dict[str, Any]:
    card = {"profile": {"name": "Анна"}, "wa_id": "79161234567", "user_id": "RU.55"}
    change = {"field": "messages", "value": {"contacts": [card], **lists}}
    return {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]}


def wa_text(text: str, message_id: str, **changes: Any) -> dict[str, Any]:
    message = {"from": "79161234567", "from_user_id": "RU.55", "id": message_id, "timestamp": str(AT),
               "type": "text", "text": {"body": text}}  # fmt: skip
    return wa(messages=[message | changes])


def wa_status(message_id: str, state: str, **changes: Any) -> dict[str, Any]:
    return wa(statuses=[{"id": message_id, "status": state, "timestamp": str(AT + 60)} | changes])


def fb(**content: Any) -> dict[str, Any]:
    event = {"sender": {"id": "5001"}, "recipient": {"id": "900"}, "timestamp": AT * 1000, **content}
    return {"object": "page", "entry": [{"id": "900", "messaging": [event]}]}


def leadgen(number: str = "444") -> dict[str, Any]:
    value = {"leadgen_id": number, "form_id": "555", "page_id": "900", "created_time": AT}
    return {"object": "page", "entry": [{"id": "900", "changes": [{"field": "leadgen", "value": value}]}]}


ANSWERS = {
    "id": "444",
    "field_data": [
        {"name": "full_name", "values": ["Анна"]},
        {"name": "phone_number", "values": ["+79161234567"]},
    ],
}


# --- WhatsApp ------------------------------------------------------------------------------------------
def test_whatsapp_message_opens_a_dialog_that_is_answered_by_number(make_channel: Make) -> None:
    made = make_channel("whatsapp")
    deliver(made, wa_text("Здравствуйте", "wamid.1"), wa_text("Есть столы?", "wamid.2"))
    with in_scope(made):
        dialog, lead = Dialog.objects.get(), Lead.objects.get()
        assert (dialog.external_id, dialog.recipient, lead.dialog) == ("RU.55", "79161234567", dialog)
        assert (lead.name, lead.phone, lead.kind) == ("Анна", "+79161234567", "message")
        kinds = set(IdentityKey.objects.values_list("kind", "value"))
        assert kinds == {("whatsapp", "RU.55"), ("phone", "+79161234567")}
        assert ledger() == type(ledger())(leads=1, joined=1)


def test_whatsapp_edit_and_revoke_change_the_message(make_channel: Make) -> None:
    made = make_channel("whatsapp")
    message = {"type": "text", "text": {"body": "два стола"}}
    edit = wa_text("", "wamid.2", type="edit", edit={"original_message_id": "wamid.1", "message": message})
    revoke = wa_text("", "wamid.3", type="revoke", revoke={"original_message_id": "wamid.1"})
    deliver(made, edit, wa_text("один стол", "wamid.1"), revoke)  # the edit came first and was woken
    with in_scope(made):
        kept = Message.objects.get()
        assert (kept.activity.text, kept.is_deleted) == ("два стола", True)
        assert ledger() == type(ledger())(leads=1, joined=2)


def test_whatsapp_states_that_overtake_the_sending_are_not_lost(
    make_channel: Make, graph: respx.MockRouter, alice: Membership
) -> None:
    made = make_channel("whatsapp")
    deliver(made, wa_text("Здравствуйте", "wamid.1"))
    graph.post("/1122334455667/messages").mock(
        return_value=httpx.Response(200, json={"messages": [{"id": "wamid.70"}]})
    )
    with in_scope(made):
        queued = send_reply(by=alice, lead=Lead.objects.get(), text="Добрый день", now=timezone.now())
    deliver(made, wa_status("wamid.70", "read"), wa_status("wamid.70", "delivered"))
    with in_scope(made):
        assert ledger().ignored == 2
    assert outbox.send(made.channel.tenant_id, queued.pk)
    work(made.channel)
    with in_scope(made):
        sent = Message.objects.get(pk=queued.pk)
        assert (sent.state, sent.external_id) == ("read", "wamid.70")
        assert ledger() == type(ledger())(leads=1, joined=2)


def test_whatsapp_failure_is_told_in_words_and_the_client_waits_again(
    make_channel: Make, graph: respx.MockRouter, alice: Membership
) -> None:
    made = make_channel("whatsapp")
    deliver(made, wa_text("Здравствуйте", "wamid.1"))
    graph.post("/1122334455667/messages").mock(
        return_value=httpx.Response(200, json={"messages": [{"id": "wamid.70"}]})
    )
    with in_scope(made):
        queued = send_reply(by=alice, lead=Lead.objects.get(), text="Добрый день", now=timezone.now())
    outbox.send(made.channel.tenant_id, queued.pk)
    deliver(
        made, wa_status("wamid.70", "failed", errors=[{"code": 131047, "title": "Re-engagement message"}])
    )
    with in_scope(made):
        failed = Message.objects.get(pk=queued.pk)
        assert failed.state == "failed"
        assert "24" in failed.error
        assert Lead.objects.get().waiting_since is not None


def test_whatsapp_own_message_of_the_application_makes_no_lead(make_channel: Make) -> None:
    made = make_channel("whatsapp")
    deliver(made, wa_text("Здравствуйте", "wamid.1"))
    echo = {"from": "78120000000", "to": "79161234567", "to_user_id": "RU.55", "id": "wamid.9",
            "timestamp": str(AT + 5), "type": "text", "text": {"body": "Отвечаем с телефона"}}  # fmt: skip
    deliver(made, wa(message_echoes=[echo]))
    with in_scope(made):
        assert Lead.objects.count() == 1
        assert Activity.objects.get(text="Отвечаем с телефона").direction == "out"
        assert Dialog.objects.count() == 1


def test_whatsapp_file_is_fetched_with_the_token(make_channel: Make) -> None:
    made = make_channel("whatsapp")
    image = {"id": "m1", "mime_type": "image/jpeg", "caption": "вот"}
    deliver(made, wa_text("", "wamid.1", type="image", image=image))
    with respx.mock as router:
        router.get(f"{GRAPH}/m1").mock(
            return_value=httpx.Response(
                200, json={"url": "https://lookaside.fbsbx.com/f", "mime_type": "image/jpeg"}
            )
        )
        router.get("https://lookaside.fbsbx.com/f").mock(return_value=httpx.Response(200, content=b"jpg"))
        for fetch_id in due(made.channel.tenant_id):
            fetch(made.channel.tenant_id, fetch_id)
    with in_scope(made):
        kept = Attachment.objects.get()
        assert (kept.state, kept.name, kept.size_bytes) == ("stored", "photo.jpg", 3)


# --- Messenger and lead forms --------------------------------------------------------------------------
def test_messenger_client_has_the_name_that_was_asked_for(
    make_channel: Make, graph: respx.MockRouter
) -> None:
    made = make_channel("messenger")
    graph.get("/5001").mock(return_value=httpx.Response(200, json={"name": "Анна Лис"}))
    deliver(made, fb(message={"mid": "m_1", "text": "Здравствуйте"}))
    with in_scope(made):
        assert Lead.objects.get().contact.name == "Анна Лис"
        assert json.loads(bytes(Event.objects.get().details))["profiles"]["5001"]["name"] == "Анна Лис"


def test_messenger_goes_on_without_a_name(make_channel: Make, graph: respx.MockRouter) -> None:
    made = make_channel("messenger")
    graph.get("/5001").mock(side_effect=httpx.ConnectError("away"))
    deliver(made, fb(message={"mid": "m_1", "text": "Здравствуйте"}))
    with in_scope(made):
        assert ledger() == type(ledger())(leads=1)
        assert Event.objects.get().details is None


def test_lead_form_waits_until_its_answers_come(make_channel: Make, graph: respx.MockRouter) -> None:
    made = make_channel("meta_leads")
    route = graph.get("/444")
    route.mock(return_value=httpx.Response(500, json={"error": {"code": 2, "message": "try later"}}))
    deliver(made, leadgen())
    with in_scope(made):
        assert ledger() == type(ledger())(pending=1)
    route.mock(return_value=httpx.Response(200, json=ANSWERS))
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=1)):
        work(made.channel)
    with in_scope(made):
        lead = Lead.objects.get()
        assert (lead.name, lead.phone, lead.utm_source) == ("Анна", "+79161234567", "facebook")
        assert ["full name", "Анна"] in lead.fields
    deliver(made, leadgen())
    with in_scope(made):
        assert ledger() == type(ledger())(leads=1, duplicates=1)


def test_lead_form_whose_token_is_refused_is_a_dead_letter_until_it_is_mended(
    make_channel: Make, graph: respx.MockRouter
) -> None:
    made = make_channel("meta_leads")
    graph.get("/444").mock(
        return_value=httpx.Response(401, json={"error": {"code": 190, "message": "expired"}})
    )
    deliver(made, leadgen())
    with in_scope(made):
        dead = Event.objects.dead().get()
        assert "444" in dead.error and "expired" in dead.error
        assert "expired" in Channel.objects.get().last_error
        update_channel(channel=made.channel, settings={"access_token": "a-new-token"}, now=timezone.now())
        graph.get("/444").mock(return_value=httpx.Response(200, json=ANSWERS))
        replay(now=timezone.now())
    work(made.channel)
    with in_scope(made):
        assert ledger() == type(ledger())(leads=1)
        assert Channel.objects.get().last_error == ""


# --- Jivo and the webhook ------------------------------------------------------------------------------
def test_chat_on_the_site_is_told_by_the_visitors_first_words(make_channel: Make) -> None:
    made = make_channel("jivo")
    said = [
        {"type": "agent", "agent_id": "7", "message": "Здравствуйте!", "timestamp": AT},
        {"type": "visitor", "message": "Есть столы?", "timestamp": AT + 5},
    ]
    body = {
        "event_name": "chat_finished",
        "chat_id": 1,
        "widget_id": "2",
        "visitor": {"name": "Анна", "phone": "+79161234567", "number": "27"},
        "chat": {"messages": said},
    }
    response = post(made, body)
    assert (response.status_code, response.json()) == (200, {"result": "ok"})
    work(made.channel)
    with in_scope(made):
        lead = Lead.objects.get()
        assert (lead.kind, lead.summary) == ("chat", "Есть столы?")
        entry = Activity.objects.get(lead=lead, kind="message")
        assert entry.text == "Оператор: Здравствуйте!\nАнна: Есть столы?"


def test_webhook_takes_get_and_others_do_not(make_channel: Make) -> None:
    made = make_channel("webhook", {"mode": "token"})
    path = path_of(made.hook_url)
    assert Client().get(path).json() == {"ok": True}
    assert Client().get(f"{path}?phone=%2B79161234567&token=wrong").status_code == 401
    assert (
        Client().get(f"{path}?phone=%2B79161234567&name=Anna&token=secret-of-the-webhook").status_code == 200
    )
    work(made.channel)
    with in_scope(made):
        assert Lead.objects.get().phone == "+79161234567"
        assert "secret-of-the-webhook" not in Event.objects.get().query
    assert Client().get(path_of(make_channel("jivo").hook_url)).status_code == 405


@pytest.mark.parametrize("kind", ["whatsapp", "messenger", "instagram", "meta_leads"])
def test_meta_verifies_the_address_before_it_delivers(make_channel: Make, kind: str) -> None:
    made = make_channel(kind, {"verify_token": "our-word"})
    query = "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token="
    right = Client().get(f"{path_of(made.hook_url)}?{query}our-word")
    assert (right.status_code, right.content) == (200, b"1158201444")
    assert Client().get(f"{path_of(made.hook_url)}?{query}another").status_code == 403
    assert Client().get(path_of(made.hook_url)).status_code == 405
    with in_scope(made):
        assert EventItem.objects.count() == 0
