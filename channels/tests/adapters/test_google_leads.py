import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.adapters.base import Forged, Unparseable
from channels.adapters.google_leads import GoogleLeadsAdapter
from channels.tests.adapters.samples import NOW, assert_sound, delivery, recorded
from channels.tests.adapters.test_form import JSON
from leads.inquiry import Inquiry

google = GoogleLeadsAdapter()
KEY = {"google_key": "long-word"}


def column(column_id, value, name=None):
    return {"column_id": column_id, "string_value": value} | ({"column_name": name} if name else {})


def lead(*columns, **changes):
    return {
        "lead_id": "TeSt-1",
        "user_column_data": [
            column("FULL_NAME", "Анна Лис"),
            column("PHONE_NUMBER", "+79120001122"),
            *columns,
        ],
        "api_version": "1.0",
        "form_id": 40000000001,
        "campaign_id": 123456789012345678,
        "adgroup_id": 20,
        "creative_id": 30,
        "gcl_id": "EAIa-1",
        "google_key": "long-word",
        **changes,
    }


def parse_one(body, given=KEY) -> Inquiry:
    (item,) = google.parse(delivery(body), given)
    assert_sound([item])
    assert isinstance(item, Inquiry)
    return item


@pytest.mark.parametrize("path", recorded("webforms", "google*.json"))
def test_google_reads_every_recorded_lead(path):
    raw = google.sign(delivery(path.read_bytes()), KEY)
    google.verify(raw, KEY)
    (inquiry,) = google.parse(raw, KEY)
    assert inquiry.subject == "A test lead of Google"
    assert (inquiry.person.name, inquiry.person.phone) == ("FirstName LastName", "1-650-555-0123")


def test_lead_has_its_person_answers_and_click():
    body = lead(
        column("WORK_EMAIL", "anna@example.ru", "Рабочая почта"),
        column("COMPANY_NAME", "Ромашка"),
        column("JOB_TITLE", "директор"),
        column("what_do_you_need", "Стол", "Что вам нужно?"),
        column("CITY", "Пермь"),
        column("POSTAL_CODE", ""),
        lead_submit_time="2026-11-20T09:30:12Z",
        something_new={"a": 1},
    )
    inquiry = parse_one(body)
    person = inquiry.person
    assert (person.name, person.phone, person.email) == ("Анна Лис", "+79120001122", "anna@example.ru")
    assert (person.company, person.position) == ("Ромашка", "директор")
    assert inquiry.text == "Что вам нужно? Стол\nCity: Пермь"
    assert inquiry.fields == (
        ("Full name", "Анна Лис"),
        ("Phone number", "+79120001122"),
        ("Рабочая почта", "anna@example.ru"),
        ("Company name", "Ромашка"),
        ("Job title", "директор"),
        ("Что вам нужно?", "Стол"),
        ("City", "Пермь"),
        ("Form", "40000000001"),
        ("Campaign", "123456789012345678"),
    )
    marks = inquiry.marks
    assert (marks.source, marks.medium, marks.campaign, marks.content, marks.term) == (
        "google", "cpc", "123456789012345678", "30", "20",
    )  # fmt: skip
    assert marks.click_ids == {"gclid": "EAIa-1"}
    assert inquiry.key == "lead:TeSt-1"
    assert inquiry.occurred_at.isoformat() == "2026-11-20T09:30:12+00:00"
    assert parse_one(lead()).occurred_at == NOW


def test_own_questions_are_mapped_by_the_tenants_word():
    mapping = {"field_map": "telegram = your_nick"}
    assert parse_one(lead(column("your_nick", "@anna")), mapping).person.username == "anna"


def test_key_in_the_body_is_compared():
    google.verify(delivery(lead()), KEY)
    for body in (lead(google_key="long-wor"), lead(google_key=None), lead(google_key="ё"), b"no json", b"[]"):
        with pytest.raises(Forged):
            google.verify(delivery(body), KEY)
    with pytest.raises(Forged):
        google.verify(delivery(lead(google_key="")), {})


def test_signed_trial_keeps_large_numbers():
    raw = google.sign(delivery(lead(google_key="x")), KEY)
    assert json.loads(raw.body)["campaign_id"] == 123456789012345678


def test_answer_is_an_empty_object():
    assert google.answer(delivery(lead()), KEY).body == "{}"


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"name": "x"}', b"\xff"])
def test_what_is_no_lead_is_refused_with_a_reason(body):
    with pytest.raises(Unparseable, match=r".{10}"):
        google.parse(delivery(body), KEY)


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_google_never_raises_anything_but_unparseable(data):
    body = lead(data.draw(JSON))
    for name in data.draw(st.lists(st.sampled_from(list(body)), max_size=4)):
        body[name] = data.draw(JSON)
    try:
        items = google.parse(delivery(body), KEY)
    except Unparseable:
        return
    assert_sound(items)


def test_check_tells_the_address_and_that_it_must_be_open():
    assert [check.is_ok for check in google.check(KEY, "https://crm.example/h")] == [True]
    assert [check.is_ok for check in google.check(KEY, "http://127.0.0.1/h")] == [True, False]
