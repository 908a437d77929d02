import dataclasses
import json

import httpx
import pytest
import respx
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.adapters.base import Forged, OutgoingMessage, SendError, Unparseable
from channels.adapters.meta.hook import SIGNATURE_HEADER
from channels.adapters.whatsapp import WhatsAppAdapter
from channels.tests.adapters.samples import NOW, assert_sound, delivery, recorded
from channels.tests.adapters.test_form import JSON
from leads.inquiry import DeliveryStatus, File, Ignored, Inquiry, MessageEdit

whatsapp = WhatsAppAdapter()
BASE = "https://graph.test"
NUMBER = {
    "app_secret": "app-secret-1",
    "access_token": "EAAtoken",
    "phone_number_id": "77",
    "waba_id": "88",
    "base_url": BASE,
    "api_version": "v25.0",
}
HOOK = "https://crm.example/hooks/whatsapp/tok-1"
CARD = {"profile": {"name": "Анна Л.", "username": "@annal"}, "wa_id": "79120001122", "user_id": "RU.55"}


def batch(field="messages", *, contacts=(CARD,), time=None, **lists):
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "78120000000", "phone_number_id": "77"},
        "contacts": list(contacts),
        **lists,
    }
    entry = {"id": "88", "changes": [{"field": field, "value": value}]}
    return {
        "object": "whatsapp_business_account",
        "entry": [entry if time is None else entry | {"time": time}],
    }


def message(kind="text", content=None, **changes):
    body = {
        "from": "79120001122",
        "from_user_id": "RU.55",
        "id": "wamid.1",
        "timestamp": "1763631012",
        "type": kind,
        kind: {"body": "Здравствуйте"} if content is None else content,
        **changes,
    }
    return {name: value for name, value in body.items() if value is not None}


def parse(body):
    items = whatsapp.parse(delivery(body), {})
    assert_sound(items)
    return items


def parse_one(kind="text", content=None, *, contacts=(CARD,), **changes):
    (item,) = parse(batch(contacts=contacts, messages=[message(kind, content, **changes)]))
    return item


@pytest.mark.parametrize("path", recorded("whatsapp", "*.json"))
def test_whatsapp_reads_every_recorded_notification(path):
    items = whatsapp.parse(delivery(path.read_bytes()), {})
    unique = {item.key: item for item in items}  # one of them repeats a message inside one batch
    assert_sound(list(unique.values()))
    is_message = path.name.startswith(("message__", "courier_", "callback", "flow"))
    is_quiet = any(word in path.name for word in ("reaction", "status", "errors"))
    if is_message and not is_quiet:
        assert all(isinstance(item, Inquiry) for item in items)


def test_text_tells_who_what_when_and_where():
    inquiry = parse_one(context={"id": "wamid.0", "from": "78120000000"})
    person = inquiry.person
    assert (person.name, person.phone, person.messenger_id, person.username) == (
        "Анна Л.", "+79120001122", "RU.55", "annal",
    )  # fmt: skip
    assert (inquiry.text, inquiry.external_id, inquiry.key) == ("Здравствуйте", "wamid.1", "wamid.1")
    assert (inquiry.thread_key, inquiry.answer_to) == ("RU.55", "79120001122")
    assert inquiry.references == ("wamid.0",)
    assert inquiry.occurred_at.isoformat() == "2025-11-20T09:30:12+00:00"
    assert not inquiry.is_own


def test_person_who_hides_the_number_is_known_by_the_id():
    card = {"profile": {"name": "Анна Л.", "username": "annal"}, "user_id": "RU.55"}
    for changes in ({"from": None}, {"from": "RU.55", "from_user_id": None}):
        inquiry = parse_one(contacts=(card,), **changes)
        assert (inquiry.person.messenger_id, inquiry.person.phone, inquiry.person.name) == (
            "RU.55",
            "",
            "Анна Л.",
        )
        assert (inquiry.thread_key, inquiry.answer_to) == ("RU.55", "RU.55")


def test_person_without_an_id_is_known_by_the_number():
    card = {"profile": {"name": "Анна Л."}, "wa_id": "79120001122"}
    inquiry = parse_one(contacts=(card,), from_user_id=None)
    assert (inquiry.person.messenger_id, inquiry.thread_key, inquiry.answer_to) == ("79120001122",) * 3


