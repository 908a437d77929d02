import dataclasses
import hashlib
import hmac
import json

import httpx
import pytest
import respx
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.adapters.base import Forged, OutgoingMessage, SendError, Unparseable
from channels.adapters.viber import ViberAdapter
from channels.adapters.viber.adapter import SIGNATURE_HEADER
from channels.tests.adapters.samples import NOW, assert_sound, delivery, recorded
from channels.tests.adapters.test_form import JSON
from leads.inquiry import DeliveryStatus, File, Ignored, Inquiry

viber = ViberAdapter()
BASE = "https://viber.test"
BOT = {"token": "445da6az1s345z78", "base_url": BASE}
HOOK = "https://crm.example/hooks/viber/t"
MARIA = {"id": "xy5/5y6O81+/kbWHpLhBoA==", "name": "Мария", "language": "ru", "country": "RU"}
TOKEN = 4987381189870374000


def said(kind: str = "text", **message):
    return {
        "event": "message",
        "timestamp": 1763631012000,
        "message_token": TOKEN,
        "sender": MARIA,
        "message": {"type": kind, **message},
    }


def opened(**callback):
    usual = {
        "event": "conversation_started",
        "timestamp": 1763631012000,
        "message_token": TOKEN,
        "user": MARIA,
    }
    return usual | callback


def parse(body):
    items = viber.parse(delivery(body), BOT)
    assert_sound(items)
    return items


def parse_one(body, expected=Inquiry):
    (item,) = parse(body)
    assert isinstance(item, expected), item
    return item


@pytest.mark.parametrize("path", recorded("viber", "*.json"))
def test_viber_reads_every_recorded_callback(path):
    assert_sound(viber.parse(delivery(path.read_bytes()), BOT))


def test_message_tells_who_what_when_and_where():
    inquiry = parse_one(said(text="Здравствуйте", tracking_data="x"))
    assert (inquiry.person.name, inquiry.person.messenger_id, inquiry.person.language) == (
        "Мария",
        "xy5/5y6O81+/kbWHpLhBoA==",
        "ru",
    )
    assert (inquiry.text, inquiry.thread_key) == ("Здравствуйте", inquiry.person.messenger_id)
    assert (inquiry.external_id, inquiry.key) == (str(TOKEN), f"message:{TOKEN}")
    assert inquiry.occurred_at.isoformat() == "2025-11-20T09:30:12+00:00"


@pytest.mark.parametrize(
    ("message", "text", "file"),
    [
        (said("picture", media="https://dl-media.viber.com/1.jpg", text="вот"), "вот", "photo.jpg"),
        (said("picture"), "Picture", ""),
        (said("video", media="https://dl-media.viber.com/1.mp4"), "", "video.mp4"),
        (said("file", media="https://dl-media.viber.com/1", file_name="тз.pdf"), "", "тз.pdf"),
        (said("sticker", sticker_id=40133), "Sticker", ""),
        (said("url", media="https://x.example/"), "https://x.example/", ""),
        (
            said("location", location={"lat": 59.9, "lon": 30.3}),
            "https://maps.google.com/?q=59.900000,30.300000",
            "",
        ),
        (said("new_thing"), "Attachment: new_thing", ""),
    ],
)
def test_messages_of_every_type_become_words_and_files(message, text, file):
    inquiry = parse_one(message)
    assert inquiry.text == text
    assert [one.name for one in inquiry.files] == ([file] if file else [])


def test_shared_contact_is_shown_but_not_taken_for_the_sender():
    inquiry = parse_one(said("contact", contact={"name": "Пётр", "phone_number": "+79990000001"}))
    assert inquiry.text == "Пётр\n+79990000001"
    assert (inquiry.person.phone, inquiry.person.shown_phone) == ("", "+79990000001")


def test_opening_the_chat_is_an_inquiry_with_the_links_mark():
    inquiry = parse_one(opened(context="ya__cpc", subscribed=False))
    assert (inquiry.marks.source, inquiry.marks.medium) == ("ya", "cpc")
    assert inquiry.fields == (("context", "ya__cpc"),)
    assert parse_one(opened(subscribed=False)).text
    assert parse_one(opened(subscribed=True, context="again")).marks.source == "again"
    assert parse_one(opened(subscribed=True), Ignored).reason
    assert parse_one(opened(event="subscribed")).thread_key == MARIA["id"]


