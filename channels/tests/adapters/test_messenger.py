import dataclasses
import json

import httpx
import pytest
import respx
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.adapters.base import Forged, OutgoingMessage, SendError, Unparseable
from channels.adapters.meta import InstagramAdapter, MessengerAdapter
from channels.tests.adapters.samples import assert_sound, delivery, recorded
from channels.tests.adapters.test_form import JSON
from leads.inquiry import DeliveryStatus, File, Ignored, Inquiry, MessageEdit

messenger, instagram = MessengerAdapter(), InstagramAdapter()
BASE = "https://graph.test"
PAGE = {"app_secret": "app-secret-1", "access_token": "EAApage", "base_url": BASE, "api_version": "v25.0"}
HOOK = "https://crm.example/hooks/messenger/tok-1"
CLIENT, OURS, AT = "5001", "900", 1763631012000


def batch(*events, product="page", place="messaging"):
    return {"object": product, "entry": [{"id": OURS, "time": AT, place: list(events)}]}


def event(**content):
    return {"sender": {"id": CLIENT}, "recipient": {"id": OURS}, "timestamp": AT, **content}


def said(**message):
    return event(message={"mid": "m_1", "text": "Здравствуйте", **message})


def parse(body, adapter=messenger, settings=(), details=None):
    raw = delivery(body)
    if details is not None:
        raw = dataclasses.replace(raw, details=json.dumps(details).encode())
    items = adapter.parse(raw, dict(settings))
    assert_sound(items)
    return items


def parse_one(one, **kwargs):
    adapter = kwargs.get("adapter", messenger)
    (item,) = parse(batch(one, product=adapter.product), **kwargs)
    return item


@pytest.mark.parametrize("path", recorded("messenger-instagram", "fb_*.json"))
def test_messenger_reads_every_recorded_notification(path):
    items = messenger.parse(delivery(path.read_bytes()), {})
    assert_sound(list({item.key: item for item in items}.values()))


@pytest.mark.parametrize("path", recorded("messenger-instagram", "ig_*.json"))
def test_instagram_reads_every_recorded_notification(path):
    if path.name == "ig_not_instagram.json":
        with pytest.raises(Unparseable, match="no event of Instagram"):
            instagram.parse(delivery(path.read_bytes()), {})
    else:
        assert_sound(instagram.parse(delivery(path.read_bytes()), {}))


