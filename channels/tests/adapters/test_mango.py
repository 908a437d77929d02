import dataclasses
import hashlib
import json
import urllib.parse

import httpx
import pytest
import respx
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.adapters import lenient_json
from channels.adapters.base import Forged, SendError, Unparseable
from channels.adapters.mango import MangoAdapter
from channels.tests.adapters.samples import FORM, assert_sound, delivery, recorded
from channels.tests.adapters.test_form import JSON
from leads.inquiry import CallUpdate, Ignored

mango = MangoAdapter()
BASE = "https://mango.test/vpbx"
KEYS = {"api_key": "key1", "api_salt": "salt1", "base_url": BASE}
RECORDED_KEYS = {"api_key": "5f4dcc3b5aa765d61d8327deb882cf99", "api_salt": "test-salt-0123456789abcdef"}
START = 1763631000


def signed(event, keys=KEYS, url="https://crm/hooks/mango/t/events/call"):
    text = event if isinstance(event, str) else json.dumps(event, ensure_ascii=False)
    sign = hashlib.sha256((keys["api_key"] + text + keys["api_salt"]).encode()).hexdigest()
    body = urllib.parse.urlencode({"vpbx_api_key": keys["api_key"], "sign": sign, "json": text})
    return delivery(body, FORM, url=url)


def call(state="Appeared", seq=1, at=START, **changes):
    event = {
        "entry_id": "E1",
        "call_id": "L1",
        "timestamp": at,
        "seq": seq,
        "call_state": state,
        "location": "abonent",
        "from": {"number": "79991234567"},
        "to": {"extension": "101", "number": "sip:a@x.ru", "line_number": "78120000000"},
    }
    return {**event, **changes}


def summary(**changes):
    event = {
        "entry_id": "E1",
        "call_direction": 1,
        "from": {"number": "79991234567"},
        "to": {"extension": "101", "number": "78120000000"},
        "line_number": "78120000000",
        "create_time": START,
        "forward_time": START + 2,
        "talk_time": START + 10,
        "end_time": START + 70,
        "entry_result": 1,
        "disconnect_reason": 1110,
    }
    return {**event, **changes}


def parse(event, suffix="call"):
    (item,) = mango.parse(signed(event, url=f"https://crm/hooks/mango/t/events/{suffix}"), KEYS)
    assert_sound([item])
    return item


@pytest.mark.parametrize("path", recorded("telephony-mango"))
def test_mango_reads_every_recorded_event(path):
    items = mango.parse(delivery(path.read_bytes(), FORM), {})
    assert_sound(items)
    is_result = "result" in path.name or "recording_started" in path.name
    (item,) = items
    is_between_colleagues = isinstance(item, Ignored) and "colleagues" in item.reason
    assert isinstance(item, Ignored if is_result or is_between_colleagues else CallUpdate)


@pytest.mark.parametrize("path", recorded("telephony-mango", "*.form.txt"))
def test_recorded_signatures_are_accepted(path):
    mango.verify(delivery(path.read_bytes(), FORM), RECORDED_KEYS)


@pytest.mark.parametrize("path", recorded("telephony-mango"))
def test_recorded_bodies_can_be_signed_anew(path):
    raw = mango.sign(delivery(path.read_bytes()), KEYS)
    mango.verify(raw, KEYS)
    before, after = mango.parse(delivery(path.read_bytes()), {}), mango.parse(raw, KEYS)
    assert before == after


def test_incoming_call_rings_then_is_answered_then_finished():
    ringing = parse(call())
    assert (ringing.direction, ringing.phone, ringing.line, ringing.extension) == (
        "in",
        "79991234567",
        "78120000000",
        "101",
    )
    assert (ringing.call_id, ringing.state, ringing.started_at.timestamp()) == ("E1", "ringing", START)
    answered = parse(call("Connected", seq="2", at=str(START + 10)))
    assert (answered.state, answered.answered_at.timestamp()) == ("answered", START + 10)
    gone = parse(call("Disconnected", seq=3, at=START + 70))
    assert (gone.state, gone.ended_at.timestamp()) == ("", START + 70)
    assert ringing.sequence < answered.sequence < gone.sequence
    finished = parse(summary(), "summary")
    assert (finished.state, finished.result, finished.duration_s, finished.talk_s) == (
        "finished",
        "answered",
        70,
        60,
    )
    assert finished.call_id == ringing.call_id


def test_menu_answering_is_not_a_person_answering():
    assert parse(call("Connected", location="ivr")).state == "ringing"
    assert parse(call("Connected", location="queue")).answered_at is None


def test_outgoing_call_has_the_client_on_the_other_end():
    update = parse(
        call(**{"from": {"extension": "101", "number": "sip:a@x.ru"}, "to": {"number": "79991234567"}})
    )
    assert (update.direction, update.phone, update.extension) == ("out", "79991234567", "101")
    finished = parse(
        summary(call_direction="2", **{"from": {"extension": "101"}, "to": {"number": "79991234567"}}),
        "summary",
    )
    assert (finished.direction, finished.phone, finished.extension) == ("out", "79991234567", "101")


