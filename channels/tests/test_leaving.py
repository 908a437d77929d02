"""All work of one who leaves goes to a colleague in the background, with a report of every row."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from activities.services import plan_activity
from contacts.services import create_company, create_contact
from core.tenancy import tenant_scope
from deals.models import Deal
from deals.services import create_deal, move_deal
from deals.setup import create_starter_pipeline
from leads.services import create_manual_lead
from tenants import handover, leaving
from tenants.models import Job, Membership

NOW = dt.datetime(2026, 11, 17, 9, tzinfo=dt.UTC)


@pytest.fixture
def pipeline(tenant):
    with tenant_scope(tenant):
        return create_starter_pipeline()


@pytest.fixture
def work(tenant, pipeline, alice):
    """What Alice holds: a deal, an inquiry, two clients, a plan; and a won deal, which stays hers."""
    with tenant_scope(tenant):
        deal = create_deal(title="Open deal", pipeline=pipeline, by=alice, now=NOW)
        won = create_deal(title="Won deal", pipeline=pipeline, by=alice, now=NOW, amount=1)
        stage = pipeline.stages.get(kind="won")
        move_deal(deal=won, stage=stage, by=alice, now=NOW)
        create_contact(name="Мария", owner=alice, by=alice, now=NOW)
        create_company(name="Лютик", owner=alice, by=alice, now=NOW)
        plan_activity(kind="task", subject="Call", due_at=NOW, owner=alice, by=alice, now=NOW, deal=deal)
    return deal


def let_go(tenant, alice, bob, admin) -> Job:
    with tenant_scope(tenant):
        return leaving.let_go(member=alice, by=admin, now=timezone.now(), to=bob)


def carry_out(tenant, job) -> Job:
    leaving.hand_over_work(tenant_id=tenant.pk, job_id=str(job.pk))
    with tenant_scope(tenant):
        return Job.objects.get(pk=job.pk)


def test_all_work_of_the_one_who_left_goes_to_the_colleague(tenant, work, alice, bob, admin):
    job = carry_out(tenant, let_go(tenant, alice, bob, admin))
    assert job.state == "done" and job.done_count == job.total_count == 4
    kinds = {name: figures["given"] for name, figures in job.report["kinds"].items()}
    assert kinds == {"deals": 1, "contacts": 1, "companies": 1, "activities": 1}
    assert {row[1] for row in job.report["rows"]} == {"Open deal", "Мария", "Лютик", "Call"}
    with tenant_scope(tenant):
        assert handover.workload(alice) == []
        assert Deal.objects.get(title="Won deal").owner == alice  # history keeps whose it was
        assert not Membership.objects.get(pk=alice.pk).is_active


def test_inquiries_go_too(tenant, alice, bob, admin, work):
    with tenant_scope(tenant):
        create_manual_lead(name="Иван", phone="+7 900 111-22-33", by=alice, now=NOW)
        held = {load.kind.name: load.count for load in handover.workload(alice)}
    job = carry_out(tenant, let_go(tenant, alice, bob, admin))
    assert job.report["kinds"]["leads"]["given"] == held["leads"] == 1


def test_refused_rows_are_named_and_the_rest_goes_on(tenant, work, alice, bob, admin, pipeline, monkeypatch):
    from deals.errors import DealGone
    from deals.services import bulk

    def refuse(**kwargs):
        raise DealGone()

    monkeypatch.setattr(bulk, "write_values", refuse)
    job = carry_out(tenant, let_go(tenant, alice, bob, admin))
    assert job.report["kinds"]["deals"] == {"given": 0, "refused": 1}
    assert job.report["kinds"]["contacts"]["given"] == 1
    [row] = [row for row in job.report["rows"] if row[3]]
    assert row[1] == "Open deal"


def test_work_that_arrives_while_others_are_handed_over_goes_too(
    tenant, work, alice, bob, admin, pipeline, monkeypatch
):
    """Intake gives the one who left their client's next deal when the deals are through already."""
    plain, arrived = handover._kinds["activities"], []

    def give(*, rows, member, to, by, now):
        if not arrived:
            arrived.append(create_deal(title="Late", pipeline=pipeline, owner=member, by=None, now=now))
        return plain.give(rows=rows, member=member, to=to, by=by, now=now)

    kinds = {"deals": handover._kinds["deals"]}
    monkeypatch.setattr(
        handover, "_kinds", kinds | {"activities": handover.Kind("activities", "", plain.held, give)}
    )
    job = carry_out(tenant, let_go(tenant, alice, bob, admin))
    assert job.report["kinds"]["deals"]["given"] == 2
    with tenant_scope(tenant):
        assert Deal.objects.get(title="Late").owner == bob


def test_second_look_finds_what_arrived_after_the_handover(tenant, work, alice, bob, admin, pipeline):
    job = carry_out(tenant, let_go(tenant, alice, bob, admin))
    with tenant_scope(tenant):
        deal = create_deal(title="After", pipeline=pipeline, by=admin, now=NOW)
        Deal.objects.filter(pk=deal.pk).update(owner=alice)
    assert leaving.look_again(tenant_id=tenant.pk, job_id=str(job.pk)) == 1
    assert leaving.look_again(tenant_id=tenant.pk, job_id=str(job.pk)) == 0
    with tenant_scope(tenant):
        assert Deal.objects.get(pk=deal.pk).owner == bob
        report = Job.objects.get(pk=job.pk).report
    assert report["kinds"]["deals"]["given"] == 2


def test_handover_before_a_holiday_dismisses_nobody_and_looks_once(tenant, work, alice, bob, admin, pipeline):
    with tenant_scope(tenant):
        job = leaving.start_handover(member=alice, to=bob, by=admin)
    job = carry_out(tenant, job)
    assert job.report["kinds"]["deals"]["given"] == 1
    with tenant_scope(tenant):
        deal = create_deal(title="Hers again", pipeline=pipeline, owner=alice, by=admin, now=NOW)
    assert leaving.look_again(tenant_id=tenant.pk, job_id=str(job.pk)) == 0
    with tenant_scope(tenant):
        assert Deal.objects.get(pk=deal.pk).owner == alice


def test_second_delivery_of_the_task_does_nothing(tenant, work, alice, bob, admin):
    job = carry_out(tenant, let_go(tenant, alice, bob, admin))
    assert carry_out(tenant, job).report == job.report


def test_dismissal_in_the_browser_leads_to_the_progress_and_the_report(
    tenant, work, alice, bob, admin, client_of
):
    client = client_of(admin)
    answer = client.post(reverse("tenants:member_dismiss", args=[alice.pk]), {"to": str(bob.pk)})
    with tenant_scope(tenant):
        job = Job.objects.get(kind=leaving.KIND)
    page = reverse("tenants:handover_run", args=[job.pk])
    assert answer.headers["Location"] == page
    assert "every 1s" in client.get(page).content.decode()
    carry_out(tenant, job)
    html = client.get(page).content.decode()
    assert "every 1s" not in html and "Open deal" in html
    assert reverse("deals:detail", args=[work.pk]) in html
    assert page in client.get(reverse("tenants:jobs")).content.decode()


def test_report_is_for_those_who_manage_people_of_the_same_company(
    tenant, work, alice, bob, admin, charlie, client_of
):
    job = let_go(tenant, alice, bob, admin)
    page = reverse("tenants:handover_run", args=[job.pk])
    assert client_of(bob).get(page).status_code == 403
    assert client_of(charlie).get(page).status_code == 404