def test_text_tells_who_what_when_and_where():
    inquiry = parse_one(said(reply_to={"mid": "m_0"}), details={"profiles": {CLIENT: {"name": "Анна Лис"}}})
    assert (inquiry.person.name, inquiry.person.messenger_id) == ("Анна Лис", CLIENT)
    assert (inquiry.text, inquiry.thread_key, inquiry.external_id, inquiry.key) == (
        "Здравствуйте",
        CLIENT,
        "m_1",
        "m_1",
    )
    assert inquiry.references == ("m_0",)
    assert inquiry.occurred_at.isoformat() == "2025-11-20T09:30:12+00:00"
    assert (
        parse_one(event(message={"mid": "m"}) | {"timestamp": AT // 1000}).occurred_at == inquiry.occurred_at
    )


def test_name_is_put_together_of_what_is_told():
    def name(profile):
        return parse_one(said(), details={"profiles": {CLIENT: profile}}).person.name

    assert name({"first_name": "Анна", "last_name": "Лис"}) == "Анна Лис"
    assert (name({}), name(None)) == ("", "")
    profile = {"profiles": {CLIENT: {"name": "", "username": "anna.lis"}}}
    person = parse_one(said(), adapter=instagram, details=profile).person
    assert (person.name, person.profile_url) == ("anna.lis", "https://www.instagram.com/anna.lis")


@pytest.mark.parametrize("place", ["messaging", "standby"])
def test_message_another_application_answers_is_taken_too(place):
    (item,) = parse(batch(said(), place=place))
    assert isinstance(item, Inquiry)


def test_trial_of_metas_page_is_a_message():
    body = {
        "object": "instagram",
        "entry": [{"id": "0", "changes": [{"field": "messages", "value": said()}]}],
    }
    (item,) = parse(body, adapter=instagram)
    assert item.text == "Здравствуйте"


def test_batch_makes_one_item_each():
    body = batch(said(), said(mid="m_2"))
    body["entry"] += batch(said(mid="m_3"))["entry"]
    assert [item.key for item in parse(body)] == ["m_1", "m_2", "m_3"]


def test_echo_is_ours_and_belongs_to_the_client():
    echo = {"sender": {"id": OURS}, "recipient": {"id": CLIENT}, "timestamp": AT,
            "message": {"mid": "m_9", "is_echo": True, "app_id": 1, "text": "Ждём вас"}}  # fmt: skip
    inquiry = parse_one(echo)
    assert (inquiry.is_own, inquiry.thread_key, inquiry.person.messenger_id) == (True, CLIENT, CLIENT)


def test_edit_and_unsent_message_point_at_theirs():
    edit = parse_one(event(message_edit={"mid": "m_1", "text": "новое", "num_edit": 2}))
    assert isinstance(edit, MessageEdit)
    assert (edit.external_id, edit.text, edit.key) == ("m_1", "новое", "m_1:edit:2")
    gone = parse_one(event(message={"mid": "m_1", "is_deleted": True}), adapter=instagram)
    assert (gone.external_id, gone.is_deleted) == ("m_1", True)
    for nameless in (event(message_edit={"text": "x"}), event(message={"is_deleted": True})):
        assert isinstance(parse_one(nameless), Ignored)


# --- Content -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("attachment", "text"),
    [
        (
            {"type": "location", "title": "Дом", "payload": {"coordinates": {"lat": 59.93, "long": 30.31}}},
            "Дом\nhttps://maps.google.com/?q=59.930000,30.310000",
        ),
        ({"type": "fallback", "title": "Статья", "url": "https://x.ru/a"}, "Статья\nhttps://x.ru/a"),
        ({"type": "ig_post", "payload": {"title": "Стол", "url": "https://x.ru/p"}}, "Стол\nhttps://x.ru/p"),
        ({"type": "story_mention", "payload": {}}, "Mentioned us in a story."),
        ({"type": "ephemeral"}, "A picture that may be looked at once: it is only in the application."),
        ({"type": "appointment"}, "An attachment: appointment."),
        ({"type": "like_heart"}, "❤️"),
        (
            {
                "type": "template",
                "payload": {"text": "Выберите", "elements": [{"title": "Стол", "subtitle": "900"}]},
            },
            "Выберите\nСтол, 900",
        ),
    ],
)
def test_attachment_without_a_file_becomes_words(attachment, text):
    assert parse_one(event(message={"mid": "m", "attachments": [attachment]})).text == text


@pytest.mark.parametrize(
    ("kind", "url", "name", "content_type"),
    [
        ("image", "https://scontent.xx.fbcdn.net/v/1_n.jpg?x=1", "photo.jpg", "image/jpeg"),
        ("audio", "https://cdn.fbsbx.com/v/a.mp4", "audio.mp4", "audio/mp4"),
        ("file", "https://cdn.fbsbx.com/v/%D1%82%D0%B7.pdf?x=1", "тз.pdf", "application/octet-stream"),
        ("ig_reel", "https://scontent.cdninstagram.com/r", "reel.mp4", "video/mp4"),
    ],
)
def test_media_is_referred_to_by_its_address(kind, url, name, content_type):
    message = {"mid": "m", "attachments": [{"type": kind, "payload": {"url": url}}]}
    (file,) = parse_one(event(message=message)).files
    assert (file.name, file.content_type, file.ref, file.data) == (name, content_type, url, None)


def test_article_of_the_shop_is_the_product():
    card = {
        "type": "template",
        "payload": {"product": {"elements": [{"id": "1", "title": "Стол", "subtitle": "900 ₽"}]}},
    }
    assert parse_one(event(message={"mid": "m", "attachments": [card]})).product == {
        "title": "Стол",
        "price": "900 ₽",
    }
    assert parse_one(said(referral={"product": {"id": "A-17"}})).product == {"title": "A-17"}


def test_answer_to_a_story_keeps_the_story():
    inquiry = parse_one(
        said(reply_to={"story": {"id": "1", "url": "https://cdn.fbsbx.com/s"}}), adapter=instagram
    )
    assert inquiry.text == "An answer to our story.\nЗдравствуйте"
    assert [file.name for file in inquiry.files] == ["story"]


def test_chosen_answer_and_what_meta_hides_are_words():
    assert parse_one(event(message={"mid": "m", "quick_reply": {"payload": "YES"}})).text == "YES"
    assert "does not pass on" in parse_one(event(message={"mid": "m", "is_unsupported": True})).text


# --- Buttons, adverts, links ---------------------------------------------------------------------------
def test_pressed_button_speaks_with_its_title():
    inquiry = parse_one(event(postback={"title": "Цены", "payload": "PRICES", "mid": "m_7"}))
    assert (inquiry.text, inquiry.key, inquiry.external_id) == ("Цены", "m_7", "m_7")
    first, again = (parse_one(event(postback={"payload": "PRICES"})) for _turn in range(2))
    assert (first.text, first.external_id) == ("PRICES", "")
    assert first.key == again.key != parse_one(event(postback={"payload": "OTHER"})).key


@pytest.mark.parametrize(
    ("referral", "marks"),
    [
        ({"source": "ADS", "ad_id": "120210"}, ("facebook", "ad", "", "120210")),
        ({"ref": "vk__cpc__osen", "source": "SHORTLINK"}, ("vk", "cpc", "osen", "")),
        ({"ref": "utm_source=ya&utm_campaign=z", "ad_id": "7"}, ("ya", "ad", "z", "7")),
        ({"ref": "flyer"}, ("flyer", "", "", "")),
    ],
)
def test_advert_and_link_are_kept_as_marks(referral, marks):
    for one in (
        said(referral=referral),
        event(referral=referral),
        event(postback={"payload": "x", "referral": referral}),
    ):
        found = parse_one(one).marks
        assert (found.source, found.medium, found.campaign, found.content) == marks


def test_dialog_opened_by_an_advert_is_an_inquiry_in_instagram_too():
    referral = {"ad_id": "7", "ads_context_data": {"ad_title": "Кухни за месяц"}}
    inquiry = parse_one(event(referral=referral), adapter=instagram)
    assert (inquiry.text, inquiry.marks.source) == ("Opened the dialog by an advert.", "instagram")
    assert inquiry.fields == (("Advert", "Кухни за месяц"),)
    assert isinstance(parse_one({"recipient": {"id": OURS}, "timestamp": AT, "referral": referral}), Ignored)


def test_permission_on_the_site_is_an_inquiry_and_a_mailing_is_not():
    assert parse_one(event(optin={"ref": "site"})).marks.source == "site"
    mailing = parse_one(event(optin={"type": "notification_messages", "title": "Скидки"}))
    assert isinstance(mailing, Ignored)
    assert "Скидки" in mailing.reason


# --- Receipts and noise --------------------------------------------------------------------------------
def test_receipts_tell_how_our_messages_fared():
    delivered = parse(batch(event(delivery={"mids": ["m_1", "m_2", "m_1"], "watermark": AT})))
    assert [(item.external_id, item.state) for item in delivered] == [
        ("m_1", "delivered"),
        ("m_2", "delivered"),
    ]
    read = parse_one(event(read={"mid": "m_1"}), adapter=instagram)
    assert isinstance(read, DeliveryStatus)
    assert (read.external_id, read.state) == ("m_1", "read")


@pytest.mark.parametrize(
    "content",
    [
        {"read": {"watermark": AT}},
        {"delivery": {"watermark": AT}},
        {"reaction": {"action": "react", "emoji": "👍", "mid": "m_1"}},
        {"reaction": {"action": "unreact", "mid": "m_1"}},
        {"pass_thread_control": {"new_owner_app_id": "1"}},
        {"account_linking": {"status": "linked"}},
        {},
    ],
)
def test_noise_is_ignored_with_a_reason_and_known_again(content):
    first, again = parse_one(event(**content)), parse_one(event(**content))
    assert isinstance(first, Ignored)
    assert first.key == again.key


def test_other_pages_and_comments_are_ignored():
    other = parse_one(said(), settings={"page_id": "901"})
    assert isinstance(other, Ignored)
    assert isinstance(parse_one(said(), settings={"page_id": OURS}), Inquiry)
    comment = {"field": "comments", "value": {"from": {"id": "1"}, "text": "Сколько стоит?"}}
    (item,) = parse({"object": "instagram", "entry": [{"id": OURS, "changes": [comment]}]}, adapter=instagram)
    assert isinstance(item, Ignored)
    assert "Сколько стоит?" in item.reason


@pytest.mark.parametrize("body", [{"entry": []}, {"entry": [{"id": OURS}]}, {}])
def test_empty_notification_is_ignored(body):
    (item,) = parse({"object": "page", **body})
    assert isinstance(item, Ignored)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"object": "user"}', b'{"object": "instagram"}', b"\xff"]
)
def test_what_is_no_notification_is_refused_with_a_reason(body):
    with pytest.raises(Unparseable, match=r".{10}"):
        messenger.parse(delivery(body), {})


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_messenger_never_raises_anything_but_unparseable(data):
    names = [
        "message",
        "postback",
        "referral",
        "optin",
        "delivery",
        "read",
        "reaction",
        "message_edit",
        "sender",
    ]
    one = said()
    one["message"]["attachments"] = data.draw(JSON)
    for name in data.draw(st.lists(st.sampled_from(names), max_size=3)):
        one[name] = data.draw(JSON)
    body = batch(one, data.draw(JSON))
    body["entry"].append(data.draw(JSON))
    raw = dataclasses.replace(delivery(body), details=json.dumps({"profiles": data.draw(JSON)}).encode())
    items = messenger.parse(raw, {"page_id": data.draw(st.sampled_from(["", OURS]))})
    assert_sound(list({item.key: item for item in items}.values()))