def test_each_message_of_a_batch_finds_its_own_card():
    other = {"profile": {"name": "Борис"}, "wa_id": "79120003344"}
    body = batch(
        contacts=(CARD, other),
        messages=[message(), message(id="wamid.2", **{"from": "79120003344", "from_user_id": None})],
    )
    body["entry"].append(batch(messages=[message(id="wamid.3")])["entry"][0])
    items = parse(body)
    assert [(item.key, item.person.name) for item in items] == [
        ("wamid.1", "Анна Л."), ("wamid.2", "Борис"), ("wamid.3", "Анна Л."),
    ]  # fmt: skip


def test_group_is_a_thread_of_its_own():
    inquiry = parse_one(group_id="Y2FwaV9ncm91cA")
    assert (inquiry.thread_key, inquiry.answer_to) == ("group/Y2FwaV9ncm91cA",) * 2
    assert inquiry.person.messenger_id == "RU.55"


def test_number_shared_with_the_button_is_the_persons():
    card = {"user_id": "RU.55"}
    phones = [{"phones": [{"phone": "+7 912 000-11-22"}]}]
    asked = parse_one("contacts", phones, contacts=(card,), origin="contact_request", **{"from": None})
    other = parse_one("contacts", phones, contacts=(card,), origin="other", **{"from": None})
    assert (asked.person.phone, other.person.phone) == ("+7 912 000-11-22", "")


# --- Content -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "content", "text"),
    [
        ("button", {"payload": "call", "text": "Перезвоните"}, "Перезвоните"),
        ("interactive", {"type": "button_reply", "button_reply": {"id": "1", "title": "Да"}}, "Да"),
        (
            "interactive",
            {"type": "list_reply", "list_reply": {"id": "2", "title": "Кухни", "description": "на заказ"}},
            "Кухни\nна заказ",
        ),
        (
            "interactive",
            {"type": "nfm_reply", "nfm_reply": {"response_json": '{"flow_token": "t", "city": "Пермь"}'}},
            "city: Пермь",
        ),
        ("interactive", {"type": "product_reply", "product_reply": {"items": [{"name": "Стол"}]}}, "Стол"),
        (
            "location",
            {"latitude": 59.93, "longitude": 30.31, "name": "Склад", "address": "Садовая, 1"},
            "Склад\nСадовая, 1\nhttps://maps.google.com/?q=59.930000,30.310000",
        ),
        (
            "contacts",
            [{"name": {"formatted_name": "Иван"}, "org": {"company": "Рога"}, "phones": [{"phone": "+7 1"}]}],
            "Иван, Рога, +7 1",
        ),
        ("poll", {"question": "Когда?", "options": [{"name": "Завтра"}]}, "Когда?\nЗавтра"),
    ],
)
def test_message_of_any_kind_becomes_words(kind, content, text):
    assert parse_one(kind, content).text == text


@pytest.mark.parametrize(
    ("kind", "content", "expected"),
    [
        ("image", {"id": "m1", "mime_type": "image/jpeg", "caption": "вот"}, ("photo.jpg", "image/jpeg", "вот")),
        ("document", {"id": "m1", "mime_type": "application/pdf", "filename": "тз.pdf"}, ("тз.pdf", "application/pdf", "")),
        ("audio", {"id": "m1", "mime_type": "audio/ogg; codecs=opus", "voice": True}, ("voice.ogg", "audio/ogg", "")),
        ("video", {"id": "m1", "mime_type": "video/mp4"}, ("video.mp4", "video/mp4", "")),
        ("sticker", {"id": "m1", "mime_type": "image/webp"}, ("sticker.webp", "image/webp", "")),
        ("gif", {"id": "m1", "mime_type": "video/mp4"}, ("file.mp4", "video/mp4", "")),
    ],
)  # fmt: skip
def test_media_is_fetched_by_its_id(kind, content, expected):
    inquiry = parse_one(kind, content)
    (file,) = inquiry.files
    assert (file.name, file.content_type, inquiry.text) == expected
    assert (file.ref, file.data) == ("m1", None)


def test_order_names_the_article():
    items = [
        {"product_retailer_id": "Стол", "quantity": 2, "item_price": 4900.5, "currency": "RUB"},
        {"product_retailer_id": "Стул", "quantity": 4, "item_price": 900, "currency": "RUB"},
    ]
    inquiry = parse_one("order", {"catalog_id": "c", "text": "Когда доставите?", "product_items": items})
    assert inquiry.text == "Когда доставите?\nСтол × 2, 4900.5 RUB\nСтул × 4, 900 RUB"
    assert inquiry.product == {"title": "Стол", "price": "4900.5"}
    asked = parse_one(context={"referred_product": {"catalog_id": "c", "product_retailer_id": "Стул"}})
    assert asked.product == {"title": "Стул"}


