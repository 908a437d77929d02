import base64
import dataclasses
import datetime as dt
import hashlib
import hmac
import json
import urllib.parse

import httpx
import pytest
import respx

from channels.adapters.base import Caller, Forged, OutgoingMessage, SendError, Unparseable
from channels.adapters.twilio import TwilioAdapter
from channels.adapters.twilio.adapter import API
from channels.tests.adapters.samples import FORM, assert_sound, delivery, form, one_call, recorded
from leads.inquiry import CallUpdate, DeliveryStatus, Ignored, Inquiry

twilio = TwilioAdapter()
URL = "https://crm.example.org/hooks/twilio/t0ken"
KEYS = {"account_sid": "AC1", "auth_token": "12345", "number": "+12028831111", "forward_to": "+12025550000"}
START = dt.datetime(2026, 11, 20, 9, 30, tzinfo=dt.UTC)
CALL = {
    "CallSid": "CA1",
    "Direction": "inbound",
    "From": "+14133881111",
    "To": "+12028831111",
    "AccountSid": "AC1",
}
TEXT = {
    "MessageSid": "SM1",
    "SmsStatus": "received",
    "From": "+14133881111",
    "To": "+12028831111",
    "Body": "Hi",
}


def signature(url, fields, token="12345"):
    text = url + "".join(name + fields[name] for name in sorted(fields))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


def signed(fields, url=URL, **kwargs):
    return form(fields, url=url, headers={"x-twilio-signature": signature(url, fields)}, **kwargs)


def parse(fields, at=0):
    (item,) = twilio.parse(form(fields, received_at=START + dt.timedelta(seconds=at)), KEYS)
    assert_sound([item])
    return item


def call(status, at=0, **more):
    stamp = (START + dt.timedelta(seconds=at)).strftime("%a, %d %b %Y %H:%M:%S +0000")
    return parse({**CALL, "CallStatus": status, "Timestamp": stamp, **more}, at)


def leg(status, at=0, to="+12025550000", sid="CA2", **more):
    told = {"CallSid": sid, "ParentCallSid": "CA1", "Direction": "outbound-dial", "To": to, **more}
    return call(status, at, **told)


@pytest.mark.parametrize("path", recorded("telephony-twilio", "*.form.txt"))
def test_recorded_requests_are_read_and_can_be_signed(path):
    raw = twilio.sign(delivery(path.read_bytes(), FORM, url=URL), KEYS)
    twilio.verify(raw, KEYS)
    assert_sound(twilio.parse(raw, KEYS))


def test_signature_is_that_of_the_vendors_manual():
    url = "https://example.com/myapp.php?foo=1&bar=2"  # https://www.twilio.com/docs/usage/security
    fields = {"CallSid": "CA1234567890ABCDE", "Caller": "+14158675310", "Digits": "1234", "From": "+14158675310",
              "To": "+18005551212"}  # fmt: skip
    raw = form(
        fields, url=url, query="foo=1&bar=2", headers={"x-twilio-signature": "L/OH5YylLD5NRKLltdqwSvS0BnU="}
    )
    twilio.verify(raw, KEYS)
    for changed in (
        dataclasses.replace(raw, url="https://example.com/myapp.php"),
        dataclasses.replace(raw, body=raw.body + b"&a=b"),
        dataclasses.replace(raw, headers={"content-type": FORM}),
    ):
        with pytest.raises(Forged):
            twilio.verify(changed, KEYS)
    for keys in ({}, {**KEYS, "auth_token": ""}, {**KEYS, "auth_token": "other"}):
        with pytest.raises(Forged):
            twilio.verify(raw, keys)


def test_usual_port_in_the_signed_address_is_no_matter():
    with_port = URL.replace("example.org", "example.org:443")
    raw = form(TEXT, url=URL, headers={"x-twilio-signature": signature(with_port, TEXT)})
    twilio.verify(raw, KEYS)
    twilio.verify(dataclasses.replace(raw, url=with_port), KEYS)


def test_body_that_is_no_form_is_signed_by_its_hash():
    raw = twilio.sign(delivery({"CallSid": "CA1"}, url=URL), KEYS)
    raw = dataclasses.replace(raw, url=f"{URL}?{raw.query}")
    twilio.verify(raw, KEYS)
    with pytest.raises(Forged):
        twilio.verify(dataclasses.replace(raw, body=b'{"CallSid": "CA2"}'), KEYS)


