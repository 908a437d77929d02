import json
import urllib.parse

import httpx
import pytest
import respx
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.adapters.avito import AvitoAdapter
from channels.adapters.avito.api import AvitoApi, look_up_chat
from channels.adapters.base import OutgoingMessage, SendError, Unparseable
from channels.tests.adapters.samples import NOW, assert_sound, delivery, recorded
from channels.tests.adapters.test_form import JSON
from leads.inquiry import File, Ignored, Inquiry, MessageEdit

avito = AvitoAdapter()
BASE = "https://avito.test"
SHOP = {"client_id": "id-1", "client_secret": "client-secret", "user_id": "999", "base_url": BASE}
HOOK = "https://crm.example/hooks/avito/t"
# Of the recorded bodies these two are answers of the REST API, no messages.
NO_MESSAGES = ("rest_chat_detail.json", "rest_upload_image_response.json")


def note(kind: str = "text", content=None, **value):
    usual = {
        "id": "m1",
        "chat_id": "u2i-1~~",
        "user_id": 999,
        "author_id": 555,
        "created": 1763631012,
        "type": kind,
        "chat_type": "u2i",
        "item_id": 7463793992,
        "content": {"text": "Здравствуйте"} if content is None else content,
    }
    merged = {name: told for name, told in (usual | value).items() if told is not None}
    return {
        "id": "e1",
        "version": "v3.0.0",
        "timestamp": 1763631013,
        "payload": {"type": "message", "value": merged},
    }


def parse(body, shop=SHOP):
    items = avito.parse(delivery(body), shop)
    assert_sound(items)
    return items


def parse_one(body, expected=Inquiry):
    (item,) = parse(body)
    assert isinstance(item, expected), item
    return item


@pytest.mark.parametrize("path", recorded("avito", "*.json"))
def test_avito_reads_every_recorded_message(path):
    try:
        items = avito.parse(delivery(path.read_bytes()), {})
    except Unparseable as exc:
        assert path.name in NO_MESSAGES
        assert "no message" in str(exc)
    else:
        assert_sound(items)


def test_message_tells_who_what_when_where_and_about_what():
    inquiry = parse_one(note(quote={"id": "m0"}))
    assert (inquiry.person.messenger_id, inquiry.person.name, inquiry.person.phone) == ("555", "", "")
    assert (inquiry.text, inquiry.thread_key, inquiry.external_id) == ("Здравствуйте", "u2i-1~~", "m1")
    assert (inquiry.key, inquiry.references) == ("message:m1", ("m0",))
    assert inquiry.occurred_at.isoformat() == "2025-11-20T09:30:12+00:00"
    assert inquiry.product == {"title": "Avito ad 7463793992", "url": "https://www.avito.ru/7463793992"}
    assert not inquiry.is_own


def test_chat_between_users_has_no_product():
    assert parse_one(note(chat_type="u2u", item_id=None)).product == {}


@pytest.mark.parametrize(
    "value", [{"author_id": 999}, {"direction": "out"}, {"user_id": None, "author_id": 999}]
)
def test_what_the_account_wrote_is_own(value):
    own = parse_one(note(**value))
    assert (own.is_own, own.person.messenger_id, own.product) == (True, "", {})


@pytest.mark.parametrize(
    ("kind", "content", "text", "ref"),
    [
        (
            "image",
            {"image": {"sizes": {"32x32": "https://a.avito.st/s", "1280x960": "https://a.avito.st/x"}}},
            "",
            "https://a.avito.st/x",
        ),
        ("voice", {"voice": {"voice_id": "v-1"}}, "", "voice:v-1"),
        ("voice", {"voice_id": "v-1"}, "", "voice:v-1"),
        (
            "file",
            {"file": {"name": "a.pdf", "url": "https://cdn.avito.ru/a.pdf"}},
            "",
            "https://cdn.avito.ru/a.pdf",
        ),
        (
            "link",
            {"link": {"text": "тут https://x.example/1", "url": "https://x.example/1"}},
            "тут https://x.example/1",
            "",
        ),
        ("link", {"text": "тут", "url": "https://x.example/1"}, "тут\nhttps://x.example/1", ""),
        ("call", {"call": {"status": "missed", "target_user_id": 999}}, "Missed call in Avito.", ""),
        ("appCall", {"call_id": "c", "duration_s": 42}, "Call in Avito, 42 s.", ""),
        (
            "location",
            {"location": {"text": "Москва", "lat": 55.75, "lon": 37.61}},
            "Москва\nhttps://maps.google.com/?q=55.750000,37.610000",
            "",
        ),
        ("future_type", {"opaque": "x"}, "Attachment: future_type", ""),
    ],
)
def test_messages_of_every_type_become_words_and_files(kind, content, text, ref):
    inquiry = parse_one(note(kind, content))
    assert inquiry.text == text
    assert [file.ref for file in inquiry.files] == ([ref] if ref else [])


