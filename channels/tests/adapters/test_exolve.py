import datetime as dt
import json

import httpx
import pytest
import respx

from channels.adapters.base import Caller, SendError, Unparseable
from channels.adapters.exolve import ExolveAdapter
from channels.tests.adapters.samples import assert_sound, delivery, one_call, recorded
from leads.inquiry import DeliveryStatus, Ignored, Inquiry

exolve = ExolveAdapter()
KEYS = {"api_key": "k1", "number": "79580000000", "callback_resource_id": "77", "time_zone": "Europe/Moscow",
        "forward_to": "79161112233", "is_routing": True}  # fmt: skip
START = dt.datetime(2026, 11, 20, 9, 30, tzinfo=dt.UTC)
TEXT = {"message_id": "43", "sender": "79991234567", "receiver": "79580000000", "text": "Перезвоните",
        "direction": "DIRECTION_INCOMING", "date": "2026-11-20T09:30:00.000Z"}  # fmt: skip
ASKS = {"id": "1", "jsonrpc": "2.0", "method": "getControlCallFollowMe",
        "params": {"numberA": "79991234567", "sip_id": "79580000000", "call_sid": "s1"}}  # fmt: skip


def parse(event, at=0):
    (item,) = exolve.parse(delivery(event, received_at=START + dt.timedelta(seconds=at)), KEYS)
    assert_sound([item])
    return item


def call(kind, at=0, **more):
    moment = (START + dt.timedelta(seconds=at)).isoformat().replace("+00:00", "Z")
    told = {"type": kind, "call_sid": "s1", "from": "79991234567", "to": "79580000000", "date_time": moment}
    return parse({**told, **more}, at)


@pytest.mark.parametrize("path", recorded("telephony-exolve-mobilon"))
def test_recorded_callbacks_are_read(path):
    assert_sound(exolve.parse(delivery(path.read_bytes()), KEYS))


def test_text_is_a_message_and_its_state_is_told():
    item = parse(TEXT)
    assert isinstance(item, Inquiry)
    assert (item.sort, item.text, item.thread_key, item.occurred_at) == (
        "message",
        "Перезвоните",
        "79991234567",
        START,
    )
    out = {**TEXT, "direction": "DIRECTION_OUTGOING", "delivery_status": "DELIVERY_STATUS_DELIVERED"}
    status = parse(out)
    assert isinstance(status, DeliveryStatus)
    assert (status.external_id, status.state) == ("43", "delivered")
    assert isinstance(parse({**out, "delivery_status": "DELIVERY_STATUS_QUEUED"}), Ignored)


def test_answered_call_is_one_whatever_order_its_events_come_in():
    facts = one_call([
        call("b"),
        call("o", 2, to="79161112233"),
        call("s", 9),
        call("d", 60, duration="60000", talk_time=51000),
        call("e", 60),
        call("crr", 90, path="/statistics/download/77"),
    ])  # fmt: skip
    assert (facts.direction, facts.phone, facts.line) == ("in", "79991234567", "79580000000")
    assert (facts.state, facts.result, facts.duration_s, facts.talk_s) == ("finished", "answered", 60, 51)
    assert (facts.started_at, facts.recording_ref) == (START, "/statistics/download/77")


def test_call_without_a_talk_is_missed():
    facts = one_call([call("b"), call("d", 20, duration="20000", talk_time="0"), call("e", 20)])
    assert (facts.state, facts.result, facts.talk_s) == ("finished", "missed", 0)


CARD = """<call><callid>13.89</callid><status>{}</status><record_url>/r?token=a&callid=b</record_url>
<has_record>1</has_record><duration>203</duration><from>{}</from><direction>{}</direction><to>{}</to>
<time>2026-11-20 12:30:00</time><subscriber_id>20000099</subscriber_id></call>"""


