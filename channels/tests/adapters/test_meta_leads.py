import dataclasses
import json

import httpx
import pytest
import respx
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.adapters.base import SendError, Unparseable
from channels.adapters.meta import MessengerAdapter, MetaLeadsAdapter
from channels.tests.adapters.samples import assert_sound, delivery, recorded
from channels.tests.adapters.test_form import JSON
from leads.inquiry import Ignored, Inquiry

leads, messenger = MetaLeadsAdapter(), MessengerAdapter()
BASE = "https://graph.test"
PAGE = {"app_secret": "app-secret-1", "access_token": "EAApage", "base_url": BASE, "api_version": "v25.0"}
ANSWERS = {
    "id": "444",
    "created_time": "2026-11-20T09:30:12+0000",
    "form_id": "555",
    "platform": "ig",
    "ad_id": "666",
    "ad_name": "Карусель",
    "adset_name": "Мамы",
    "campaign_name": "Осень",
    "field_data": [
        {"name": "full_name", "values": ["Анна Лис"]},
        {"name": "phone_number", "values": ["+79120001122"]},
        {"name": "email", "values": ["anna@example.ru"]},
        {"name": "когда_вам_удобно?", "values": ["утром", "вечером"]},
        {"name": "пусто", "values": []},
    ],
}


def told(*numbers, **changes):
    values = [{"leadgen_id": number, "form_id": "555", "page_id": "900", "created_time": 1763631012, "ad_id": "666", **changes}
              for number in numbers]  # fmt: skip
    changed = [{"field": "leadgen", "value": value} for value in values]
    return {"object": "page", "entry": [{"id": "900", "time": 1763631012, "changes": changed}]}


def parse(body, details=None, adapter=leads, settings=(), error=""):
    kept = None if details is None else json.dumps(details).encode()
    raw = dataclasses.replace(delivery(body), details=kept, details_error=error)
    items = adapter.parse(raw, dict(settings))
    assert_sound(items)
    return items


@pytest.fixture
def graph():
    with respx.mock(base_url=f"{BASE}/v25.0", assert_all_called=False) as router:
        yield router


def ok(**answer) -> httpx.Response:
    return httpx.Response(200, json=answer)


def refused(code, subcode=0, status=400) -> httpx.Response:
    return httpx.Response(status, json={"error": {"code": code, "error_subcode": subcode, "message": "told"}})


def look_up(body, adapter=leads):
    found = adapter.look_up(delivery(body), PAGE)
    return None if found is None else json.loads(found)


@pytest.mark.parametrize("path", recorded("messenger-instagram", "leadgen_graph_lead.json"))
def test_recorded_lead_is_read_from_the_answer_and_as_it_is_forwarded(path):
    lead = json.loads(path.read_bytes())
    (asked,) = parse(told(lead["id"]), {"leads": {lead["id"]: lead}})
    (forwarded,) = parse(lead)
    assert asked.person == forwarded.person
    assert (asked.person.name, asked.person.email, asked.key) == (
        "Joe Example",
        "joe@example.com",
        forwarded.key,
    )


def test_lead_has_its_answers_person_and_advert():
    (inquiry,) = parse(told("444"), {"leads": {"444": ANSWERS}})
    assert isinstance(inquiry, Inquiry)
    person = inquiry.person
    assert (person.name, person.phone, person.email) == ("Анна Лис", "+79120001122", "anna@example.ru")
    assert inquiry.text == "когда вам удобно? утром, вечером"
    assert inquiry.fields == (
        ("full name", "Анна Лис"),
        ("phone number", "+79120001122"),
        ("email", "anna@example.ru"),
        ("когда вам удобно?", "утром, вечером"),
        ("Form", "555"),
        ("Page", "900"),
    )
    marks = inquiry.marks
    assert (marks.source, marks.medium, marks.campaign, marks.content, marks.term) == (
        "instagram", "cpc", "Осень", "Карусель", "Мамы",
    )  # fmt: skip
    assert inquiry.occurred_at.isoformat() == "2026-11-20T09:30:12+00:00"
    assert inquiry.key == "lead:444"


def test_lead_of_an_unpaid_post_and_one_with_bare_numbers():
    (organic,) = parse(told("444"), {"leads": {"444": ANSWERS | {"is_organic": True, "platform": "fb"}}})
    assert (organic.marks.source, organic.marks.medium) == ("facebook", "organic")
    (bare,) = parse(
        told("444", adgroup_id="7"), {"leads": {"444": {"id": "444", "field_data": ANSWERS["field_data"]}}}
    )
    assert (bare.marks.content, bare.marks.term, bare.marks.campaign) == ("666", "7", "")
    assert bare.occurred_at.isoformat() == "2025-11-20T09:30:12+00:00"


def test_test_lead_is_told_as_one():
    dummy = [{"name": "full_name", "values": ["<test lead: dummy data for full_name>"]}]
    (inquiry,) = parse(told("444"), {"leads": {"444": {"id": "444", "field_data": dummy}}})
    assert inquiry.subject == "A test lead of Meta"


def test_answers_are_mapped_by_the_tenants_word():
    mapping = {"field_map": "message = когда_вам_удобно?\nignore = email"}
    (inquiry,) = parse(told("444"), {"leads": {"444": ANSWERS}}, settings=mapping)
    assert inquiry.text == "утром, вечером"
    assert inquiry.person.email == ""


def test_batch_makes_one_item_a_lead():
    items = parse(told("444", "445"), {"leads": {"444": ANSWERS, "445": ANSWERS | {"id": "445"}}})
    assert [item.key for item in items] == ["lead:444", "lead:445"]


