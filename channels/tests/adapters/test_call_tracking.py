import datetime as dt
import json
import urllib.parse

import httpx
import pytest
import respx
import time_machine

from channels.adapters.base import Forged, SendError, Unparseable
from channels.adapters.callibri import API, CallibriAdapter
from channels.adapters.calltouch import CalltouchAdapter
from channels.tests.adapters.samples import assert_sound, delivery, form, recorded
from leads.inquiry import CallMark, Ignored, Inquiry

calltouch, callibri = CalltouchAdapter(), CallibriAdapter()
KEYS = {"time_zone": "Europe/Moscow"}
START = dt.datetime(2026, 11, 20, 9, 34, 56, tzinfo=dt.UTC)  # 12:34:56 in Moscow
CALL = {
    "id": "481",
    "callerphone": "79991234567",
    "phonenumber": "74951112233",
    "calltime": "2026-11-20 12:34:56",
}
TOLD = {"utm_source": "yandex", "utm_campaign": "brand", "medium": "cpc", "keyword": "купить фикус",
        "yaClientId": "15", "gaClientId": "1.2", "city": "Москва", "device": "mobile"}  # fmt: skip


def parse(fields, settings=KEYS):
    (item,) = calltouch.parse(form(fields), settings)
    assert_sound([item])
    return item


@pytest.mark.parametrize("path", recorded("telephony-calltracking", "calltouch*"))
def test_recorded_webhooks_are_read(path):
    assert_sound(calltouch.parse(delivery(path.read_bytes()), KEYS))


def test_call_is_marked_with_where_the_client_came_from():
    mark = parse({**CALL, **TOLD, "status": "successful", "duration": "60", "waiting_time": "7"})
    assert isinstance(mark, CallMark)
    assert (mark.phone, mark.line, mark.occurred_at, mark.region) == (
        "79991234567",
        "74951112233",
        START,
        "Москва",
    )
    assert (mark.marks.source, mark.marks.medium, mark.marks.campaign, mark.marks.term) == (
        "yandex", "cpc", "brand", "купить фикус",
    )  # fmt: skip
    assert mark.marks.click_ids == {"ym_client_id": "15", "ga_client_id": "1.2"}
    assert (mark.call.state, mark.call.result, mark.call.talk_s, mark.call.duration_s) == (
        "finished",
        "answered",
        60,
        67,
    )
    assert [value for _label, value in mark.fields] == ["mobile"]


def test_get_says_the_same_as_post():
    query = urllib.parse.urlencode({**CALL, **TOLD})
    assert calltouch.parse(delivery(b"", method="GET", query=query), KEYS) == [parse({**CALL, **TOLD})]


def test_unix_time_counts_unless_it_is_of_another_day():
    assert parse({**CALL, "timestamp": int(START.timestamp()) + 5}).occurred_at == START + dt.timedelta(
        seconds=5
    )
    assert parse({**CALL, "timestamp": "1732105000"}).occurred_at == START


@pytest.mark.parametrize(
    ("fields", "state", "result"),
    [
        ({"callphase": "callconnected"}, "ringing", ""),
        ({"callphase": "calldisconnected", "duration": "9"}, "finished", "answered"),
        ({"callphase": "calllost"}, "finished", "missed"),
        ({"status": "unsuccessful", "duration": "0"}, "finished", "missed"),
        ({"status": "successful", "duration": "9"}, "finished", "answered"),
    ],
)
def test_phase_and_status_tell_how_the_call_went(fields, state, result):
    call = parse({**CALL, **fields}).call
    assert (call.state, call.result) == (state, result)


def test_phases_of_one_call_are_different_events_of_it():
    start, end = (parse({**CALL, "callphase": phase}) for phase in ("callconnected", "calldisconnected"))
    assert start.key != end.key and start.call.call_id == end.call.call_id
    assert parse({**CALL, "callphase": "calldisconnected"}).key == end.key
    bare = {name: value for name, value in CALL.items() if name != "id"}
    assert parse(bare).key == parse(bare).key != parse({**bare, "calltime": "2026-11-20 13:00:00"}).key


