import dataclasses
import json
import urllib.parse

import httpx
import pytest
import respx
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.adapters.base import Forged, OutgoingMessage, SendError, Unparseable
from channels.adapters.vk import VkAdapter
from channels.adapters.vk.api import VkApi, look_up_person
from channels.tests.adapters.samples import NOW, assert_sound, delivery, recorded
from channels.tests.adapters.test_form import JSON
from leads.inquiry import DeliveryStatus, File, Ignored, Inquiry, MessageEdit

vk = VkAdapter()
BASE = "https://vk.test"
GROUP = {
    "token": "vk1.a.key",
    "secret": "s3cret",
    "confirmation": "c0de",
    "group_id": "100",
    "base_url": BASE,
}
HOOK = "https://crm.example/hooks/vk/t"
PRICE = {"amount": "490000", "currency": {"id": 643, "name": "RUB"}, "text": "4 900 ₽"}
CARD = {"id": 8, "owner_id": -100, "title": "Фикус", "price": PRICE}


def event(kind: str, facts, event_id: str = "e1", **around):
    return {"group_id": 100, "type": kind, "event_id": event_id, "v": "5.199", "object": facts, **around}


def parse(body):
    items = vk.parse(delivery(body), GROUP)
    assert_sound(items)
    return items


def parse_one(kind: str, facts, expected=Inquiry):
    (item,) = parse(event(kind, facts))
    assert isinstance(item, expected), item
    return item


def message(**facts):
    usual = {"id": 5, "date": 1763631012, "from_id": 700, "peer_id": 700, "out": 0, "text": ""}
    return {"message": {**usual, **facts}, "client_info": {}}


@pytest.mark.parametrize("path", recorded("vk", "*.json"))
def test_vk_reads_every_recorded_event(path):
    raw = vk.sign(delivery(path.read_bytes()), GROUP)
    vk.verify(raw, GROUP)
    try:
        items = vk.parse(raw, GROUP)
    except Unparseable as exc:
        assert path.name.startswith("vksdk_object"), path.name  # the object alone, without its event
        assert "type" in str(exc)
    else:
        assert_sound(items)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("message_new_msgHelloWorld_1ec3", Inquiry),
        ("message_new_msgFirstPhotoAttachment_3b5c", Inquiry),
        ("message_new_msgGeolocationOnly_69e6", Inquiry),
        ("message_new_from_product_card", Inquiry),
        ("market_order_new", Inquiry),
        ("wall_reply_new", Inquiry),
        ("message_allow", Inquiry),
        ("message_new_body_268f", Ignored),
        ("group_join", Ignored),
        ("some_event_Data_54d9", Ignored),
    ],
)
def test_vk_tells_inquiries_from_noise(name, expected):
    (path,) = [p.values[0] for p in recorded("vk", f"{name}.json")]
    if path is None:
        pytest.skip("../shared is not here")
    (item,) = vk.parse(delivery(path.read_bytes()), GROUP)
    assert isinstance(item, expected)


# --- Messages ----------------------------------------------------------------------------------------
def test_message_tells_who_what_when_and_where():
    inquiry = parse_one("message_new", message(text="Здравствуйте", reply_message={"id": 3}))
    assert (inquiry.person.messenger_id, inquiry.person.profile_url) == ("700", "https://vk.com/id700")
    assert (inquiry.text, inquiry.thread_key, inquiry.external_id) == ("Здравствуйте", "700", "5")
    assert inquiry.references == ("3",)
    assert inquiry.key == "100:message_new:e1"
    assert inquiry.occurred_at.isoformat() == "2025-11-20T09:30:12+00:00"
    assert not inquiry.is_own


def test_old_object_is_read_as_the_new_one():
    old = {"id": 5, "date": 1763631012, "user_id": 700, "body": "Привет", "out": 0, "read_state": 0}
    inquiry = parse_one("message_new", old)
    assert (inquiry.person.messenger_id, inquiry.text, inquiry.thread_key) == ("700", "Привет", "700")
    in_chat = parse_one("message_new", {**old, "chat_id": 7})
    assert in_chat.thread_key == "2000000007"