def test_unsupported_message_is_still_somebody_who_wrote():
    errors = [{"code": 131051, "title": "Message type unknown"}]
    told = parse_one("unsupported", {"type": "poll_creation"}, errors=errors)
    untold = parse_one("unknown", {}, errors=errors)
    assert "poll_creation" in told.text
    assert "WhatsApp does not know this kind" in untold.text
    assert "future_thing" in parse_one("future_thing", {}).text


def test_advert_is_kept_as_marks_and_words():
    referral = {
        "source_url": "https://fb.me/abc",
        "source_id": "120210",
        "source_type": "ad",
        "headline": "Кухни за месяц",
        "body": "Замер бесплатно",
        "ctwa_clid": "ARA-1",
    }
    inquiry = parse_one(referral=referral)
    marks = inquiry.marks
    assert (marks.source, marks.medium, marks.content) == ("facebook", "ad", "120210")
    assert (marks.click_ids, marks.page_url) == ({"ctwa_clid": "ARA-1"}, "https://fb.me/abc")
    assert inquiry.fields == (("Advert", "Кухни за месяц\nЗамер бесплатно"),)
    marked = parse_one(referral=referral | {"source_url": "https://www.instagram.com/p/1?utm_source=ig_osen"})
    assert marked.marks.source == "ig_osen"
    instagram = parse_one(referral=referral | {"source_url": "https://www.instagram.com/p/1"})
    assert instagram.marks.source == "instagram"


# --- What is no message of a client --------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "content", "words"),
    [
        ("reaction", {"message_id": "wamid.0", "emoji": "👍"}, "👍"),
        ("reaction", {"message_id": "wamid.0"}, "taken back"),
        (
            "system",
            {"type": "user_changed_number", "body": "Anna changed her number", "wa_id": "7"},
            "changed",
        ),
        ("system", {"type": "user_changed_user_id", "user_id": "RU.56"}, "user_changed_user_id"),
        ("request_welcome", {}, "written nothing"),
        (
            "interactive",
            {"type": "call_permission_reply", "call_permission_reply": {"response": "accept"}},
            "accept",
        ),
    ],
)
def test_what_says_nothing_is_ignored_with_a_reason(kind, content, words):
    item = parse_one(kind, content)
    assert isinstance(item, Ignored)
    assert words in item.reason


@pytest.mark.parametrize("field", ["messages", "smb_message_echoes"])
def test_edit_and_revoke_point_at_their_message(field):
    place = "messages" if field == "messages" else "message_echoes"
    edit = message(
        "edit",
        {
            "original_message_id": "wamid.0",
            "message": {"type": "image", "image": {"id": "m", "caption": "новое"}},
        },
    )
    revoke = message("revoke", {"original_message_id": "wamid.0"}, id="wamid.2")
    first, second = parse(batch(field, **{place: [edit, revoke]}))
    assert isinstance(first, MessageEdit) and isinstance(second, MessageEdit)
    assert (first.external_id, first.text, first.is_deleted) == ("wamid.0", "новое", False)
    assert (second.external_id, second.is_deleted, second.thread_key) == ("wamid.0", True, "")


def test_change_that_names_nothing_is_ignored():
    assert isinstance(parse_one("edit", {"message": {"type": "text"}}), Ignored)


def test_echo_is_ours_and_belongs_to_the_client():
    echo = message(
        **{"from": "78120000000", "to": "79120001122", "from_user_id": None, "to_user_id": "RU.55"}
    )
    (item,) = parse(batch("smb_message_echoes", message_echoes=[echo]))
    assert (item.is_own, item.thread_key, item.person.messenger_id) == (True, "RU.55", "RU.55")
    standby = {
        "id": "wamid.5",
        "timestamp": "1763631012",
        "message": {"to": "79120001122", "type": "text", "text": {"body": "Ждём"}},
    }
    (item,) = parse(batch("standby", message_echoes=[standby]))
    assert (item.is_own, item.text, item.key) == (True, "Ждём", "wamid.5")


