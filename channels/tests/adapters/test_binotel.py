import datetime as dt
import json

import httpx
import pytest
import respx

from channels.adapters.base import Caller, Forged, SendError, Unparseable
from channels.adapters.binotel import API, BinotelAdapter
from channels.tests.adapters.samples import FORM, assert_sound, delivery, form, one_call, recorded
from leads.inquiry import CallMark, Ignored

binotel = BinotelAdapter()
KEYS = {"api_key": "k", "api_secret": "s", "country_code": "380"}
START = dt.datetime(2026, 11, 20, 9, 30, tzinfo=dt.UTC)
CALL = {"generalCallID": "77", "callType": "0", "externalNumber": "0671234567", "pbxNumber": "0443334455"}


def read(fields, settings=KEYS, at=0):
    items = binotel.parse(form(fields, received_at=START + dt.timedelta(seconds=at)), settings)
    assert_sound(items)
    return items


def event(name, at=0, **more):
    (item,) = read({"requestType": name, **CALL, **more}, at=at)
    return item


def completed(disposition="ANSWER", settings=KEYS, **more):
    card = {"generalCallID": "77", "startTime": int(START.timestamp()), "callType": "0", "internalNumber": "901",
            "externalNumber": "0671234567", "waitsec": "7", "billsec": "61", "disposition": disposition, **more}  # fmt: skip
    fields = {f"callDetails[{name}]": value for name, value in card.items()}
    fields["callDetails[pbxNumberData][number]"] = "0443334455"
    return read({"requestType": "apiCallCompleted", "attemptsCounter": "1", **fields}, settings, at=70)


@pytest.mark.parametrize("path", recorded("telephony-binotel", "*.form.txt"))
def test_recorded_events_are_read(path):
    assert_sound(binotel.parse(delivery(path.read_bytes(), FORM), KEYS))


def test_answered_call_is_one_whatever_order_its_events_come_in():
    facts = one_call([
        event("receivedTheCall", internalNumber="901"),
        event("receivedTheCall", internalNumber="902"),
        event("answeredTheCall", 7, internalNumber="901"),
        event("hangupTheCall", 68, billsec="61", disposition="ANSWER"),
        *completed(),
    ])  # fmt: skip
    assert (facts.direction, facts.phone, facts.line) == ("in", "+380671234567", "+380443334455")
    assert (facts.state, facts.result, facts.extension) == ("finished", "answered", "901")
    assert (facts.started_at, facts.duration_s, facts.talk_s, facts.recording_ref) == (START, 68, 61, "77")


@pytest.mark.parametrize(
    ("disposition", "result"),
    [("NOANSWER", "missed"), ("CANCEL", "missed"), ("VM-SUCCESS", "missed"), ("BUSY", "busy"),
     ("CONGESTION", "failed"), ("CHANUNAVAIL", "failed"), ("TRANSFER", "answered")],
)  # fmt: skip
def test_disposition_tells_how_the_call_ended(disposition, result):
    facts = one_call([event("receivedTheCall"), *completed(disposition)])
    assert (facts.state, facts.result) == ("finished", result)
    assert facts.talk_s == (61 if result == "answered" else 0)
    assert (facts.recording_ref == "77") == (result == "answered")


def test_recordings_are_expected_only_with_keys():
    assert one_call(completed(settings={"country_code": "380"})).recording_ref == ""


@pytest.mark.parametrize(
    ("number", "phone"),
    [("0671234567", "+380671234567"), ("0048123456789", "+48123456789"), ("380671234567", "380671234567"),
     ("anonymous", ""), ("", "")],
)  # fmt: skip
def test_local_numbers_get_their_country(number, phone):
    assert event("receivedTheCall", externalNumber=number).phone == phone


def test_outgoing_and_internal_calls():
    assert event("receivedTheCall", callType="1").direction == "out"
    inside = event("receivedTheCall", externalNumber="902")
    assert (inside.direction, inside.phone) == ("internal", "")