def test_get_is_signed_over_its_address():
    url = f"{URL}?{urllib.parse.urlencode(TEXT)}"
    raw = delivery(b"", method="GET", url=url, query=url.partition("?")[2],
                   headers={"x-twilio-signature": signature(url, {})})  # fmt: skip
    twilio.verify(raw, KEYS)
    assert twilio.parse(raw, KEYS)[0].text == "Hi"


def test_forwarded_call_is_answered_by_the_leg_somebody_took():
    facts = one_call([
        call("ringing"),
        call("in-progress", 1),
        leg("ringing", 2),
        leg("in-progress", 9),
        leg("completed", 60, CallDuration="51"),
        call("completed", 61, CallDuration="60"),
        parse({"RecordingSid": "RE1", "RecordingStatus": "completed", "CallSid": "CA1"}),
    ])  # fmt: skip
    assert (facts.direction, facts.phone, facts.line) == ("in", "+14133881111", "+12028831111")
    assert (facts.state, facts.result, facts.extension) == ("finished", "answered", "+12025550000")
    assert (facts.started_at, facts.recording_ref) == (START, "RE1")


def test_forwarded_call_nobody_took_is_missed_though_twilio_answered_it():
    dialled = call("in-progress", 30, DialCallStatus="no-answer")
    facts = one_call([
        call("ringing"), call("in-progress", 1), leg("ringing", 2), leg("no-answer", 29), dialled,
        call("completed", 31, CallDuration="30"),
    ])  # fmt: skip
    assert (facts.state, facts.result, facts.is_missed) == ("finished", "missed", True)
    assert call("in-progress").state == "ringing"


@pytest.mark.parametrize(
    ("status", "result"),
    [("no-answer", "missed"), ("busy", "busy"), ("failed", "failed"), ("canceled", "missed")],
)
def test_outgoing_call_tells_how_it_ended(status, result):
    out = {"Direction": "outbound-api", "From": "+12028831111", "To": "+14133881111"}
    facts = one_call(
        [call("initiated", **out), call(status, 20, CallDuration="0", SequenceNumber="2", **out)]
    )
    assert (facts.direction, facts.phone, facts.result) == ("out", "+14133881111", result)


@pytest.mark.parametrize("number", ["anonymous", "+266696687", "sip:anonymous@x"])
def test_withheld_numbers(number):
    assert call("ringing", From=number).phone in ("", "+266696687")


def test_text_is_a_message_with_its_pictures():
    item = parse({**TEXT, "NumMedia": "2", "MediaUrl0": "https://api.twilio.com/a/ME1", "MediaContentType0": "image/png",
                  "MediaUrl1": "cat.jpg"})  # fmt: skip
    assert isinstance(item, Inquiry)
    assert (item.sort, item.text, item.thread_key, item.external_id) == (
        "message",
        "Hi",
        "+14133881111",
        "SM1",
    )
    assert [(file.name, file.content_type) for file in item.files] == [
        ("ME1", "image/png"), ("cat.jpg", "application/octet-stream"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "phone", "user"),
    [
        ({"From": "whatsapp:+14133881111", "WaId": "14133881111"}, "+14133881111", "14133881111"),
        ({"From": "whatsapp:+14133881111", "ExternalUserId": "whatsapp:US.1234"}, "+14133881111", "US.1234"),
        ({"From": "whatsapp:+14133881111", "ExternalUserId": "whatsapp:foo_bar"}, "+14133881111", ""),
        ({"From": "whatsapp:US.1234"}, "", "US.1234"),
    ],
)
def test_whatsapp_users_may_have_no_phone(fields, phone, user):
    person = parse({**TEXT, **fields}).person
    assert (person.phone, person.messenger_id, person.messenger) == (phone, user, "whatsapp")


@pytest.mark.parametrize(
    ("status", "state"),
    [("sent", "sent"), ("delivered", "delivered"), ("read", "read"), ("undelivered", "failed")],
)
def test_state_of_a_text_we_sent(status, state):
    item = parse({"MessageSid": "SM1", "MessageStatus": status, "ErrorCode": "21610"})
    assert isinstance(item, DeliveryStatus)
    assert (item.external_id, item.state, bool(item.error)) == ("SM1", state, state == "failed")
    assert isinstance(parse({"MessageSid": "SM1", "MessageStatus": "queued"}), Ignored)


def test_keys_tell_callbacks_apart_and_repeats_together():
    assert call("ringing").key == call("ringing", 3).key != call("completed").key
    assert leg("ringing").key != leg("ringing", sid="CA3").key
    assert parse(TEXT).key == parse({**TEXT, "Body": "Hi!"}).key


@pytest.mark.parametrize("fields", [{"CallSid": "CA1", "CallStatus": "new"}, {"From": "+1", "Body": "x"},
                                    {"MessageSid": "S", "MessageStatus": "new"}])  # fmt: skip