def test_signature_and_challenge_are_those_of_meta():
    raw = delivery(batch(said()))
    messenger.verify(messenger.sign(raw, PAGE), PAGE)
    with pytest.raises(Forged):
        messenger.verify(raw, PAGE)
    query = "hub.mode=subscribe&hub.challenge=7&hub.verify_token=tok-1"
    asked = dataclasses.replace(raw, method="GET", body=b"", query=query, url=f"{HOOK}?{query}")
    assert messenger.handshake(asked, PAGE).body == "7"


# --- The API -------------------------------------------------------------------------------------------
@pytest.fixture
def graph():
    with respx.mock(base_url=f"{BASE}/v25.0", assert_all_called=False) as router:
        yield router


def ok(**answer) -> httpx.Response:
    return httpx.Response(200, json=answer)


def refused(code, subcode=0, status=400) -> httpx.Response:
    return httpx.Response(status, json={"error": {"code": code, "error_subcode": subcode, "message": "told"}})


def looked_up(body, adapter=messenger):
    found = adapter.look_up(delivery(body), PAGE)
    return None if found is None else json.loads(found)


def test_names_are_asked_for_once_each(graph):
    route = graph.get(f"/{CLIENT}").mock(return_value=ok(id=CLIENT, name="Анна"))
    assert looked_up(batch(said(), said(mid="m_2"))) == {"profiles": {CLIENT: {"id": CLIENT, "name": "Анна"}}}
    assert len(route.calls) == 1
    assert route.calls[0].request.url.params["fields"] == "first_name,last_name,name"
    looked_up(batch(said(), product="instagram"), instagram)
    assert route.calls[1].request.url.params["fields"] == "name,username"


