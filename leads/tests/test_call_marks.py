"""Call tracking enriches the call an exchange tells of, and is the call only where nobody else tells of it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from activities.models import Call
from contacts.models import Contact
from leads.inquiry import CallMark, CallUpdate, Marks
from leads.models import Lead
from leads.services import mark_call, receive_call
from leads.tests.factories import NOW, call_update, make_call, make_channel, make_lead, make_source
from tenants.models import Tenant

PHONE, LINE = "+79160000001", "+74951204011"
TOLD = Marks(source="yandex", medium="cpc", campaign="brand", term="ficus", click_ids={"yclid": "1"})


def at(seconds: int) -> dt.datetime:
    return NOW + dt.timedelta(seconds=seconds)


def mark(seconds: int = 3, **fields: Any) -> CallMark:
    told = {"phone": "89160000001", "line": "84951204011", "marks": TOLD, "region": "Moscow"} | fields
    return CallMark(key=f"mark-{seconds}", occurred_at=at(seconds), **told)


def heard(seconds: int = 3, **fields: Any) -> CallUpdate:
    """What call tracking heard of the call itself."""
    told = {
        "direction": "in",
        "phone": "89160000001",
        "state": "finished",
        "result": "answered",
        "talk_s": 60,
    }
    return CallUpdate(
        key=f"heard-{seconds}",
        occurred_at=at(seconds),
        call_id="ct-1",
        started_at=at(seconds),
        **(told | fields),
    )


def call(seconds: int = 0, **fields: Any) -> CallUpdate:
    told = {
        "phone": "89160000001",
        "line": "84951204011",
        "state": "finished",
        "result": "answered",
        "talk_s": 60,
    }
    return call_update(at=at(seconds), started_at=at(seconds), **(told | fields))


@pytest.fixture
def tracker(scope: Tenant) -> Any:
    return make_channel("calltouch", "call")


def test_mark_enriches_the_lead_of_the_call(tracker: Any) -> None:
    source = make_source("Yandex Direct", utm_source="yandex")
    lead = make_call(call(), channel=make_channel("mango", "call", source=make_source("The line")))
    receipt = mark_call(mark=mark(fields=(("Device", "mobile"),)), channel=tracker, now=at(9))
    assert receipt is not None and (receipt.outcome, receipt.lead) == ("joined", lead)
    lead = Lead.objects.get(pk=lead.pk)
    assert (lead.source, lead.utm_source, lead.medium, lead.campaign) == (source, "yandex", "cpc", "brand")
    assert (lead.term, lead.click_ids, lead.region) == ("ficus", {"yclid": "1"}, "Moscow")
    assert lead.fields == [["Device", "mobile"]]
    assert (Lead.objects.count(), Call.objects.count()) == (1, 1)
    assert mark_call(mark=mark(), channel=tracker, now=at(9)) is not None  # again changes nothing
    assert Lead.objects.get().fields == [["Device", "mobile"]]


def test_source_that_does_not_count_makes_the_lead_non_advertising(tracker: Any) -> None:
    make_source("Partners", utm_source="partner", is_advertising=False)
    lead = make_call(call())
    assert lead.is_advertising
    mark_call(mark=mark(marks=Marks(source="partner")), channel=tracker, now=at(9))
    lead = Lead.objects.get(pk=lead.pk)
    assert (lead.is_advertising, lead.quality_reason) == (False, "other_source")


def test_source_somebody_chose_and_marks_of_another_visit_stay(tracker: Any) -> None:
    make_source("Yandex Direct", utm_source="yandex")
    chosen = make_source("Chosen")
    lead = make_call(call())
    Lead.objects.filter(pk=lead.pk).update(source=chosen, utm_source="vk", campaign="spring")
    mark_call(mark=mark(), channel=tracker, now=at(9))
    lead = Lead.objects.get(pk=lead.pk)
    assert (lead.source, lead.utm_source, lead.campaign, lead.medium) == (chosen, "vk", "spring", "")
    assert (lead.click_ids, lead.region) == ({"yclid": "1"}, "Moscow")


def test_later_word_of_the_same_visit_fills_what_is_missing(tracker: Any) -> None:
    lead = make_call(call())
    mark_call(mark=mark(marks=Marks(source="yandex")), channel=tracker, now=at(9))
    mark_call(mark=mark(4), channel=tracker, now=at(9))
    lead = Lead.objects.get(pk=lead.pk)
    assert (lead.utm_source, lead.campaign, lead.term) == ("yandex", "brand", "ficus")


@pytest.mark.parametrize("second", [-119, 119])
def test_call_within_two_minutes_is_the_same(tracker: Any, second: int) -> None:
    lead = make_call(call())
    receipt = mark_call(mark=mark(second), channel=tracker, now=at(9))
    assert receipt is not None and receipt.lead == lead


@pytest.mark.parametrize(("second", "phone"), [(-121, PHONE), (121, PHONE), (0, "+79160000002")])
def test_other_calls_are_left_alone(tracker: Any, second: int, phone: str) -> None:
    make_call(call())
    assert mark_call(mark=mark(second, phone=phone), channel=tracker, now=at(9), may_wait=True) is None
    assert Lead.objects.get().utm_source == ""


def test_nearest_call_to_the_same_line_is_meant(tracker: Any) -> None:
    mango, other = make_channel("mango", "call"), make_channel("vats", "call")
    nearer = make_call(call(2, line="84951200000"), channel=other)
    lead = make_call(call(0), channel=mango)
    mark_call(mark=mark(3), channel=tracker, now=at(9))
    assert Lead.objects.get(pk=lead.pk).utm_source == "yandex"
    assert Lead.objects.get(pk=nearer.pk).utm_source == ""


def test_hidden_number_is_told_by_line_and_moment_only(tracker: Any) -> None:
    lead = make_call(call(phone=""))
    for line in ("", "84951200000"):
        assert mark_call(mark=mark(phone="", line=line), channel=tracker, now=at(9), may_wait=True) is None
    receipt = mark_call(mark=mark(phone=""), channel=tracker, now=at(9))
    assert receipt is not None and receipt.lead == lead


def test_own_channel_names_its_call(scope: Tenant) -> None:
    line = make_channel("binotel", "call")
    lead = make_call(call(phone="89165550000"), channel=line)
    call_id = Call.objects.get().external_id
    receipt = mark_call(mark=mark(9000, call_id=call_id), channel=line, now=at(9))
    assert receipt is not None and receipt.lead == lead


def test_call_nobody_tells_of_becomes_one_of_its_own_and_hears_more(tracker: Any) -> None:
    rings = mark(call=heard(state="ringing", result="", talk_s=None))
    assert mark_call(mark=rings, channel=tracker, now=at(9), may_wait=True) is None
    receipt = mark_call(mark=rings, channel=tracker, now=at(900))
    assert receipt is not None and receipt.outcome == "lead"
    end = mark_call(mark=mark(4, call=heard(4)), channel=tracker, now=at(900))
    assert end is not None and (end.outcome, end.lead) == ("joined", receipt.lead)
    lead = Lead.objects.get()
    assert (lead.kind, lead.phone, lead.utm_source, lead.region) == ("call", PHONE, "yandex", "Moscow")
    assert lead.call is not None and (lead.call.result, lead.call.talk_s) == ("answered", 60)


def test_exchange_that_is_late_joins_the_lead_of_its_call(tracker: Any) -> None:
    made = mark_call(mark=mark(call=heard()), channel=tracker, now=at(900))
    lead = make_call(call(), channel=make_channel("mango", "call"))
    assert made is not None and made.lead == lead
    assert (Lead.objects.count(), Call.objects.count()) == (1, 2)
    assert Lead.objects.get().utm_source == "yandex"


def test_call_that_made_no_lead_is_told_and_left(tracker: Any) -> None:
    line = make_channel("mango", "call", is_lead_source=False)
    receive_call(update=call(), channel=line, now=at(0))
    receipt = mark_call(mark=mark(), channel=tracker, now=at(900))
    assert receipt is not None and (receipt.outcome, receipt.lead) == ("ignored", None)
    assert receipt.reason


def test_call_that_is_not_known_well_enough_is_waited_for(tracker: Any) -> None:
    line = make_channel("vats", "call")
    receive_call(update=call(direction="", state="", result=""), channel=line, now=at(0))
    assert mark_call(mark=mark(), channel=tracker, now=at(9), may_wait=True) is None


def test_contact_of_unknown_origin_learns_it(tracker: Any) -> None:
    source = make_source("Yandex Direct", utm_source="yandex")
    make_call(call())
    mark_call(mark=mark(), channel=tracker, now=at(9))
    assert Contact.objects.get().source == source


def test_form_of_the_same_client_is_no_call(tracker: Any) -> None:
    make_lead(at=at(0))
    assert mark_call(mark=mark(), channel=tracker, now=at(9), may_wait=True) is None
