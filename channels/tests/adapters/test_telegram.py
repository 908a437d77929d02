import base64
import dataclasses
import json

import httpx
import pytest
import respx
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.adapters.base import Forged, OutgoingMessage, SendError, Unparseable
from channels.adapters.telegram import TelegramAdapter
from channels.adapters.telegram.adapter import SECRET_HEADER
from channels.tests.adapters.samples import NOW, assert_sound, delivery, recorded
from channels.tests.adapters.test_form import JSON
from leads.inquiry import File, Ignored, Inquiry, MessageEdit

telegram = TelegramAdapter()
BASE = "https://tg.test"
BOT = {"token": "1:AA", "secret_token": "s3cret", "base_url": BASE}
MARIA = {
    "id": 456,
    "is_bot": False,
    "first_name": "Мария",
    "last_name": "Т",
    "username": "maria",
    "language_code": "ru",
}
CHAT = {"id": 456, "type": "private", "first_name": "Мария"}


def update(kind: str = "message", **message):
    body = {"message_id": 5, "from": MARIA, "chat": CHAT, "date": 1763631012, **message}
    return {"update_id": 9, kind: {name: value for name, value in body.items() if value is not None}}


def parse(body):
    items = telegram.parse(delivery(body), {})
    assert_sound(items)
    return items


def parse_inquiry(kind: str = "message", **message) -> Inquiry:
    (item,) = parse(update(kind, **message))
    assert isinstance(item, Inquiry), item
    return item


@pytest.mark.parametrize("path", recorded("telegram", "*.json"))
def test_telegram_reads_every_recorded_update(path):
    try:
        items = telegram.parse(delivery(path.read_bytes()), {})
    except Unparseable as exc:
        assert path.name.startswith("apiresponse"), path.name
        assert "update_id" in str(exc)
    else:
        assert_sound(items)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("update_text", Inquiry),
        ("update_photo", Inquiry),
        ("update_venue", Inquiry),
        ("update_dice", Inquiry),
        ("update_successful_payment", Inquiry),
        ("courier_contactMsg", Inquiry),
        ("update_callback_query_complex", Inquiry),
        ("update_business_message", Inquiry),
        ("update_chat_member", Ignored),
        ("update_channel_post", Ignored),
        ("update_poll", Ignored),
        ("update_new_chat_title", Ignored),
        ("update_checklist_tasks_done", Ignored),
        ("update_migrate_from_chat_id", Ignored),
        ("update_business_connection", Ignored),
    ],
)
def test_telegram_tells_messages_from_noise(name, expected):
    (path,) = [p.values[0] for p in recorded("telegram", f"{name}.json")]
    if path is None:
        pytest.skip("../shared is not here")
    (item,) = telegram.parse(delivery(path.read_bytes()), {})
    assert isinstance(item, expected)


def test_text_message_tells_who_what_when_and_where():
    inquiry = parse_inquiry(text="Здравствуйте", reply_to_message={"message_id": 3})
    person = inquiry.person
    assert (person.name, person.messenger_id, person.username, person.language) == (
        "Мария Т",
        "456",
        "maria",
        "ru",
    )
    assert person.profile_url == "https://t.me/maria"
    assert person.phone == ""
    assert (inquiry.text, inquiry.thread_key, inquiry.external_id) == ("Здравствуйте", "456", "5")
    assert inquiry.references == ("3",)
    assert inquiry.occurred_at.isoformat() == "2025-11-20T09:30:12+00:00"
    assert not inquiry.is_own


def test_date_in_milliseconds_is_understood():
    assert parse_inquiry(text="x", date=1763631012000).occurred_at == parse_inquiry(text="x").occurred_at
    assert parse_inquiry(text="x", date=10**30).occurred_at == NOW