def test_event_without_number_is_known_again_by_what_it_says():
    bare = {"type": "message_new", "object": message(text="x"), "secret": "a"}
    (first,) = parse(bare)
    (again,) = parse({**bare, "secret": "b"})
    (other,) = parse({**bare, "object": message(text="y")})
    assert first.key == again.key != other.key


@pytest.mark.parametrize(
    ("kind", "facts"),
    [
        ("message_reply", {"id": 6, "from_id": -100, "peer_id": 700, "text": "Да", "admin_author_id": 1}),
        ("message_reply", {"id": 6, "user_id": 700, "out": 1, "body": "Да"}),
        ("message_new", message(id=6, from_id=-100, out=1, text="Да")),
        ("message_new", message(id=6, from_id=-100, text="Да")),
    ],
)
def test_what_the_community_wrote_is_own(kind, facts):
    own = parse_one(kind, facts)
    assert (own.is_own, own.thread_key, own.person.messenger_id, own.external_id) == (True, "700", "700", "6")


def test_another_community_is_a_client():
    inquiry = parse_one("message_new", message(from_id=-55, peer_id=-55, text="Сотрудничество"))
    assert not inquiry.is_own
    assert (inquiry.person.messenger_id, inquiry.person.profile_url) == ("-55", "https://vk.com/club55")


def test_group_chat_numbers_its_own_messages():
    inquiry = parse_one("message_new", message(id=0, peer_id=2000000001, conversation_message_id=9, text="x"))
    assert (inquiry.thread_key, inquiry.external_id) == ("2000000001", "2000000001:9")
    own = parse_one("message_reply", {"id": 0, "from_id": -100, "peer_id": 2000000001, "text": "x"})
    assert own.person.messenger_id == ""


def test_attachments_become_words_files_and_a_product():
    inquiry = parse_one(
        "message_new",
        message(
            text="Вот",
            attachments=[
                {
                    "type": "photo",
                    "photo": {
                        "text": "спальня",
                        "sizes": [
                            {"url": "https://a.userapi.com/s.jpg", "width": 75, "height": 56},
                            {"url": "https://a.userapi.com/w.jpg", "width": 2560, "height": 1920},
                        ],
                    },
                },
                {"type": "doc", "doc": {"title": "план", "ext": "pdf", "url": "https://vk.com/doc1_2"}},
                {
                    "type": "audio_message",
                    "audio_message": {
                        "link_mp3": "https://psv4.userapi.com/a.mp3",
                        "link_ogg": "https://psv4.userapi.com/a.ogg",
                        "transcript": "перезвоните",
                    },
                },
                {"type": "sticker", "sticker": {"images": [{"url": "https://vk.com/st.png", "width": 64}]}},
                {"type": "video", "video": {"owner_id": 1, "id": 2, "title": "Обзор"}},
                {"type": "wall", "wall": {"to_id": -3, "id": 4, "text": "Акция"}},
                {"type": "market", "market": CARD},
                {"type": "new_thing", "new_thing": {}},
            ],
            geo={"coordinates": {"latitude": 59.9, "longitude": 30.3}},
        ),
    )
    assert [(file.name, file.ref) for file in inquiry.files] == [
        ("photo.jpg", "https://a.userapi.com/w.jpg"),
        ("план.pdf", "https://vk.com/doc1_2"),
        ("voice.mp3", "https://psv4.userapi.com/a.mp3"),
        ("sticker.png", "https://vk.com/st.png"),
    ]
    assert inquiry.files[1].content_type == "application/pdf"
    for words in ("Вот", "спальня", "перезвоните", "Обзор, https://vk.com/video1_2", "wall-3_4", "new_thing"):
        assert words in inquiry.text
    assert "q=59.900000,30.300000" in inquiry.text
    assert inquiry.product == {
        "title": "Фикус",
        "price": "4 900 ₽",
        "url": "https://vk.com/product-100_8",
    }