def test_call_between_colleagues_is_internal_and_has_no_client():
    leg = parse(call(**{"from": {"extension": "101"}, "to": {"extension": "102"}}))
    assert isinstance(leg, Ignored)
    whole = parse(
        summary(
            call_direction=0, **{"from": {"extension": "101", "number": "1"}, "to": {"extension": "102"}}
        ),
        "summary",
    )
    assert (whole.direction, whole.phone, whole.extension) == ("internal", "", "101")


@pytest.mark.parametrize(
    ("changes", "result"),
    [
        ({"talk_time": 0, "entry_result": 0, "disconnect_reason": 1110}, "missed"),
        ({"talk_time": "0", "entry_result": "0", "disconnect_reason": "1121"}, "busy"),
        ({"talk_time": 0, "entry_result": 0, "disconnect_reason": 1133}, "failed"),
        ({"talk_time": 0, "entry_result": 1}, "missed"),
        ({}, "answered"),
        ({"entry_result": "1"}, "answered"),
    ],
)
def test_summary_tells_the_result(changes, result):
    update = parse(summary(**changes), "summary")
    assert update.result == result
    assert (update.talk_s == 0) == (result != "answered")


def test_finished_recording_joins_its_call():
    event = {
        "recording_id": "R1",
        "recording_state": "Completed",
        "seq": 2,
        "entry_id": "E1",
        "timestamp": START,
    }
    update = parse(event, "recording")
    assert (update.recording_ref, update.call_id, update.direction) == ("R1", "E1", "")
    assert isinstance(parse({**event, "recording_state": "Started"}, "recording"), Ignored)
    del event["recording_state"]
    assert parse(event, "record/added").recording_ref == "R1"


@pytest.mark.parametrize("suffix", ["call", "", "whatever"])
def test_kind_is_told_by_shape_when_the_address_does_not_tell(suffix):
    assert parse(call(), suffix).state == "ringing"
    assert parse(summary(), suffix if suffix != "call" else "").state == "finished"


@pytest.mark.parametrize("suffix", ["dtmf", "sms"])
def test_other_events_are_ignored_with_a_reason(suffix):
    assert isinstance(parse({"entry_id": "E1", "dtmf": "5"}, suffix), Ignored)


def test_keys_tell_events_apart_and_repeats_together():
    keys = [
        parse(call(state, seq)).key for state, seq in [("Appeared", 1), ("Connected", 2), ("Connected", "2")]
    ]
    assert keys[1] == keys[2] != keys[0]
    assert parse(call(call_id="L2")).key != keys[0]
    assert parse(summary(), "summary").key == parse(summary(), "summary").key


def test_changed_bodies_are_refused():
    raw = signed(call())
    mango.verify(raw, KEYS)
    for at in range(0, len(raw.body), 3):
        changed = raw.body[:at] + bytes([raw.body[at] ^ 1]) + raw.body[at + 1 :]
        with pytest.raises(Forged):
            mango.verify(dataclasses.replace(raw, body=changed), KEYS)
    for body in (b"", raw.body + b"&json=%7B%7D&x=1", b"json={}&sign=&vpbx_api_key=key1", b"\xff"):
        if body.startswith(raw.body):
            mango.verify(dataclasses.replace(raw, body=body), KEYS)  # later repeats are not read at all
            assert mango.parse(dataclasses.replace(raw, body=body), KEYS) == mango.parse(raw, KEYS)
        else:
            with pytest.raises(Forged):
                mango.verify(dataclasses.replace(raw, body=body), KEYS)
    for keys in ({}, {**KEYS, "api_salt": ""}, {**KEYS, "api_key": "other"}):
        with pytest.raises(Forged):
            mango.verify(raw, keys)


BROKEN = """{
  "entry_id" "E1",
  "call_id": "L1"
  "timestamp": "1763631000",,
  "seq": 1,
  "call_state": "Appeared",
  "from": {"number": "79991234567"}
  "to" {"number": "7812", },
}"""


def test_json_of_the_vendors_manual_is_recovered():
    update = parse(BROKEN)
    assert (update.call_id, update.phone, update.state) == ("E1", "79991234567", "ringing")


@pytest.mark.parametrize("text", ["{", '{"a": ', '{"a": 1}}', "[1", '{"a" "b" }}', "{]", '"', "{" * 50000])
def test_json_beyond_recovery_is_refused(text):
    with pytest.raises(lenient_json.BrokenJson):
        lenient_json.loads(text)
    with pytest.raises(Unparseable, match=r".{10}"):
        mango.parse(signed(text), KEYS)


