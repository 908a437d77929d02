import dataclasses
import json
from pathlib import Path

import httpx
import pytest
import respx
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.adapters.base import Forged, OutgoingMessage, SendError, Unparseable
from channels.adapters.max import MaxAdapter
from channels.adapters.max import adapter as max_adapter
from channels.adapters.max import api as max_api
from channels.adapters.max.adapter import SECRET_HEADER
from channels.adapters.max.content import read_vcard
from channels.tests.adapters.samples import assert_sound, delivery, recorded
from channels.tests.adapters.test_form import JSON
from leads.inquiry import File, Ignored, Inquiry, MessageEdit

messenger = MaxAdapter()
BASE = "https://max.test"
BOT = {"token": "f9LHod", "secret": "s3cret", "base_url": BASE}
HOOK = "https://crm.example/hooks/max/t"
MARIA = {"user_id": 54, "first_name": "Мария", "last_name": "Т", "username": "maria", "is_bot": False}
OUR_BOT = {"user_id": 12, "first_name": "Бот", "is_bot": True}
AT = 1763631012000


def created(sender=MARIA, recipient=None, link=None, kind: str = "message_created", **body):
    return {
        "update_type": kind,
        "timestamp": AT + 5000,
        "user_locale": "ru",
        "message": {
            "sender": sender,
            "recipient": recipient or {"chat_id": 777, "chat_type": "dialog", "user_id": 12},
            "timestamp": AT,
            "body": {"mid": "mid.1", "seq": 1, "text": "", **body},
            **({"link": link} if link else {}),
        },
    }


def parse(body):
    items = messenger.parse(delivery(body), BOT)
    assert_sound(items)
    return items


def parse_one(body, expected=Inquiry):
    (item,) = parse(body)
    assert isinstance(item, expected), item
    return item


@pytest.mark.parametrize("path", recorded("max", "*.json"))
def test_max_reads_every_recorded_update(path):
    assert_sound(messenger.parse(delivery(path.read_bytes()), BOT))


def test_message_tells_who_what_when_and_where():
    inquiry = parse_one(created(text="Привет", link={"type": "reply", "message": {"mid": "mid.0"}}))
    person = inquiry.person
    assert (person.name, person.messenger_id, person.username, person.language) == (
        "Мария Т",
        "54",
        "maria",
        "ru",
    )
    assert (person.profile_url, person.phone) == ("https://max.ru/maria", "")
    assert (inquiry.text, inquiry.thread_key, inquiry.external_id) == ("Привет", "777", "mid.1")
    assert (inquiry.key, inquiry.references) == ("message_created:mid.1", ("mid.0",))
    assert inquiry.occurred_at.isoformat() == "2025-11-20T09:30:12+00:00"
    assert not inquiry.is_own


def test_what_the_bot_wrote_is_own():
    own = parse_one(created(OUR_BOT, {"chat_id": 777, "chat_type": "dialog", "user_id": 54}, text="Да"))
    assert (own.is_own, own.thread_key, own.person.messenger_id) == (True, "777", "54")


def test_card_counts_only_when_its_owner_shared_it():
    vcf = "BEGIN:VCARD\r\nVERSION:3.0\r\nTEL;TYPE=cell:79990000001\r\nFN:Мария\\, Т\r\nEND:VCARD\r\n"
    card = {"type": "contact", "payload": {"vcf_info": vcf, "max_info": MARIA}}
    own = parse_one(created(attachments=[card]))
    assert (own.person.phone, own.text) == ("79990000001", "Мария, Т 79990000001")
    for owner in ({"user_id": 9}, None):
        card["payload"]["max_info"] = owner
        alien = parse_one(created(attachments=[card]))
        assert (alien.person.phone, alien.text) == ("", "Мария, Т 79990000001")


def test_card_is_read_whatever_its_lines_look_like():
    card = read_vcard(
        "BEGIN:VCARD\nitem1.TEL;waid=7:tel:+7 999\nTEL:2\nFN;CHARSET=UTF-8:Анна\n  Мария\nEND:VCARD"
    )
    assert card == {"TEL": "+7 999", "FN": "Анна Мария"}
    assert read_vcard(None) == {}