def test_forwarded_messages_are_quoted_with_their_files():
    photo = {"type": "photo", "photo": {"photo_604": "https://a.userapi.com/1.jpg"}}
    inner = {"from_id": 1, "text": "исходное", "attachments": [photo], "fwd_messages": [{"text": "глубже"}]}
    inquiry = parse_one("message_new", message(text="смотрите", fwd_messages=[inner]))
    assert inquiry.text == "смотрите\n> исходное\n> > глубже"
    assert [file.ref for file in inquiry.files] == ["https://a.userapi.com/1.jpg"]


def test_old_coordinates_are_two_numbers_in_a_string():
    inquiry = parse_one("message_new", message(geo={"type": "point", "coordinates": "59.93 30.33"}))
    assert inquiry.text == "https://maps.google.com/?q=59.930000,30.330000"


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"ref": "avito"}, ("avito", "", "")),
        ({"ref": "vk__cpc__autumn"}, ("vk", "cpc", "autumn")),
        ({"ref": "autumn", "ref_source": "newsletter"}, ("newsletter", "", "autumn")),
        ({"ref": "product", "ref_source": "market-100_8"}, ("product", "", "")),
        ({"ref_source": "site"}, ("site", "", "")),
        ({}, ("", "", "")),
    ],
)
def test_ref_carries_marks(told, expected):
    inquiry = parse_one("message_new", message(text="x", **told))
    assert (inquiry.marks.source, inquiry.marks.medium, inquiry.marks.campaign) == expected
    assert dict(inquiry.fields) == told


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        ('{"command":"callback","label":"Перезвоните"}', "Перезвоните"),
        ({"action": "price"}, "price"),
        ('"Yes"', "Yes"),
        ('{"n":1}', '{"n": 1}'),
        ("not json", "not json"),
    ],
)
def test_pressed_button_speaks_for_the_person(payload, text):
    pressed = {"user_id": 700, "peer_id": 700, "event_id": "b1", "payload": payload}
    inquiry = parse_one("message_event", pressed)
    assert (inquiry.text, inquiry.thread_key, inquiry.person.messenger_id) == (text, "700", "700")
    silent = parse_one("message_event", {**pressed, "payload": "{}"}, Ignored)
    assert silent.reason


def test_permission_is_an_inquiry_and_its_withdrawal_is_not():
    inquiry = parse_one("message_allow", {"user_id": 700, "key": "lead-42"})
    assert (inquiry.thread_key, inquiry.fields) == ("700", (("key", "lead-42"),))
    assert parse_one("message_deny", {"user_id": 700}, Ignored).reason


def test_edit_and_receipt_point_at_their_message():
    edit = parse_one("message_edit", {"id": 5, "from_id": 700, "peer_id": 700, "text": "новое"}, MessageEdit)
    assert (edit.text, edit.thread_key, edit.external_id, edit.is_deleted) == ("новое", "700", "5", False)
    read = parse_one("message_read", {"from_id": 700, "peer_id": 700, "read_message_id": 6}, DeliveryStatus)
    assert (read.state, read.external_id) == ("read", "6")


@pytest.mark.parametrize(
    "facts",
    [
        message(action={"type": "chat_kick_user", "member_id": 1}),
        message(text="", attachments=[]),
    ],
)
def test_service_messages_are_ignored_with_a_reason(facts):
    assert parse_one("message_new", facts, Ignored).reason


# --- Comments ----------------------------------------------------------------------------------------
COMMENT = {
    "id": 14,
    "from_id": 700,
    "date": 1763631012,
    "text": "Цена?",
    "owner_id": -100,
    "post_owner_id": -100,
    "post_id": 13,
    "parents_stack": [],
}


