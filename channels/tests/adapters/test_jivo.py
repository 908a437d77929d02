import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.adapters.base import Unparseable
from channels.adapters.jivo import JivoAdapter
from channels.tests.adapters.samples import NOW, assert_sound, delivery, recorded
from channels.tests.adapters.test_form import JSON
from leads.inquiry import CallUpdate, Ignored, Inquiry

jivo = JivoAdapter()
SESSION = {
    "geoip": {"city": "Пермь", "region": "Пермский край", "country": "Россия", "latitude": "58.0"},
    "utm": "source=yandex|medium=cpc",
    "utm_json": {"source": "yandex", "medium": "cpc", "campaign": "brand"},
    "ip_addr": "203.0.113.9",
}
SAID = [
    {"message": "Здравствуйте!", "timestamp": 1763631000, "type": "agent", "agent_id": "7"},
    {"message": "Есть столы?", "timestamp": 1763631012, "type": "visitor"},
    {"message": "Есть", "timestamp": 1763631020, "type": "agent", "agent_id": 7},
]


def event(name, **changes):
    return {
        "event_name": name,
        "chat_id": 4398,
        "widget_id": "2853",
        "visitor": {"name": "Анна", "email": None, "phone": "+79120001122", "number": "27", "chats_count": 2},
        "agents": [{"id": "7", "name": "Ольга", "email": "o@x.ru"}],
        "session": SESSION,
        "page": {"url": "https://x.ru/stol?yclid=9", "title": "Столы"},
        "analytics": None,
        **changes,
    }


def finished(messages=SAID, **changes):
    chat = {"messages": messages, "blacklisted": False, "rate": "positive"}
    return event("chat_finished", **{"chat": chat, "plain_messages": "", **changes})


def parse_one(body):
    items = jivo.parse(delivery(body), {})
    assert_sound(items)
    (item,) = items
    return item


@pytest.mark.parametrize("path", recorded("jivo", "*.json"))
def test_jivo_reads_every_recorded_event(path):
    raw = delivery(path.read_bytes())
    assert_sound(jivo.parse(raw, {}))
    assert json.loads(jivo.answer(raw, {}).body) == {"result": "ok"}


def test_chat_becomes_a_lead_with_all_that_was_said():
    inquiry = parse_one(finished())
    assert isinstance(inquiry, Inquiry)
    assert inquiry.text == "Ольга: Здравствуйте!\nАнна: Есть столы?\nОльга: Есть"
    assert inquiry.gist == "Есть столы?"
    assert (inquiry.person.name, inquiry.person.phone, inquiry.person.email) == ("Анна", "+79120001122", "")
    assert (inquiry.key, inquiry.thread_key, inquiry.external_id) == (
        "chat_finished:4398",
        "2853:27",
        "chat:4398",
    )
    assert inquiry.occurred_at.isoformat() == "2025-11-20T09:30:00+00:00"
    assert inquiry.fields == (
        ("Page", "Столы"),
        ("Place", "Пермь, Пермский край, Россия"),
        ("Operator", "Ольга"),
        ("Rating", "positive"),
    )


def test_marks_come_from_the_session_and_the_page():
    marks = parse_one(finished()).marks
    assert (marks.source, marks.medium, marks.campaign, marks.click_ids) == (
        "yandex",
        "cpc",
        "brand",
        {"yclid": "9"},
    )
    text_only = SESSION | {"utm_json": None, "utm": "utm_source=vk|term=столы"}
    marks = parse_one(finished(session=text_only)).marks
    assert (marks.source, marks.term) == ("vk", "столы")
    assert parse_one(finished(session=None, page=None)).marks.source == ""


def test_hidden_messages_are_read_from_the_plain_words():
    inquiry = parse_one(finished([], plain_messages="Здравствуйте!\nЕсть столы?"))
    assert inquiry.text == "Здравствуйте!\nЕсть столы?"
    assert isinstance(parse_one(finished([])), Inquiry)


def test_chat_without_the_visitor_is_ignored_unless_there_are_contacts():
    silent = SAID[:1]
    assert isinstance(parse_one(finished(silent, visitor={"name": "Анна", "phone": None})), Ignored)
    assert isinstance(parse_one(finished(silent)), Inquiry)
    assert isinstance(parse_one(finished(visitor=None)), Inquiry)


def test_blocked_visitor_is_ignored():
    item = parse_one(finished(chat={"messages": SAID, "blacklisted": True}))
    assert isinstance(item, Ignored)
    assert "blocked" in item.reason


def test_message_left_for_later_becomes_a_lead_at_once():
    inquiry = parse_one(event("offline_message", message="Перезвоните", offline_message_id=1763631012345))
    assert (inquiry.text, inquiry.key) == ("Перезвоните", "offline_message:1763631012345")
    assert inquiry.occurred_at.isoformat() == "2025-11-20T09:30:12+00:00"
    short = parse_one(event("offline_message", message="Перезвоните", offline_message_id="2806"))
    assert short.occurred_at == NOW


@pytest.mark.parametrize(
    ("kind", "status", "expected"),
    [
        ("callback", "start", ("in", "ringing", "")),
        ("incoming", "client_connected", ("in", "answered", "")),
        ("outgoing", "end", ("out", "finished", "")),
        ("callback", "error", ("in", "finished", "failed")),
    ],
)
def test_call_is_a_call(kind, status, expected):
    update = parse_one(event("call_event", call={"type": kind, "phone": "+79120001133", "status": status}))
    assert isinstance(update, CallUpdate)
    assert (update.direction, update.state, update.result) == expected
    assert (update.call_id, update.phone) == ("4398", "+79120001133")


def test_recording_proves_that_they_talked():
    call = {"type": "callback", "phone": "1", "status": "end", "record_url": "https://x.ru/r.mp3"}
    update = parse_one(event("call_event", call=call))
    assert (update.result, update.recording_url) == ("answered", "https://x.ru/r.mp3")
    assert isinstance(parse_one(event("call_event", call=None)), Ignored)


@pytest.mark.parametrize(
    "name", ["chat_accepted", "chat_assigned", "chat_updated", "client_updated", "created_deal"]
)
def test_other_events_are_ignored_and_known_again(name):
    first, again = parse_one(event(name)), parse_one(event(name))
    assert isinstance(first, Ignored)
    assert first.key == again.key != parse_one(event(name, tags=[])).key


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"event_name": null}', b"\xff"])
def test_what_is_no_event_is_refused_with_a_reason(body):
    with pytest.raises(Unparseable, match=r".{10}"):
        jivo.parse(delivery(body), {})


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_jivo_never_raises_anything_but_unparseable(data):
    body = data.draw(
        st.sampled_from([finished(), event("offline_message"), event("call_event", call={"status": "end"})])
    )
    for name in data.draw(st.lists(st.sampled_from([*body, "message", "call", "tags"]), max_size=4)):
        body[name] = data.draw(JSON)
    try:
        items = jivo.parse(delivery(body), {})
    except Unparseable:
        return
    assert_sound(items)


def test_check_tells_the_address():
    (line,) = jivo.check({}, "https://crm.example/hooks/jivo/t")
    assert line.is_ok and "hooks/jivo" in str(line.text)
