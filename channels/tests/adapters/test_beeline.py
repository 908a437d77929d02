import dataclasses
import datetime as dt
import itertools
import json

import httpx
import pytest
import respx

from channels.adapters.base import SendError, Unparseable
from channels.adapters.beeline import API, BeelineAdapter
from channels.tests.adapters.samples import assert_sound, delivery, one_call, recorded
from leads.inquiry import CallUpdate, Ignored, SubscriptionEnded

beeline = BeelineAdapter()
KEYS = {"token": "t1", "api_url": API, "pattern": ""}
START = dt.datetime(2026, 11, 20, 9, 30, tzinfo=dt.UTC)
EVENT = """<?xml version="1.0" encoding="UTF-8"?>
<{p}:Event xmlns:{p}="http://schema.broadsoft.com/xsi" xmlns:{t}="http://www.w3.org/2001/XMLSchema-instance"
 {t}:type="{p}:SubscriptionEvent"><{p}:eventID>{id}</{p}:eventID><{p}:sequenceNumber>1</{p}:sequenceNumber>
<{p}:targetId>{user}@mpbx.sip.beeline.ru</{p}:targetId>
<{p}:eventData {t}:type="{p}:{name}">{call}</{p}:eventData></{p}:Event>"""
_ids = itertools.count(1)


def xml(name, at=(), leg="callhalf-1:0", user="9650000001", prefix="xsi", number="tel:+79991234567", **more):
    """Write an event as the vendor does; `at` are the seconds of start, answer and release."""
    names = ("startTime", "answerTime", "releaseTime")
    times = {n: int(START.timestamp() + s) * 1000 for n, s in zip(names, at, strict=False) if s is not None}
    remote = f"<a:address>{number}</a:address>" if number else ""
    told = {
        "callId": leg, "extTrackingId": "77:1", "personality": "Terminator", "state": "",
        "remoteParty": f"{remote}<a:callType>Network</a:callType>", **times, **more,
    }  # fmt: skip
    inner = "".join(f"<a:{k}>{v}</a:{k}>" for k, v in told.items() if v != "").replace("a:", f"{prefix}:")
    call = f"<{prefix}:call>{inner}</{prefix}:call>" if name.startswith("Call") else ""
    return EVENT.format(p=prefix, t="xsi1", id=next(_ids), user=user, name=name, call=call)


def parse(text, received=START):
    (item,) = beeline.parse(delivery(text, received_at=received), KEYS)
    assert_sound([item])
    return item


@pytest.mark.parametrize("path", recorded("telephony-beeline-xsi"))
def test_recorded_events_are_read(path):
    assert_sound(beeline.parse(delivery(path.read_bytes()), KEYS))


def test_call_to_a_group_is_one_and_answered_by_whoever_took_it():
    first, second = {"leg": "a", "user": "9650000001"}, {"leg": "b", "user": "9650000002"}
    facts = one_call([
        parse(xml("CallReceivedEvent", (0,), state="Alerting", **first)),
        parse(xml("CallReceivedEvent", (1,), state="Alerting", **second)),
        parse(xml("CallAnsweredEvent", (1, 9), state="Active", **second)),
        parse(xml("CallReleasedEvent", (0, None, 9), state="Released", **first)),
        parse(xml("CallReleasedEvent", (1, 9, 60), state="Released", recorded="true", **second)),
    ])  # fmt: skip
    assert (facts.direction, facts.phone, facts.extension) == ("in", "+79991234567", "9650000002")
    assert (facts.state, facts.result, facts.talk_s, facts.duration_s) == ("finished", "answered", 51, 60)
    assert facts.started_at == START
    assert facts.recording_ref == "77:1|9650000002@mpbx.sip.beeline.ru"


def test_declined_phone_of_a_group_leaves_the_call_ringing():
    updates = [
        parse(xml("CallReceivedEvent", (0,), leg="a", state="Alerting")),
        parse(xml("CallReceivedEvent", (0,), leg="b", state="Alerting")),
        parse(xml("CallReleasedEvent", (0, None, 5), leg="a", state="Released")),
    ]
    assert one_call(updates).state == "ringing"
    last = parse(xml("CallReleasedEvent", (0, None, 20), leg="b", state="Released", releaseCause="Busy"))
    missed = one_call([*updates, last])
    assert (missed.state, missed.result, missed.talk_s) == ("finished", "busy", None)


def test_missed_call_has_no_answer_time():
    facts = one_call([
        parse(xml("CallReceivedEvent", (0,), state="Alerting")),
        parse(xml("CallReleasedEvent", (0, None, 20), state="Released")),
    ])  # fmt: skip
    assert (facts.state, facts.result, facts.duration_s) == ("finished", "missed", 20)


def test_outgoing_internal_and_hidden_calls():
    out = parse(xml("CallOriginatedEvent", (0,), personality="Originator", state="Active"))
    assert (out.direction, out.phone) == ("out", "+79991234567")
    inside = parse(xml("CallReceivedEvent", (0,), remoteParty="<a:callType>Group</a:callType>"))
    assert (inside.direction, inside.phone) == ("internal", "")
    assert parse(xml("CallReceivedEvent", (0,), number="")).phone == ""
    assert parse(xml("CallReceivedEvent", (0,), number="sip:anonymous@x")).phone == ""


def test_line_is_the_number_the_client_dialled():
    hop = "<a:redirection><a:party><a:address>tel:+7{}</a:address></a:party></a:redirection>"
    hops = hop.format("9651112233") + hop.format("4951112233")
    assert parse(xml("CallReceivedEvent", (0,), redirections=hops)).line == "+74951112233"