def test_comment_on_the_wall_is_a_thread_of_its_author():
    inquiry = parse_one("wall_reply_new", COMMENT)
    assert (inquiry.text, inquiry.thread_key, inquiry.external_id) == (
        "Цена?",
        "wall-100_13_14:700",
        "wall-100:14",
    )
    assert inquiry.fields == (("Where", "https://vk.com/wall-100_13?reply=14"),)
    answer = {**COMMENT, "id": 15, "from_id": -100, "text": "4 900 ₽", "reply_to_user": 700}
    own = parse_one("wall_reply_new", {**answer, "parents_stack": [14], "reply_to_comment": 14})
    assert (own.is_own, own.thread_key) == (True, inquiry.thread_key)
    assert own.person.messenger_id == "700"
    alone = {**COMMENT, "from_id": -100}
    assert parse_one("wall_reply_new", alone, Ignored).reason


@pytest.mark.parametrize(
    ("kind", "facts", "thread"),
    [
        ("photo_comment", {"photo_owner_id": -100, "photo_id": 3}, "photo-100_3:700"),
        ("video_comment", {"video_owner_id": -100, "video_id": 3}, "video-100_3:700"),
        ("market_comment", {"market_owner_id": -100, "item_id": 8}, "market-100_8:700"),
        ("board_post", {"topic_owner_id": -100, "topic_id": 3}, "topic-100_3:700"),
    ],
)
def test_comments_elsewhere_are_inquiries_too(kind, facts, thread):
    said = {"id": 9, "from_id": 700, "text": "Есть?", **facts}
    inquiry = parse_one(f"{kind}_new", said)
    assert inquiry.thread_key == thread
    assert ("product" in inquiry.product.get("url", "")) == (kind == "market_comment")
    edit = parse_one(f"{kind}_edit", {**said, "text": "Есть в наличии?"}, MessageEdit)
    gone = parse_one(f"{kind}_delete", {"id": 9, "deleter_id": 700, **facts}, MessageEdit)
    assert edit.external_id == gone.external_id == inquiry.external_id
    assert (edit.text, edit.is_deleted, gone.is_deleted) == ("Есть в наличии?", False, True)
    assert parse_one(f"{kind}_restore", said, Ignored).reason


def test_post_of_a_person_is_an_inquiry_and_the_communitys_own_is_not():
    post = {"id": 13, "from_id": 700, "owner_id": -100, "text": "Ищу фикус", "post_type": "suggest"}
    assert parse_one("wall_post_new", post).thread_key == "wall-100_13:700"
    assert parse_one("wall_post_new", {**post, "from_id": -100}, Ignored).reason


# --- Orders and forms --------------------------------------------------------------------------------
ORDER = {
    "id": 17,
    "group_id": 100,
    "user_id": 700,
    "date": 1763631012,
    "display_order_id": "700-17",
    "comment": "После 18:00",
    "total_price": PRICE,
    "preview_order_items": [
        {"owner_id": -100, "item_id": 8, "price": PRICE, "quantity": 2, "item": CARD, "title": "Фикус"}
    ],
    "delivery": {"address": "СПб, Примерная, 1", "type": "Курьер"},
    "recipient": {"name": "Мария Тестова", "phone": "79990000001"},
}


def test_order_carries_product_person_and_what_was_ordered():
    inquiry = parse_one("market_order_new", ORDER)
    assert (inquiry.person.name, inquiry.person.phone, inquiry.person.messenger_id) == (
        "Мария Тестова",
        "79990000001",
        "700",
    )
    assert inquiry.text == "После 18:00\nФикус × 2 (4 900 ₽)\nTotal: 4 900 ₽"
    assert (inquiry.subject, inquiry.thread_key) == ("Order 700-17", "700")
    assert inquiry.product == {"title": "Фикус", "price": "4 900 ₽", "url": "https://vk.com/product-100_8"}
    assert ("Address", "СПб, Примерная, 1") in inquiry.fields
    edit = parse_one("market_order_edit", {**ORDER, "comment": "Отмена"}, MessageEdit)
    assert edit.external_id == inquiry.external_id
    assert edit.text.startswith("Отмена")


def test_price_without_words_is_counted_from_hundredths():
    dear = {**CARD, "price": {"amount": "490050", "currency": {"name": "RUB"}}}
    inquiry = parse_one("message_new", message(attachments=[{"type": "market", "market": dear}]))
    assert inquiry.product["price"] == "4900.50 RUB"