@pytest.mark.parametrize(
    ("event", "state"), [("delivered", "delivered"), ("seen", "read"), ("failed", "failed")]
)
def test_receipts_tell_the_state_of_our_message(event, state):
    receipt = {"event": event, "timestamp": 1, "message_token": TOKEN, "user_id": "u", "desc": "no device"}
    status = parse_one(receipt, DeliveryStatus)
    assert (status.state, status.external_id) == (state, str(TOKEN))
    assert status.error == ("no device" if event == "failed" else "")
    assert status.key == f"{event}:{TOKEN}"


@pytest.mark.parametrize("event", ["webhook", "unsubscribed", "client_status", "future_thing"])
def test_events_of_no_consequence_have_a_reason(event):
    callback = {"event": event, "timestamp": 4987034606158369000, "message_token": 1, "user_id": "u"}
    assert parse_one(callback, Ignored).reason


def test_impossible_time_falls_back_to_the_arrival():
    assert parse_one(said(text="x") | {"timestamp": 4987034606158369000}).occurred_at == NOW


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b'{"event": "message"}', b'{"event": "delivered"}', b'{"event": "subscribed"}'],
)
def test_what_is_no_callback_is_refused_with_a_reason(body):
    with pytest.raises(Unparseable, match=r".{10}"):
        viber.parse(delivery(body), {})


def test_signature_is_verified_over_the_raw_body():
    raw = delivery(b'{"event" : "webhook"}')
    expected = hmac.new(BOT["token"].encode(), raw.body, hashlib.sha256).hexdigest()
    signed = viber.sign(raw, BOT)
    assert signed.header(SIGNATURE_HEADER) == expected
    viber.verify(signed, BOT)
    viber.verify(dataclasses.replace(raw, headers={SIGNATURE_HEADER: expected.upper()}), BOT)
    for forged in (
        raw,
        dataclasses.replace(signed, body=raw.body + b" "),
        dataclasses.replace(raw, headers={SIGNATURE_HEADER: "ё" * 64}),
    ):
        with pytest.raises(Forged):
            viber.verify(forged, BOT)
    with pytest.raises(Forged):
        viber.verify(viber.sign(raw, {"token": ""}), {"token": ""})


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_viber_never_raises_anything_but_unparseable(data):
    body = said(
        data.draw(st.sampled_from(["text", "picture", "contact", "location", "url", "file"])), text="x"
    )
    body["event"] = data.draw(st.sampled_from(["message", "conversation_started", "subscribed", "seen"]))
    body["user"] = MARIA
    for name in data.draw(st.lists(st.sampled_from(["media", "contact", "location", "text"]), max_size=3)):
        body["message"][name] = data.draw(JSON)
    for name in data.draw(
        st.lists(st.sampled_from(["sender", "user", "message", "message_token"]), max_size=2)
    ):
        body[name] = data.draw(JSON)
    try:
        items = viber.parse(delivery(json.dumps(body)), BOT)
    except Unparseable:
        return
    assert_sound(items)


# --- Sending -----------------------------------------------------------------------------------------
@pytest.fixture
def api():
    with respx.mock(base_url=f"{BASE}/pa", assert_all_called=False) as router:
        yield router


def answer(status: int, text: str = "ok", **facts) -> httpx.Response:
    return httpx.Response(200, json={"status": status, "status_message": text, **facts})


def test_send_writes_to_the_person_and_returns_the_number(api):
    route = api.post("/send_message").mock(return_value=answer(0, message_token=5741311803571721087))
    message = OutgoingMessage(
        "Привет", thread_key=MARIA["id"], sender_name="Анна из отдела продаж и поддержки"
    )
    assert viber.send(message, BOT) == "5741311803571721087"
    request = route.calls[0].request
    assert request.headers["x-viber-auth-token"] == BOT["token"]
    sent = json.loads(request.content)
    assert (sent["receiver"], sent["text"], sent["type"]) == (MARIA["id"], "Привет", "text")
    assert sent["sender"]["name"] == "Анна из отдела продаж и подд"
    viber.send(message, {**BOT, "sender_name": "Ромашка"})
    assert json.loads(route.calls[1].request.content)["sender"]["name"] == "Ромашка"


def test_send_cuts_a_long_text(api):
    route = api.post("/send_message").mock(return_value=answer(0, message_token=1))
    viber.send(OutgoingMessage("слово " * 2000, thread_key="u"), BOT)
    texts = [json.loads(call.request.content)["text"] for call in route.calls]
    assert all(len(text) <= 7000 for text in texts)
    assert " ".join(texts).split() == ["слово"] * 2000


