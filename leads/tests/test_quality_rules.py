"""The rules a tenant sets: internal numbers, sources that don't count, and deciding all leads anew by them."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse
from django.utils import translation

from activities.models import Call
from conftest import make_member, make_tenant
from contacts.models import Source
from core.tenancy import tenant_scope
from deals.services import create_deal
from leads import quality, recomputation, tasks
from leads.internal_numbers import NoNumber, Numbers, Range, own_numbers, read_lines, write_lines
from leads.models import InternalNumber, Lead, RecomputedLead
from leads.quality import Rules
from leads.services import receive_call, set_quality
from leads.services.quality_rules import recompute_quality, save_rules
from leads.tests.factories import (
    NOW,
    Person,
    call_update,
    make_call,
    make_channel,
    make_lead,
    make_pipeline,
    make_source,
)
from tenants.models import Job, Membership, Role, Tenant

Q = Lead.Quality
DAY = dt.timedelta(days=1)
ANSWERED: dict[str, Any] = {"state": "finished", "result": "answered", "answered_at": NOW}
pytestmark = pytest.mark.django_db


# --- Numbers -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("101", [Range("101", "101")]),
        ("101-199", [Range("101", "199")]),
        ("101 – 199 отдел продаж", [Range("101", "199", "отдел продаж")]),
        ("101..105", [Range("101", "105")]),
        ("101-99", [Range("101", "199")]),
        ("101-", [Range("101", "101")]),
        ("8 (495) 123-45-60", [Range("+74951234560", "+74951234560")]),
        ("+7 495 123-45-60 – 69 офис", [Range("+74951234560", "+74951234569", "офис")]),
        ("+7 495 123-45-60 … +7 495 123-45-99", [Range("+74951234560", "+74951234599")]),
        ("200\n\n101\n101", [Range("101", "101"), Range("200", "200")]),
    ],
)
def test_read_lines_as_people_write_them(text: str, expected: list[Range]) -> None:
    found = read_lines(text, "RU")
    assert found == expected
    assert read_lines(write_lines(found), "RU") == expected, "what is shown again means the same"


@pytest.mark.parametrize("text", ["офис", "99-101", "12345678901234567", "+7 495 123-45-69 – 60", "101\nвсе"])
def test_read_lines_names_the_line_that_is_none(text: str) -> None:
    with pytest.raises(NoNumber):
        read_lines(text, "RU")


def test_numbers_hold_extensions_of_who_works_here(scope: Tenant, alice: Membership) -> None:
    alice.phone_extension = "105"
    alice.save()
    InternalNumber.objects.create(first="+74951234560", last="+74951234569")
    numbers = own_numbers()
    assert all(numbers.hold(one) for one in ("105", "+74951234560", "+74951234569"))
    assert not any(numbers.hold(one) for one in ("", "106", "1055", "+74951234570", "sip:105"))
    alice.is_active = False
    alice.save()
    assert not own_numbers().hold("105")


@pytest.mark.parametrize("direction", ["in", "out"])
@pytest.mark.parametrize("result", ["answered", "missed"])
def test_call_with_an_internal_number_never_becomes_a_lead(
    scope: Tenant, direction: str, result: str
) -> None:
    InternalNumber.objects.create(first="+74951234560", last="+74951234569")
    update = call_update(phone="8 495 123 45 65", direction=direction, state="finished", result=result)
    receipt = receive_call(update=update, channel=make_channel("mango", "call"), now=NOW)
    assert (receipt.outcome, receipt.lead, Lead.objects.count()) == ("ignored", None, 0)
    assert Call.objects.get().direction == "internal"


def test_call_with_a_colleagues_extension_is_internal(scope: Tenant, alice: Membership) -> None:
    alice.phone_extension = "105"
    alice.save()
    update = call_update(phone="105", state="finished", result="answered")
    assert receive_call(update=update, channel=make_channel("mango", "call"), now=NOW).outcome == "ignored"


# --- Rules over stored leads -------------------------------------------------------------------------
def talk(seconds: int, **fields: Any) -> Lead:
    return make_call(call_update(**ANSWERED | {"talk_s": seconds, "duration_s": seconds + 5} | fields))


def test_rules_of_a_lead_a_bulk_and_a_preview_agree(scope: Tenant, admin: Membership) -> None:
    InternalNumber.objects.create(first="+74951234560", last="+74951234560")
    leads = [talk(10), talk(60), make_lead()]
    before = {lead.pk: (lead.quality, lead.quality_params) for lead in leads}
    again = {
        o.row["id"]: o.verdict for o in quality.outcomes_of(Lead.objects.all(), quality.rules_in_force())
    }
    assert {pk: (v.quality, v.params) for pk, v in again.items()} == before
    rules = Rules(20, Numbers((Range("+74951234560", "+74951234560"),)), frozenset())
    assert recomputation.preview(quality.rules_in_force(), rules).tally.changed == 0


def test_preview_counts_what_would_change_and_writes_nothing(scope: Tenant) -> None:
    source = make_source("Friends")
    short, long = talk(30), talk(90)
    friend = make_lead(channel=make_channel(source=source), opened_at=NOW)
    later = make_lead(person=Person(phone=friend.phone), at=NOW + 9 * DAY, opened_at=NOW)
    quality.reclassify_contacts([friend.contact_id])
    then = Rules(60, Numbers((Range(long.phone, long.phone),)), frozenset({source.pk}))
    found = recomputation.preview(quality.rules_in_force(), then).tally
    assert dict(found.moves) == {
        (Q.TARGETED, Q.NON_TARGETED): 2,  # too short; internal
        (Q.TARGETED, Q.UNVERIFIED): 1,  # from a source that does not count
        (Q.REPEAT, Q.TARGETED): 1,  # the first one that counts
    }
    assert (found.changed, found.statistics) == (4, 1)
    assert Lead.objects.get(pk=short.pk).quality == Q.TARGETED
    assert Lead.objects.get(pk=later.pk).quality == Q.REPEAT


def test_preview_of_very_many_says_how_many_it_may_be(scope: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    for _number in range(3):
        talk(30)
    monkeypatch.setattr(recomputation, "PREVIEWED", 2)
    found = recomputation.preview(quality.rules_in_force(), Rules(60, Numbers()))
    assert (found.at_most, found.tally.changed) == (3, 0)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    calls: list[dict[str, Any]] = []
    monkeypatch.setattr(tasks.recompute, "after_commit", lambda **kwargs: calls.append(kwargs))
    return calls


def carry_out(tenant: Tenant, job: Job) -> Job:
    tasks.recompute.run(tenant_id=tenant.pk, job_id=str(job.pk))
    return Job.objects.get(pk=job.pk)


def test_saved_rules_are_followed_with_a_report(
    scope: Tenant, admin: Membership, started: list[dict[str, Any]], django_assert_max_num_queries: Any
) -> None:
    source = make_source("Friends")
    calls = [talk(30) for _number in range(3)]
    friend = make_lead(channel=make_channel(source=source), opened_at=NOW)
    quality.reclassify_contact(friend.contact)  # type: ignore[arg-type]
    job = save_rules(by=admin, min_call_s=60, quiet_sources=[source], numbers=[Range("101", "199", "офис")])
    assert job is not None and started == [{"job_id": str(job.pk)}]
    assert Tenant.objects.get(pk=scope.pk).min_call_s == 60
    assert not Source.objects.get(pk=source.pk).is_advertising
    assert InternalNumber.objects.get().note == "офис"
    done = carry_out(scope, job)
    assert done.state == Job.State.DONE
    report = done.report
    assert (report["leads"], report["changed"], report["statistics"], report["manual"]) == (4, 4, 1, 0)
    assert report["moves"] == [["targeted", "non_targeted", 3], ["targeted", "unverified", 1]]
    rows = set(RecomputedLead.objects.values_list("lead", "before", "after"))
    assert rows == {(lead.pk, Q.TARGETED, Q.NON_TARGETED) for lead in calls} | {
        (friend.pk, Q.TARGETED, Q.UNVERIFIED)
    }


def test_rules_that_are_as_they_were_start_nothing(
    scope: Tenant, admin: Membership, started: list[dict[str, Any]]
) -> None:
    InternalNumber.objects.create(first="101", last="101")
    job = save_rules(by=admin, min_call_s=20, quiet_sources=[], numbers=[Range("101", "101", "новый")])
    assert (job, started, InternalNumber.objects.get().note) == (None, [], "новый")


def test_marks_made_by_hand_are_kept_and_counted(
    scope: Tenant, admin: Membership, started: list[dict[str, Any]]
) -> None:
    marked, agreed = talk(30), talk(30)
    set_quality(lead=marked, quality=Q.REPEAT, by=admin, now=NOW)
    set_quality(lead=agreed, quality=Q.TARGETED, by=admin, now=NOW)
    report = carry_out(scope, recompute_quality(by=admin)).report
    assert (report["manual"], report["differing"], report["changed"]) == (2, 1, 0)
    assert Lead.objects.get(pk=marked.pk).quality == Q.REPEAT


def test_recomputation_heals_what_went_wrong_and_deals_follow(
    scope: Tenant, admin: Membership, started: list[dict[str, Any]]
) -> None:
    lead = make_lead(opened_at=NOW)
    deal = create_deal(title="Deal", pipeline=make_pipeline(), by=admin, now=NOW)
    Lead.objects.filter(pk=lead.pk).update(quality=Q.NON_TARGETED, deal=deal)
    nameless = make_lead(person=Person(name="Anonymous"))
    Lead.objects.filter(pk=nameless.pk).update(quality=Q.TARGETED)
    carry_out(scope, recompute_quality(by=admin))
    assert Lead.objects.get(pk=lead.pk).quality == Q.TARGETED
    assert Lead.objects.get(pk=nameless.pk).quality == Q.UNSORTED
    deal.refresh_from_db()
    assert deal.quality == Q.TARGETED


def test_second_start_while_one_waits_is_the_same_job(
    scope: Tenant, admin: Membership, started: list[dict[str, Any]]
) -> None:
    assert recompute_quality(by=admin) == recompute_quality(by=admin)
    assert len(started) == 1


def test_repeated_delivery_of_a_job_does_nothing(
    scope: Tenant, admin: Membership, started: list[dict[str, Any]]
) -> None:
    talk(30)
    done = carry_out(scope, recompute_quality(by=admin))
    finished = done.finished_at
    assert carry_out(scope, done).finished_at == finished


def test_rows_behind_old_reports_are_dropped(
    scope: Tenant, admin: Membership, started: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recomputation, "KEPT_REPORTS", 1)
    lead = talk(30)
    old = Job.objects.create(
        member=admin, kind=recomputation.KIND, title="old", state="done", created_at=NOW - DAY
    )
    RecomputedLead.objects.create(job=old, lead=lead, before="targeted", after="repeat")
    carry_out(scope, recompute_quality(by=admin))
    assert not recomputation.has_rows(old)


@pytest.mark.django_db(transaction=True)
def test_mark_made_while_all_is_decided_anew_is_kept() -> None:
    """The recomputation has read the lead when somebody marks it: one waits for the other."""
    tenant = make_tenant()
    admin = make_member(tenant, "Ada", Role.Code.ADMIN)
    with tenant_scope(tenant):
        lead = talk(10)
        Lead.objects.filter(pk=lead.pk).update(quality=Q.TARGETED)  # so that there is something to write
        job = Job.objects.create(member=admin, kind=recomputation.KIND, title="all")
    read, marked = threading.Event(), threading.Event()
    results: list[BaseException] = []

    def mark() -> None:
        try:
            read.wait(10)
            with tenant_scope(tenant):
                set_quality(lead=lead, quality=Q.REPEAT, by=admin, now=NOW)
        except BaseException as error:
            results.append(error)
        finally:
            marked.set()
            connections.close_all()

    def slowly(outcomes: Any) -> int:
        found = list(outcomes)
        read.set()
        marked.wait(1)  # the mark can't be made before we are through
        return real(found)

    real = quality.store
    thread = threading.Thread(target=mark)
    thread.start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quality, "store", slowly)
        recomputation.run(tenant_id=tenant.pk, job_id=str(job.pk), progress=lambda done, total: None)
    thread.join(20)
    assert results == []
    with tenant_scope(tenant):
        kept = Lead.objects.get(pk=lead.pk)
        assert (kept.quality, kept.is_quality_manual) == (Q.REPEAT, True)


# --- Pages -------------------------------------------------------------------------------------------
SignIn = Callable[[Membership], Client]


def typed(**fields: Any) -> dict[str, Any]:
    return {"min_call_s": "20", "internal_numbers": "", "then": "save"} | fields


def test_page_shows_the_rules_in_force(tenant: Tenant, admin: Membership, client_of: SignIn) -> None:
    with tenant_scope(tenant):
        InternalNumber.objects.create(first="+74951234560", last="+74951234569", note="офис")
    body = client_of(admin).get(reverse("leads:quality_rules")).content.decode()
    assert "+74951234560 – 69 офис" in body and 'value="20"' in body


def test_preview_leaves_the_rules_alone(
    tenant: Tenant, admin: Membership, client_of: SignIn, started: list[dict[str, Any]]
) -> None:
    with tenant_scope(tenant):
        lead = talk(30)
    with translation.override("en"):
        admin.user.language = "en"
        admin.user.save()
        answer = client_of(admin).post(reverse("leads:quality_rules"), typed(min_call_s="60", then="preview"))
    assert answer.status_code == 200 and "Would change 1 lead" in answer.content.decode()
    assert 'name="min_call_s" value="60"' in answer.content.decode(), "what was typed stays"
    with tenant_scope(tenant):
        assert Tenant.objects.get(pk=tenant.pk).min_call_s == 20 and not Job.objects.exists()
        assert Lead.objects.get(pk=lead.pk).quality == Q.TARGETED


def test_saving_leads_to_the_report_whose_figures_are_links(
    tenant: Tenant, admin: Membership, client_of: SignIn, started: list[dict[str, Any]]
) -> None:
    client = client_of(admin)
    with tenant_scope(tenant):
        lead = talk(30)
    answer = client.post(reverse("leads:quality_rules"), typed(min_call_s="60"))
    with tenant_scope(tenant):
        job = Job.objects.get()
    assert answer.status_code == 302 and answer["Location"] == reverse("leads:quality_run", args=[job.pk])
    assert "hx-trigger" in client.get(answer["Location"]).content.decode()
    with tenant_scope(tenant):
        carry_out(tenant, job)
    body = client.get(answer["Location"]).content.decode()
    link = f"recomputed={job.pk}%3Atargeted%3Anon_targeted"
    assert link in body
    listed = client.get(f"{reverse('leads:list')}?{link}&non_advertising=on").content.decode()
    assert 'data-list-count="1"' in listed and reverse("leads:detail", args=[lead.pk]) in listed


def test_wrong_number_is_said_at_its_field(tenant: Tenant, admin: Membership, client_of: SignIn) -> None:
    answer = client_of(admin).post(reverse("leads:quality_rules"), typed(internal_numbers="101\nвсе наши"))
    assert answer.status_code == 422 and "«все наши»" in answer.content.decode()


def test_job_page_sends_to_the_report(tenant: Tenant, admin: Membership, client_of: SignIn) -> None:
    with tenant_scope(tenant):
        job = Job.objects.create(member=admin, kind=recomputation.KIND, title="all")
    answer = client_of(admin).get(reverse("tenants:job", args=[job.pk]))
    assert answer["Location"] == reverse("leads:quality_run", args=[job.pk])


def test_rules_are_for_who_may_set_them(tenant: Tenant, alice: Membership, client_of: SignIn) -> None:
    client = client_of(alice)
    assert client.get(reverse("leads:quality_rules")).status_code == 403
    assert client.post(reverse("leads:quality_rules"), typed()).status_code == 403


@pytest.mark.parametrize("value", ["x", "x:y:z", "01920000-0000-7000-8000-00000000dead:targeted:nonsense"])
def test_list_of_a_recomputation_nobody_knows_is_empty(
    tenant: Tenant, admin: Membership, client_of: SignIn, value: str
) -> None:
    with tenant_scope(tenant):
        talk(30)
    body = client_of(admin).get(f"{reverse('leads:list')}?recomputed={value}").content.decode()
    assert 'data-list-count="0"' in body