def test_lead_form_tells_person_and_answers():
    form = {
        "lead_id": 55,
        "group_id": 100,
        "user_id": 700,
        "form_id": 3,
        "form_name": "Замер",
        "ad_id": 9,
        "answers": [
            {"key": "first_name", "question": "Имя", "answer": "Мария"},
            {"key": "last_name", "question": "Фамилия", "answer": "Тестова"},
            {"key": "phone_number", "question": "Телефон", "answer": "+7 999 000-00-01"},
            {"key": "email", "question": "Почта", "answer": "m@example.com"},
            {"key": "custom_0", "question": "Что?", "answer": ["окна", "двери"]},
        ],
    }
    inquiry = parse_one("lead_forms_new", form)
    person = inquiry.person
    assert (person.name, person.phone, person.email) == (
        "Мария Тестова",
        "+7 999 000-00-01",
        "m@example.com",
    )
    assert (inquiry.text, inquiry.subject, inquiry.external_id) == ("", "Замер", "form:55")
    assert inquiry.fields[2:] == (
        ("Телефон", "+7 999 000-00-01"),
        ("Почта", "m@example.com"),
        ("Что?", "окна, двери"),
    )
    assert inquiry.marks.content == "9"


# --- The protocol ------------------------------------------------------------------------------------
def test_confirmation_is_answered_with_the_string_and_events_with_ok():
    trial = delivery({"type": "confirmation", "group_id": 100})
    assert vk.handshake(trial, GROUP).body == "c0de"
    said = delivery(event("message_new", message(text="x")))
    assert vk.handshake(said, GROUP) is None
    assert (vk.answer(said, GROUP).body, vk.answer(said, GROUP).status) == ("ok", 200)
    for body in (b"", b"[]", b"{", b"\xff"):
        assert vk.handshake(delivery(body), GROUP) is None


def test_secret_in_the_body_is_verified():
    raw = delivery(event("message_new", message(text="x")))
    vk.verify(vk.sign(raw, GROUP), GROUP)
    for secret in ("", "s3cre", "s3cret ", "ё", None, 5, ["s3cret"]):
        with pytest.raises(Forged):
            vk.verify(delivery(event("message_new", {}, secret=secret)), GROUP)
    with pytest.raises(Forged):
        vk.verify(delivery(event("message_new", {}, secret="")), {**GROUP, "secret": ""})


@pytest.mark.parametrize(
    "body", [b"{}", b' {"a": 1} \n', b'{"secret": "old"}', b"[1]", b'{"type": "message_new", "obj', b""]
)
def test_signing_keeps_a_broken_body_verifiable(body):
    vk.verify(vk.sign(delivery(body), GROUP), GROUP)
    quoted = {**GROUP, "secret": 'a"b\\ю'}
    vk.verify(vk.sign(delivery(body), quoted), quoted)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"type": ""}',
        b'{"type": "message_new"}',
        b'{"type":"message_new","object":{"id":1}}',
    ],
)
def test_what_is_no_event_is_refused_with_a_reason(body):
    with pytest.raises(Unparseable, match=r".{10}"):
        vk.parse(delivery(body), {})


def test_hostile_text_survives():
    inquiry = parse_one("message_new", message(text="a\x00b\ud800" + "я" * 300_000))
    assert inquiry.text.startswith("ab\ufffdя")
    assert len(inquiry.text) <= 200_000


