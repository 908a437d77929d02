"""The rules of quality, as a table, and their recomputation."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from celery import Task
from django.utils import translation

from contacts.sources.services import update_source
from leads import quality, tasks
from leads.models import Lead
from leads.quality import Facts, classify, classify_in_order, reason_text
from leads.services import reclassify_contact, reject_lead, set_quality
from leads.tests.factories import (
    NOW,
    Person,
    call_update,
    make_call,
    make_channel,
    make_lead,
    make_reason,
    make_source,
)
from tenants.models import Membership, Tenant
from tenants.services import update_company

Q = Lead.Quality
FIRST = Facts(received_at=NOW)


@pytest.mark.parametrize(
    ("facts", "first", "expected"),
    [
        (Facts(source="Avito"), None, (Q.TARGETED, "first", True)),
        (Facts(), FIRST, (Q.REPEAT, "repeat", True)),
        (Facts(is_opened=False), None, (Q.UNSORTED, "not_opened", True)),
        (Facts(is_opened=False), FIRST, (Q.UNSORTED, "not_opened", True)),
        (Facts(has_contact=False), None, (Q.UNVERIFIED, "no_contact", True)),
        (Facts(rejection="Spam"), None, (Q.NON_TARGETED, "rejected_as", True)),
        (Facts(rejection="Spam", is_opened=False), FIRST, (Q.NON_TARGETED, "rejected_as", True)),
        (Facts(direction="internal"), None, (Q.NON_TARGETED, "internal_call", True)),
        # calls
        (Facts(direction="in", call_state="ringing"), None, (Q.UNVERIFIED, "ringing", True)),
        (
            Facts(direction="in", call_state="finished", call_result="missed"),
            None,
            (Q.UNVERIFIED, "missed_call", True),
        ),
        (
            Facts(direction="in", call_state="finished", call_result="missed", is_answered=True),
            None,
            (Q.TARGETED, "first", True),  # we called back
        ),
        (
            Facts(direction="in", call_state="finished", call_result="answered", talk_s=19, is_answered=True),
            None,
            (Q.NON_TARGETED, "short_call", True),
        ),
        (
            Facts(direction="in", call_state="finished", call_result="answered", talk_s=20, is_answered=True),
            None,
            (Q.TARGETED, "first", True),
        ),
        (
            Facts(
                direction="in",
                call_state="finished",
                call_result="answered",
                talk_s=5,
                is_answered=True,
                has_deal=True,
            ),
            None,
            (Q.TARGETED, "first", True),  # a deal was saved from it
        ),
        (
            Facts(direction="in", call_state="answered", call_result="", talk_s=None, is_answered=True),
            None,
            (Q.TARGETED, "first", True),  # still talking
        ),
        # Q2
        (
            Facts(
                direction="out", call_state="finished", call_result="answered", talk_s=90, is_answered=True
            ),
            None,
            (Q.UNVERIFIED, "outgoing_call", False),
        ),
        (
            Facts(
                direction="out",
                call_state="finished",
                call_result="answered",
                talk_s=90,
                is_answered=True,
                has_deal=True,
            ),
            None,
            (Q.TARGETED, "first", True),
        ),
        (Facts(source="Friends", is_source_advertising=False), None, (Q.UNVERIFIED, "other_source", False)),
        (Facts(source="Friends", is_source_advertising=False), FIRST, (Q.REPEAT, "repeat", False)),
        # by hand
        (Facts(manual=Q.NON_TARGETED, manual_reason="manual"), None, (Q.NON_TARGETED, "manual", True)),
        (Facts(manual=Q.TARGETED, manual_reason="manual"), FIRST, (Q.TARGETED, "manual", True)),
    ],
)
def test_classify_follows_the_rules(
    facts: Facts, first: Facts | None, expected: tuple[str, str, bool]
) -> None:
    verdict = classify(facts, min_call_s=20, first=first)
    assert (verdict.quality, verdict.code, verdict.is_advertising) == expected


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([Facts(), Facts(), Facts()], [Q.TARGETED, Q.REPEAT, Q.REPEAT]),
        ([Facts(rejection="Spam"), Facts()], [Q.NON_TARGETED, Q.TARGETED]),
        ([Facts(is_source_advertising=False), Facts()], [Q.UNVERIFIED, Q.TARGETED]),
        ([Facts(is_opened=False), Facts()], [Q.UNSORTED, Q.REPEAT]),  # opening it later changes no other
        ([Facts(manual=Q.NON_TARGETED), Facts()], [Q.NON_TARGETED, Q.TARGETED]),
        (
            [Facts(direction="in", call_state="finished", call_result="missed"), Facts()],
            [Q.UNVERIFIED, Q.TARGETED],
        ),
    ],
)
def test_classify_in_order_makes_one_targeted_lead_a_contact(rows: list[Facts], expected: list[str]) -> None:
    assert [verdict.quality for verdict in classify_in_order(rows, min_call_s=20)] == expected


def test_reason_text_names_the_source_in_the_readers_language() -> None:
    with translation.override("en"):
        assert reason_text("first", {"source": "Avito"}) == "first inquiry, source Avito"
        assert reason_text("not_opened", {"code": "first", "source": "Avito", "guess": "targeted"}).endswith(
            "first inquiry, source Avito"
        )
        assert reason_text("short_call", {"seconds": 8, "limit": 20}) == "talked 8 s, shorter than 20 s"


def test_reason_text_of_an_unknown_code_says_nothing() -> None:
    assert reason_text("something new", {}) == ""


def test_lead_keeps_quality_and_reason(scope: Tenant) -> None:
    source = make_source("Avito")
    lead = make_lead(channel=make_channel(source=source))
    assert (lead.quality, lead.quality_reason) == (Q.UNSORTED, "not_opened")
    assert quality.shown(lead)[0] == Q.TARGETED
    assert lead.quality_params["source"] == "Avito"


def test_second_inquiry_of_a_contact_is_a_repeat(scope: Tenant) -> None:
    person = Person(phone="+79165550000")
    make_lead(person=person)
    second = make_lead(person=person, at=NOW + dt.timedelta(days=10))
    assert second.quality_params["guess"] == Q.REPEAT


def test_rejecting_the_first_as_spam_makes_the_second_targeted(scope: Tenant, admin: Membership) -> None:
    person = Person(phone="+79165550001")
    first = make_lead(person=person)
    second = make_lead(person=person, at=NOW + dt.timedelta(days=10))
    reject_lead(lead=first, by=admin, now=NOW, reason=make_reason("Spam", is_non_targeted=True))
    assert Lead.objects.get(pk=second.pk).quality_params["guess"] == Q.TARGETED
    assert Lead.objects.get(pk=first.pk).quality == Q.NON_TARGETED


def test_hand_made_mark_survives_a_recomputation(scope: Tenant, admin: Membership) -> None:
    lead = make_lead()
    set_quality(lead=lead, quality=Q.REPEAT, by=admin, now=NOW)
    assert reclassify_contact(lead.contact) == 0  # type: ignore[arg-type]
    fresh = Lead.objects.get(pk=lead.pk)
    assert (fresh.quality, fresh.is_quality_manual, fresh.quality_reason) == (Q.REPEAT, True, "manual")
    set_quality(lead=lead, quality="", by=admin, now=NOW)
    assert Lead.objects.get(pk=lead.pk).quality == Q.TARGETED


def test_reclassify_contact_follows_a_changed_source(scope: Tenant) -> None:
    source = make_source("Friends")
    lead = make_lead(channel=make_channel(source=source))
    source.is_advertising = False
    source.save()
    assert reclassify_contact(lead.contact) == 1  # type: ignore[arg-type]
    assert not Lead.objects.get(pk=lead.pk).is_advertising


def _sent(task: Task, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(task, "apply_async", lambda *, kwargs, retry: sent.append(kwargs))
    return sent


def test_source_that_ceases_to_count_requalifies_its_contacts(
    scope: Tenant, admin: Membership, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    source, person = make_source("Friends"), Person(phone="+79166000001")
    first = make_lead(channel=make_channel(source=source), person=person)
    later = make_lead(person=person, at=NOW + dt.timedelta(days=10))
    Lead.objects.update(opened_at=NOW)
    reclassify_contact(first.contact)  # type: ignore[arg-type]
    sent = _sent(tasks.follow_source, monkeypatch)
    values = {"name": source.name, "group": None, "utm_source": ""}
    with django_capture_on_commit_callbacks(execute=True):
        update_source(source=source, by=admin, is_advertising=False, **values)
    assert sent == [{"tenant_id": scope.pk, "source_id": str(source.pk)}]
    tasks.follow_source.run(**sent[0])
    kept = {lead.pk: (lead.quality, lead.is_advertising) for lead in Lead.objects.all()}
    assert not kept[first.pk][1]
    assert kept[later.pk] == (Q.TARGETED, True)


def test_changed_call_limit_requalifies_calls(
    scope: Tenant, admin: Membership, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    call = call_update(state="finished", result="answered", answered_at=NOW, talk_s=25, duration_s=30)
    lead = make_call(call)
    sent = _sent(tasks.follow_call_limit, monkeypatch)
    with django_capture_on_commit_callbacks(execute=True):
        update_company(tenant=scope, by=admin, min_call_s=20)
        update_company(tenant=scope, by=admin, min_call_s=60)
    assert sent == [{"tenant_id": scope.pk}]
    assert tasks.follow_call_limit.run(**sent[0]) == 1
    assert Lead.objects.get(pk=lead.pk).quality_params == {"seconds": 25, "limit": 60}


def test_bulk_and_single_recomputation_agree(scope: Tenant, admin: Membership) -> None:
    people = [Person(phone=f"+7916600000{number}") for number in range(3)]
    leads = [
        make_lead(person=person, at=NOW + dt.timedelta(days=10 * day))
        for day in range(3)
        for person in people
    ]
    single = {lead.pk: Lead.objects.get(pk=lead.pk).quality_params for lead in leads}
    Lead.objects.update(quality="", quality_reason="", quality_params={})
    quality.reclassify_contacts([lead.contact_id for lead in leads if lead.contact_id])
    assert {lead.pk: lead.quality_params for lead in Lead.objects.all()} == single


def test_short_call_is_non_targeted_by_the_tenants_limit(scope: Tenant) -> None:
    Tenant.objects.filter(pk=scope.pk).update(min_call_s=60)
    lead = make_call(
        call_update(state="finished", result="answered", answered_at=NOW, talk_s=59, duration_s=70)
    )
    assert (lead.quality, lead.quality_reason) == (Q.NON_TARGETED, "short_call")


def test_recomputation_costs_the_same_for_many_contacts(
    scope: Tenant, django_assert_max_num_queries: object
) -> None:
    leads = [make_lead() for _ in range(6)]
    Lead.objects.update(quality="", quality_reason="", quality_params={})
    with django_assert_max_num_queries(9):  # type: ignore[operator]
        quality.reclassify_contacts([lead.contact_id for lead in leads if lead.contact_id])