def test_card_of_an_ad_is_the_product():
    card = {"title": "Велосипед", "price_string": "9 000 ₽", "item_url": "https://www.avito.ru/1"}
    inquiry = parse_one(note("item", {"item": card}))
    assert inquiry.product == {"title": "Велосипед", "price": "9 000 ₽", "url": "https://www.avito.ru/1"}
    assert "Велосипед" in inquiry.text


@pytest.mark.parametrize("value", [{"author_id": 0}, {"author_id": None}, {"type": "system"}])
def test_what_avito_itself_wrote_is_ignored(value):
    assert "Здравствуйте" in parse_one(note(**value), Ignored).reason


def test_deleted_message_is_a_deletion():
    gone = parse_one(note("deleted", {}), MessageEdit)
    assert (gone.is_deleted, gone.thread_key, gone.external_id) == (True, "u2i-1~~", "m1")
    assert gone.key != parse_one(note()).key


def test_other_notifications_are_ignored_with_a_reason():
    assert parse_one({"id": "e1", "payload": {"type": "chat_read", "value": {}}}, Ignored).reason


def test_bare_message_of_the_rest_api_is_read_too():
    bare = {"id": "m", "chat_id": "c", "author_id": 1, "type": "text", "content": {"text": "x"}}
    inquiry = parse_one({**bare, "created_at": "2026-05-16T10:00:00+00:00"})
    assert inquiry.occurred_at.isoformat() == "2026-05-16T10:00:00+00:00"
    assert parse_one({**bare, "created_at": "soon"}).occurred_at == NOW


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"payload": {"type": "message"}}',
        b'{"payload": {"type": "message", "value": {"id": "x"}}}',
    ],
)
def test_what_is_no_notification_is_refused_with_a_reason(body):
    with pytest.raises(Unparseable, match=r".{10}"):
        avito.parse(delivery(body), {})


def test_address_is_the_proof():
    avito.verify(delivery(note(), headers={"x-avito-messenger-signature": "f" * 64}), SHOP)
    raw = delivery(note())
    assert avito.sign(raw, SHOP) == raw


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_avito_never_raises_anything_but_unparseable(data):
    kinds = ["text", "image", "voice", "file", "link", "call", "item", "location", "system", "deleted"]
    body = note(data.draw(st.sampled_from(kinds)))
    value = body["payload"]["value"]
    for name in data.draw(st.lists(st.sampled_from(sorted(value)), max_size=5)):
        if name != "type":
            value[name] = data.draw(JSON)
    kind = data.draw(st.sampled_from(kinds))
    if isinstance(value["content"], dict):
        value["content"][kind] = data.draw(JSON)
    try:
        items = avito.parse(delivery(json.dumps(body)), SHOP)
    except Unparseable:
        return
    assert_sound(items)


# --- Sending -----------------------------------------------------------------------------------------
@pytest.fixture
def api():
    with respx.mock(base_url=BASE, assert_all_called=False) as router:
        router.post("/token").respond(json={"access_token": "day-key", "token_type": "Bearer"})
        yield router


CHAT = "/messenger/v1/accounts/999/chats/u2i-1~~"