KINDS = [
    "message_new",
    "message_reply",
    "message_edit",
    "message_event",
    "message_read",
    "wall_reply_new",
    "wall_reply_delete",
    "market_comment_new",
    "market_order_new",
    "lead_forms_new",
    "wall_post_new",
]
NAMES = ["text", "from_id", "peer_id", "id", "date", "attachments", "fwd_messages", "geo", "payload", "ref"]
NAMES += ["action", "answers", "recipient", "preview_order_items", "delivery", "parents_stack", "user_id"]


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_vk_never_raises_anything_but_unparseable(data):
    facts = {**COMMENT, **ORDER, "peer_id": 700}
    for name in data.draw(st.lists(st.sampled_from(NAMES), max_size=6)):
        facts[name] = data.draw(JSON)
    attachment = data.draw(st.sampled_from(["photo", "doc", "market", "sticker", "call", "link", "wall"]))
    facts.setdefault("attachments", [{"type": attachment, attachment: data.draw(JSON)}])
    raw = delivery(json.dumps(event(data.draw(st.sampled_from(KINDS)), facts)))
    try:
        items = vk.parse(raw, GROUP)
    except Unparseable:
        return
    assert_sound(items)


# --- Sending -----------------------------------------------------------------------------------------
@pytest.fixture
def api():
    with respx.mock(base_url=f"{BASE}/method", assert_all_called=False) as router:
        yield router


def ok(response) -> httpx.Response:
    return httpx.Response(200, json={"response": response})


def refused(code: int, text: str = "no") -> httpx.Response:
    return httpx.Response(200, json={"error": {"error_code": code, "error_msg": text, "request_params": []}})


def sent(route, index: int = 0) -> dict[str, str]:
    return dict(urllib.parse.parse_qsl(route.calls[index].request.content.decode()))


def test_send_writes_to_the_person_with_a_key_against_repeats(api):
    route = api.post("/messages.send").mock(return_value=ok(77))
    for _try in range(2):
        assert vk.send(OutgoingMessage("Привет", thread_key="700", message_id="m1"), GROUP) == "77"
    vk.send(OutgoingMessage("Привет", thread_key="700", message_id="m2"), GROUP)
    first, again, other = (sent(route, index) for index in range(3))
    assert (first["peer_id"], first["message"], first["access_token"]) == ("700", "Привет", "vk1.a.key")
    assert first["random_id"] == again["random_id"] != other["random_id"]
    assert 0 < int(first["random_id"]) < 2**31
    assert VkAdapter.is_repeatable


def test_send_names_a_message_of_a_group_chat_as_its_event_will(api):
    told = {"peer_id": 2000000001, "message_id": 0, "conversation_message_id": 9}
    route = api.post("/messages.send").mock(return_value=ok([told]))
    message = OutgoingMessage("Всем", thread_key="2000000001", message_id="m1")
    assert vk.send(message, GROUP) == "2000000001:9"
    assert sent(route)["peer_ids"] == "2000000001"
    refusal = {"peer_id": 2000000001, "error": {"code": 917, "description": "no access to the chat"}}
    api.post("/messages.send").mock(return_value=ok([refusal]))
    with pytest.raises(SendError) as caught:
        vk.send(message, GROUP)
    assert caught.value.is_permanent


def test_send_cuts_a_long_text_and_numbers_the_pieces(api):
    route = api.post("/messages.send").mock(return_value=ok(1))
    vk.send(OutgoingMessage("слово " * 1500, thread_key="700", message_id="m1"), GROUP)
    pieces = [sent(route, index) for index in range(len(route.calls))]
    assert all(len(piece["message"]) <= 4096 for piece in pieces)
    assert " ".join(piece["message"] for piece in pieces).split() == ["слово"] * 1500
    assert len({piece["random_id"] for piece in pieces}) == len(pieces) > 1


def test_send_uploads_pictures_and_documents(api):
    api.post("/photos.getMessagesUploadServer").mock(return_value=ok({"upload_url": "https://up.test/p"}))
    api.post("/photos.saveMessagesPhoto").mock(return_value=ok([{"owner_id": 1, "id": 2, "access_key": "k"}]))
    api.post("/docs.getMessagesUploadServer").mock(return_value=ok({"upload_url": "https://up.test/d"}))
    api.post("/docs.save").mock(return_value=ok({"type": "doc", "doc": {"owner_id": 1, "id": 3}}))
    route = api.post("/messages.send").mock(return_value=ok(8))
    files = (File("a.png", "image/png", b"png"), File("кп.pdf", "application/pdf", b"%PDF"))
    with respx.mock as router:
        router.post("https://up.test/p").respond(json={"server": 1, "photo": "[]", "hash": "h"})
        router.post("https://up.test/d").respond(json={"file": "f|x"})
        assert vk.send(OutgoingMessage("КП", thread_key="700", message_id="m", files=files), GROUP) == "8"
    assert sent(route)["attachment"] == "photo1_2_k,doc1_3"