def test_phone_counts_only_when_its_owner_shared_it():
    own = parse_inquiry(contact={"phone_number": "+79991234567", "first_name": "Мария", "user_id": 456})
    assert own.person.phone == "+79991234567"
    alien = parse_inquiry(contact={"phone_number": "911", "first_name": "Пётр", "user_id": 7})
    nobody = parse_inquiry(contact={"phone_number": "911", "first_name": "Пётр"})
    assert alien.person.phone == nobody.person.phone == ""
    assert alien.text == "Пётр 911"


def test_number_told_in_passing_is_shown_and_no_key_of_the_sender():
    for told in (
        parse_inquiry(contact={"phone_number": "+79215551122", "first_name": "Пётр", "user_id": 7}),
        parse_inquiry(text="мой номер +79215551122"),
        parse_inquiry(photo=[{"file_id": "x", "width": 1, "height": 1}], caption="звоните: +79215551122"),
    ):
        assert (told.person.phone, told.person.shown_phone) == ("", "+79215551122")
    owner = {"id": 1, "first_name": "Владелец"}
    own = parse_inquiry("business_message", text="мой номер +79215551122", **{"from": owner})
    assert own.is_own and own.person.shown_phone == ""


@pytest.mark.parametrize(
    "message",
    [
        {"web_app_data": {"button_text": "Заказать", "data": '{"name": "Мария", "phone": "+79215551122", "email": "m@x.ru"}'}},
        {
            "successful_payment": {
                "currency": "RUB", "total_amount": 150000,
                "order_info": {"name": "Мария", "phone_number": "+79215551122", "email": "m@x.ru"},
            }
        },
    ],
)  # fmt: skip
def test_what_the_client_typed_into_a_form_is_theirs(message):
    inquiry = parse_inquiry(**message)
    assert (inquiry.person.phone, inquiry.person.email) == ("+79215551122", "m@x.ru")
    assert inquiry.fields[0] == ("name", "Мария")
    assert "{" not in inquiry.text
    assert parse_inquiry(web_app_data={"data": "bob,32"}).text == "bob,32"


def test_answer_of_the_bot_api_is_refused_in_its_words():
    with pytest.raises(Unparseable, match="message is too long"):
        telegram.parse(delivery({"ok": False, "error_code": 400, "description": "message is too long"}), {})


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ("avito", ("avito", "", "")),
        ("vk__cpc__autumn", ("vk", "cpc", "autumn")),
        (base64.urlsafe_b64encode(b"utm_source=ya&utm_campaign=z").decode().rstrip("="), ("ya", "", "z")),
    ],
)
def test_start_payload_carries_marks(payload, expected):
    inquiry = parse_inquiry(text=f"/start {payload}")
    assert (inquiry.marks.source, inquiry.marks.medium, inquiry.marks.campaign) == expected
    assert inquiry.fields == (("start", payload),)
    assert parse_inquiry(text="/start").fields == ()


def test_media_becomes_references():
    photo = parse_inquiry(
        photo=[{"file_id": "small", "width": 9, "height": 9}, {"file_id": "big", "width": 90, "height": 90}],
        caption="вот",
    )
    assert [(f.ref, f.name, f.data) for f in photo.files] == [("big", "photo.jpg", None)]
    assert photo.text == "вот"
    document = parse_inquiry(document={"file_id": "d", "file_name": "тз.pdf", "mime_type": "application/pdf"})
    assert [(f.ref, f.name, f.content_type) for f in document.files] == [("d", "тз.pdf", "application/pdf")]
    voice = parse_inquiry(voice={"file_id": "v", "mime_type": "audio/ogg"})
    assert voice.files[0].name == "voice.ogg"


def test_group_and_topic_are_the_thread():
    group = {"id": -100123, "type": "supergroup", "title": "Закупки"}
    inquiry = parse_inquiry(text="x", chat=group, message_thread_id=7, is_topic_message=True)
    assert (inquiry.thread_key, inquiry.subject, inquiry.person.messenger_id) == (
        "-100123/7",
        "Закупки",
        "456",
    )


