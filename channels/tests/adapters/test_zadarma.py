import base64
import dataclasses
import datetime as dt
import hashlib
import hmac
import json

import httpx
import pytest
import respx

from channels.adapters.base import Caller, Forged, OutgoingMessage, SendError, Unparseable
from channels.adapters.zadarma import ZadarmaAdapter
from channels.samples import read_sample
from channels.tests.adapters.samples import assert_sound, delivery, form, one_call, recorded
from leads.inquiry import CallMark, CallUpdate, Ignored, Inquiry

zadarma = ZadarmaAdapter()
BASE = "https://api.zadarma.com"
KEYS = {"api_key": "key1", "api_secret": "secret1", "base_url": BASE, "time_zone": "Europe/Moscow"}
RECORDED_KEYS = {**KEYS, "api_secret": "zadarma-test-secret"}
START = dt.datetime(2026, 11, 20, 9, 30, tzinfo=dt.UTC)  # 12:30 in Moscow
CALL = {"caller_id": "+79991234567", "called_did": "74951112233", "call_start": "2026-11-20 12:30:00"}


def event(name, **changes):
    return {"event": name, "pbx_call_id": "in_1", **CALL, **changes}


def parse(fields, settings=KEYS, received=START + dt.timedelta(seconds=10)):
    items = zadarma.parse(form(fields, received_at=received), settings)
    assert_sound(items)
    (item,) = items
    return item


def incoming(disposition="answered", **end):
    return [
        parse(event("NOTIFY_START"), received=START),
        parse(event("NOTIFY_INTERNAL", internal="100"), received=START + dt.timedelta(seconds=2)),
        parse(event("NOTIFY_INTERNAL", internal="101"), received=START + dt.timedelta(seconds=2)),
        parse(event("NOTIFY_END", disposition=disposition, **end), received=START + dt.timedelta(seconds=55)),
    ]


@pytest.mark.parametrize("path", recorded("telephony-zadarma-novofon", "notify_*.txt"))
def test_recorded_signatures_are_accepted(path):
    raw = read_sample(path, "https://crm/hooks/zadarma/t")
    zadarma.verify(raw, RECORDED_KEYS)
    assert_sound(zadarma.parse(raw, RECORDED_KEYS))
    with pytest.raises(Forged):
        zadarma.verify(raw, KEYS)


def test_signature_is_base64_of_the_hexadecimal_digest():
    text = "+7999123456774951112233" + CALL["call_start"]
    digest = hmac.new(b"secret1", text.encode(), hashlib.sha1).hexdigest()
    headers = {"signature": base64.b64encode(digest.encode()).decode()}
    raw = form(event("NOTIFY_START"), headers=headers)
    zadarma.verify(raw, KEYS)
    for changed in ({"caller_id": "+79991234568"}, {"call_start": ""}, {"event": "NOTIFY_RECORD"}):
        with pytest.raises(Forged):
            zadarma.verify(form({**event("NOTIFY_START"), **changed}, headers=headers), KEYS)
    for keys in ({}, {**KEYS, "api_secret": ""}):
        with pytest.raises(Forged):
            zadarma.verify(raw, keys)
    raw_digest = base64.b64encode(hmac.new(b"secret1", text.encode(), hashlib.sha1).digest()).decode()
    with pytest.raises(Forged):
        zadarma.verify(form(event("NOTIFY_START"), headers={"signature": raw_digest}), KEYS)


def test_check_of_the_address_is_echoed():
    raw = delivery(
        b"", method="GET", query="zd_echo=6b1d3f", url="https://crm/hooks/zadarma/t?zd_echo=6b1d3f"
    )
    assert zadarma.handshake(raw, KEYS).body == "6b1d3f"
    assert zadarma.handshake(form(event("NOTIFY_START")), KEYS) is None


def test_answered_call_is_one_whatever_order_its_events_come_in():
    answer = parse(
        {"event": "NOTIFY_ANSWER", "pbx_call_id": "in_1", "caller_id": "79991234567", "destination": "100",
         "call_start": CALL["call_start"], "internal": "100"},
        received=START + dt.timedelta(seconds=13),
    )  # fmt: skip
    end = {"duration": "42", "is_recorded": "1", "call_id_with_rec": "1.2", "internal": "100"}
    facts = one_call([*incoming(**end), answer])
    assert (facts.direction, facts.phone, facts.line) == ("in", "+79991234567", "74951112233")
    assert (facts.state, facts.result, facts.extension, facts.talk_s) == ("finished", "answered", "100", 42)
    assert (facts.started_at, facts.ended_at) == (START, START + dt.timedelta(seconds=55))
    assert facts.recording_ref == "1.2"


