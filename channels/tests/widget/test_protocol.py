"""The visitor's protocol: journaled before it is acknowledged, nobody reads another's talk, CORS is exact."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from activities.models import Activity, Attachment
from channels.adapters import adapter_for
from channels.journal import settings_of
from channels.models import Dialog, Event, EventItem, Message, Talk
from channels.samples import read_sample
from channels.services import CreatedChannel, switch_channel, update_channel
from channels.tests.conftest import failing_database, path_of, work
from channels.tests.widget.conftest import SITE, Visitor, answer, in_scope
from conftest import make_tenant
from leads.models import Lead
from tenants.models import Membership

pytestmark = pytest.mark.django_db


def test_message_becomes_a_lead_of_kind_chat(chat: CreatedChannel, visitor: Visitor) -> None:
    page = {
        "url": "https://shop.example/oslo?utm_source=ya&utm_campaign=tables",
        "first_url": "https://shop.example/?yclid=77",
        "referrer": "https://ya.ru/",
        "title": "Oslo",
        "seconds": 190,
        "lang": "en",
        "ids": {"_ym_uid": "123", "session": "no"},
    }
    product = {"title": "Table Oslo", "url": "https://shop.example/oslo", "price": "12 900"}
    assert visitor.say(page=page, product=product, is_first=True).status_code == 200
    with in_scope(chat):
        lead = Lead.objects.get()
        assert (lead.kind, lead.channel_kind, lead.state) == ("chat", "chat", "new")
        assert lead.summary == "Have you any tables?"
        assert (lead.utm_source, lead.campaign) == ("ya", "tables")
        assert lead.click_ids == {"yclid": "77", "ym_client_id": "123"}
        assert (lead.page_url, lead.referrer) == (page["url"], "https://ya.ru/")
        assert lead.object_of_interest == "Table Oslo"
        assert lead.product == product
        assert [value for _label, value in lead.fields] == ["Oslo", "https://shop.example/?yclid=77", "3 мин"]
        assert lead.contact is None
        assert Dialog.objects.get().recipient
        assert Talk.objects.get().lead == lead


def test_message_is_journaled_before_it_is_acknowledged(chat: CreatedChannel, visitor: Visitor) -> None:
    visitor.start()
    said = visitor.ask("/messages", {"type": "message", "id": "a", "text": "Hello"})
    assert (said.status_code, said.json()) == (200, {"ok": True})
    with in_scope(chat):
        event = Event.objects.get()
        assert event.state == "received"
        assert str(event.pk) == said.headers["X-Event"]
        assert visitor.session not in json.dumps([event.headers, event.url, bytes(event.body).decode()])
    with failing_database():
        assert visitor.ask("/messages", {"type": "message", "id": "b", "text": "x"}).status_code == 503


def test_repeated_message_is_one(chat: CreatedChannel, visitor: Visitor) -> None:
    for _turn in range(3):
        assert visitor.say(id="same").status_code == 200
    with in_scope(chat):
        assert list(EventItem.objects.order_by("at").values_list("outcome", flat=True)) == [
            "lead",
            "duplicate",
            "duplicate",
        ]
        assert Message.objects.count() == 1


def test_same_id_of_two_visitors_is_two_messages(chat: CreatedChannel, visitor: Visitor) -> None:
    visitor.say("First", id="same")
    Visitor(chat).say("Second", id="same")
    with in_scope(chat):
        assert sorted(Lead.objects.values_list("summary", flat=True)) == ["First", "Second"]


def test_answer_reaches_the_visitor_and_states_come_back(
    chat: CreatedChannel, visitor: Visitor, alice: Membership
) -> None:
    visitor.say()
    answer(chat, alice, "Yes, see https://shop.example/tables", timezone.now())
    said = visitor.sync()
    assert [(m["who"], m["name"], m["text"]) for m in said["messages"]] == [
        ("visitor", "", "Have you any tables?"),
        ("operator", "Alice", "Yes, see https://shop.example/tables"),
    ]
    assert said["state"]["operator"] == "Alice"
    with in_scope(chat):
        assert Message.objects.get(activity__direction="out").state == "delivered"
    visitor.sync(is_read=True)
    with in_scope(chat):
        message = Message.objects.get(activity__direction="out")
        assert (message.state, message.next_try_at) == ("read", None)
    again = visitor.sync(after=said["messages"][-1]["id"])
    assert {m["id"] for m in again["messages"]} <= {m["id"] for m in said["messages"]}


def test_first_response_of_a_chat_is_measured(
    chat: CreatedChannel, visitor: Visitor, alice: Membership
) -> None:
    visitor.say()
    now = timezone.now()
    answer(chat, alice, "Yes", now)
    with in_scope(chat):
        lead = Lead.objects.get()
        assert (lead.first_response_at, lead.waiting_since) == (now, None)


def test_visitor_hears_that_the_own_words_were_read(chat: CreatedChannel, visitor: Visitor) -> None:
    visitor.say()
    assert visitor.sync()["state"]["is_read"] is False
    with in_scope(chat):
        Lead.objects.update(unread_count=0)
    assert visitor.sync()["state"]["is_read"] is True


# --- Nobody reads another's talk -------------------------------------------------------------
def test_visitor_sees_nothing_of_another_visitor(chat: CreatedChannel, visitor: Visitor) -> None:
    visitor.say("My secret")
    other = Visitor(chat).start()
    assert other.sync()["messages"] == []
    assert other.act("rate", stars=5).status_code == 422
    assert other.act("end").status_code == 422


@pytest.mark.parametrize("how", ["none", "other visitor", "forged", "nonsense"])
def test_session_that_is_not_ours_opens_nothing(chat: CreatedChannel, visitor: Visitor, how: str) -> None:
    visitor.say("My secret")
    name, _dot, proof = visitor.session.partition(".")
    stranger = Visitor(chat).start()
    stranger.session = {
        "none": "",
        "other visitor": f"{name}.{stranger.session.partition('.')[2]}",
        "forged": f"{name}.{'0' * len(proof)}",
        "nonsense": "x.y.z\x7f",
    }[how]
    for path in ("/sync", "/act", "/messages"):
        assert stranger.ask(path, {"do": "end", "type": "message", "id": "1"}).status_code == 401


def test_session_of_another_channel_opens_nothing(
    chat: CreatedChannel, visitor: Visitor, make_channel: Callable[..., CreatedChannel]
) -> None:
    visitor.say()
    elsewhere = Visitor(make_channel("chat"))
    elsewhere.session = visitor.session
    assert elsewhere.ask("/sync").status_code == 401


def test_session_of_another_company_opens_nothing(
    visitor: Visitor, make_channel: Callable[..., CreatedChannel]
) -> None:
    visitor.say("Of Alice's company")
    foreign = Visitor(make_channel("chat", {"hours": "always"}, tenant=make_tenant()))
    foreign.session = visitor.session
    assert foreign.ask("/sync").status_code == 401
    foreign.start().say("Of Charlie's")
    assert foreign.texts == ["Of Charlie's"]


def test_file_goes_both_ways_and_to_nobody_else(
    chat: CreatedChannel, visitor: Visitor, tmp_path, settings
) -> None:
    settings.MEDIA_ROOT = tmp_path
    visitor.start()
    assert send_file(visitor, "plan.pdf", b"%PDF-1.7").status_code == 200
    work(chat.channel)
    (message,) = visitor.sync()["messages"]
    (file,) = message["files"]
    assert (file["name"], file["size"]) == ("plan.pdf", 8)
    got = visitor.ask(f"/files/{file['id']}", method="GET")
    assert b"".join(got.streaming_content) == b"%PDF-1.7"
    assert got.headers["Content-Disposition"] == 'attachment; filename="plan.pdf"'
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert Visitor(chat).start().ask(f"/files/{file['id']}", method="GET").status_code == 404
    with in_scope(chat):
        assert Attachment.objects.get().activity.lead == Lead.objects.get()


@pytest.mark.parametrize("name", ["run.exe", "page.html", "script.js", "picture.svg", "nothing"])
def test_file_that_could_run_is_not_taken(visitor: Visitor, chat: CreatedChannel, name: str) -> None:
    said = send_file(visitor.start(), name, b"x")
    assert (said.status_code, said.json()) == (422, {"error": "wrong_file"})
    with in_scope(chat):
        assert not Event.objects.exists()


def test_file_that_is_too_large_is_not_taken(visitor: Visitor, settings) -> None:
    said = send_file(visitor.start(), "big.pdf", bytes(5 * 1024 * 1024 + 1))
    assert (said.status_code, said.json()) == (413, {"error": "too_large"})
    settings.HOOK_MAX_BYTES = 1000
    assert send_file(visitor, "big.pdf", bytes(2000)).status_code == 413


def send_file(visitor: Visitor, name: str, data: bytes):
    payload = json.dumps({"type": "message", "id": name, "text": ""})
    body = (
        b'--xx\r\nContent-Disposition: form-data; name="payload"\r\n\r\n' + payload.encode()
        + b'\r\n--xx\r\nContent-Disposition: form-data; name="file"; filename="' + name.encode()
        + b'"\r\nContent-Type: application/pdf\r\n\r\n' + data + b"\r\n--xx--\r\n"
    )  # fmt: skip
    return visitor.ask("/messages", body.decode("latin-1"), content_type="multipart/form-data; boundary=xx")


# --- Doors ----------------------------------------------------------------------------------------
def test_unknown_and_closed_channels_look_alike(chat: CreatedChannel, visitor: Visitor, form) -> None:
    unknown = Client().get("/chat/no-such-token/config")
    of_form = Client().get(f"/chat/{form.hook_url.rpartition('/')[2]}/config")
    with in_scope(chat):
        switch_channel(channel=chat.channel, is_active=False, now=timezone.now())
    closed = visitor.ask("/config", method="GET", headers={"Origin": ""})
    assert {answer.status_code for answer in (unknown, of_form, closed)} == {404}
    assert len({answer.content for answer in (unknown, of_form, closed)}) == 1


def test_page_of_any_site_may_ask_and_hears_its_own_name(visitor: Visitor) -> None:
    told = visitor.ask("/config", method="GET")
    assert told.headers["Access-Control-Allow-Origin"] == SITE
    assert "Origin" in told.headers["Vary"]
    assert "Access-Control-Allow-Credentials" not in told.headers
    assert not told.cookies
    preflight = visitor.ask("/messages", method="OPTIONS")
    assert preflight.status_code == 204
    assert "Authorization" in preflight.headers["Access-Control-Allow-Headers"]


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("https://shop.example", 200),
        ("https://www.shop.example", 200),
        ("https://a.market.example", 200),
        ("https://evilmarket.example", 403),
        ("https://shop.example.evil.com", 403),
        ("null", 403),
    ],
)
def test_page_of_another_site_is_refused_where_sites_are_named(
    chat: CreatedChannel, origin: str, status: int
) -> None:
    with in_scope(chat):
        sites = {"allowed_sites": "https://shop.example/\n*.market.example"}
        update_channel(channel=chat.channel, now=timezone.now(), settings=sites)
    told = Visitor(chat, origin).ask("/config", method="GET")
    assert told.status_code == status
    assert ("Access-Control-Allow-Origin" in told.headers) == (status == 200)


def test_who_only_looks_leaves_nothing(chat: CreatedChannel, visitor: Visitor) -> None:
    visitor.ask("/config", method="GET")
    visitor.start().sync()
    visitor.act("typing")
    with in_scope(chat):
        assert not Event.objects.exists()
        assert not Dialog.objects.exists()
        assert not Activity.objects.exists()


def test_flood_of_one_visitor_is_stopped_and_a_dead_redis_stops_nobody(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor.start()
    facts = {"type": "message", "id": "x", "text": "x"}
    answers = [visitor.ask("/messages", facts | {"id": str(n)}).status_code for n in range(32)]
    assert answers == [200] * 30 + [429] * 2

    def away(*_args: object, **_kwargs: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(cache, "add", away)
    assert visitor.ask("/messages", facts | {"id": "y"}).status_code == 200


def test_delivery_that_did_not_come_through_our_page_is_forged(
    chat: CreatedChannel, visitor: Visitor
) -> None:
    body = json.dumps({"type": "message", "id": "1", "text": "x"})
    visitor.start()
    straight = Client().post(
        path_of(chat.hook_url),
        body,
        content_type="application/json",
        headers={"X-Chat-Visitor": visitor.session.partition(".")[0], "Authorization": visitor.session},
    )
    assert straight.status_code == 401


def test_recorded_body_is_tried_as_a_visitor_of_its_own(chat: CreatedChannel, tmp_path) -> None:
    """As `manage post_sample` does it."""
    path = tmp_path / "hello.json"
    path.write_text('{"type": "message", "id": "1", "text": "A trial"}')
    with in_scope(chat):
        known = settings_of(chat.channel)
    for _turn in range(2):
        signed = adapter_for("chat").sign(read_sample(path, chat.hook_url), known)
        headers = {name: value for name, value in signed.headers.items() if name != "content-type"}
        said = Client().post(
            path_of(chat.hook_url), signed.body, content_type="application/json", headers=headers
        )
        assert said.status_code == 200
    work(chat.channel)
    with in_scope(chat):
        assert Lead.objects.get().summary == "A trial"
        assert sorted(EventItem.objects.values_list("outcome", flat=True)) == ["duplicate", "lead"]


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"type": "order", "id": "1"}', b'{"type": "message"}'])
def test_nonsense_is_refused_and_nothing_is_kept(chat: CreatedChannel, visitor: Visitor, body: bytes) -> None:
    assert visitor.start().ask("/messages", body).status_code in (400, 422)
    with in_scope(chat):
        assert not Event.objects.exists()


def test_talk_goes_on_while_redis_is_away(
    chat: CreatedChannel, visitor: Visitor, alice: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is counted, and asking again and again brings the answer without any stream."""

    def away(*_args: object, **_kwargs: object) -> None:
        raise ConnectionError

    for name in ("add", "incr"):
        monkeypatch.setattr(cache, name, away)
    assert visitor.say().status_code == 200
    answer(chat, alice, "Yes", timezone.now())
    assert visitor.texts == ["Have you any tables?", "Yes"]
