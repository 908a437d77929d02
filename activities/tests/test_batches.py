"""Planning the same for many cards: who reaches what, the report, the undo."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from activities import tasks
from activities.models import Activity, Notification, ProcessStep, ProcessTemplate
from activities.services import complete_activity, save_template, start_batch, undo_batch
from activities.services.batches import AT_ONCE
from activities.tests.factories import make_contact, make_deal, make_lead
from core.tenancy import tenant_scope
from tenants.models import Job

NOW = timezone.now()
VALUES = {
    "template": "", "kind": "call", "subject": "Invite", "text": "", "due_at": NOW.isoformat(),
    "remind_at": None, "owner": None, "duration_min": 15, "place": "",
}  # fmt: skip


def begin(by, cards, *, card="deal", **values):
    return start_batch(
        by=by, card=card, ids=[one.pk for one in cards], title="Invite", values=VALUES | values, now=NOW
    )


def carry_out(tenant, job):
    tasks.run_batch.run(tenant_id=tenant.pk, job_id=str(job.pk))
    return Job.objects.get(pk=job.pk)


def test_batch_plans_for_whoever_is_responsible_and_tells_each_once(scope, alice, bob, head):
    deals = [make_deal(owner=owner) for owner in (alice, alice, bob)]
    job = carry_out(scope, begin(head, deals))
    assert (job.state, job.done_count, job.report["planned"]) == ("done", 3, 3)
    planned = Activity.objects.planned()
    assert sorted(planned.values_list("owner__name", flat=True)) == ["Alice", "Alice", "Bob"]
    told = Notification.objects.order_by("member__name").values_list("member__name", "params__count")
    assert list(told) == [("Alice", 2), ("Bob", 1)]
    deals[0].refresh_from_db()
    assert deals[0].next_activity_title == "Invite"


def test_batch_leaves_out_what_the_member_may_not_see(scope, alice, bob):
    mine, foreign = make_deal(owner=alice), make_deal(owner=bob)
    job = carry_out(scope, begin(alice, [mine, foreign]))
    assert (job.report["planned"], job.report["left_out"]) == (1, [str(foreign.pk)])
    assert Activity.objects.planned().get().deal == mine


def test_batch_starts_a_template_on_every_card(scope, alice):
    template = save_template(
        template=ProcessTemplate(name="Exhibition"),
        steps=[ProcessStep(kind="call", subject="Thank"), ProcessStep(kind="task", subject="Offer")],
        by=alice,
    )
    deals = [make_deal(owner=alice), make_deal(owner=alice)]
    carry_out(scope, begin(alice, deals, template=str(template.pk)))
    assert list(Activity.objects.planned().values_list("subject", flat=True)) == ["Thank"] * 2
    complete_activity(activity=Activity.objects.planned().first(), by=alice, now=NOW)
    assert Activity.objects.planned().filter(subject="Offer").count() == 1


def test_batch_of_inquiries_goes_to_who_took_them(scope, alice, head):
    lead = make_lead(responsible=alice)
    carry_out(scope, begin(head, [lead], card="lead"))
    assert Activity.objects.planned().get().owner == alice


def test_batch_runs_once_however_often_it_is_delivered(scope, alice):
    job = carry_out(scope, begin(alice, [make_deal(owner=alice)]))
    carry_out(scope, job)
    assert Activity.objects.planned().count() == 1


def test_undo_batch_leaves_what_was_done_or_moved(scope, alice):
    deals = [make_deal(owner=alice) for _ in range(3)]
    job = carry_out(scope, begin(alice, deals))
    done, moved, _rest = Activity.objects.planned().order_by("pk")
    complete_activity(activity=done, by=alice, now=NOW)
    from activities.services import reschedule_activity

    reschedule_activity(activity=moved, due_at=NOW + dt.timedelta(days=9), by=alice, now=NOW)
    assert undo_batch(job=job, by=alice, now=NOW) == 1
    assert set(Activity.objects.filter(batch=job.pk)) == {done, moved}
    last = Activity.objects.filter(deal__isnull=False).values_list("deal", flat=True)
    untouched = next(deal for deal in deals if deal.pk not in set(last))
    untouched.refresh_from_db()
    assert untouched.next_activity_at is None


@pytest.mark.parametrize("name", ["plan_deals", "plan_leads", "plan_contacts", "plan_companies"])
def test_plan_view_asks_first_for_every_list(tenant, head, client_of, name):
    answer = client_of(head).post(reverse(f"activities:{name}"), {"ids": ["x"]})
    assert answer.status_code == 200


def test_plan_view_plans_all_that_match_and_reports_by_row(tenant, head, alice, client_of):
    with tenant_scope(tenant):
        for _ in range(3):
            make_deal(owner=alice)
    client = client_of(head)
    sent = {"all": "1", "query": "", "asked": "1", "kind": "call", "subject": "Greet", "when": "tomorrow"}
    answer = client.post(reverse("activities:plan_deals"), sent | {"is_for_responsible": "1"})
    assert answer.status_code == 302
    page = client.get(answer["Location"]).content.decode()
    assert page.count("Greet") >= 3
    undone = client.post(f"{answer['Location']}undo/")
    assert undone.status_code == 302
    with tenant_scope(tenant):
        assert not Activity.objects.exists()


def test_plan_view_queues_many(tenant, alice, client_of, monkeypatch):
    queued = []
    monkeypatch.setattr(tasks.run_batch, "after_commit", lambda **kwargs: queued.append(kwargs))
    with tenant_scope(tenant):
        for _ in range(AT_ONCE + 1):
            make_contact(owner=alice)
    sent = {"all": "1", "query": "", "asked": "1", "kind": "call", "subject": "Greet", "when": "tomorrow"}
    answer = client_of(alice).post(reverse("activities:plan_contacts"), sent)
    assert len(queued) == 1
    page = client_of(alice).get(answer["Location"])
    assert page.status_code == 200 and b"every 1s" in page.content


def test_batch_page_is_its_owners_only(tenant, alice, bob, client_of):
    with tenant_scope(tenant):
        job = begin(alice, [])
    assert client_of(bob).get(f"/activities/batches/{job.pk}/").status_code == 404
    assert client_of(bob).post(f"/activities/batches/{job.pk}/undo/").status_code == 404
    assert client_of(alice).post(f"/activities/batches/{job.pk}/undo/").status_code == 404  # not done yet