def test_history_makes_no_leads():
    threads = [{"id": "79120001122", "messages": [message(id=f"wamid.{n}") for n in range(50)]}]
    (item,) = parse(batch("history", history=[{"metadata": {"phase": 0}, "threads": threads}]))
    assert isinstance(item, Ignored)
    (item,) = parse(batch("history", messages=[message("image", {"id": "m"})]))
    assert isinstance(item, Ignored)


def status(state, **changes):
    return {
        "id": "wamid.9",
        "status": state,
        "timestamp": "1763631012",
        "recipient_id": "79120001122",
        **changes,
    }


@pytest.mark.parametrize(
    ("told", "state"), [("sent", "sent"), ("delivered", "delivered"), ("read", "read"), ("played", "read")]
)
def test_status_tells_how_our_message_fared(told, state):
    (item,) = parse(batch(statuses=[status(told)]))
    assert isinstance(item, DeliveryStatus)
    assert (item.external_id, item.state, item.error, item.key) == (
        "wamid.9",
        state,
        "",
        f"status:wamid.9:{told}",
    )


def test_failed_status_says_why_in_words():
    window = {
        "code": 131047,
        "title": "Re-engagement message",
        "error_data": {"details": "more than 24 hours"},
    }
    other = {
        "code": 131999,
        "title": "Something",
        "message": "Something",
        "error_data": {"details": "went wrong"},
    }
    first, second = parse(
        batch(statuses=[status("failed", errors=[window]), status("failed", id="wamid.8", errors=[other])])
    )
    assert "24 hours" in first.error and "template" in first.error
    assert second.error == "Something: went wrong (131999)"


def test_statuses_of_a_group_are_one_a_reader():
    readers = [
        status("read", recipient_type="group", recipient_participant_user_id=f"RU.{n}") for n in (1, 2)
    ]
    assert [item.key for item in parse(batch(statuses=readers))] == [
        "status:wamid.9:read:RU.1", "status:wamid.9:read:RU.2",
    ]  # fmt: skip


def test_unknown_status_is_ignored():
    for told in ("warning", "deleted", ""):
        (item,) = parse(batch(statuses=[status(told)]))
        assert isinstance(item, Ignored)


def call(event, direction="USER_INITIATED", **changes):
    return {"id": "wacid.1", "from": "79120001122", "to": "78120000000", "event": event,
            "timestamp": "1763631012", "direction": direction, **changes}  # fmt: skip


def test_call_of_a_client_is_an_inquiry_once_it_is_over():
    begun, missed = parse(batch("calls", calls=[call("connect"), call("terminate", status="FAILED")]))
    assert isinstance(begun, Ignored)
    assert isinstance(missed, Inquiry)
    assert (missed.text, missed.person.phone) == ("A missed call in WhatsApp.", "+79120001122")
    (talked,) = parse(batch("calls", calls=[call("terminate", duration=75, start_time="1763630900")]))
    assert "75" in talked.text
    assert talked.occurred_at < missed.occurred_at
    (ours,) = parse(batch("calls", calls=[call("terminate", "BUSINESS_INITIATED")]))
    assert isinstance(ours, Ignored)


def test_news_of_the_account_is_ignored_and_known_again():
    def news(time):
        body = batch("account_update", time=time)
        body["entry"][0]["changes"][0]["value"] = {"event": "DISABLED_UPDATE"}
        return parse(body)[0]

    first, again, later = news(1763631012), news(1763631012), news(1763631999)
    assert "DISABLED_UPDATE" in first.reason
    assert first.key == again.key != later.key


def test_error_and_wish_are_ignored_with_their_words():
    errors, wishes = (
        parse(batch(errors=[{"code": 0, "title": "We were unable to authenticate the app user"}])),
        parse(
            batch(
                "user_preferences", user_preferences=[{"detail": "User requested to stop", "value": "stop"}]
            )
        ),
    )
    assert "authenticate" in errors[0].reason
    assert "stop" in wishes[0].reason