def test_send_answers_a_comment_on_the_wall(api):
    route = api.post("/wall.createComment").mock(return_value=ok({"comment_id": 15}))
    message = OutgoingMessage("4 900 ₽", thread_key="wall-100_13_14:700", message_id="m1")
    assert vk.send(message, GROUP) == "wall-100:15"
    said = sent(route)
    assert (said["owner_id"], said["post_id"], said["reply_to_comment"], said["from_group"]) == (
        "-100",
        "13",
        "14",
        "100",
    )
    assert said["guid"]
    for thread, files in (("market-100_8:700", ()), ("wall-100_13_14:700", (File("a", data=b"x"),))):
        with pytest.raises(SendError) as caught:
            vk.send(OutgoingMessage("x", thread_key=thread, files=files), GROUP)
        assert caught.value.is_permanent


@pytest.mark.parametrize(
    ("answer", "is_permanent", "retry_after_s"),
    [
        (refused(6, "Too many requests per second"), False, 2),
        (refused(9, "Flood control"), False, 60),
        (refused(10, "Internal server error"), False, 30),
        (refused(901, "Can't send messages for users without permission"), True, None),
        (refused(902, "Can't send messages to this user due to their privacy settings"), True, None),
        (refused(900, "Can't send messages for users from blacklist"), True, None),
        (refused(5, "User authorization failed"), True, None),
        (refused(15, "Access denied"), True, None),
        (refused(914, "Message is too long"), True, None),
        (httpx.Response(429, text="slow down"), False, 30),
        (httpx.Response(502, text="<html>"), False, 30),
        (httpx.Response(404, text="<html>"), True, None),
    ],
)
def test_send_tells_final_refusals_from_passing_ones(api, answer, is_permanent, retry_after_s):
    api.post("/messages.send").mock(return_value=answer)
    with pytest.raises(SendError) as caught:
        vk.send(OutgoingMessage("x", thread_key="700"), GROUP)
    assert (caught.value.is_permanent, caught.value.retry_after_s) == (is_permanent, retry_after_s)
    assert "vk1.a.key" not in str(caught.value)


def test_send_says_when_no_answer_came(api):
    api.post("/messages.send").mock(side_effect=httpx.ReadTimeout("slow"))
    with pytest.raises(SendError) as caught:
        vk.send(OutgoingMessage("x", thread_key="700"), GROUP)
    assert caught.value.is_uncertain and not caught.value.is_permanent


@pytest.mark.parametrize(
    "message", [OutgoingMessage(" ", thread_key="700"), OutgoingMessage("x", thread_key="?")]
)
def test_send_refuses_what_can_not_leave(message):
    with pytest.raises(SendError) as caught:
        vk.send(message, GROUP)
    assert caught.value.is_permanent


@pytest.mark.parametrize(
    "url",
    ["https://evil.example/a.jpg", "http://a.userapi.com/a.jpg", "https://userapi.com.evil.example/a", ""],
)
def test_fetch_file_goes_to_vks_own_hosts_only(url):
    with respx.mock:
        with pytest.raises(SendError) as caught:
            vk.fetch_file(url, GROUP)
    assert caught.value.is_permanent


def test_fetch_file_downloads():
    with respx.mock:
        respx.get("https://a.userapi.com/w.jpg").respond(
            content=b"jpg", headers={"content-type": "image/jpeg"}
        )
        file = vk.fetch_file("https://a.userapi.com/w.jpg", GROUP)
    assert (file.name, file.content_type, file.data) == ("w.jpg", "image/jpeg", b"jpg")