def test_attachments_become_words_and_files():
    attachments = [
        {"type": "image", "payload": {"photo_id": 1, "token": "t", "url": "https://i.oneme.ru/i?r=1"}},
        {
            "type": "file",
            "filename": "тз.pdf",
            "size": 3,
            "payload": {"url": "https://fd.oneme.ru/f", "token": "t"},
        },
        {"type": "audio", "transcription": "перезвоните", "payload": {"url": "https://a.oneme.ru/a"}},
        {"type": "video", "payload": {"token": "v-1"}},
        {"type": "location", "latitude": 59.9, "longitude": 30.3},
        {"type": "share", "title": "Сайт", "payload": {"url": "https://example.com"}},
        {"type": "inline_keyboard", "payload": {"buttons": []}},
        {"type": "new_thing"},
    ]
    inquiry = parse_one(created(text="Вот", attachments=attachments))
    assert [(file.name, file.ref) for file in inquiry.files] == [
        ("photo.jpg", "https://i.oneme.ru/i?r=1"),
        ("тз.pdf", "https://fd.oneme.ru/f"),
        ("voice.mp3", "https://a.oneme.ru/a"),
        ("video.mp4", "video:v-1"),
    ]
    assert inquiry.text.startswith("Вот\nперезвоните\nhttps://maps.google.com/?q=59.900000,30.300000\nСайт")
    assert "new_thing" in inquiry.text
    assert "keyboard" not in inquiry.text


def test_forwarded_message_is_quoted_and_its_card_is_nobodys():
    vcf = "TEL:79990000001"
    card = {"type": "contact", "payload": {"vcf_info": vcf, "max_info": MARIA}}
    picture = {"type": "image", "payload": {"url": "https://i.oneme.ru/1"}}
    inner = {"mid": "mid.0", "text": "исходное", "attachments": [picture, card]}
    inquiry = parse_one(created(text="смотрите", link={"type": "forward", "message": inner}))
    assert inquiry.text == "смотрите\n> исходное\n> Мария Т 79990000001"
    assert [file.ref for file in inquiry.files] == ["https://i.oneme.ru/1"]
    assert (inquiry.person.phone, inquiry.references) == ("", ())


def test_edit_and_removal_point_at_their_message():
    edit = parse_one(created(kind="message_edited", text="Привет!"), MessageEdit)
    assert (edit.text, edit.thread_key, edit.external_id, edit.is_deleted) == (
        "Привет!",
        "777",
        "mid.1",
        False,
    )
    later = created(kind="message_edited", text="Привет!!")
    later["timestamp"] += 1000
    assert parse_one(later, MessageEdit).key != edit.key
    removal = {"update_type": "message_removed", "timestamp": AT, "message_id": "mid.1", "chat_id": 777}
    gone = parse_one(removal, MessageEdit)
    assert (gone.is_deleted, gone.thread_key, gone.external_id) == (True, "777", "mid.1")


def test_pressed_button_speaks_with_its_label():
    buttons = [[{"type": "callback", "payload": "call", "text": "Перезвоните"}]]
    keyboard = {"type": "inline_keyboard", "payload": {"buttons": buttons}}
    update = created(
        OUR_BOT,
        {"chat_id": 777, "chat_type": "dialog", "user_id": 54},
        kind="message_callback",
        attachments=[keyboard],
    )
    update["callback"] = {"timestamp": AT, "callback_id": "c1", "payload": "call", "user": MARIA}
    inquiry = parse_one(update)
    assert (inquiry.text, inquiry.thread_key, inquiry.person.messenger_id) == ("Перезвоните", "777", "54")
    assert (inquiry.key, inquiry.is_own) == ("message_callback:c1", False)
    update["message"] = None
    bare = parse_one(update)
    assert (bare.text, bare.thread_key) == ("call", "user:54")


def test_start_is_an_inquiry_with_the_links_mark():
    start = {
        "update_type": "bot_started",
        "timestamp": AT,
        "chat_id": 777,
        "user": MARIA,
        "payload": "ya__cpc",
    }
    inquiry = parse_one(start)
    assert (inquiry.marks.source, inquiry.marks.medium, inquiry.thread_key) == ("ya", "cpc", "777")
    assert inquiry.fields == (("start", "ya__cpc"),)
    assert parse_one({**start, "payload": None}).fields == ()