@pytest.mark.parametrize(
    ("disposition", "result"),
    [
        ("cancel", "missed"),
        ("no answer", "missed"),
        ("busy", "busy"),
        ("failed", "failed"),
        ("no money", "failed"),
    ],
)
def test_disposition_tells_how_the_call_ended(disposition, result):
    facts = one_call(incoming(disposition, duration="0"))
    assert (facts.state, facts.result, facts.talk_s) == ("finished", result, 0)


def test_event_kept_back_for_days_makes_no_call_of_days():
    late = parse(
        event("NOTIFY_END", disposition="answered", duration="42"), received=START + dt.timedelta(days=3)
    )
    assert late.ended_at == START + dt.timedelta(seconds=42)


def test_local_time_is_read_in_the_zone_of_the_channel():
    item = parse(event("NOTIFY_START"), {**KEYS, "time_zone": "Asia/Yekaterinburg"})
    assert item.started_at == START - dt.timedelta(hours=2)


def test_outgoing_call_has_the_client_at_its_destination():
    out = {
        "pbx_call_id": "out_1",
        "internal": "100",
        "destination": "79991234567",
        "call_start": CALL["call_start"],
    }
    start = parse({"event": "NOTIFY_OUT_START", **out})
    end = parse({"event": "NOTIFY_OUT_END", **out, "caller_id": "74951112233", "disposition": "busy"})
    facts = one_call([start, end])
    assert (facts.direction, facts.phone, facts.extension, facts.result) == (
        "out",
        "79991234567",
        "100",
        "busy",
    )
    assert facts.line == "74951112233"
    inside = parse({"event": "NOTIFY_OUT_START", **out, "destination": "101"})
    assert (inside.direction, inside.phone) == ("internal", "")
    leg = parse({"event": "NOTIFY_OUT_START", **out, "calltype": "callback_leg1"})
    assert isinstance(leg, Ignored)
    assert isinstance(parse({"event": "NOTIFY_OUT_END", **out, "calltype": "callback_leg2"}), CallUpdate)


@pytest.mark.parametrize("number", ["Anonymous", "", "anonymous", "unknown"])
def test_withheld_number_is_no_number(number):
    assert parse(event("NOTIFY_START", caller_id=number)).phone == ""


def test_repeats_have_the_same_key_and_extensions_have_their_own():
    keys = {
        parse(event("NOTIFY_INTERNAL", internal=extension), received=START + dt.timedelta(seconds=number)).key
        for number, extension in enumerate(("100", "100", "101"))
    }
    assert len(keys) == 2


def test_recording_comes_later_under_the_same_call():
    item = parse({"event": "NOTIFY_RECORD", "pbx_call_id": "in_1", "call_id_with_rec": "1.2"})
    assert (item.call_id, item.recording_ref, item.direction) == ("in_1", "1.2", "")


@pytest.mark.parametrize("fields", [{"event": "NOTIFY_NEW", "pbx_call_id": "1"}, {"event": "NOTIFY_START"}])
def test_what_names_no_call_or_no_known_event_is_refused(fields):
    with pytest.raises(Unparseable, match=r".{10}"):
        zadarma.parse(form(fields), KEYS)


def test_text_becomes_a_message():
    result = json.dumps({"caller_id": "79991234567", "caller_did": "7495", "text": "Перезвоните"})
    raw = zadarma.sign(form({"event": "SMS", "result": result}), KEYS)
    zadarma.verify(raw, KEYS)
    (item,) = zadarma.parse(raw, KEYS)
    assert isinstance(item, Inquiry)
    assert (item.sort, item.text, item.person.phone) == ("message", "Перезвоните", "79991234567")