def test_nobody_is_asked_about_what_we_wrote_and_about_receipts(graph):
    echo = {"sender": {"id": OURS}, "recipient": {"id": CLIENT}, "message": {"mid": "m", "is_echo": True}}
    assert looked_up(batch(echo, event(read={"mid": "m"}), event(reaction={"mid": "m"}))) is None
    assert messenger.look_up(delivery(b"no json"), PAGE) is None
    assert not graph.calls


@pytest.mark.parametrize(
    "answer",
    [
        refused(100, 33),
        refused(190, 0, 401),
        refused(613),
        httpx.ConnectError("away"),
        httpx.ReadTimeout("slow"),
    ],
)
def test_name_that_cannot_be_had_holds_nobody_back(graph, answer):
    graph.get(f"/{CLIENT}").mock(side_effect=[answer])
    assert looked_up(batch(said())) is None


def test_send_answers_the_client_and_returns_the_id(graph):
    route = graph.post("/me/messages").mock(return_value=ok(recipient_id=CLIENT, message_id="m_70"))
    assert messenger.send(OutgoingMessage("Привет", thread_key=CLIENT), PAGE) == "m_70"
    assert json.loads(route.calls[0].request.content) == {
        "recipient": {"id": CLIENT},
        "messaging_type": "RESPONSE",
        "message": {"text": "Привет"},
    }
    assert route.calls[0].request.headers["authorization"] == "Bearer EAApage"