@pytest.mark.parametrize(
    "kind",
    [
        "bot_stopped",
        "bot_added",
        "bot_removed",
        "dialog_removed",
        "dialog_muted",
        "user_added",
        "future_thing",
    ],
)
def test_events_of_no_consequence_have_a_reason_and_a_key_of_their_own(kind):
    update = {"update_type": kind, "timestamp": AT, "chat_id": 777, "user": MARIA}
    first = parse_one(update, Ignored)
    assert first.key == parse_one(update, Ignored).key
    assert first.key != parse_one({**update, "timestamp": AT + 1}, Ignored).key


@pytest.mark.parametrize(
    "update",
    [
        created(recipient={"chat_id": -5, "chat_type": "channel"}, text="Пост"),
        created(OUR_BOT, {"chat_id": -5, "chat_type": "chat"}, text="x"),
        created(text=""),
    ],
)
def test_posts_bots_in_groups_and_emptiness_are_ignored(update):
    assert parse_one(update, Ignored).reason


def test_list_of_updates_is_split():
    assert len(parse({"updates": [created(text="x"), created(text="y", mid="mid.2")], "marker": 1})) == 2


def test_secret_header_is_verified():
    raw = delivery(created(text="x"))
    messenger.verify(messenger.sign(raw, BOT), BOT)
    for header in ({}, {SECRET_HEADER: "s3cre"}, {SECRET_HEADER: "s3cret "}, {SECRET_HEADER: "ё"}):
        with pytest.raises(Forged):
            messenger.verify(dataclasses.replace(raw, headers=header), BOT)
    with pytest.raises(Forged):
        messenger.verify(dataclasses.replace(raw, headers={SECRET_HEADER: ""}), {**BOT, "secret": ""})


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"update_type": "message_created"}',
        b'{"update_type": "message_removed"}',
        b'{"update_type": "bot_started"}',
        b"\xff",
    ],
)
def test_what_is_no_update_is_refused_with_a_reason(body):
    with pytest.raises(Unparseable, match=r".{10}"):
        messenger.parse(delivery(body), {})


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_max_never_raises_anything_but_unparseable(data):
    kinds = ["message_created", "message_edited", "message_removed", "message_callback", "bot_started"]
    update = created(text="x") | {
        "callback": {"callback_id": "c", "payload": "p", "user": MARIA},
        "user": MARIA,
    }
    update["update_type"] = data.draw(st.sampled_from(kinds))
    for name in data.draw(st.lists(st.sampled_from(["sender", "recipient", "body", "link"]), max_size=3)):
        update["message"][name] = data.draw(JSON)
    for name in data.draw(st.lists(st.sampled_from(["callback", "user", "payload", "chat_id"]), max_size=3)):
        update[name] = data.draw(JSON)
    kind = data.draw(st.sampled_from(["contact", "image", "video", "location", "share", "file"]))
    if isinstance(update["message"]["body"], dict):
        update["message"]["body"]["attachments"] = [{"type": kind, "payload": data.draw(JSON)}]
    try:
        items = messenger.parse(delivery(json.dumps(update)), BOT)
    except Unparseable:
        return
    assert_sound(items)


# --- Sending -----------------------------------------------------------------------------------------
@pytest.fixture
def api(monkeypatch):
    monkeypatch.setattr(max_api.time, "sleep", lambda seconds: None)
    monkeypatch.setattr(max_adapter.time, "sleep", lambda seconds: None)
    with respx.mock(base_url=BASE, assert_all_called=False) as router:
        yield router


def message_sent(mid: str) -> httpx.Response:
    return httpx.Response(200, json={"message": {"body": {"mid": mid}}})


def refused(status: int, code: str, **headers) -> httpx.Response:
    return httpx.Response(status, json={"code": code, "message": code}, headers=headers)


def test_send_writes_to_the_chat_and_returns_the_id(api):
    route = api.post("/messages").mock(return_value=message_sent("mid.9"))
    assert messenger.send(OutgoingMessage("Привет", thread_key="777"), BOT) == "mid.9"
    request = route.calls[0].request
    assert (request.url.params["chat_id"], request.headers["authorization"]) == ("777", "f9LHod")
    assert json.loads(request.content) == {"text": "Привет"}
    messenger.send(OutgoingMessage("Привет", thread_key="user:54"), BOT)
    assert dict(route.calls[1].request.url.params) == {"user_id": "54"}