def test_own_call_tracking_marks_the_call():
    update, mark = completed(**{"callTrackingData][utm_source": "google", "callTrackingData][gaClientId": "1.2",
                                "callTrackingData][geoipCity": "Київ"})  # fmt: skip
    assert isinstance(mark, CallMark)
    assert (mark.call_id, mark.region, mark.marks.source) == (update.call_id, "Київ", "google")
    assert mark.marks.click_ids == {"ga_client_id": "1.2"}


def test_retries_have_the_same_key():
    assert completed()[0].key == completed(attemptsCounter="4")[0].key
    rings = {event("receivedTheCall", internalNumber=number).key for number in ("901", "901", "902")}
    assert len(rings) == 2


@pytest.mark.parametrize(
    "fields", [{"requestType": "newThing", "generalCallID": "1"}, {"requestType": "hangupTheCall"}]
)
def test_what_names_no_call_or_no_known_event_is_refused(fields):
    with pytest.raises(Unparseable, match=r".{10}"):
        binotel.parse(form(fields), KEYS)


def test_result_of_a_text_and_empty_posts_are_put_aside():
    (item,) = completed("SMS-SUCCESS")
    assert isinstance(item, Ignored)
    assert binotel.parse(delivery(b""), KEYS) == []


def test_who_calls_is_answered_with_the_card():
    raw = form({"requestType": "apiCallSettings", "externalNumber": "0671234567", "companyID": "1"})
    assert binotel.asks_about(raw, KEYS) == "+380671234567"
    assert isinstance(binotel.parse(raw, KEYS)[0], Ignored)
    caller = Caller("Анна", "901", "m@crm.ru", "https://crm/contacts/1")
    said = json.loads(binotel.answer_caller(raw, KEYS, caller).body)
    assert said == {
        "customerData": {
            "name": "Анна",
            "linkToCrmUrl": "https://crm/contacts/1",
            "assignedToEmployeeNumber": "901",
        }
    }
    assert json.loads(binotel.answer_caller(raw, KEYS, None).body) == {}
    for other in (form({"requestType": "receivedTheCall", **CALL}), delivery(b"\xff")):
        assert binotel.asks_about(other, KEYS) == ""
        assert json.loads(binotel.answer(other, KEYS).body) == {"status": "success"}


def test_only_the_vendors_addresses_may_post_where_the_channel_names_them():
    listed = {**KEYS, "allowed_ips": "194.88.218.0/24, 185.100.66.144/28"}
    binotel.verify(form(CALL, client_ip="194.88.218.116"), listed)
    binotel.verify(form(CALL, client_ip="::ffff:185.100.66.145"), listed)
    for ip in ("194.88.217.1", ""):
        with pytest.raises(Forged):
            binotel.verify(form(CALL, client_ip=ip), listed)


@respx.mock
def test_recording_and_calls_use_the_api():
    record = respx.post(f"{API}/stats/call-record.json")
    record.mock(return_value=httpx.Response(200, json={"status": "success", "url": "https://8.8.8.8/r.mp3"}))
    respx.get("https://8.8.8.8/r.mp3").mock(return_value=httpx.Response(200, content=b"mp3"))
    assert binotel.fetch_file("77", KEYS).data == b"mp3"
    assert json.loads(record.calls[0].request.content) == {"generalCallID": "77", "key": "k", "secret": "s"}
    call = respx.post(f"{API}/calls/internal-number-to-external-number.json")
    call.mock(
        return_value=httpx.Response(
            200, json={"status": "error", "code": 105, "message": "Internal number is busy"}
        )
    )
    with pytest.raises(SendError, match="busy"):
        binotel.start_call(extension="901", phone="+380671234567", line="", command_id="", settings=KEYS)
    assert json.loads(call.calls[0].request.content)["externalNumber"] == "380671234567"