def test_business_message_of_the_owner_is_own():
    client = parse_inquiry("business_message", text="x", business_connection_id="bc1")
    assert (client.is_own, client.thread_key, client.person.messenger_id) == (False, "456@bc1", "456")
    owner = {"id": 1, "first_name": "Владелец", "is_bot": False}
    own = parse_inquiry("business_message", text="x", business_connection_id="bc1", **{"from": owner})
    assert (own.is_own, own.thread_key, own.person.messenger_id) == (True, "456@bc1", "456")


@pytest.mark.parametrize("kind", ["edited_message", "edited_business_message"])
def test_edit_points_at_its_message(kind):
    (item,) = parse(update(kind, text="новое", edit_date=1763631013))
    assert isinstance(item, MessageEdit)
    assert (item.text, item.thread_key, item.external_id, item.is_deleted) == ("новое", "456", "5", False)


def test_deletion_makes_one_item_a_message():
    items = parse(
        {
            "update_id": 1,
            "deleted_business_messages": {
                "business_connection_id": "bc1",
                "chat": CHAT,
                "message_ids": [5, 6],
            },
        }
    )
    assert [(i.external_id, i.is_deleted, i.thread_key) for i in items] == [
        ("5", True, "456@bc1"),
        ("6", True, "456@bc1"),
    ]


def test_pressed_button_speaks_with_its_label_and_is_answered():
    keyboard = {"inline_keyboard": [[{"text": "Перезвоните", "callback_data": "cb"}]]}
    query = {
        "id": "77",
        "from": MARIA,
        "data": "cb",
        "message": {"message_id": 4, "chat": CHAT, "reply_markup": keyboard},
    }
    raw = delivery({"update_id": 1, "callback_query": query})
    (item,) = telegram.parse(raw, {})
    assert (item.text, item.thread_key) == ("Перезвоните", "456")
    assert json.loads(telegram.answer(raw, {}).body) == {
        "method": "answerCallbackQuery",
        "callback_query_id": "77",
    }
    del query["message"]
    (item,) = telegram.parse(delivery({"update_id": 1, "callback_query": query}), {})
    assert (item.text, item.thread_key) == ("cb", "456")


@pytest.mark.parametrize(
    "message",
    [
        {"new_chat_members": [MARIA]},
        {"migrate_to_chat_id": -100},
        {"pinned_message": {"message_id": 1}},
        {"text": "x", "from": {"id": 1, "is_bot": True}},
        {"some_future_thing": {}},
    ],
)
def test_service_messages_are_ignored_with_a_reason(message):
    (item,) = parse(update(**message))
    assert isinstance(item, Ignored)


def test_blocked_bot_is_told_in_the_reason():
    body = {"chat": CHAT, "from": MARIA, "new_chat_member": {"status": "kicked"}}
    (item,) = parse({"update_id": 1, "my_chat_member": body})
    assert "blocked" in item.reason


def test_secret_header_is_verified():
    raw = delivery(update(text="x"))
    telegram.verify(telegram.sign(raw, BOT), BOT)
    for header in ({}, {SECRET_HEADER: "s3cre"}, {SECRET_HEADER: "s3cret "}, {SECRET_HEADER: "ё"}):
        with pytest.raises(Forged):
            telegram.verify(dataclasses.replace(raw, headers=header), BOT)
    with pytest.raises(Forged):
        telegram.verify(dataclasses.replace(raw, headers={SECRET_HEADER: ""}), {**BOT, "secret_token": ""})


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"update_id": "x"}', b'{"update_id": 1, "message": 5}', b"\xff"]
)
def test_what_is_no_update_is_refused_with_a_reason(body):
    with pytest.raises(Unparseable, match=r".{10}"):
        telegram.parse(delivery(body), {})


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_telegram_never_raises_anything_but_unparseable(data):
    kinds = [
        "message",
        "edited_message",
        "callback_query",
        "deleted_business_messages",
        "my_chat_member",
        "poll",
    ]
    names = [
        "text",
        "from",
        "chat",
        "date",
        "photo",
        "document",
        "contact",
        "location",
        "venue",
        "data",
        "message",
        "poll",
        "message_ids",
        "reply_markup",
        "message_thread_id",
        "entities",
        "paid_media",
        "dice",
    ]
    body = update(data.draw(st.sampled_from(kinds)), text="x")
    for name in data.draw(st.lists(st.sampled_from(names), max_size=5)):
        next(v for k, v in body.items() if k != "update_id")[name] = data.draw(JSON)
    raw = delivery(json.dumps(body))
    telegram.answer(raw, {})
    try:
        items = telegram.parse(raw, {})
    except Unparseable:
        return
    assert_sound(items)