@pytest.mark.parametrize("value", ["<не указано>", "(not set)", "(none)", "{utm_source}"])
def test_words_for_nothing_mark_nothing(value):
    assert parse({**CALL, "utm_source": value, "source": ""}).marks.source == ""


def test_own_parameter_names_are_mapped():
    settings = {**KEYS, "mapping": "phone = tel; line = did\nutm_source = src"}
    mark = parse({"tel": "79991234567", "did": "7495", "src": "vk", "calltime": CALL["calltime"]}, settings)
    assert (mark.phone, mark.line, mark.marks.source) == ("79991234567", "7495", "vk")


def test_trial_of_the_webhook_is_put_aside():
    trial = {
        "callerphone": "{callerphone}",
        "phonenumber": "{phonenumber}",
        "calltime": "{calltime}",
        "id": "{id}",
    }
    assert isinstance(parse(trial), Ignored)
    assert calltouch.parse(delivery(b""), KEYS) == []


def test_request_becomes_an_inquiry():
    item = parse({"leadtype": "request", "requestNumber": "5", "fio": "Анна", "phone": "79991234567",
                  "comment": "Позвоните", "utm_source": "vk"})  # fmt: skip
    assert isinstance(item, Inquiry)
    assert (item.sort, item.person.name, item.text, item.marks.source) == (
        "request",
        "Анна",
        "Позвоните",
        "vk",
    )


def test_call_that_names_nobody_is_refused():
    with pytest.raises(Unparseable, match=r".{10}"):
        calltouch.parse(form({"id": "481", "callerphone": "anonymous"}), KEYS)


def test_sender_may_be_narrowed_to_the_vendors_network():
    settings = {**KEYS, "allowed_ips": "92.118.66.0/23"}
    calltouch.verify(form(CALL, client_ip="92.118.67.9"), settings)
    with pytest.raises(Forged):
        calltouch.verify(form(CALL, client_ip="92.118.68.1"), settings)


@respx.mock
def test_recording_is_fetched_with_the_token_from_calltouch_only():
    ours = respx.get("https://api.calltouch.ru/r/1", params={"a": "b", "clientApiId": "t"})
    ours.mock(return_value=httpx.Response(200, content=b"mp3"))
    other = respx.get("https://8.8.8.8/r").mock(return_value=httpx.Response(200, content=b"mp3"))
    settings = {**KEYS, "api_token": "t"}
    assert calltouch.fetch_file("https://api.calltouch.ru/r/1?a=b", settings).data == b"mp3"
    calltouch.fetch_file("https://8.8.8.8/r", settings)
    assert "clientApiId" not in str(other.calls[0].request.url)


# --- Callibri ----------------------------------------------------------------------------------------
ACCOUNT = {**KEYS, "user_email": "a@b.ru", "user_token": "t1"}
ROW = {"id": 90001, "date": "2026-11-20T09:34:56.000Z", "phone": "79991234567", "duration": 60, "billsec": 42,
       "utm_source": "yandex", "utm_medium": None, "traffic_type": "CPC", "landing_page": "https://a.ru/?utm_term=фикус",
       "recording": "https://callibri.ru/rec/1.mp3", "call_status": "Целевой", "source": "Яндекс"}  # fmt: skip
FEEDBACK = {"id": 90002, "date": "2026-11-20T09:40:00.000Z", "phone": "79990000002", "email": "a@b.ru",
            "content": "Перезвоните", "form_name": "Заявка"}  # fmt: skip


def statistics(**rows):
    return {"channels_statistics": [{"channel_id": 1, "name_channel": "Яндекс.Директ", **rows}]}


@pytest.mark.parametrize("path", recorded("telephony-calltracking", "callibri*"))
def test_recorded_statistics_are_read(path):
    assert_sound(callibri.parse(delivery(path.read_bytes()), ACCOUNT))


