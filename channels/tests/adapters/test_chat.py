import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.adapters.base import Forged, OutgoingMessage, Unparseable
from channels.adapters.chat import CallbackAdapter, ChatAdapter, scenario, session
from channels.adapters.chat.fields import check_colour, check_sites, is_allowed_site
from channels.tests.adapters.samples import assert_sound, delivery
from leads.inquiry import Ignored, Inquiry

chat, callback = ChatAdapter(), CallbackAdapter()
VISITOR = "abcdefghijklmnopqrstuvwx"
SECRET = {"secret": "key-of-the-sessions"}
STEPS = {"scenario": "name: Name?\nphone: Phone?\nchoice: About? = A | B\nnonsense"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(
    [
        "type",
        "id",
        "text",
        "step",
        "contact",
        "page",
        "product",
        "consent",
        "website",
        "phone",
        "at",
        "zone",
        "name",
    ]
)


def post(facts, **headers):
    return delivery(facts, headers={"x-chat-visitor": VISITOR, **headers})


def parse_one(facts, **options):
    (item,) = chat.parse(post(facts), options)
    assert_sound([item])
    return item


def test_message_names_nobody_until_there_is_a_contact():
    inquiry = parse_one({"type": "message", "id": "1", "text": " Hello \x00"})
    assert isinstance(inquiry, Inquiry)
    assert (inquiry.key, inquiry.thread_key, inquiry.external_id) == (f"message:{VISITOR}:1", VISITOR, "1")
    assert (inquiry.text, inquiry.person.messenger_id, inquiry.fields) == ("Hello", "", ())
    named = parse_one({"id": "2", "text": "x", "contact": {"email": "a@b.example"}})
    assert (named.person.email, named.person.messenger_id) == ("a@b.example", VISITOR)


def test_answers_of_the_bots_questions_are_facts():
    assert parse_one({"id": "1", "text": "Anna", "step": 0}, **STEPS).person.name == "Anna"
    phone = parse_one({"id": "2", "text": "мой 8 916 123-45-67", "step": 1}, **STEPS).person
    assert (phone.phone, phone.messenger_id) == ("8 916 123-45-67", VISITOR)
    chosen = parse_one({"id": "3", "text": "A", "step": 2}, **STEPS)
    assert (chosen.fields, chosen.headers) == ((("About?", "A"),), {"step": "2"})
    assert parse_one({"id": "4", "text": "why?", "step": 0}, **STEPS).person.name == ""
    assert parse_one({"id": "5", "text": "x", "step": 99}, **STEPS).fields == ()


def test_empty_and_trapped_posts_are_ignored():
    assert isinstance(parse_one({"id": "1", "text": " "}), Ignored)
    assert isinstance(parse_one({"id": "1", "text": "Buy", "website": "x"}), Ignored)
    assert isinstance(parse_one({"type": "contact", "id": "1", "contact": {"name": "Anna"}}), Ignored)


@pytest.mark.parametrize("facts", [{"type": "order", "id": "1"}, "{", "[]x"])
def test_what_is_no_post_of_the_chat_is_unparseable(facts):
    with pytest.raises(Unparseable, match="."):
        chat.parse(post(facts), {})


def test_delivery_without_a_visitor_is_unparseable():
    with pytest.raises(Unparseable, match="visitor"):
        chat.parse(delivery({"id": "1", "text": "x"}), {})


@pytest.mark.parametrize("adapter", [chat, callback], ids=["chat", "callback"])
def test_only_what_is_sealed_is_taken(adapter):
    raw = delivery({"id": "1", "text": "x", "phone": "123456"})
    sealed = adapter.sign(raw, SECRET)
    adapter.verify(sealed, SECRET)
    assert len(adapter.parse(sealed, SECRET)) == 1
    for forged, known in (
        (raw, SECRET),
        (sealed, {"secret": "another"}),
        (sealed, {}),
        (delivery({"id": "2"}, headers=dict(sealed.headers)), SECRET),
    ):
        with pytest.raises(Forged):
            adapter.verify(forged, known)


def test_answer_stays_with_us():
    assert chat.send(OutgoingMessage(text="x", message_id="m1"), {}) == "m1"
    assert chat.is_repeatable


def test_order_reads_phone_and_time():
    at = "2026-11-21T10:30:00+00:00"
    (order,) = callback.parse(
        delivery({"id": "1", "phone": "89161234567", "at": at, "zone": "Europe/Moscow"}), {}
    )
    assert order.call_at.isoformat() == at
    assert dict(order.fields)["When to call"] == "21.11.2026 13:30 (Europe/Moscow)"
    (past,) = callback.parse(
        delivery({"id": "1", "phone": "89161234567", "at": "2020-01-01", "zone": "../x"}), {}
    )
    assert past.call_at is None
    with pytest.raises(Unparseable, match="phone"):
        callback.parse(delivery({"id": "1", "phone": "12"}), {})


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(NAMES, JSON, max_size=8) | JSON)
def test_whatever_comes_is_read_or_unparseable(facts):
    for adapter in (chat, callback):
        try:
            items = adapter.parse(post(json.dumps(facts)), STEPS)
        except Unparseable as error:
            assert str(error)
        else:
            assert_sound(items)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["application/json", "multipart/form-data; boundary=x", ""]))
def test_whatever_bytes_come_are_read_or_unparseable(body, kind):
    for adapter in (chat, callback):
        try:
            assert_sound(adapter.parse(post(body.decode("latin-1"), **{"content-type": kind}), STEPS))
        except Unparseable as error:
            assert str(error)


# --- Sessions and settings -------------------------------------------------------------------
def test_session_proves_one_visitor_of_one_key():
    name = session.new_visitor()
    kept = session.session_of(name, "key")
    assert session.read_session(kept, "key") == name
    assert session.read_session(kept, "other") == ""
    assert session.read_session(kept, "") == ""
    assert session.read_session(f"{session.new_visitor()}.{kept.partition('.')[2]}", "key") == ""


@given(st.text(max_size=80))
def test_no_text_opens_a_session(text):
    assert session.read_session(text, "key") == ""


@given(st.text(max_size=200))
def test_scenario_is_read_or_refused_in_words(text):
    try:
        scenario.check(text)
    except ValueError as wrong:
        assert str(wrong)
    for step in scenario.read_scenario(text):
        assert step.prompt and step.kind in scenario.KINDS


@given(st.dictionaries(st.sampled_from(["step", "next", "tries", "is_over"]), JSON))
def test_any_kept_progress_ends_in_time(kept):
    steps = scenario.read_scenario(STEPS["scenario"])
    progress = scenario.Progress.read(kept)
    for _turn in range(30):
        if progress.ask(steps, known=frozenset()) is None:
            break
        progress.heard(steps, step=progress.step, answer="?")
    assert progress.waiting(steps) is None


def test_sites_and_colours_are_checked():
    check_sites("shop.example\n*.shop.example\nhttps://www.shop.example/page\nlocalhost:8000")
    with pytest.raises(ValueError, match="два слова"):
        check_sites("два слова")
    check_colour("#3F51d1")
    with pytest.raises(ValueError, match="#3f51d1"):
        check_colour("red")
    assert is_allowed_site("https://www.shop.example", {"allowed_sites": "shop.example"})
    assert not is_allowed_site("https://shop.example.evil", {"allowed_sites": "shop.example"})
