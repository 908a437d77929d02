import datetime as dt
import json
import urllib.parse

import httpx
import pytest
import respx

from channels.adapters.base import Caller, Forged, SendError, Unparseable
from channels.adapters.vats import VatsAdapter
from channels.tests.adapters.samples import FORM, assert_sound, delivery, form, one_call, recorded
from leads.inquiry import CallUpdate, Ignored

vats = VatsAdapter()
API = "https://demo.megapbx.ru/crmapi/v1"
KEYS = {"crm_token": "t0ken", "api_url": API, "api_key": "key1"}
START = dt.datetime(2026, 11, 20, 9, 34, 56, tzinfo=dt.UTC)
CALL = {"callid": "c1", "phone": "79991234567", "diversion": "74951112233", "crm_token": "t0ken"}


def parse(fields, at=0, as_json=False):
    raw = delivery(fields) if as_json else form(fields)
    (item,) = vats.parse(
        form(fields, received_at=START + dt.timedelta(seconds=at))
        if not as_json
        else delivery(fields, received_at=START + dt.timedelta(seconds=at)),
        KEYS,
    )
    vats.verify(raw, KEYS)
    assert_sound([item])
    return item


def event(kind, user="anna", at=0, **more):
    return parse({"cmd": "event", "type": kind, "user": user, **CALL, **more}, at)


def history(**changes):
    told = {"type": "in", "status": "Success", "start": "20261120T093456Z", "duration": "61", "user": "anna"}
    return parse({"cmd": "history", "ext": "701", **told, **CALL, **changes}, 75)


@pytest.mark.parametrize("path", recorded("telephony-itoolabs-vats", "*.form.txt"))
def test_recorded_commands_are_read(path):
    raw = vats.sign(delivery(path.read_bytes(), FORM), KEYS)
    vats.verify(raw, KEYS)
    assert_sound(vats.parse(raw, KEYS))


def test_token_is_compared_in_forms_and_json():
    fields = {"cmd": "event", "type": "INCOMING", "user": "a", **CALL}
    for raw in (form(fields), delivery(fields)):
        vats.verify(raw, KEYS)
        for settings in ({}, {"crm_token": ""}, {"crm_token": "other"}):
            with pytest.raises(Forged):
                vats.verify(raw, settings)
    for wrong in ({**fields, "crm_token": ""}, {"cmd": "event"}, {**fields, "crm_token": ["t0ken", "x"]}):
        with pytest.raises(Forged):
            vats.verify(delivery(wrong), KEYS)


def test_group_call_that_one_answers_is_answered_whatever_the_order():
    facts = one_call([
        event("INCOMING", "anna", ext="701"),
        event("INCOMING", "boris", ext="702"),
        event("CANCELLED", "boris", at=9, ext="702"),
        event("ACCEPTED", "anna", at=8, ext="701"),
        event("COMPLETED", "anna", at=69, ext="701"),
        history(),
    ])  # fmt: skip
    assert (facts.direction, facts.phone, facts.line) == ("in", "79991234567", "74951112233")
    assert (facts.state, facts.result, facts.extension, facts.talk_s) == ("finished", "answered", "701", 61)
    assert facts.started_at == START


def test_cancelled_phone_of_a_group_is_no_missed_call():
    rings = one_call(
        [event("INCOMING", "anna"), event("INCOMING", "boris"), event("CANCELLED", "boris", at=9)]
    )
    assert (rings.state, rings.result, rings.is_missed) == ("ringing", "", False)
    nobody = one_call(
        [event("INCOMING", "anna"), event("CANCELLED", "anna"), history(status="Missed", duration="0")]
    )
    assert (nobody.state, nobody.result, nobody.talk_s) == ("finished", "missed", 0)


def test_finished_call_is_answered_before_its_history_comes():
    facts = one_call([event("INCOMING"), event("ACCEPTED", at=5), event("COMPLETED", at=65)])
    assert (facts.state, facts.result, facts.talk_s) == ("finished", "answered", 60)


@pytest.mark.parametrize(
    ("status", "result"),
    [("Success", "answered"), ("Missed", "missed"), ("missed", "missed"), ("Busy", "busy"), ("Cancel", "missed"),
     ("NotAvailable", "failed"), ("NotAllowed", "failed"), ("NotFound", "failed")],
)  # fmt: skip
def test_history_tells_the_result(status, result):
    facts = one_call([event("INCOMING"), history(status=status)])
    assert (facts.state, facts.result) == ("finished", result)
    assert facts.talk_s == (61 if result == "answered" else 0)