def test_send_cuts_a_long_text(api):
    route = api.post("/messages").mock(return_value=message_sent("mid.9"))
    messenger.send(OutgoingMessage("слово " * 1500, thread_key="777"), BOT)
    texts = [json.loads(call.request.content)["text"] for call in route.calls]
    assert all(len(text) <= 4000 for text in texts)
    assert " ".join(texts).split() == ["слово"] * 1500


def test_send_uploads_files_and_waits_until_they_are_digested(api):
    api.post("/uploads", params={"type": "image"}).respond(json={"url": "https://up.test/i"})
    api.post("/uploads", params={"type": "file"}).respond(json={"url": "https://up.test/f"})
    route = api.post("/messages").mock(
        side_effect=[refused(400, "attachment.not.ready"), message_sent("mid.1"), message_sent("mid.2")]
    )
    files = (File("a.png", "image/png", b"png"), File("кп.pdf", "application/pdf", b"%PDF"))
    with respx.mock as router:
        router.post("https://up.test/i").respond(json={"photos": {"1": {"token": "p"}}})
        router.post("https://up.test/f").respond(json={"fileId": 1, "token": "f"})
        assert messenger.send(OutgoingMessage("КП", thread_key="777", files=files), BOT) == "mid.1"
    bodies = [json.loads(call.request.content) for call in route.calls]
    assert bodies[1] == {
        "text": "КП",
        "attachments": [{"type": "image", "payload": {"photos": {"1": {"token": "p"}}}}],
    }
    assert bodies[2] == {"attachments": [{"type": "file", "payload": {"token": "f"}}]}


@pytest.mark.parametrize(
    ("answer", "is_permanent", "retry_after_s"),
    [
        (refused(429, "too.many.requests", **{"retry-after": "17"}), False, 17),
        (refused(403, "chat.denied"), True, None),
        (refused(404, "chat.not.found"), True, None),
        (refused(401, "verify.token"), True, None),
        (refused(400, "proto.payload"), True, None),
        (refused(400, "attachment.not.ready"), False, None),
        (httpx.Response(503, text="<html>"), False, None),
        (httpx.Response(200, json={"success": False, "message": "no"}), True, None),
    ],
)
def test_send_tells_final_refusals_from_passing_ones(api, answer, is_permanent, retry_after_s):
    api.post("/messages").mock(return_value=answer)
    with pytest.raises(SendError) as caught:
        messenger.send(OutgoingMessage("x", thread_key="777"), BOT)
    assert (caught.value.is_permanent, caught.value.retry_after_s) == (is_permanent, retry_after_s)
    assert not caught.value.is_uncertain
    assert "f9LHod" not in str(caught.value)


@pytest.mark.parametrize(
    "outcome", [{"side_effect": httpx.ReadTimeout("slow")}, {"return_value": httpx.Response(504)}]
)
def test_send_says_when_it_may_have_been_delivered(api, outcome):
    api.post("/messages").mock(**outcome)
    with pytest.raises(SendError) as caught:
        messenger.send(OutgoingMessage("x", thread_key="777"), BOT)
    assert caught.value.is_uncertain and not caught.value.is_permanent


def test_long_text_cut_off_in_the_middle_is_not_sent_again_by_itself(api):
    api.post("/messages").mock(side_effect=[message_sent("mid.1"), refused(429, "too.many.requests")])
    with pytest.raises(SendError) as caught:
        messenger.send(OutgoingMessage("x" * 5000, thread_key="777"), BOT)
    assert caught.value.is_uncertain


def test_send_refuses_nothing_and_an_upload_that_failed(api):
    with pytest.raises(SendError) as caught:
        messenger.send(OutgoingMessage(" ", thread_key="777"), BOT)
    assert caught.value.is_permanent
    api.post("/uploads").respond(json={"url": "https://up.test/i"})
    with respx.mock as router:
        router.post("https://up.test/i").respond(500)
        with pytest.raises(SendError) as caught:
            messenger.send(OutgoingMessage("x", thread_key="7", files=(File("a", data=b"x"),)), BOT)
    assert not caught.value.is_permanent