@pytest.mark.parametrize(("adapter", "limit"), [(messenger, 2000), (instagram, 1000)])
def test_send_cuts_a_long_text(graph, adapter, limit):
    route = graph.post("/me/messages").mock(return_value=ok(message_id="m"))
    adapter.send(OutgoingMessage("слово " * 600, thread_key=CLIENT), PAGE)
    texts = [json.loads(one.request.content)["message"]["text"] for one in route.calls]
    assert all(len(text) <= limit for text in texts)
    assert " ".join(texts).split() == ["слово"] * 600


@pytest.mark.parametrize(("adapter", "platform"), [(messenger, False), (instagram, True)])
def test_send_uploads_files_first(graph, adapter, platform):
    upload = graph.post("/me/message_attachments").mock(return_value=ok(attachment_id="a1"))
    route = graph.post("/me/messages").mock(return_value=ok(message_id="m"))
    file = File("смета.pdf", "application/pdf", b"%PDF")
    adapter.send(OutgoingMessage("КП", thread_key=CLIENT, files=(file,)), PAGE)
    content = upload.calls[0].request.content
    assert b"%PDF" in content and b'"type": "file"' in content
    assert (b"instagram" in content) is platform
    sent = [json.loads(one.request.content)["message"] for one in route.calls]
    assert sent == [{"text": "КП"}, {"attachment": {"type": "file", "payload": {"attachment_id": "a1"}}}]


@pytest.mark.parametrize(
    ("answer", "is_permanent", "words"),
    [
        (refused(10, 2018278, 403), True, "24 hours"),
        (refused(10, 2534022, 403), True, "24 hours"),
        (refused(551, 1545041), True, "can't be written to"),
        (refused(100, 2018001), True, "does not know this client"),
        (refused(190, 460, 401), True, "access token"),
        (refused(613, 0, 403), False, "slow down"),
        (refused(80006), False, "slow down"),
        (refused(1200), False, "told"),
        (refused(100), True, "told"),
    ],
)
def test_send_tells_final_refusals_from_passing_ones(graph, answer, is_permanent, words):
    graph.post("/me/messages").mock(return_value=answer)
    with pytest.raises(SendError, match=words) as caught:
        messenger.send(OutgoingMessage("x", thread_key=CLIENT), PAGE)
    assert caught.value.is_permanent is is_permanent