def test_call_tracking_marks_the_call():
    result = {
        "caller_id": "79991234567", "start": "2026-11-20 12:30:00", "url": "https://a.ru/?utm_campaign=c",
        "current_utm": {"source": "yandex", "medium": "cpc"}, "metrika_id": "15", "city": "Москва",
    }  # fmt: skip
    item = parse({"event": "CALL_TRACKING", "result": json.dumps([result])})
    assert isinstance(item, CallMark)
    assert (item.marks.source, item.marks.medium, item.marks.campaign) == ("yandex", "cpc", "c")
    assert (item.marks.click_ids, item.region, item.occurred_at) == ({"ym_client_id": "15"}, "Москва", START)


def test_start_of_a_call_is_answered_with_name_and_manager():
    raw = form(event("NOTIFY_START"))
    assert zadarma.asks_about(raw, KEYS) == "+79991234567"
    assert zadarma.asks_about(form(event("NOTIFY_END")), KEYS) == ""
    caller = Caller(name="Анна", extension="101")
    said = json.loads(zadarma.answer_caller(raw, {**KEYS, "is_routing": True}, caller).body)
    assert said == {"caller_name": "Анна", "redirect": "101", "return_timeout": 20}
    assert json.loads(zadarma.answer_caller(raw, KEYS, caller).body) == {"caller_name": "Анна"}
    assert json.loads(zadarma.answer_caller(raw, KEYS, None).body) == {}


@pytest.fixture
def api():
    with respx.mock(base_url=BASE) as router:
        yield router


def test_recording_is_fetched_by_a_link(api):
    route = api.get("/v1/pbx/record/request/").mock(
        return_value=httpx.Response(200, json={"status": "success", "link": "https://8.8.8.8/rec.mp3"})
    )
    api.get("https://8.8.8.8/rec.mp3").mock(
        return_value=httpx.Response(200, content=b"mp3", headers={"content-type": "audio/mpeg"})
    )
    file = zadarma.fetch_file("1.2", KEYS)
    assert (file.name, file.data) == ("12.mp3", b"mp3")
    request = route.calls[0].request
    query = request.url.query.decode()
    assert query == "call_id=1.2&format=json"
    text = f"/v1/pbx/record/request/{query}{hashlib.md5(query.encode()).hexdigest()}"
    digest = hmac.new(b"secret1", text.encode(), hashlib.sha1).hexdigest()
    assert request.headers["authorization"] == f"key1:{base64.b64encode(digest.encode()).decode()}"


@pytest.mark.parametrize(
    ("answer", "is_permanent"),
    [
        (httpx.Response(200, json={"status": "success"}), False),
        (httpx.Response(429), False),
        (httpx.Response(502), False),
        (httpx.Response(401, json={"status": "error", "message": "Not authorized"}), True),
        (httpx.Response(400, json={"status": "error", "message": "Wrong parameters"}), True),
    ],
)
def test_refusals_say_whether_to_come_back(api, answer, is_permanent):
    api.get("/v1/pbx/record/request/").mock(return_value=answer)
    with pytest.raises(SendError) as caught:
        zadarma.fetch_file("1.2", KEYS)
    assert caught.value.is_permanent == is_permanent


def test_call_and_text_leave_by_the_api(api):
    call = api.get("/v1/request/callback/").mock(return_value=httpx.Response(200, json={"status": "success"}))
    zadarma.start_call(extension="101", phone="+7 999 123-45-67", line="", command_id="c", settings=KEYS)
    assert dict(call.calls[0].request.url.params) == {"from": "101", "to": "79991234567", "format": "json"}
    sms = api.post("/v1/sms/send/").mock(return_value=httpx.Response(200, json={"status": "success"}))
    zadarma.send(OutgoingMessage("Привет", recipient="+79991234567"), KEYS)
    assert b"number=79991234567" in sms.calls[0].request.content


def test_check_tells_right_keys_from_wrong_ones(api):
    route = api.get("/v1/info/balance/")
    route.mock(return_value=httpx.Response(200, json={"status": "success", "balance": 10, "currency": "RUB"}))
    assert "10 RUB" in str(zadarma.check(KEYS, "https://crm/h")[0].text)
    route.mock(return_value=httpx.Response(401))
    assert [check.is_ok for check in zadarma.check(KEYS, "https://crm/h")] == [False]


def test_sign_makes_every_recorded_body_acceptable():
    raw = dataclasses.replace(form(event("NOTIFY_START")), headers={"content-type": "x"})
    zadarma.verify(zadarma.sign(raw, KEYS), KEYS)
