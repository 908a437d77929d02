import datetime as dt
import json

import httpx
import pytest
import respx

from channels.adapters.base import Caller, Forged, SendError, Unparseable
from channels.adapters.uis import UisAdapter
from channels.tests.adapters.samples import assert_sound, delivery, form, one_call, recorded
from leads.inquiry import CallMark, CallUpdate, Ignored, Inquiry

uis = UisAdapter()
KEYS = {"access_token": "t1", "domain": "uiscom.ru", "line": "74951112233", "time_zone": "Europe/Moscow"}
START = dt.datetime(2026, 11, 20, 9, 34, 56, tzinfo=dt.UTC)  # 12:34:56 in Moscow
CALL = {
    "call_session_id": 4810000001,
    "contact_phone_number": "79991234567",
    "virtual_phone_number": "74951112233",
}


def told(mnemonic, second=0, **more):
    moment = (dt.datetime(2026, 11, 20, 12, 34, 56) + dt.timedelta(seconds=second)).isoformat(" ")
    return {"notification_mnemonic": mnemonic, "notification_time": f"{moment}.000", **CALL, **more}


def read(event, settings=KEYS):
    items = uis.parse(delivery(event), settings)
    assert_sound(items)
    return items


def parse(event, settings=KEYS):
    (item,) = read(event, settings)
    return item


EMPLOYEE = {"employee_phone_number": "101", "employee_full_name": "Анна", "direction": "in"}


@pytest.mark.parametrize("path", recorded("telephony-uis-comagic"))
def test_recorded_notifications_are_read(path):
    assert_sound(uis.parse(delivery(path.read_bytes()), KEYS))


def test_answered_call_is_one_whatever_order_its_events_come_in():
    facts = one_call([
        parse(told("in_call_session")),
        parse(told("call_waiting", 3, **EMPLOYEE, leg_id=1)),
        parse(told("call_waiting", 3, employee_phone_number="102", leg_id=2)),
        parse(told("call_connected", 14, **EMPLOYEE)),
        parse(told("call_finished", 74, **EMPLOYEE, talk_time_duration=60, total_time_duration=74)),
        parse(told("call_record_finished", 99, file_link="https://media.uiscom.ru/1/2")),
    ])  # fmt: skip
    assert (facts.direction, facts.phone, facts.line) == ("in", "79991234567", "74951112233")
    assert (facts.state, facts.result, facts.extension) == ("finished", "answered", "101")
    assert (facts.started_at, facts.duration_s, facts.talk_s) == (START, 74, 60)
    assert facts.recording_url == "https://media.uiscom.ru/1/2"


def test_lost_call_is_missed():
    facts = one_call([parse(told("in_call_session")), parse(told("lost_call", 24, wait_time_duration=24))])
    assert (facts.state, facts.result, facts.duration_s, facts.talk_s) == ("finished", "missed", 24, 0)


def test_outgoing_and_internal_calls():
    out = parse(told("out_call_session", **{**EMPLOYEE, "direction": None}))
    assert (out.direction, out.phone, out.extension) == ("out", "79991234567", "101")
    inside = parse(told("call_connected", contact_phone_number="102", direction="out"))
    assert (inside.direction, inside.phone) == ("internal", "")


@pytest.mark.parametrize(
    ("title", "state", "result"),
    [("Входящий звонок", "ringing", ""), ("Ожидание ответа", "ringing", ""), ("Начало разговора", "answered", ""),
     ("Waiting for the answer", "ringing", ""), ("Talk started", "answered", ""),
     ("Talk finished", "finished", "answered"), ("Окончание разговора", "finished", "answered"),
     ("Завершение звонка", "finished", "answered"), ("Потерянный звонок", "finished", "missed"),
     ("Lost call", "finished", "missed")]
)  # fmt: skip
def test_title_tells_what_happened_where_the_template_has_no_mnemonic(title, state, result):
    item = parse({"notification_name": title, "talk_time_duration": 5, **CALL})
    assert (item.state, item.result) == (state, result)


def test_own_names_are_mapped_and_the_first_that_is_filled_in_counts():
    settings = {**KEYS, "mapping": "call_id = id\nphone = abon, backup\nextension={{who}}; line = ours"}
    item = parse({"id": "7", "abon": None, "backup": "79991234567", "who": "101", "ours": "7495"}, settings)
    assert (item.call_id, item.phone, item.extension, item.line) == ("7", "79991234567", "101", "7495")


@pytest.mark.parametrize("text", ["phone", "fone = x", "phone = a\nnumber = b"])
def test_mapping_that_says_nothing_we_know_is_refused(text):
    field = next(field for field in uis.fields if field.name == "mapping")
    field.validate(field.default)
    with pytest.raises(ValueError, match=r".{10}"):
        field.validate(text)


@pytest.mark.parametrize(
    "body",
    [
        '{"call_session_id":1,"contact_phone_number":"79991234567" "direction":"in",}',
        '{"call_session_id":1,"contact_phone_number":""79991234567"","direction":""in""}',
        '{"call_session_id":1,"contact_phone_number":79991234567,"direction":in}',
        '[{"call_session_id":1,"contact_phone_number":"79991234567","direction":"in"}]',
        "call_session_id=1&contact_phone_number=79991234567&direction=in",
    ],
)
def test_broken_templates_are_tolerated(body):
    (item,) = uis.parse(delivery(body), KEYS)
    assert (item.call_id, item.phone, item.direction) == ("1", "79991234567", "in")