@pytest.mark.parametrize("prefix", ["xsi", "ns2", "broadsoft"])
def test_prefixes_are_no_matter(prefix):
    item = parse(xml("CallReceivedEvent", (0,), prefix=prefix))
    assert (item.state, item.phone, item.call_id) == ("ringing", "+79991234567", "77:1")


def test_repeats_of_two_subscriptions_have_the_same_key():
    keys = {parse(xml("CallReceivedEvent", (0,), leg=leg)).key for leg in ("a", "a", "b")}
    assert len(keys) == 2


def test_what_is_about_no_call_is_put_aside():
    assert isinstance(parse(xml("HookStatusEvent")), Ignored)
    assert isinstance(parse('{"subscriptionId": "1", "expires": 86400}'), Ignored)
    assert beeline.parse(delivery(b" "), KEYS) == []


def test_ended_subscription_is_told():
    item = parse(xml("SubscriptionTerminatedEvent"))
    assert isinstance(item, SubscriptionEnded) and item.reason


@pytest.mark.parametrize(
    "text",
    [
        "<a", "<html><body>502</body></html>", '{"callId": "1"}', "text", xml("CallReceivedEvent", extTrackingId="", leg=""),
        '<!DOCTYPE e [<!ENTITY x SYSTEM "file:///etc/passwd">]><e>&x;</e>',
        '<!DOCTYPE e [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><e>&b;</e>',
    ],
)  # fmt: skip
def test_other_xml_and_entities_are_refused(text):
    with pytest.raises(Unparseable, match=r".{10}"):
        beeline.parse(delivery(text), KEYS)


@pytest.fixture
def api():
    with respx.mock(base_url=API) as router:
        yield router


def test_subscription_is_asked_for_a_day(api):
    route = api.put("/subscription").mock(return_value=httpx.Response(200, json={"subscriptionId": "s"}))
    learned = beeline.keep_alive({**KEYS, "pattern": "9650000001"}, "https://crm/hooks/beeline/t")
    assert learned == {"subscription_id": "s"}
    request = route.calls[0].request
    assert request.headers["x-mpbx-api-auth-token"] == "t1"
    assert json.loads(request.content) == {
        "expires": 86400, "subscriptionType": "BASIC_CALL", "url": "https://crm/hooks/beeline/t", "pattern": "9650000001",
    }  # fmt: skip
    route.mock(return_value=httpx.Response(400, json={"errorCode": "x", "description": "Wrong url"}))
    with pytest.raises(SendError, match="Wrong url"):
        beeline.keep_alive(KEYS, "https://crm/h")


def test_subscription_that_lasts_is_left_alone(api):
    asked = api.put("/subscription").mock(return_value=httpx.Response(200, json={"subscriptionId": "new"}))
    known = api.get("/subscription", params={"subscriptionId": "s"})
    settings, url = {**KEYS, "subscription_id": "s"}, "https://crm/h"
    known.mock(return_value=httpx.Response(200, json={"subscriptionId": "s", "url": url, "expires": 80000}))
    assert beeline.keep_alive(settings, url) == {} and not asked.called
    for answer in (
        httpx.Response(200, json={"subscriptionId": "s", "url": url, "expires": 600}),
        httpx.Response(200, json={"subscriptionId": "s", "url": "https://old/h", "expires": 80000}),
        httpx.Response(404, json={"errorCode": "NotFound"}),
    ):
        known.mock(return_value=answer)
        assert beeline.keep_alive(settings, url) == {"subscription_id": "new"}


def test_recording_that_is_not_ready_is_tried_again(api):
    ref = "77:1|9650000001@mpbx.sip.beeline.ru"
    path = "/v2/records/77:1/9650000001@mpbx.sip.beeline.ru/download"
    route = api.get(path).mock(return_value=httpx.Response(404, json={"errorCode": "RecordNotFound"}))
    with pytest.raises(SendError) as caught:
        beeline.fetch_file(ref, KEYS)
    assert not caught.value.is_permanent
    route.mock(return_value=httpx.Response(200, content=b"mp3", headers={"content-type": "audio/mpeg"}))
    assert beeline.fetch_file(ref, KEYS).data == b"mp3"
    assert route.calls[1].request.headers["x-mpbx-api-auth-token"] == "t1"


def test_call_leaves_by_the_portal(api):
    route = api.post("/abonents/9650000001/call").mock(return_value=httpx.Response(200, text="callhalf-1"))
    beeline.start_call(extension="9650000001", phone="+79991234567", line="", command_id="c", settings=KEYS)
    assert dict(route.calls[0].request.url.params) == {"phoneNumber": "9991234567"}


def test_check_subscribes_at_once(api):
    employees = api.get("/abonents").mock(return_value=httpx.Response(200, json=[{}, {}]))
    subscription = api.put("/subscription").mock(return_value=httpx.Response(200, json={}))
    checks = beeline.check(KEYS, "https://crm/h")
    assert all(check.is_ok for check in checks) and "2" in str(checks[0].text)
    assert subscription.called
    employees.mock(return_value=httpx.Response(401))
    assert [check.is_ok for check in beeline.check(KEYS, "https://crm/h")] == [False]


def test_call_update_survives_missing_parts():
    item = parse(xml("CallReceivedEvent", number="", personality="", remoteParty=""))
    assert isinstance(item, CallUpdate)
    assert dataclasses.replace(item, key="k").direction == ""