def test_look_up_names_people_and_communities(api):
    api.post("/users.get").mock(
        return_value=ok([{"id": 700, "first_name": "Мария", "last_name": "Т", "screen_name": "maria"}])
    )
    api.post("/groups.getById").mock(return_value=ok({"groups": [{"id": 55, "name": "Сад"}]}))
    with VkApi(GROUP) as session:
        person, community = look_up_person(session, "700"), look_up_person(session, "-55")
    assert (person.name, person.username, person.messenger_id) == ("Мария Т", "maria", "700")
    assert (community.name, community.profile_url) == ("Сад", "https://vk.com/club55")


# --- Connecting --------------------------------------------------------------------------------------
@pytest.fixture
def community(api):
    api.post("/groups.getById").mock(return_value=ok({"groups": [{"id": 100, "name": "Ромашка"}]}))
    api.post("/groups.getCallbackConfirmationCode").mock(return_value=ok({"code": "c0de"}))
    return api


def test_learn_finds_number_and_confirmation_string(community):
    assert vk.learn(GROUP) == {"group_id": "100", "confirmation": "c0de"}
    community.post("/groups.getCallbackConfirmationCode").mock(return_value=refused(15))
    assert vk.learn(GROUP) == {"group_id": "100"}


def test_check_adds_the_server_and_switches_its_events_on(community):
    community.post("/groups.getCallbackServers").mock(
        side_effect=[ok({"count": 0, "items": []}), ok({"items": [{"id": 2, "url": HOOK, "status": "ok"}]})]
    )
    adding = community.post("/groups.addCallbackServer").mock(return_value=ok({"server_id": 2}))
    setting = community.post("/groups.setCallbackSettings").mock(return_value=ok(1))
    checks = vk.check(GROUP, HOOK)
    assert [check.is_ok for check in checks] == [True, True, True], checks
    assert (sent(adding)["url"], sent(adding)["secret_key"]) == (HOOK, "s3cret")
    assert (sent(setting)["message_new"], sent(setting)["lead_forms_new"]) == ("1", "1")


def test_check_mends_a_server_that_failed(community):
    broken = {"id": 2, "url": HOOK, "status": "failed", "secret_key": "s3cret"}
    community.post("/groups.getCallbackServers").mock(return_value=ok({"items": [broken]}))
    mending = community.post("/groups.editCallbackServer").mock(return_value=ok(1))
    community.post("/groups.setCallbackSettings").mock(return_value=ok(1))
    assert [check.is_ok for check in vk.check(GROUP, HOOK)] == [True, True, False]
    assert sent(mending)["server_id"] == "2"


def test_check_tells_what_is_wrong(api, community):
    community.post("/groups.getCallbackServers").mock(return_value=refused(15, "no manage right"))
    assert [check.is_ok for check in vk.check(GROUP, HOOK)] == [True, False]
    stale = vk.check({**GROUP, "confirmation": "old", "set_webhook": True}, HOOK)
    assert [check.is_ok for check in stale][:2] == [True, False]
    community.post("/groups.getById").mock(return_value=refused(5, "authorization failed"))
    (wrong,) = vk.check(GROUP, HOOK)
    assert not wrong.is_ok
    community.post("/groups.getById").mock(side_effect=httpx.ConnectError("no route"))
    (away,) = vk.check(GROUP, HOOK)
    assert not away.is_ok


def test_check_says_that_vk_does_not_come_to_a_local_address():
    own = {**GROUP, "base_url": ""}
    with respx.mock(base_url="https://api.vk.com/method") as router:
        router.post("/groups.getById").mock(return_value=ok({"groups": [{"id": 100, "name": "Ромашка"}]}))
        router.post("/groups.getCallbackServers").mock(return_value=ok({"items": []}))
        checks = vk.check(own, "http://127.0.0.1:8000/hooks/vk/t")
    assert [check.is_ok for check in checks] == [True, False, False]


def test_received_time_is_the_fallback():
    assert parse_one("message_new", message(text="x", date="soon")).occurred_at == NOW
    assert dataclasses.asdict(parse_one("group_leave", {}, Ignored))["reason"]