@pytest.mark.parametrize(
    "event", [{}, [], "null", {"call_state": "Appeared"}, {"foo": 1}, {"recording_state": "Completed"}]
)
def test_event_that_names_nothing_is_refused(event):
    with pytest.raises(Unparseable, match=r".{10}"):
        mango.parse(signed(event, url="https://crm/hooks/mango/t"), KEYS)


def test_ping_is_answered():
    assert mango.handshake(delivery(b"", url="https://crm/hooks/mango/t/ping"), KEYS).status == 200
    assert mango.handshake(signed(call()), KEYS) is None


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_mango_never_raises_anything_but_unparseable(data):
    event = data.draw(
        st.sampled_from([call(), summary(), {"recording_id": "R", "recording_state": "Completed"}])
    )
    for name in data.draw(st.lists(st.sampled_from(sorted(event)), max_size=5)):
        event[name] = data.draw(JSON)
    raw = signed(json.dumps(event))
    mango.verify(raw, KEYS)
    try:
        assert_sound(mango.parse(raw, KEYS))
    except Unparseable as exc:
        assert str(exc)


@settings(max_examples=300, deadline=None)
@given(body=st.binary(max_size=200), text=st.text(alphabet='{}[]":,ab1 \\', max_size=40))
def test_mango_survives_any_bytes(body, text):
    for raw in (delivery(body), signed(text)):
        try:
            mango.parse(raw, KEYS)
        except Unparseable as exc:
            assert str(exc)
    with pytest.raises(Forged):
        mango.verify(delivery(body), KEYS)


@pytest.fixture
def api():
    with respx.mock(base_url=BASE) as router:
        yield router


def test_fetch_file_follows_the_one_time_link(api):
    route = api.post("/queries/recording/post").mock(
        return_value=httpx.Response(302, headers={"location": "https://media.mango.test/x?once=1"})
    )
    api.get("https://media.mango.test/x?once=1").mock(
        return_value=httpx.Response(200, content=b"mp3", headers={"content-type": "audio/mpeg"})
    )
    file = mango.fetch_file("MTox/==", KEYS)
    assert (file.name, file.content_type, file.data) == ("MTox___.mp3", "audio/mpeg", b"mp3")
    mango.verify(delivery(route.calls[0].request.content, FORM), KEYS)


def test_fetch_file_says_that_a_recording_is_not_ready(api):
    api.post("/queries/recording/post").mock(return_value=httpx.Response(200, json={"result": 3100}))
    with pytest.raises(SendError) as caught:
        mango.fetch_file("R", KEYS)
    assert not caught.value.is_permanent


def test_fetch_file_refuses_a_redirect_to_http(api):
    api.post("/queries/recording/post").mock(
        return_value=httpx.Response(302, headers={"location": "http://169.254.169.254/latest"})
    )
    with pytest.raises(SendError, match="not allowed"):
        mango.fetch_file("R", KEYS)


def test_start_call_asks_for_a_callback(api):
    route = api.post("/commands/callback").mock(return_value=httpx.Response(200, json={"result": 1000}))
    mango.start_call(extension="101", phone="79991234567", line="7812", command_id="c1", settings=KEYS)
    raw = delivery(route.calls[0].request.content, FORM)
    mango.verify(raw, KEYS)
    sent = json.loads(urllib.parse.parse_qs(raw.body.decode())["json"][0])
    assert sent == {
        "command_id": "c1",
        "from": {"extension": "101"},
        "to_number": "79991234567",
        "line_number": "7812",
    }


def test_text_leaves_as_the_employee_of_the_setting(api):
    route = api.post("/commands/sms").mock(return_value=httpx.Response(200, json={"result": 1000}))
    number = mango.send_sms(
        phone="+7 999 123-45-67", text="Здравствуйте", settings=KEYS | {"sms_extension": "101"}
    )
    raw = delivery(route.calls[0].request.content, FORM)
    mango.verify(raw, KEYS)
    sent = json.loads(urllib.parse.parse_qs(raw.body.decode())["json"][0])
    assert sent == {
        "command_id": number,
        "text": "Здравствуйте",
        "from_extension": "101",
        "to_number": "79991234567",
    }
    with pytest.raises(SendError) as refused:
        mango.send_sms(phone="79991234567", text="x", settings=KEYS)
    assert refused.value.is_permanent and len(route.calls) == 1


def test_check_tells_right_keys_from_wrong_ones(api):
    route = api.post("/config/users/request")
    route.mock(return_value=httpx.Response(200, json={"users": [{}, {}]}))
    checks = mango.check(KEYS, "https://crm/h")
    assert all(check.is_ok for check in checks)
    assert "2" in str(checks[0].text)
    for answer in (httpx.Response(401), httpx.Response(200, json={"result": 3103, "message": "wrong sign"})):
        route.mock(return_value=answer)
        assert [check.is_ok for check in mango.check(KEYS, "https://crm/h")] == [False]