# --- Files -------------------------------------------------------------------------------------------
def test_fetch_file_downloads_and_asks_where_a_video_lies(api):
    with respx.mock as router:
        router.get("https://i.oneme.ru/i").respond(content=b"jpg", headers={"content-type": "image/jpeg"})
        assert messenger.fetch_file("https://i.oneme.ru/i?r=1", BOT).data == b"jpg"
    urls = {"mp4_720": "https://v.okcdn.ru/720", "mp4_1080": "https://v.okcdn.ru/1080", "hls": "x"}
    api.get("/videos/v-1").respond(json={"token": "v-1", "urls": urls})
    with respx.mock as router:
        router.get("https://v.okcdn.ru/1080").respond(content=b"mp4")
        assert messenger.fetch_file("video:v-1", BOT).data == b"mp4"


@pytest.mark.parametrize(
    "url", ["https://evil.example/a", "http://i.oneme.ru/a", "https://oneme.ru.evil.example/"]
)
def test_fetch_file_goes_to_maxs_own_hosts_only(url):
    with respx.mock, pytest.raises(SendError) as caught:
        messenger.fetch_file(url, BOT)
    assert caught.value.is_permanent


def test_national_authority_is_trusted_for_maxs_hosts_only(settings):
    settings.MAX_CA_FILE = ""
    assert max_api._root_for("https://platform-api2.max.ru") is None
    settings.MAX_CA_FILE = __file__
    assert max_api._root_for("https://platform-api2.max.ru") == Path(__file__)
    assert max_api._root_for("https://fd.oneme.ru") is not None
    assert max_api._root_for("https://max.ru.evil.example") is None
    assert max_api._root_for(BASE) is None
    settings.MAX_CA_FILE = "/no/such/file.pem"
    assert not any(check.is_ok for check in messenger.check(BOT | {"base_url": "https://max.ru"}, HOOK))


# --- Connecting --------------------------------------------------------------------------------------
def subscribed(*urls: str) -> httpx.Response:
    return httpx.Response(200, json={"subscriptions": [{"url": url, "time": AT} for url in urls]})


def test_check_subscribes_the_bot(api):
    api.get("/me").respond(json={"user_id": 12, "username": "shop_bot", "is_bot": True})
    subscribing = api.post("/subscriptions").respond(json={"success": True})
    api.get("/subscriptions").mock(return_value=subscribed(HOOK))
    checks = messenger.check(BOT, HOOK)
    assert [check.is_ok for check in checks] == [True, True, True]
    assert "shop_bot" in str(checks[0].text)
    sent = json.loads(subscribing.calls[0].request.content)
    assert (sent["url"], sent["secret"]) == (HOOK, "s3cret")
    assert "message_callback" in sent["update_types"]


def test_check_tells_what_is_wrong(api):
    api.get("/me").mock(return_value=refused(401, "verify.token"))
    assert [check.is_ok for check in messenger.check(BOT, HOOK)] == [False]
    api.get("/me").respond(json={"username": "shop_bot"})
    api.post("/subscriptions").mock(return_value=refused(400, "bad.url"))
    api.get("/subscriptions").mock(return_value=subscribed("https://other.example/h"))
    assert [check.is_ok for check in messenger.check(BOT, HOOK)] == [True, False, False]
    assert [c.is_ok for c in messenger.check({**BOT, "set_webhook": False}, HOOK)] == [True, False]


def test_check_says_that_max_needs_a_public_https_address():
    with respx.mock(base_url="https://platform-api2.max.ru") as router:
        router.get("/me").respond(json={"username": "shop_bot"})
        router.get("/subscriptions").mock(return_value=subscribed())
        checks = messenger.check({**BOT, "base_url": ""}, "http://127.0.0.1:8000/hooks/max/t")
    assert [check.is_ok for check in checks] == [True, False, False]
    assert "127.0.0.1" in str(checks[1].text)


def test_keep_alive_subscribes_again_only_when_max_forgot(api):
    again = api.post("/subscriptions").respond(json={"success": True})
    api.get("/subscriptions").mock(side_effect=[subscribed(HOOK), subscribed(), refused(401, "verify.token")])
    assert messenger.keep_alive(BOT, HOOK) == {}
    assert not again.called
    messenger.keep_alive(BOT, HOOK)
    assert json.loads(again.calls[0].request.content)["url"] == HOOK
    with pytest.raises(SendError):
        messenger.keep_alive(BOT, HOOK)
    assert messenger.keep_alive({**BOT, "set_webhook": False}, HOOK) == {}