def test_send_tags_a_late_answer_where_meta_allows_it(graph):
    route = graph.post("/me/messages").mock(side_effect=[refused(10, 2018278), ok(message_id="m_71")])
    assert messenger.send(OutgoingMessage("x", thread_key=CLIENT), PAGE | {"human_agent": True}) == "m_71"
    assert json.loads(route.calls[1].request.content)["tag"] == "HUMAN_AGENT"


def test_send_says_when_it_may_have_been_delivered(graph):
    graph.post("/me/messages").mock(side_effect=httpx.ReadTimeout("slow"))
    with pytest.raises(SendError) as caught:
        messenger.send(OutgoingMessage("x", thread_key=CLIENT), PAGE)
    assert caught.value.is_uncertain
    graph.post("/me/messages").mock(side_effect=[ok(message_id="m"), refused(613)])
    with pytest.raises(SendError) as caught:
        messenger.send(OutgoingMessage("x" * 3000, thread_key=CLIENT), PAGE)
    assert caught.value.is_uncertain


def test_fetch_file_takes_only_addresses_of_meta():
    with respx.mock as files:
        files.get("https://scontent.xx.fbcdn.net/v/1.jpg").mock(
            return_value=httpx.Response(200, content=b"jpg", headers={"content-type": "image/jpeg"})
        )
        assert messenger.fetch_file("https://scontent.xx.fbcdn.net/v/1.jpg", PAGE).data == b"jpg"
    for url in (
        "https://evil.example/1.jpg",
        "http://scontent.xx.fbcdn.net/1.jpg",
        "https://fbcdn.net.evil.example/1",
    ):
        with pytest.raises(SendError) as caught:
            messenger.fetch_file(url, PAGE)
        assert caught.value.is_permanent


def test_check_names_the_page_and_connects_it(graph):
    graph.get("/me").mock(return_value=ok(id=OURS, name="Ромашка"))
    graph.get("/app").mock(return_value=ok(id="500", name="CRM"))
    hooks = graph.post("/500/subscriptions").mock(return_value=ok(success=True))
    page = graph.post("/me/subscribed_apps").mock(return_value=ok(success=True))
    checks = messenger.check(PAGE, HOOK)
    assert [check.is_ok for check in checks] == [True, True, True]
    assert "Ромашка" in str(checks[0].text)
    assert json.loads(hooks.calls[0].request.content)["object"] == "page"
    assert "messaging_postbacks" in json.loads(page.calls[0].request.content)["subscribed_fields"]
    assert len(messenger.check(PAGE | {"subscribe": False}, HOOK)) == 1


@pytest.mark.parametrize(
    "answer",
    [refused(190, 0, 401), httpx.ConnectError("away"), httpx.Response(200, text="not json"), ok(id="")],
)
def test_check_never_raises(graph, answer):
    graph.route().mock(side_effect=[answer] * 4)
    checks = messenger.check(PAGE, HOOK)
    assert checks and not all(check.is_ok for check in checks)
    assert [check.is_ok for check in messenger.check(PAGE | {"proxy": "no proxy at all"}, HOOK)] == [False]


def test_token_that_meta_repeats_is_not_told(graph):
    told = {"code": 190, "message": "Malformed access token EAApage"}
    graph.post("/me/messages").mock(return_value=httpx.Response(400, json={"error": told}))
    with pytest.raises(SendError) as caught:
        messenger.send(OutgoingMessage("x", thread_key=CLIENT), PAGE)
    assert "Malformed" in str(caught.value) and "EAApage" not in str(caught.value)


def test_id_of_a_client_is_no_path(graph):
    route = graph.get("/1%3Fa%3Db").mock(return_value=ok(name="x"))
    messenger.look_up(delivery(batch(said() | {"sender": {"id": "1?a=b"}})), PAGE)
    assert route.called