def test_mobilons_cards_of_calls():
    facts = one_call([parse(CARD.format("ANSWERED", "79991234567", "INCOMING", "78121112233"))])
    assert (facts.direction, facts.phone, facts.line) == ("in", "79991234567", "78121112233")
    assert (facts.result, facts.talk_s, facts.started_at) == ("answered", 203, START)
    assert (facts.recording_ref, facts.extension) == ("mobilon:13.89", "20000099")
    out = parse(CARD.format("NO ANSWER", "101", "OUTGOING", "79991234567"))
    assert (out.direction, out.phone, out.extension, out.result) == ("out", "79991234567", "101", "missed")
    assert parse(CARD.format("BUSY", "101", "OUTGOING", "102")).direction == "internal"
    many = f"<calls>....{CARD.format('BUSY', '7999', 'INCOMING', '7812')}....</calls>"
    assert len(exolve.parse(delivery(many), KEYS)) == 1


@pytest.mark.parametrize("body", ['{"call_sid": "1", "type": "zz"}', '{"message_id": "1"}', "<html/>", "<a", "<call/>",
                                  '{"direction": "in", "text": "x"}', "xxx"])  # fmt: skip
def test_what_is_not_understood_is_refused(body):
    with pytest.raises(Unparseable, match=r".{10}"):
        exolve.parse(delivery(body), KEYS)


def test_question_where_to_send_a_call_is_answered():
    raw = delivery(ASKS)
    assert exolve.asks_about(raw, KEYS) == "79991234567"
    assert isinstance(parse(ASKS), Ignored)

    def targets(answer):
        said = json.loads(answer.body)
        assert (said["id"], said["jsonrpc"]) == ("1", "2.0")
        return [step["REDIRECT_NUMBER"] for step in said["result"]["followme_struct"][1]]

    manager = Caller("Анна", "+7 916 999-88-77")
    assert targets(exolve.answer_caller(raw, KEYS, manager)) == ["79169998877", "79161112233"]
    assert targets(exolve.answer_caller(raw, KEYS, Caller("Анна", "101"))) == ["79161112233"]
    hidden = delivery({**ASKS, "params": {"numberA": "anonymous"}})
    assert exolve.asks_about(hidden, KEYS) == ""
    assert targets(exolve.answer(hidden, KEYS)) == ["79161112233"]
    assert targets(exolve.answer(raw, {})) == []
    assert json.loads(exolve.answer(delivery(TEXT), KEYS).body) == {"result": "ok"}


@pytest.fixture
def api():
    with respx.mock(base_url="https://api.exolve.ru") as router:
        yield router


def test_texts_and_calls_leave_by_the_api(api):
    sms = api.post("/messaging/v1/SendSMS").mock(return_value=httpx.Response(200, json={"message_id": "9"}))
    assert exolve.send_sms(phone="+79991234567", text="Привет", settings=KEYS) == "9"
    assert json.loads(sms.calls[0].request.content) == {
        "number": "79580000000", "destination": "79991234567", "text": "Привет",
    }  # fmt: skip
    assert sms.calls[0].request.headers["authorization"] == "Bearer k1"
    call_route = api.post("/call/v1/MakeCallback").mock(
        return_value=httpx.Response(200, json={"call_id": "1"})
    )
    exolve.start_call(extension="79161112233", phone="+79991234567", line="", command_id="c", settings=KEYS)
    told = json.loads(call_route.calls[0].request.content)
    assert (told["number_code"], told["callback_resource_id"]) == (79580000000, 77)
    assert [told[f"line_{n}"]["destinations"][0]["number"] for n in (1, 2)] == ["79161112233", "79991234567"]
    sms.mock(return_value=httpx.Response(400, json={"error": {"message": "Wrong destination"}}))
    with pytest.raises(SendError, match="Wrong destination"):
        exolve.send_sms(phone="1", text="x", settings=KEYS)
    with pytest.raises(SendError):
        exolve.start_call(extension="1", phone="7", line="", command_id="", settings={})


def test_key_goes_to_exolve_only(api):
    ours = api.get("/statistics/download/77").mock(return_value=httpx.Response(200, content=b"mp3"))
    assert exolve.fetch_file("/statistics/download/77", KEYS).data == b"mp3"
    assert ours.calls[0].request.headers["authorization"] == "Bearer k1"
    other = api.get("https://8.8.8.8/x.mp3").mock(return_value=httpx.Response(200, content=b"mp3"))
    exolve.fetch_file("https://8.8.8.8/x.mp3", KEYS)
    assert "authorization" not in other.calls[0].request.headers