def test_what_is_not_understood_is_refused(fields):
    with pytest.raises(Unparseable, match=r".{10}"):
        twilio.parse(form(fields), KEYS)


def test_voice_request_forwards_the_call_and_callbacks_hear_nothing():
    ringing = form({**CALL, "CallStatus": "ringing"}, url=f"{URL}?a=1")
    routed = {**KEYS, "is_routing": True}
    assert (twilio.asks_about(ringing, routed), twilio.asks_about(ringing, KEYS)) == ("+14133881111", "")
    said = twilio.answer(ringing, KEYS).body
    assert f'action="{URL}"' in said and ">+12025550000</Number>" in said
    assert ">sip:anna@pbx</Sip>" in twilio.answer_caller(ringing, routed, Caller("A", "sip:anna@pbx")).body
    assert ">+12025550000</Number>" in twilio.answer_caller(ringing, routed, Caller("A", "101")).body
    assert "<Dial" not in twilio.answer(ringing, {**KEYS, "forward_to": ""}).body
    assert "<script>" not in twilio.answer(ringing, {**KEYS, "forward_to": "<script>"}).body
    for report in ({"SequenceNumber": "0"}, {"CallStatus": "completed"}, {"Direction": "outbound-api"}):
        assert "<Dial" not in twilio.answer(form({**CALL, "CallStatus": "ringing", **report}), KEYS).body


@pytest.fixture
def api():
    with respx.mock(base_url=API) as router:
        yield router


def test_texts_and_calls_leave_by_the_api(api):
    route = api.post("/Accounts/AC1/Messages.json").mock(
        return_value=httpx.Response(201, json={"sid": "SM9"})
    )
    assert twilio.send(OutgoingMessage("Привет", thread_key="whatsapp:+1413"), KEYS) == "SM9"
    sent = urllib.parse.parse_qs(route.calls[0].request.content.decode())
    assert sent == {"To": ["whatsapp:+1413"], "From": ["whatsapp:+12028831111"], "Body": ["Привет"]}
    assert twilio.send_sms(phone="+1413", text="x", settings=KEYS) == "SM9"
    calls = api.post("/Accounts/AC1/Calls.json").mock(return_value=httpx.Response(201, json={}))
    twilio.start_call(extension="+1202", phone="+1413", line="", command_id="", settings=KEYS)
    told = urllib.parse.parse_qs(calls.calls[0].request.content.decode())
    assert (told["To"], told["From"]) == (["+1202"], ["+12028831111"])
    assert told["Twiml"] == ['<Response><Dial callerId="+12028831111">+1413</Dial></Response>']
    route.mock(return_value=httpx.Response(400, json={"message": "The number is not valid"}))
    with pytest.raises(SendError, match="not valid"):
        twilio.send_sms(phone="1", text="x", settings=KEYS)


def test_key_is_shown_to_twilio_only(api):
    record = api.get("/Accounts/AC1/Recordings/RE1.mp3").mock(
        return_value=httpx.Response(302, headers={"location": "https://8.8.8.8/x.mp3"})
    )
    store = api.get("https://8.8.8.8/x.mp3").mock(return_value=httpx.Response(200, content=b"mp3"))
    assert twilio.fetch_file("RE1", KEYS).data == b"mp3"
    assert record.calls[0].request.headers["authorization"].startswith("Basic ")
    assert "authorization" not in store.calls[0].request.headers
    twilio.fetch_file("https://8.8.8.8/x.mp3", KEYS)
    assert "authorization" not in store.calls[1].request.headers
    for ref in ("cat.jpg", "http://8.8.8.8/x"):
        with pytest.raises(SendError):
            twilio.fetch_file(ref, KEYS)


def test_check_tells_right_keys_from_wrong_ones(api):
    route = api.get("/Accounts/AC1.json").mock(
        return_value=httpx.Response(200, json={"friendly_name": "Demo"})
    )
    assert "Demo" in str(twilio.check(KEYS, URL)[1].text)
    route.mock(return_value=httpx.Response(401, json={"message": "no"}))
    assert [check.is_ok for check in twilio.check(KEYS, URL)] == [True, False]
    assert [check.is_ok for check in twilio.check({"auth_token": "x"}, URL)] == [True, False]


def test_updates_of_a_leg_are_no_client():
    item = leg("ringing")
    assert isinstance(item, CallUpdate)
    assert (item.phone, item.direction, item.leg) == ("", "", "CA2")
    assert json.dumps(item.call_id) == '"CA1"'