@pytest.mark.parametrize("body", [{"entry": []}, {"entry": [{}]}, {"entry": [{"changes": []}]}, {}])
def test_empty_notification_is_ignored(body):
    (item,) = parse({"object": "whatsapp_business_account", **body})
    assert isinstance(item, Ignored)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "JSON"),
        (b"[]", "no event of WhatsApp"),
        (b"{}", "no event of WhatsApp"),
        (b'{"object": "page"}', "event of Facebook"),
        (b"\xff", "JSON"),
    ],
)
def test_what_is_no_notification_is_refused_with_a_reason(body, words):
    with pytest.raises(Unparseable, match=words):
        whatsapp.parse(delivery(body), {})


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_whatsapp_never_raises_anything_but_unparseable(data):
    kinds = [
        "text",
        "image",
        "contacts",
        "interactive",
        "order",
        "location",
        "edit",
        "revoke",
        "unsupported",
        "x",
    ]
    body = message(data.draw(st.sampled_from(kinds)), data.draw(JSON))
    names = ["from", "id", "timestamp", "context", "referral", "errors", "type"]
    for name in data.draw(st.lists(st.sampled_from(names), max_size=3)):
        body[name] = data.draw(JSON)
    place = data.draw(
        st.sampled_from(["messages", "message_echoes", "statuses", "calls", "user_preferences"])
    )
    raw = batch(**{place: [body, data.draw(JSON)]}, contacts=(CARD, data.draw(JSON)))
    items = whatsapp.parse(delivery(raw), {})
    assert_sound(list({item.key: item for item in items}.values()))


@settings(max_examples=200, deadline=None)
@given(body=st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_whatsapp_survives_any_bytes(body):
    try:
        whatsapp.parse(delivery(body), {})
    except Unparseable:
        return


# --- The hook ------------------------------------------------------------------------------------------
def test_signature_over_the_raw_body_is_verified():
    raw = delivery(b'{"object": "whatsapp_business_account", "x": "\\u0410"}')
    signed = whatsapp.sign(raw, NUMBER)
    whatsapp.verify(signed, NUMBER)
    assert signed.headers[SIGNATURE_HEADER].startswith("sha256=")
    for headers, body in (
        ({}, raw.body),
        ({SIGNATURE_HEADER: "sha256=" + "0" * 64}, raw.body),
        ({SIGNATURE_HEADER: signed.headers[SIGNATURE_HEADER][7:]}, raw.body),
        ({SIGNATURE_HEADER: "ё"}, raw.body),
        (signed.headers, raw.body.replace(b"\\u0410", "А".encode())),
    ):
        with pytest.raises(Forged):
            whatsapp.verify(dataclasses.replace(raw, headers=headers, body=body), NUMBER)
    with pytest.raises(Forged):
        whatsapp.verify(whatsapp.sign(raw, {"app_secret": ""}), {"app_secret": ""})


def look(query, settings=(), url=HOOK, method="GET"):
    raw = dataclasses.replace(delivery(b""), method=method, query=query, url=f"{url}?{query}")
    return whatsapp.handshake(raw, dict(settings))


def test_challenge_is_echoed_to_who_knows_the_word():
    query = "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token={}"
    known = {"verify_token": "meatyhamhock"}
    assert look(query.format("meatyhamhock"), known).body == "1158201444"
    assert look(query.format("tok-1")).body == "1158201444"  # no word of one's own: the address's last part
    for wrong in (look(query.format("x"), known), look(query.format("tok-1"), known), look(query.format(""))):
        assert (wrong.status, wrong.body) == (403, "wrong verify token")
    assert look("", known) is None
    assert look(query.format("meatyhamhock"), known, method="POST") is None
    assert look(query.format(""), url="https://crm.example/hooks/").status == 403


# --- The API -------------------------------------------------------------------------------------------
@pytest.fixture
def graph():
    with respx.mock(base_url=f"{BASE}/v25.0", assert_all_called=False) as router:
        yield router


def ok(**answer) -> httpx.Response:
    return httpx.Response(200, json=answer)


def refused(code, status=400, headers=None, **error) -> httpx.Response:
    return httpx.Response(status, json={"error": {"code": code, "message": "told", **error}}, headers=headers)


def test_send_writes_to_the_number_and_returns_the_id(graph):
    route = graph.post("/77/messages").mock(return_value=ok(messages=[{"id": "wamid.70"}]))
    sent = OutgoingMessage("Привет", thread_key="RU.55", recipient="79120001122", in_reply_to="wamid.1")
    assert whatsapp.send(sent, NUMBER) == "wamid.70"
    request = route.calls[0].request
    assert request.headers["authorization"] == "Bearer EAAtoken"
    assert json.loads(request.content) == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "79120001122",
        "context": {"message_id": "wamid.1"},
        "type": "text",
        "text": {"body": "Привет"},
    }


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("RU.55", {"recipient_type": "individual", "recipient": "RU.55"}),
        ("group/Y2Fw", {"recipient_type": "group", "to": "Y2Fw"}),
    ],
)
def test_send_reaches_people_without_a_number_and_groups(graph, address, expected):
    route = graph.post("/77/messages").mock(return_value=ok(messages=[{"id": "w"}]))
    whatsapp.send(OutgoingMessage("x", thread_key=address), NUMBER)
    assert expected.items() <= json.loads(route.calls[0].request.content).items()