@pytest.mark.parametrize(
    ("told", "is_permanent", "retry_after_s"),
    [
        (answer(12, "tooManyRequests"), False, 30),
        (httpx.Response(429), False, 30),
        (answer(6, "receiverNotSubscribed"), True, None),
        (answer(5, "receiverNotRegistered"), True, None),
        (answer(2, "invalidAuthToken"), True, None),
        (answer(9, "publicAccountSuspended"), True, None),
        (answer(3, "badData"), True, None),
        (httpx.Response(500, text="<html>"), False, None),
        (httpx.Response(404, text="<html>"), True, None),
    ],
)
def test_send_tells_final_refusals_from_passing_ones(api, told, is_permanent, retry_after_s):
    api.post("/send_message").mock(return_value=told)
    with pytest.raises(SendError) as caught:
        viber.send(OutgoingMessage("x", thread_key="u"), BOT)
    assert (caught.value.is_permanent, caught.value.retry_after_s) == (is_permanent, retry_after_s)
    assert not caught.value.is_uncertain
    assert BOT["token"] not in str(caught.value)


@pytest.mark.parametrize(
    "outcome", [{"side_effect": httpx.ReadTimeout("slow")}, {"return_value": httpx.Response(504)}]
)
def test_send_says_when_it_may_have_been_delivered(api, outcome):
    api.post("/send_message").mock(**outcome)
    with pytest.raises(SendError) as caught:
        viber.send(OutgoingMessage("x", thread_key="u"), BOT)
    assert caught.value.is_uncertain and not caught.value.is_permanent


def test_long_text_cut_off_in_the_middle_is_not_sent_again_by_itself(api):
    api.post("/send_message").mock(side_effect=[answer(0, message_token=1), answer(12)])
    with pytest.raises(SendError) as caught:
        viber.send(OutgoingMessage("x" * 8000, thread_key="u"), BOT)
    assert caught.value.is_uncertain


@pytest.mark.parametrize(
    "message",
    [OutgoingMessage(" ", thread_key="u"), OutgoingMessage("x", thread_key="u", files=(File("a"),))],
)
def test_send_refuses_nothing_and_files(message):
    with pytest.raises(SendError) as caught:
        viber.send(message, BOT)
    assert caught.value.is_permanent


def test_fetch_file_downloads_from_vibers_own_hosts_only():
    with respx.mock as router:
        router.get("https://dl-media.viber.com/1.jpg").respond(content=b"jpg")
        assert viber.fetch_file("https://dl-media.viber.com/1.jpg", BOT).data == b"jpg"
    for url in ("https://evil.example/1", "http://dl-media.viber.com/1", "https://viber.com.evil.example/"):
        with respx.mock, pytest.raises(SendError) as caught:
            viber.fetch_file(url, BOT)
        assert caught.value.is_permanent


# --- Connecting --------------------------------------------------------------------------------------
def test_check_sets_the_webhook(api):
    api.post("/get_account_info").mock(return_value=answer(0, name="Ромашка", webhook=HOOK))
    setting = api.post("/set_webhook").mock(return_value=answer(0))
    checks = viber.check(BOT, HOOK)
    assert [check.is_ok for check in checks] == [True, True, True]
    assert "Ромашка" in str(checks[0].text)
    sent = json.loads(setting.calls[0].request.content)
    assert (sent["url"], sent["send_name"]) == (HOOK, True)
    assert "seen" in sent["event_types"]


def test_check_tells_what_is_wrong(api):
    api.post("/get_account_info").mock(
        return_value=answer(0, name="Ромашка", webhook="https://other.example")
    )
    api.post("/set_webhook").mock(return_value=answer(1, "invalidUrl"))
    assert [check.is_ok for check in viber.check(BOT, HOOK)] == [True, False, False]
    assert [check.is_ok for check in viber.check({**BOT, "set_webhook": False}, HOOK)] == [True, False]
    api.post("/get_account_info").mock(return_value=answer(2, "invalidAuthToken"))
    assert [check.is_ok for check in viber.check(BOT, HOOK)] == [False]


def test_check_says_that_viber_needs_a_public_https_address():
    with respx.mock(base_url="https://chatapi.viber.com/pa") as router:
        router.post("/get_account_info").mock(return_value=answer(0, name="Ромашка"))
        checks = viber.check({"token": "t"}, "http://127.0.0.1:8000/hooks/viber/t")
    assert [check.is_ok for check in checks] == [True, False, False]
