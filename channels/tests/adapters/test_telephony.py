"""What holds for every telephone line: strange bodies are refused with a reason, never an error of ours."""

import urllib.parse

import httpx
import pytest
import respx
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.adapters import ADAPTERS
from channels.adapters.base import Caller, Forged, SendError, Unparseable
from channels.tests.adapters.ami_server import END, RINGING, TALK, dialogue
from channels.tests.adapters.samples import FORM, NOW, SHARED, assert_sound, delivery
from channels.tests.adapters.test_beeline import xml

OWN = "numbers"  # nobody delivers there: we write its marks ourselves
KINDS = [kind for kind, adapter in ADAPTERS.items() if adapter.channel_kind == "call" and kind != OWN]
KEYS = {
    "mango": {"api_key": "k", "api_salt": "s"},
    "zadarma": {"api_secret": "s"},
    "vats": {"crm_token": "t0ken"},
    "twilio": {"auth_token": "t", "account_sid": "AC1"},
}
FIELDS = {
    "mango": {"call_id": "1", "entry_id": "2", "call_state": "Appeared", "seq": 1, "timestamp": 1795167000,
              "from": {"number": "79161112233"}, "to": {"number": "74951112233", "line_number": "74951112233"}},
    "zadarma": {"event": "NOTIFY_START", "pbx_call_id": "in_1", "caller_id": "+79161112233",
                "called_did": "74951112233", "call_start": "2026-11-20 12:30:00", "duration": "5"},
    "uis": {"notification_name": "x", "call_session_id": 1, "contact_phone_number": "79161112233",
            "virtual_phone_number": "74951112233", "total_time_duration": "9"},
    "vats": {"cmd": "history", "callid": "1", "type": "in", "phone": "79161112233", "status": "Success",
             "start": "20261120T093000Z", "duration": "9", "crm_token": "t0ken"},
    "binotel": {"requestType": "receivedTheCall", "generalCallID": "7", "callType": "0",
                "externalNumber": "0671234567"},
    "twilio": {"CallSid": "CA1", "Direction": "inbound", "From": "+14133881111", "To": "+12028831111",
               "CallStatus": "completed", "CallDuration": "9", "AccountSid": "AC1"},
    "exolve": {"message_id": "43", "sender": "79161112233", "receiver": "79580000000", "text": "a",
               "direction": "DIRECTION_INCOMING", "date": "2026-11-20T09:30:00.000Z"},
    "asterisk": {"src": "79161112233", "dst": "74951112233", "disposition": "ANSWERED", "uniqueid": "1.1",
                 "start": "2026-11-20 12:30:00", "dstchannel": "SIP/201-0000001a", "billsec": "9"},
    "calltouch": {"id": "1", "callerphone": "79161112233", "phonenumber": "74951112233",
                  "calltime": "2026-11-20 12:30:00", "utm_source": "yandex"},
    "callibri": {"channels_statistics": [{"channel_id": 1, "calls": [
        {"id": 1, "date": "2026-11-20T09:30:00Z", "phone": "79161112233", "billsec": 9}]}]},
}  # fmt: skip
RAW = {"beeline": xml("CallReceivedEvent", at=(0,)), "asterisk": dialogue(RINGING, TALK, END)}
JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(max_size=20),
    st.sampled_from(
        ["-1", "9" * 40, "1e999", "0000-00-00 00:00:00", "2026-02-31", "{{x}}", "\x00", "\ud800", "sip:@"]
    ),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=2),
)


def survives(kind, body, content_type=FORM, method="POST"):
    """Do with a body all that a hook does; only the errors of the interface may come out."""
    adapter, keys = ADAPTERS[kind], KEYS.get(kind, {})
    raw = delivery(body, content_type, method=method, url=f"https://crm.example/hooks/{kind}/t")
    try:
        signed = adapter.sign(raw, keys)
        adapter.verify(signed, keys)
    except Forged:
        signed = raw  # a body that carries its own secret was spoiled
    adapter.handshake(signed, keys)
    adapter.answer(signed, keys)
    phone = adapter.asks_about(signed, keys)
    assert isinstance(phone, str)
    for caller in (None, Caller(name="Анна \x00\n<b>", extension="101", url="https://crm.example/1")):
        adapter.answer_caller(signed, keys, caller).body.encode()
    try:
        items = adapter.parse(signed, keys)
    except Unparseable as exc:
        assert str(exc)
        return
    assert [item.key for item in items] == [item.key for item in adapter.parse(signed, keys)]
    if items:
        assert_sound(items)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind in FIELDS])
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_fields_may_hold_anything(kind, data):
    fields = dict(FIELDS[kind])
    for name in data.draw(st.lists(st.sampled_from(sorted(fields)), min_size=1, max_size=3)):
        fields[name] = data.draw(JUNK)
    survives(kind, fields)
    plain = {name: str(value).encode("utf-8", "surrogatepass") for name, value in fields.items()}
    survives(kind, urllib.parse.urlencode(plain))


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_bodies_may_be_cut_and_spoiled(kind, data):
    whole = RAW[kind].encode() if kind in RAW else delivery(FIELDS[kind]).body
    place = data.draw(st.integers(0, len(whole)))
    junk = data.draw(st.binary(max_size=6))
    for body in (whole[:place], whole[:place] + junk + whole[place + len(junk) :], junk):
        survives(kind, body, data.draw(st.sampled_from([FORM, "application/json", "text/xml", ""])))


@pytest.mark.parametrize("kind", KINDS)
def test_whole_bodies_are_read(kind):
    adapter = ADAPTERS[kind]
    bodies = [FIELDS[kind]] if kind in FIELDS else []
    for body in [*bodies, *([RAW[kind]] if kind in RAW else [])]:
        raw = delivery(body, url="https://crm.example/h")
        assert_sound(adapter.parse(raw, KEYS.get(kind, {})))


@pytest.mark.parametrize("kind", KINDS)
def test_foreign_bodies_are_survived(kind):
    """A vendor's words posted to another vendor's channel, by mistake or by a stranger."""
    found = sorted(p for p in SHARED.glob("telephony-*/*") if p.is_file() and p.suffix != ".md")[::7]
    for path in found:
        survives(kind, path.read_bytes(), "")
    survives(kind, b"", method="GET")


@pytest.mark.parametrize("kind", KINDS)
def test_orders_that_find_nobody_are_refused_as_such(kind):
    """Nothing is set or nobody answers: the refusal is a SendError that says why."""
    adapter = ADAPTERS[kind]
    keys = {"host": "127.0.0.1", "port": 1, "user_email": "a@b.example"}
    orders = {
        "can_call": lambda: adapter.start_call(
            extension="101", phone="79161112233", line="", command_id="c", settings=keys
        ),
        "can_sms": lambda: adapter.send_sms(phone="79161112233", text="x", settings=keys),
        "polls": lambda: adapter.poll(keys, NOW),
    }
    with respx.mock(assert_all_called=False) as router:
        router.route().mock(side_effect=httpx.ConnectError("away"))
        for flag, order in orders.items():
            if getattr(adapter, flag):
                with pytest.raises(SendError, match="."):
                    order()
        assert all(str(check.text) for check in adapter.check(keys, "https://crm.example/h"))