@settings(max_examples=200, deadline=None)
@given(body=st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_telegram_survives_any_bytes(body):
    telegram.answer(delivery(body), {})
    try:
        telegram.parse(delivery(body), {})
    except Unparseable:
        return


@pytest.fixture
def tg():
    with respx.mock(base_url=f"{BASE}/bot1:AA", assert_all_called=False) as router:
        yield router


def ok(result) -> httpx.Response:
    return httpx.Response(200, json={"ok": True, "result": result})


def refused(code: int, description: str, **parameters) -> httpx.Response:
    body = {"ok": False, "error_code": code, "description": description, "parameters": parameters}
    return httpx.Response(code, json=body)


def test_send_writes_to_the_dialog_and_returns_the_id(tg):
    route = tg.post("/sendMessage").mock(return_value=ok({"message_id": 70}))
    message = OutgoingMessage("Привет", thread_key="-1/7@bc", in_reply_to="5")
    assert telegram.send(message, BOT) == "70"
    sent = json.loads(route.calls[0].request.content)
    assert (sent["chat_id"], sent["message_thread_id"], sent["business_connection_id"]) == ("-1", 7, "bc")
    assert sent["text"] == "Привет"
    assert sent["reply_parameters"]["message_id"] == 5


def test_send_cuts_a_long_text(tg):
    route = tg.post("/sendMessage").mock(return_value=ok({"message_id": 1}))
    telegram.send(OutgoingMessage("слово " * 1500, thread_key="1"), BOT)
    texts = [json.loads(call.request.content)["text"] for call in route.calls]
    assert all(len(text) <= 4096 for text in texts)
    assert " ".join(texts).split() == ["слово"] * 1500


def test_send_sends_a_file_with_its_caption(tg):
    route = tg.post("/sendDocument").mock(return_value=ok({"message_id": 8}))
    file = File("кп.pdf", "application/pdf", b"%PDF")
    assert telegram.send(OutgoingMessage("КП", thread_key="1", files=(file,)), BOT) == "8"
    body = route.calls[0].request.content
    assert b"%PDF" in body
    assert "КП".encode() in body


@pytest.mark.parametrize(
    ("answer", "is_permanent", "retry_after_s"),
    [
        (refused(429, "Too Many Requests", retry_after=17), False, 17),
        (refused(403, "Forbidden: bot was blocked by the user"), True, None),
        (refused(400, "Bad Request: message is too long"), True, None),
        (refused(401, "Unauthorized"), True, None),
        (httpx.Response(502, text="<html>"), False, None),
    ],
)
def test_send_tells_final_refusals_from_passing_ones(tg, answer, is_permanent, retry_after_s):
    tg.post("/sendMessage").mock(return_value=answer)
    with pytest.raises(SendError) as caught:
        telegram.send(OutgoingMessage("x", thread_key="1"), BOT)
    assert (caught.value.is_permanent, caught.value.retry_after_s) == (is_permanent, retry_after_s)
    assert "1:AA" not in str(caught.value)


def test_send_says_when_it_may_have_been_delivered(tg):
    tg.post("/sendMessage").mock(side_effect=httpx.ReadTimeout("slow"))
    with pytest.raises(SendError) as caught:
        telegram.send(OutgoingMessage("x", thread_key="1"), BOT)
    assert caught.value.is_uncertain and not caught.value.is_permanent
    tg.post("/sendMessage").mock(side_effect=httpx.ConnectError("no route"))
    with pytest.raises(SendError) as caught:
        telegram.send(OutgoingMessage("x", thread_key="1"), BOT)
    assert not caught.value.is_uncertain and not caught.value.is_permanent


def test_long_text_cut_off_in_the_middle_is_not_sent_again_by_itself(tg):
    tg.post("/sendMessage").mock(side_effect=[ok({"message_id": 3}), refused(429, "Too Many", retry_after=5)])
    with pytest.raises(SendError) as caught:
        telegram.send(OutgoingMessage("x" * 5000, thread_key="1"), BOT)
    assert caught.value.is_uncertain


def test_send_follows_a_group_that_moved(tg):
    tg.post("/sendMessage").mock(
        side_effect=[
            refused(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-1009),
            ok({"message_id": 3}),
        ]
    )
    assert telegram.send(OutgoingMessage("x", thread_key="-9"), BOT) == "3"


def test_fetch_file_downloads_within_the_limit(tg):
    tg.post("/getFile").mock(return_value=ok({"file_path": "photos/a.jpg", "file_size": 3}))
    tg.get(f"{BASE}/file/bot1:AA/photos/a.jpg").mock(
        return_value=httpx.Response(200, content=b"jpg", headers={"content-type": "image/jpeg"})
    )
    file = telegram.fetch_file("big", BOT)
    assert (file.name, file.content_type, file.data) == ("a.jpg", "image/jpeg", b"jpg")
    tg.post("/getFile").mock(return_value=ok({"file_path": "a", "file_size": 30_000_000}))
    with pytest.raises(SendError) as caught:
        telegram.fetch_file("huge", BOT)
    assert caught.value.is_permanent


def test_check_connects_the_webhook(tg):
    hook = "https://crm.example/hooks/telegram/t"
    tg.post("/getMe").mock(return_value=ok({"username": "shop_bot"}))
    setting = tg.post("/setWebhook").mock(return_value=ok(True))
    tg.post("/getWebhookInfo").mock(return_value=ok({"url": hook, "pending_update_count": 2}))
    checks = telegram.check(BOT, hook)
    assert [check.is_ok for check in checks] == [True, True, True]
    assert "shop_bot" in str(checks[0].text)
    sent = json.loads(setting.calls[0].request.content)
    assert (sent["url"], sent["secret_token"]) == (hook, "s3cret")
    assert "business_message" in sent["allowed_updates"]


def test_check_tells_a_wrong_token_and_an_alien_webhook(tg):
    tg.post("/getMe").mock(return_value=refused(401, "Unauthorized"))
    assert [check.is_ok for check in telegram.check(BOT, "https://x/")] == [False]
    tg.post("/getMe").mock(return_value=ok({"username": "b"}))
    tg.post("/getWebhookInfo").mock(return_value=ok({"url": "https://other.example/h"}))
    checks = telegram.check({**BOT, "set_webhook": False}, "https://crm.example/h")
    assert [check.is_ok for check in checks] == [True, False]
    assert "other.example" in str(checks[1].text)


def test_check_says_that_telegram_needs_https():
    with respx.mock(base_url="https://api.telegram.org/bot1:AA") as router:
        router.post("/getMe").mock(return_value=ok({"username": "b"}))
        router.post("/getWebhookInfo").mock(return_value=ok({"url": ""}))
        checks = telegram.check(
            {"token": "1:AA", "secret_token": "s"}, "http://127.0.0.1:8000/hooks/telegram/t"
        )
    assert [check.is_ok for check in checks] == [True, False, False]