def test_history_has_the_recording_and_only_a_secure_link_is_taken():
    assert history(link="https://rec.ru/1.mp3").recording_url == "https://rec.ru/1.mp3"
    assert history(link="http://rec.ru/1.mp3").recording_url == ""


def test_outgoing_call_and_call_between_colleagues():
    out = one_call([event("OUTGOING", ext="701"), history(type="out")])
    assert (out.direction, out.phone, out.extension) == ("out", "79991234567", "701")
    inside = event("INCOMING", phone="702")
    assert (inside.direction, inside.phone) == ("internal", "")
    assert event("ACCEPTED", direction="out").direction == "out"
    assert event("INCOMING", phone="anonymous").phone == ""


def test_json_says_the_same_as_a_form():
    fields = {"cmd": "event", "type": "INCOMING", "user": "anna", **CALL}
    assert parse(fields) == parse(fields, as_json=True)
    assert isinstance(parse({**fields, "duration": 3}, as_json=True), CallUpdate)


def test_repeats_have_the_same_key():
    assert event("INCOMING").key == event("INCOMING", at=5).key != event("INCOMING", "boris").key
    assert history().key == history(duration="62").key


@pytest.mark.parametrize(
    "fields", [{"cmd": "event", "type": "NEW"}, {"cmd": "new"}, {"cmd": "history", "callid": ""}]
)
def test_what_is_not_understood_is_refused(fields):
    with pytest.raises(Unparseable, match=r".{10}"):
        vats.parse(form({**CALL, **fields}), KEYS)


def test_who_calls_is_answered_and_put_aside():
    raw = form({"cmd": "contact", **CALL})
    assert vats.asks_about(raw, KEYS) == "79991234567"
    assert vats.asks_about(form({"cmd": "event", **CALL}), KEYS) == ""
    assert isinstance(parse({"cmd": "contact", **CALL}), Ignored)
    said = json.loads(vats.answer_caller(raw, KEYS, Caller("Анна", "701")).body)
    assert said == {"contact_name": "Анна", "responsible": "701"}
    for caller in (None, Caller()):
        assert json.loads(vats.answer_caller(raw, KEYS, caller).body) == {}


def test_sign_keeps_the_body_and_replaces_the_token():
    raw = vats.sign(form({"cmd": "event", "crm_token": "old", "a": "1 2"}), KEYS)
    assert urllib.parse.parse_qs(raw.body.decode()) == {
        "cmd": ["event"],
        "a": ["1 2"],
        "crm_token": ["t0ken"],
    }
    assert json.loads(vats.sign(delivery({"cmd": "event"}), KEYS).body)["crm_token"] == "t0ken"


@respx.mock
def test_calls_leave_by_both_generations_of_the_api():
    new = respx.post(f"{API}/makecall").mock(return_value=httpx.Response(200, json={"callid": "1"}))
    vats.start_call(extension="701", phone="+79991234567", line="", command_id="c", settings=KEYS)
    assert new.calls[0].request.headers["x-api-key"] == "key1"
    assert json.loads(new.calls[0].request.content) == {"user": "701", "phone": "79991234567"}
    url = "https://demo.megapbx.ru/sys/crm_api.wcgp"
    old = respx.post(url).mock(return_value=httpx.Response(200, text="1"))
    vats.start_call(
        extension="701", phone="79991234567", line="", command_id="c", settings={**KEYS, "api_url": url}
    )
    assert urllib.parse.parse_qs(old.calls[0].request.content.decode()) == {
        "cmd": ["makeCall"], "token": ["key1"], "user": ["701"], "phone": ["79991234567"],
    }  # fmt: skip


@respx.mock
def test_check_tells_right_keys_from_wrong_ones():
    route = respx.get(f"{API}/users").mock(return_value=httpx.Response(200, json={"items": []}))
    assert all(check.is_ok for check in vats.check(KEYS, "https://crm/h"))
    route.mock(return_value=httpx.Response(401, json={"error": "Invalid token"}))
    assert [check.is_ok for check in vats.check(KEYS, "https://crm/h")] == [True, False]
    assert all(check.is_ok for check in vats.check({"crm_token": "t"}, "https://crm/h"))
    with pytest.raises(SendError):
        vats.start_call(extension="1", phone="7", line="", command_id="", settings={"crm_token": "t"})