def test_lead_without_answers_is_refused_with_the_reason():
    with pytest.raises(Unparseable, match=r"444.*The token is old"):
        parse(told("444"), error="The token is old.")
    with pytest.raises(Unparseable, match="444"):
        parse(told("444"))


def test_lead_of_a_batch_that_meta_refuses_says_so():
    first, second = parse(
        told("444", "445"), {"leads": {"444": ANSWERS, "445": {"error": "Meta refused: gone"}}}
    )
    assert first.person.name == "Anna Лис".replace("Anna", "Анна")
    assert (second.text, second.key) == ("Meta refused: gone", "lead:445")
    assert second.fields == (("Form", "555"), ("Page", "900"))


def test_messages_and_empty_notifications_are_ignored():
    talk = {"object": "page", "entry": [{"id": "900", "messaging": [{"message": {"mid": "m"}}]}]}
    for body in (talk, {"object": "page", "entry": []}, told()):
        (item,) = parse(body)
        assert isinstance(item, Ignored)
    (item,) = parse(told(None))
    assert isinstance(item, Ignored)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"object": "instagram"}', b"\xff"])
def test_what_is_no_notification_is_refused_with_a_reason(body):
    with pytest.raises(Unparseable, match=r".{10}"):
        leads.parse(delivery(body), {})


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_leads_never_raise_anything_but_unparseable(data):
    answers = ANSWERS | {data.draw(st.sampled_from(list(ANSWERS))): data.draw(JSON)}
    body = told(
        "444", **{data.draw(st.sampled_from(["leadgen_id", "form_id", "created_time"])): data.draw(JSON)}
    )
    details = {
        "leads": data.draw(st.sampled_from([{"444": answers}, {"444": data.draw(JSON)}, data.draw(JSON)]))
    }
    try:
        items = leads.parse(dataclasses.replace(delivery(body), details=json.dumps(details).encode()), {})
    except Unparseable:
        return
    assert_sound(items)


# --- Asking for the answers ----------------------------------------------------------------------------
def test_answers_are_asked_for_with_the_advert(graph):
    route = graph.get("/444").mock(return_value=ok(**ANSWERS))
    assert look_up(told("444", "444")) == {"leads": {"444": ANSWERS}}
    assert len(route.calls) == 1
    assert {"field_data", "campaign_name"} <= set(route.calls[0].request.url.params["fields"].split(","))
    assert route.calls[0].request.headers["authorization"] == "Bearer EAApage"


def test_answers_come_without_the_advert_where_the_token_may_not_read_adverts(graph):
    route = graph.get("/444").mock(side_effect=[refused(200, 0, 403), ok(**ANSWERS)])
    assert look_up(told("444")) == {"leads": {"444": ANSWERS}}
    assert "campaign_name" not in route.calls[1].request.url.params["fields"]


def test_nothing_is_asked_where_there_is_no_lead(graph):
    assert look_up({"object": "page", "entry": []}) is None
    assert leads.look_up(delivery(b"no json"), PAGE) is None
    assert not graph.calls


@pytest.mark.parametrize(
    "answer", [refused(613), refused(2, 0, 500), httpx.ConnectError("away"), httpx.ReadTimeout("slow")]
)
def test_passing_refusal_puts_the_delivery_off(graph, answer):
    graph.get("/444").mock(return_value=ok(**ANSWERS))
    graph.get("/445").mock(side_effect=[answer])
    with pytest.raises(SendError) as caught:
        look_up(told("444", "445"))
    assert not caught.value.is_permanent


def test_final_refusal_of_all_is_told_and_of_some_is_kept(graph):
    graph.get("/444").mock(return_value=refused(190, 0, 401))
    with pytest.raises(SendError, match="access token") as caught:
        look_up(told("444"))
    assert caught.value.is_permanent
    graph.get("/445").mock(return_value=ok(**ANSWERS))
    found = look_up(told("444", "445"))["leads"]
    assert ("error" in found["444"], found["445"]) == (True, ANSWERS)


def test_check_names_the_page_and_asks_for_leads_only(graph):
    graph.get("/me").mock(return_value=ok(id="900", name="Ромашка"))
    graph.get("/app").mock(return_value=ok(id="500", name="CRM"))
    hooks = graph.post("/500/subscriptions").mock(return_value=ok(success=True))
    graph.post("/me/subscribed_apps").mock(return_value=ok(success=True))
    checks = leads.check(PAGE, "https://crm.example/hooks/meta_leads/t")
    assert [check.is_ok for check in checks] == [True, True, True]
    assert json.loads(hooks.calls[0].request.content)["fields"] == "leadgen"


# --- By the Messenger channel of the page --------------------------------------------------------------
def test_messenger_channel_takes_leads_of_the_page_too(graph):
    graph.get("/444").mock(return_value=ok(**ANSWERS))
    body = told("444")
    details = look_up(body, messenger)
    (inquiry,) = parse(body, details, adapter=messenger)
    assert (inquiry.person.name, inquiry.thread_key) == ("Анна Лис", "")


def test_lead_without_answers_holds_no_message_back(graph):
    body = told("444")
    body["entry"][0]["messaging"] = [
        {"sender": {"id": "5"}, "recipient": {"id": "900"}, "message": {"mid": "m", "text": "x"}}
    ]
    said, lead = parse(body, adapter=messenger, error="No permission.")
    assert said.text == "x"
    assert "No permission" in lead.text
    with pytest.raises(Unparseable):
        parse(told("444"), adapter=messenger, error="No permission.")