def test_fields_of_the_query_are_read_too():
    query = "call_session_id=1&contact_phone_number=79991234567"
    (item,) = uis.parse(delivery(b"", method="GET", query=query), KEYS)
    assert (item.call_id, item.phone) == ("1", "79991234567")


def test_template_without_its_values_is_put_aside():
    body = '{"call_session_id":{{call_session_id}},"contact_phone_number":"{{contact_phone_number}}"}'
    (item,) = uis.parse(delivery(body), KEYS)
    assert isinstance(item, Ignored)


@pytest.mark.parametrize("body", ['{"contact_phone_number":"79991234567"}', '{"a', "[[[["])
def test_what_names_no_call_is_refused(body):
    with pytest.raises(Unparseable, match=r".{10}"):
        uis.parse(delivery(body), KEYS)


def test_way_of_the_client_is_told_beside_the_call():
    update, mark = read(
        told("in_call_session", utm_source="yandex", campaign_name="Бренд", cpn_region_name="Москва")
    )
    assert isinstance(update, CallUpdate) and isinstance(mark, CallMark)
    assert (mark.call_id, mark.region) == (update.call_id, "Москва")
    assert (mark.marks.source, mark.marks.campaign) == ("yandex", "Бренд")


def test_request_of_the_site_becomes_an_inquiry():
    item = parse({"notification_name": "Заявка с сайта", "visitor_name": "Анна", "visitor_email": "a@b.ru",
                  "message": "Позвоните", "notification_time": "2026-11-20 12:34:56"})  # fmt: skip
    assert isinstance(item, Inquiry)
    assert (item.sort, item.person.email, item.text, item.occurred_at) == (
        "request",
        "a@b.ru",
        "Позвоните",
        START,
    )


def test_repeats_have_the_same_key_and_employees_their_own():
    keys = {parse(told("call_waiting", employee_id=number)).key for number in (1, 1, 2)}
    assert len(keys) == 2


def test_interactive_call_is_routed_to_the_manager():
    raw = form({"call_session_id": "1", "numa": "79991234567", "numb": "7495"})
    assert uis.asks_about(raw, KEYS) == "79991234567"
    assert uis.asks_about(delivery(told("in_call_session")), KEYS) == ""
    (item,) = uis.parse(raw, KEYS)
    assert isinstance(item, Ignored)
    caller = Caller("Анна", "101")
    assert json.loads(uis.answer_caller(raw, {**KEYS, "is_routing": True}, caller).body) == {
        "phones": ["101"]
    }
    for settings, who in ((KEYS, caller), ({**KEYS, "is_routing": True}, None)):
        assert json.loads(uis.answer_caller(raw, settings, who).body) == {}


def test_sender_may_be_narrowed():
    raw = delivery(told("in_call_session"), client_ip="195.211.120.7")
    for listed in ("", "195.211.120.0/22", "8.8.8.8\n195.211.120.7"):
        uis.verify(raw, {**KEYS, "allowed_ips": listed})
    for ip in ("195.211.124.1", "", "rubbish"):
        with pytest.raises(Forged):
            uis.verify(delivery({}, client_ip=ip), {**KEYS, "allowed_ips": "195.211.120.0/22"})


@respx.mock
def test_call_leaves_by_the_call_api():
    employees = {"result": {"data": [{"id": 25, "extension": {"extension_phone_number": "101"}}]}}
    respx.post("https://dataapi.uiscom.ru/v2.0").mock(return_value=httpx.Response(200, json=employees))
    route = respx.post("https://callapi.uiscom.ru/v4.0").mock(
        return_value=httpx.Response(200, json={"result": {}})
    )
    uis.start_call(extension="101", phone="+79991234567", line="", command_id="c1", settings=KEYS)
    sent = json.loads(route.calls[0].request.content)
    assert (sent["jsonrpc"], sent["method"]) == ("2.0", "start.employee_call")
    assert sent["params"] == {
        "access_token": "t1", "first_call": "employee", "direction": "out", "virtual_phone_number": "74951112233",
        "contact": "79991234567", "employee": {"id": 25}, "external_id": "c1",
    }  # fmt: skip
    with pytest.raises(SendError, match="104"):
        uis.start_call(extension="104", phone="7", line="", command_id="", settings=KEYS)


@respx.mock
def test_errors_of_the_api_come_with_http_200():
    route = respx.post("https://dataapi.uiscom.ru/v2.0")
    route.mock(
        return_value=httpx.Response(
            200, json={"error": {"code": -32001, "message": "Access token is invalid"}}
        )
    )
    assert [check.is_ok for check in uis.check(KEYS, "https://crm/h")] == [True, False]
    limit = {"error": {"code": -32029, "data": {"mnemonic": "minute_limit_exceeded"}, "message": "Limit"}}
    route.mock(return_value=httpx.Response(200, json=limit))
    with pytest.raises(SendError) as caught:
        uis.start_call(extension="101", phone="7", line="", command_id="", settings=KEYS)
    assert not caught.value.is_permanent