def test_send_uploads_files_and_captions_the_first(graph):
    uploads = graph.post("/77/media").mock(side_effect=[ok(id="m1"), ok(id="m2"), ok(id="m3")])
    route = graph.post("/77/messages").mock(return_value=ok(messages=[{"id": "w"}]))
    files = (
        File("смета.pdf", "application/pdf", b"%PDF"),
        File("a.jpg", "image/jpeg", b"jpg"),
        File("b.png", "image/png", b"x" * (5 * 1024 * 1024 + 1)),  # too large for a picture
    )
    whatsapp.send(OutgoingMessage("КП", thread_key="79120001122", files=files), NUMBER)
    pieces = [json.loads(one.request.content) for one in route.calls]
    assert pieces[0]["document"] == {"id": "m1", "filename": "смета.pdf", "caption": "КП"}
    assert pieces[1]["image"] == {"id": "m2"}
    assert pieces[2]["document"] == {"id": "m3", "filename": "b.png"}
    assert b"%PDF" in uploads.calls[0].request.content


def test_send_cuts_a_long_text_and_writes_it_apart_from_a_sound(graph):
    graph.post("/77/media").mock(return_value=ok(id="m1"))
    route = graph.post("/77/messages").mock(return_value=ok(messages=[{"id": "w"}]))
    voice = File("v.ogg", "audio/ogg", b"ogg")
    whatsapp.send(OutgoingMessage("слово " * 1000, thread_key="7", files=(voice,)), NUMBER)
    kinds = [json.loads(one.request.content)["type"] for one in route.calls]
    assert kinds == ["text", "text", "audio"]


@pytest.mark.parametrize(
    ("answer", "is_permanent", "retry_after_s", "words"),
    [
        (refused(131047), True, None, "24 hours"),
        (refused(131026), True, None, "no WhatsApp"),
        (refused(131053), True, None, "type or size"),
        (refused(190, 401), True, None, "access token"),
        (refused(10, 403), True, None, "permission"),
        (refused(100), True, None, "told"),
        (refused(130429, 429), False, 60, "slow down"),
        (refused(80007, 400), False, 60, "slow down"),
        (refused(131056, 400), False, 60, "slow down"),
        (refused(131016, 503), False, None, "told"),
        (refused(131000, 500), False, None, "told"),
        (refused(2, 400, is_transient=True), False, None, "told"),
        (httpx.Response(502, text="<html>"), False, None, "502"),
        (httpx.Response(404, text="nothing"), True, None, "404"),
        (httpx.Response(429, text="", headers={"retry-after": "17"}), False, 17, "429"),
    ],
)
def test_send_tells_final_refusals_from_passing_ones(graph, answer, is_permanent, retry_after_s, words):
    graph.post("/77/messages").mock(return_value=answer)
    with pytest.raises(SendError, match=words) as caught:
        whatsapp.send(OutgoingMessage("x", thread_key="7"), NUMBER)
    assert (caught.value.is_permanent, caught.value.retry_after_s) == (is_permanent, retry_after_s)
    assert "EAAtoken" not in str(caught.value)


def test_pause_is_as_long_as_the_usage_header_says(graph):
    usage = {"88": [{"type": "whatsapp", "estimated_time_to_regain_access": 5}]}
    headers = {"x-business-use-case-usage": json.dumps(usage)}
    graph.post("/77/messages").mock(return_value=refused(80007, 429, headers))
    with pytest.raises(SendError) as caught:
        whatsapp.send(OutgoingMessage("x", thread_key="7"), NUMBER)
    assert caught.value.retry_after_s == 300


def test_send_says_when_it_may_have_been_delivered(graph):
    graph.post("/77/messages").mock(side_effect=httpx.ReadTimeout("slow"))
    with pytest.raises(SendError) as caught:
        whatsapp.send(OutgoingMessage("x", thread_key="7"), NUMBER)
    assert caught.value.is_uncertain and not caught.value.is_permanent
    graph.post("/77/messages").mock(side_effect=[ok(messages=[{"id": "w"}]), refused(131056)])
    with pytest.raises(SendError) as caught:
        whatsapp.send(OutgoingMessage("x" * 5000, thread_key="7"), NUMBER)
    assert caught.value.is_uncertain