def test_send_writes_into_the_chat_and_returns_the_id(api):
    route = api.post(f"{CHAT}/messages").respond(json={"id": "m9", "direction": "out"})
    assert avito.send(OutgoingMessage("Привет", thread_key="u2i-1~~"), SHOP) == "m9"
    request = route.calls[0].request
    assert request.headers["authorization"] == "Bearer day-key"
    assert json.loads(request.content) == {"type": "text", "message": {"text": "Привет"}}
    (asked,) = [call.request for call in api.calls if call.request.url.path == "/token"]
    form = dict(urllib.parse.parse_qsl(asked.content.decode()))
    assert (form["grant_type"], form["client_id"]) == ("client_credentials", "id-1")


def test_send_finds_the_account_when_it_is_not_known(api):
    api.get("/core/v1/accounts/self").respond(json={"id": 999, "name": "Магазин"})
    api.post(f"{CHAT}/messages").respond(json={"id": "m9"})
    assert avito.send(OutgoingMessage("x", thread_key="u2i-1~~"), {**SHOP, "user_id": ""}) == "m9"


def test_send_cuts_a_long_text_and_uploads_pictures(api):
    texts = api.post(f"{CHAT}/messages").respond(json={"id": "m1"})
    api.post("/messenger/v1/accounts/999/uploadImages").respond(json={"img-1": {"140x105": "https://x"}})
    images = api.post(f"{CHAT}/messages/image").respond(json={"id": "m2"})
    picture = File("a.png", "image/png", b"png")
    assert avito.send(OutgoingMessage("слово " * 400, thread_key="u2i-1~~", files=(picture,)), SHOP) == "m1"
    pieces = [json.loads(call.request.content)["message"]["text"] for call in texts.calls]
    assert all(len(piece) <= 1000 for piece in pieces)
    assert " ".join(pieces).split() == ["слово"] * 400
    assert json.loads(images.calls[0].request.content) == {"image_id": "img-1"}


def test_send_refuses_files_that_are_no_pictures_before_anything_leaves(api):
    with pytest.raises(SendError) as caught:
        avito.send(
            OutgoingMessage("x", thread_key="c", files=(File("a.pdf", "application/pdf", b"%"),)), SHOP
        )
    assert caught.value.is_permanent
    assert not api.calls


@pytest.mark.parametrize(
    ("answer", "is_permanent", "retry_after_s"),
    [
        (httpx.Response(429, headers={"retry-after": "17"}), False, 17),
        (httpx.Response(402, json={"error": {"code": 402, "message": "tariff"}}), True, None),
        (httpx.Response(403, json={"error": {"code": 403, "message": "blocked"}}), True, None),
        (httpx.Response(404, json={"result": {"status": False, "message": "no chat"}}), True, None),
        (httpx.Response(401, json={"message": "invalid access token"}), True, None),
        (httpx.Response(500, text="<html>"), False, None),
    ],
)
def test_send_tells_final_refusals_from_passing_ones(api, answer, is_permanent, retry_after_s):
    api.post(f"{CHAT}/messages").mock(return_value=answer)
    with pytest.raises(SendError) as caught:
        avito.send(OutgoingMessage("x", thread_key="u2i-1~~"), SHOP)
    assert (caught.value.is_permanent, caught.value.retry_after_s) == (is_permanent, retry_after_s)
    assert not caught.value.is_uncertain
    assert "client-secret" not in str(caught.value)


@pytest.mark.parametrize(
    "outcome", [{"side_effect": httpx.ReadTimeout("slow")}, {"return_value": httpx.Response(502)}]
)
def test_send_says_when_it_may_have_been_delivered(api, outcome):
    api.post(f"{CHAT}/messages").mock(**outcome)
    with pytest.raises(SendError) as caught:
        avito.send(OutgoingMessage("x", thread_key="u2i-1~~"), SHOP)
    assert caught.value.is_uncertain and not caught.value.is_permanent


@pytest.mark.parametrize(
    ("answer", "is_permanent"),
    [
        (httpx.Response(403, json={"error": "access_denied"}), True),
        (httpx.Response(200, json={"error": "invalid_client"}), True),
        (httpx.Response(503), False),
    ],
)
def test_wrong_keys_are_told_from_a_bad_moment(api, answer, is_permanent):
    api.post("/token").mock(return_value=answer)
    with pytest.raises(SendError) as caught:
        avito.send(OutgoingMessage("x", thread_key="u2i-1~~"), SHOP)
    assert caught.value.is_permanent == is_permanent


