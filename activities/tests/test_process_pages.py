"""Task templates: the settings pages, starting one from a card and from the wizard."""

from __future__ import annotations

from activities.models import Activity, ProcessStep, ProcessTemplate
from activities.services import save_template
from activities.tests.factories import make_deal, make_lead
from core.tenancy import tenant_scope

HX = {"HX-Request": "true"}


def make_template(by, name="Onboarding"):
    steps = [ProcessStep(kind="call", subject="Welcome"), ProcessStep(kind="task", subject="Papers")]
    return save_template(template=ProcessTemplate(name=name), steps=steps, by=by)


def form(*subjects, name="Exhibition", **first):
    sent = {"name": name, "mode": "one", "steps-TOTAL_FORMS": len(subjects), "steps-INITIAL_FORMS": 0}
    for number, subject in enumerate(subjects):
        row = {"subject": subject, "kind": "task", "unit": "day", "delay": number, "doer": "owner"}
        sent |= {
            f"steps-{number}-{key}": value for key, value in (row | (first if not number else {})).items()
        }
    return sent


def test_template_pages_write_change_and_archive(tenant, admin, client_of):
    client = client_of(admin)
    assert client.get("/settings/task-templates/").status_code == 200
    assert client.post("/settings/task-templates/new/", form("Call", "", "Visit")).status_code == 302
    with tenant_scope(tenant):
        template = ProcessTemplate.objects.get()
        steps = list(template.steps.all())
    assert [(step.subject, step.position, step.delay) for step in steps] == [("Call", 1, 0), ("Visit", 2, 2)]
    page = f"/settings/task-templates/{template.pk}/"
    assert b"Visit" in client.get(page).content
    assert client.post(page, form("Only", name="Shorter")).status_code == 302
    assert client.post(f"{page}archive/").status_code == 302
    with tenant_scope(tenant):
        template.refresh_from_db()
        assert (template.name, template.is_archived, template.steps.count()) == ("Shorter", True, 1)


def test_template_form_refuses_no_steps_a_taken_name_and_nobody(tenant, admin, client_of):
    client, url = client_of(admin), "/settings/task-templates/new/"
    assert client.post(url, form("")).status_code == 422
    assert client.post(url, form("Call", doer="member")).status_code == 422
    with tenant_scope(tenant):
        make_template(admin, name="Exhibition")
    assert client.post(url, form("Call")).status_code == 422


def test_templates_are_for_those_who_set(alice, client_of):
    assert client_of(alice).get("/settings/task-templates/").status_code == 403


def test_start_view_plans_on_the_card(tenant, alice, bob, client_of):
    with tenant_scope(tenant):
        template, deal, foreign = make_template(alice), make_deal(owner=alice), make_deal(owner=bob)
    client = client_of(alice)
    assert b"Welcome" in client.get(f"/activities/start/?deal={deal.pk}").content
    answer = client.post(f"/activities/start/?deal={deal.pk}", {"template": str(template.pk)}, headers=HX)
    assert answer.status_code == 204
    assert (
        client.post(f"/activities/start/?deal={foreign.pk}", {"template": str(template.pk)}).status_code
        == 404
    )
    assert client.post(f"/activities/start/?deal={deal.pk}", {}).status_code == 422
    with tenant_scope(tenant):
        assert Activity.objects.planned().get().deal == deal


def test_wizard_starts_a_process_on_the_new_deal(tenant, alice):
    from django.utils import timezone

    from deals.setup import create_starter_pipeline
    from leads.services import DealPlan, NewContact, convert_lead

    with tenant_scope(tenant):
        template, lead = make_template(alice), make_lead(responsible=alice)
        pipeline = create_starter_pipeline(name="Sales", by=alice)
        made = convert_lead(
            lead=lead, by=alice, now=timezone.now(), new_contact=NewContact("Ann"),
            plan=DealPlan(pipeline, title="Offer"), process=template,
        )  # fmt: skip
        planned = Activity.objects.planned().get()
        assert (planned.subject, planned.deal, planned.contact) == ("Welcome", made.deal, made.contact)