def test_statistics_hold_calls_and_requests():
    mark, request, chat = callibri.parse(
        delivery(
            statistics(calls=[ROW, ROW], feedbacks=[FEEDBACK], chats=[{**FEEDBACK, "id": 3}], emails=[])
        ),
        ACCOUNT,
    )
    assert_sound([mark, request, chat])
    assert isinstance(mark, CallMark)
    assert (mark.phone, mark.occurred_at, mark.marks.source) == ("79991234567", START, "yandex")
    assert (mark.marks.medium, mark.marks.term) == ("CPC", "фикус")
    assert (mark.call.result, mark.call.talk_s, mark.call.duration_s) == ("answered", 42, 60)
    assert [value for _label, value in mark.fields] == ["Яндекс.Директ", "Целевой"]
    assert isinstance(request, Inquiry)
    assert (request.sort, request.person.email, request.text) == ("request", "a@b.ru", "Перезвоните")
    assert chat.sort == "message"
    assert callibri.parse(delivery(statistics(calls=[])), ACCOUNT) == []


@pytest.mark.parametrize("body", ["{}", '{"a": 1}', "[1]", "<a/>", "{"])
def test_other_json_is_no_statistics(body):
    with pytest.raises(Unparseable, match=r".{10}"):
        callibri.parse(delivery(body), ACCOUNT)


@pytest.fixture
def api():
    with respx.mock(base_url=API) as router:
        yield router


@time_machine.travel(dt.datetime(2026, 11, 20, 12, 0, tzinfo=dt.UTC), tick=False)
def test_poll_asks_every_project_for_the_days_since(api):
    api.get("/get_sites").mock(
        return_value=httpx.Response(200, json={"sites": [{"site_id": 1}, {"site_id": 2}]})
    )
    route = api.get("/site_get_statistics").mock(
        return_value=httpx.Response(200, json=statistics(calls=[ROW], feedbacks=[FEEDBACK]))
    )
    found = callibri.poll(ACCOUNT, dt.datetime(2026, 11, 12, 22, 0, tzinfo=dt.UTC))
    asked = [dict(call.request.url.params) for call in route.calls]
    assert [(one["site_id"], one["date1"], one["date2"]) for one in asked] == [
        ("1", "13.11.2026", "19.11.2026"), ("1", "19.11.2026", "20.11.2026"),
        ("2", "13.11.2026", "19.11.2026"), ("2", "19.11.2026", "20.11.2026"),
    ]  # fmt: skip
    assert asked[0]["user_token"] == "t1"
    assert len(found) == 8  # a fact each; what comes twice has the same key
    keys = {item.key for one in found for item in callibri.parse(one, ACCOUNT)}
    assert keys == {"call:90001", "feedbacks:90002"}
    assert all(len(json.loads(one.body)["channels_statistics"]) == 1 for one in found)


def test_poll_of_one_project_and_a_refusal(api):
    route = api.get("/site_get_statistics").mock(return_value=httpx.Response(200, json=statistics()))
    assert callibri.poll({**ACCOUNT, "site_id": 7}, dt.datetime.now(dt.UTC)) == []
    assert route.calls[0].request.url.params["site_id"] == "7"
    route.mock(return_value=httpx.Response(403))
    with pytest.raises(SendError):
        callibri.poll({**ACCOUNT, "site_id": 7}, dt.datetime.now(dt.UTC))


def test_check_tells_right_token_from_wrong(api):
    route = api.get("/get_sites").mock(return_value=httpx.Response(200, json={"sites": [{"site_id": 1}]}))
    assert "1" in str(callibri.check(ACCOUNT, "")[0].text)
    route.mock(return_value=httpx.Response(200, json={"code": 401, "error": "Wrong token"}))
    assert not callibri.check(ACCOUNT, "")[0].is_ok


def test_statistics_may_be_posted_only():
    with respx.mock:
        assert callibri.poll({}, dt.datetime.now(dt.UTC)) == []
        (told,) = callibri.check({}, "https://crm.example/h")
    assert told.is_ok and "https://crm.example/h" in str(told.text)