# --- Files -------------------------------------------------------------------------------------------
def test_fetch_file_downloads_pictures_and_asks_for_voices(api):
    with respx.mock as router:
        router.get("https://a.avito.st/x").respond(content=b"jpg")
        assert avito.fetch_file("https://a.avito.st/x", SHOP).data == b"jpg"
    voices = api.get("/messenger/v1/accounts/999/getVoiceFiles").respond(
        json={"voices_urls": {"v-1": "https://voice.example/v.mp4"}}
    )
    with respx.mock as router:
        router.get("https://voice.example/v.mp4").respond(content=b"mp4")
        assert avito.fetch_file("voice:v-1", SHOP).data == b"mp4"
    assert voices.calls[0].request.url.params["voice_ids"] == "v-1"
    with pytest.raises(SendError) as caught:
        avito.fetch_file("voice:v-2", SHOP)
    assert caught.value.is_permanent


@pytest.mark.parametrize(
    "url", ["https://evil.example/a", "http://a.avito.st/a", "https://avito.st.evil.example/"]
)
def test_fetch_file_goes_to_avitos_own_hosts_only(url):
    with respx.mock, pytest.raises(SendError) as caught:
        avito.fetch_file(url, SHOP)
    assert caught.value.is_permanent


def test_look_up_tells_people_and_ad(api):
    chat = {
        "users": [{"id": 555, "name": "Мария", "public_user_profile": {"url": "https://avito.ru/user/h"}}],
        "context": {
            "type": "item",
            "value": {"title": "Велосипед", "price_string": "9 000 ₽", "url": "https://www.avito.ru/1"},
        },
    }
    api.get("/messenger/v2/accounts/999/chats/u2i-1~~").respond(json=chat)
    with AvitoApi(SHOP) as session:
        found = look_up_chat(session, "u2i-1~~")
    assert (found.people["555"].name, found.people["555"].profile_url) == ("Мария", "https://avito.ru/user/h")
    assert found.product == {"title": "Велосипед", "price": "9 000 ₽", "url": "https://www.avito.ru/1"}


# --- Connecting --------------------------------------------------------------------------------------
def test_check_subscribes_the_account(api):
    api.get("/core/v1/accounts/self").respond(json={"id": 999, "name": "Магазин"})
    subscribing = api.post("/messenger/v3/webhook").respond(json={"ok": True})
    api.post("/messenger/v1/subscriptions").respond(json={"subscriptions": [{"url": HOOK, "version": "3"}]})
    checks = avito.check(SHOP, HOOK)
    assert [check.is_ok for check in checks] == [True, True, True]
    assert "Магазин" in str(checks[0].text)
    assert json.loads(subscribing.calls[0].request.content) == {"url": HOOK}
    assert avito.learn(SHOP) == {"user_id": "999"}


def test_check_tells_what_is_wrong(api):
    api.get("/core/v1/accounts/self").respond(json={"id": 999, "name": "Магазин"})
    api.post("/messenger/v3/webhook").respond(402, json={"error": {"message": "tariff"}})
    api.post("/messenger/v1/subscriptions").respond(json={"subscriptions": []})
    assert [check.is_ok for check in avito.check(SHOP, HOOK)] == [True, False, False]
    api.post("/token").respond(json={"error": "invalid_client"})
    assert [check.is_ok for check in avito.check(SHOP, HOOK)] == [False]


def test_check_says_that_avito_needs_a_public_https_address():
    with respx.mock(base_url="https://api.avito.ru") as router:
        router.post("/token").respond(json={"access_token": "k"})
        router.get("/core/v1/accounts/self").respond(json={"id": 999})
        router.post("/messenger/v1/subscriptions").respond(json={"subscriptions": []})
        checks = avito.check({**SHOP, "base_url": ""}, "http://127.0.0.1:8000/hooks/avito/t")
    assert [check.is_ok for check in checks] == [True, False, False]