def test_send_needs_words_and_the_numbers_id(graph):
    for text, channel in (
        ("  ", NUMBER),
        ("x", NUMBER | {"phone_number_id": ""}),
        ("x", NUMBER | {"access_token": ""}),
    ):
        with pytest.raises(SendError) as caught:
            whatsapp.send(OutgoingMessage(text, thread_key="7"), channel)
        assert caught.value.is_permanent


def test_fetch_file_asks_for_the_address_and_shows_the_token_to_meta_only():
    with respx.mock as files:
        route = files.get("https://lookaside.fbsbx.com/f").mock(
            return_value=httpx.Response(302, headers={"location": "https://cdn.example/f.ogg"})
        )
        last = files.get("https://cdn.example/f.ogg").mock(return_value=httpx.Response(200, content=b"ogg"))
        files.get(f"{BASE}/v25.0/m1").mock(
            return_value=ok(url="https://lookaside.fbsbx.com/f", mime_type="audio/ogg")
        )
        file = whatsapp.fetch_file("m1", NUMBER)
    assert (file.content_type, file.data) == ("audio/ogg", b"ogg")
    assert route.calls[0].request.headers["authorization"] == "Bearer EAAtoken"
    assert "authorization" not in last.calls[0].request.headers


@pytest.mark.parametrize(
    "url", ["https://evil.example/f", "http://lookaside.fbsbx.com/f", "", "file:///etc/passwd"]
)
def test_fetch_file_takes_only_addresses_of_meta(graph, url):
    graph.get("/m1").mock(return_value=ok(url=url, mime_type="image/png"))
    with pytest.raises(SendError) as caught:
        whatsapp.fetch_file("m1", NUMBER)
    assert caught.value.is_permanent


def test_check_names_the_number_and_connects_the_account(graph):
    graph.get("/77").mock(
        return_value=ok(display_phone_number="+7 812 000-00-00", verified_name="Рога", quality_rating="RED")
    )
    graph.get("/app").mock(return_value=ok(id="500", name="CRM"))
    hooks = graph.post("/500/subscriptions").mock(return_value=ok(success=True))
    account = graph.post("/88/subscribed_apps").mock(return_value=ok(success=True))
    checks = whatsapp.check(NUMBER, HOOK)
    assert [check.is_ok for check in checks] == [True, False, True, True]
    assert "Рога" in str(checks[0].text)
    assert hooks.calls[0].request.headers["authorization"] == "Bearer 500|app-secret-1"
    body = json.loads(hooks.calls[0].request.content)
    assert (body["object"], body["callback_url"], body["verify_token"]) == (
        "whatsapp_business_account",
        HOOK,
        "tok-1",
    )
    assert "smb_message_echoes" in body["fields"].split(",")
    assert json.loads(account.calls[0].request.content) == {
        "override_callback_uri": HOOK,
        "verify_token": "tok-1",
    }


def test_check_says_what_to_do_by_hand_when_meta_refuses(graph):
    graph.get("/77").mock(return_value=refused(190, 401))
    graph.get("/app").mock(return_value=refused(190, 401))
    graph.post("/88/subscribed_apps").mock(return_value=refused(200, 403))
    checks = whatsapp.check(NUMBER | {"verify_token": "word"}, HOOK)
    assert not any(check.is_ok for check in checks)
    texts = " ".join(str(check.text) for check in checks)
    assert HOOK in texts and "word" in texts and "EAAtoken" not in texts
    only = whatsapp.check(NUMBER | {"subscribe": False, "phone_number_id": ""}, HOOK)
    assert [check.is_ok for check in only] == [False]


def test_check_says_that_meta_needs_https():
    with respx.mock(base_url="https://graph.facebook.com/v25.0") as router:
        router.get("/77").mock(return_value=ok(display_phone_number="+7", verified_name="Рога"))
        router.post("/88/subscribed_apps").mock(return_value=ok(success=True))
        checks = whatsapp.check(NUMBER | {"base_url": ""}, "http://127.0.0.1:8000/hooks/whatsapp/t")
    assert [check.is_ok for check in checks] == [True, False, True]
    assert "https" in str(checks[1].text)


def test_moment_of_a_message_without_one_is_its_arrival():
    assert parse_one(timestamp=None).occurred_at == NOW
