"""The working minutes of the first answer: counted when it is given, and never told anew."""

from __future__ import annotations

import datetime as dt

from leads.models import Lead
from leads.services import measure_answers, note_answer, recount_answers
from leads.tests.factories import NOW, call_update, make_call, make_channel, make_lead
from tenants.models import Membership, Tenant, WorkSchedule
from tenants.services import set_hours

HOUR = dt.timedelta(hours=1)  # NOW is a Tuesday, 11:00 in Moscow


def minutes_of(lead: Lead) -> int | None:
    return Lead.objects.get(pk=lead.pk).response_min


def test_answer_is_measured_by_the_hours_of_whoever_has_the_lead(
    scope: Tenant, admin: Membership, alice: Membership
) -> None:
    late = ((12 * 60, 20 * 60),)
    set_hours(by=admin, member=alice, hours=WorkSchedule.Hours.WEEK, week=(late,) * 7)
    of_alice, of_nobody = make_lead(channel=make_channel(responsible=alice)), make_lead()
    for lead in (of_alice, of_nobody):
        note_answer(lead=lead, at=NOW + 2 * HOUR)
    Lead.objects.filter(pk=of_nobody.pk).update(responsible=None)
    assert minutes_of(of_alice) == 60  # Alice has begun an hour after it came
    assert minutes_of(of_nobody) == 120


def test_minutes_stay_when_hours_change_and_when_one_answers_again(
    scope: Tenant, admin: Membership, alice: Membership
) -> None:
    lead = make_lead(channel=make_channel(responsible=alice))
    note_answer(lead=lead, at=NOW + HOUR)
    nights = ((20 * 60, 23 * 60),)
    set_hours(by=admin, member=alice, hours=WorkSchedule.Hours.WEEK, week=(nights,) * 7)
    note_answer(lead=lead, at=NOW + 3 * HOUR)
    assert minutes_of(lead) == 60
    assert measure_answers(10) == 0 and minutes_of(lead) == 60


def test_an_earlier_answer_that_arrives_later_counts(scope: Tenant) -> None:
    lead = make_lead()
    note_answer(lead=lead, at=NOW + 2 * HOUR)
    note_answer(lead=lead, at=NOW + HOUR)
    assert minutes_of(lead) == 60


def test_night_between_does_not_count(scope: Tenant) -> None:
    lead = make_lead(at=NOW + 6 * HOUR)  # 17:00, an hour before the end of the day
    note_answer(lead=lead, at=NOW + 23 * HOUR)  # 10:00 on the next, an hour after its beginning
    assert minutes_of(lead) == 120


def test_calls_are_measured_too(scope: Tenant) -> None:
    channel = make_channel("mango", "call")
    missed = call_update("one", phone="+79161112233", state="finished", result="missed", started_at=NOW)
    lead = make_call(missed, channel=channel)
    assert minutes_of(lead) is None
    back = call_update(
        "two", at=NOW + HOUR, phone="+79161112233", direction="out", state="finished", result="answered",
        started_at=NOW + HOUR, answered_at=NOW + HOUR,
    )  # fmt: skip
    make_call(back, channel=channel)
    assert minutes_of(lead) == 60


def test_answer_that_did_not_arrive_is_taken_back(scope: Tenant) -> None:
    lead = make_lead()
    note_answer(lead=lead, at=NOW + HOUR)
    recount_answers(lead=lead, now=NOW + 2 * HOUR)  # no message of ours is known
    fresh = Lead.objects.get(pk=lead.pk)
    assert (fresh.first_response_at, fresh.response_min) == (None, None)


def test_older_answers_are_measured_bite_by_bite(scope: Tenant) -> None:
    leads = [make_lead() for _n in range(3)]
    Lead.objects.update(first_response_at=NOW + HOUR)
    assert [measure_answers(2), measure_answers(2), measure_answers(2)] == [2, 1, 0]
    assert [minutes_of(lead) for lead in leads] == [60, 60, 60]
