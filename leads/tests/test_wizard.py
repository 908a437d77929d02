"""The intake wizard's page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from contacts.duplicates.finding import PEOPLE, look_around
from contacts.identity import Key
from contacts.models import Company, CompanyMember, Contact
from contacts.search_text import refresh_company, refresh_contact
from contacts.services import create_contact
from core.tenancy import tenant_scope
from deals.models import Deal, Pipeline, Stage
from deals.services import create_deal, set_requirements
from leads.models import Lead
from leads.services import convert_lead, reject_lead, take_lead
from leads.tests.factories import Person, make_channel, make_lead, make_pipeline
from tenants.models import Membership, Role, Tenant

SignIn = Callable[[Membership], Client]


@pytest.fixture
def pipeline(tenant: Tenant) -> Pipeline:
    with tenant_scope(tenant):
        return make_pipeline()


@pytest.fixture
def first_stage(tenant: Tenant, pipeline: Pipeline) -> Stage:
    with tenant_scope(tenant):
        stage = Stage.objects.open().filter(pipeline=pipeline).order_by("position").first()
        assert stage is not None
        return stage


@pytest.fixture
def lead(tenant: Tenant) -> Lead:
    with tenant_scope(tenant):
        return make_lead(at=timezone.now(), person=Person("Igor Lebedev", "+79254173096"), subject="Aurora")


def url_of(lead: Lead) -> str:
    return reverse("leads:wizard", args=[lead.pk])


def answers(stage: Stage, /, **changed: Any) -> dict[str, Any]:
    told = {
        "contact": "own",
        "contact_name": "Igor Lebedev",
        "is_contact_completed": "on",
        "into": "new",
        "title": "Aurora 2",
        "amount": "289 000,50",
        "pipeline": str(stage.pipeline_id),
        "stage": str(stage.pk),
        "step_kind": "call",
        "when": "hour",
    }
    return told | changed


def fresh(lead: Lead, tenant: Tenant) -> Lead:
    with tenant_scope(tenant):
        return Lead.objects.select_related("deal", "contact", "company").get(pk=lead.pk)


def test_wizard_shows_the_inquiry_and_what_it_may_become(
    client_of: SignIn, tenant: Tenant, admin: Membership, lead: Lead, pipeline: Pipeline
) -> None:
    page = client_of(admin).get(url_of(lead))
    html = page.content.decode()
    assert page.status_code == 200
    assert 'value="own"' in html and "Aurora" in html and pipeline.name in html
    assert fresh(lead, tenant).opened_at is not None


def test_save_makes_the_deal_and_opens_it(
    client_of: SignIn, tenant: Tenant, admin: Membership, lead: Lead, first_stage: Stage
) -> None:
    response = client_of(admin).post(url_of(lead), answers(first_stage, company_name="Romashka"))
    done = fresh(lead, tenant)
    assert done.deal is not None and done.company is not None
    assert response.headers["Location"] == reverse("deals:detail", args=[done.deal.pk])
    assert (done.deal.title, str(done.deal.amount), done.company.name) == (
        "Aurora 2",
        "289000.50",
        "Romashka",
    )
    assert done.deal.next_activity_kind == "call" and done.deal.next_activity_at is not None


def test_save_and_next_opens_the_next_of_the_same_queue(
    client_of: SignIn, tenant: Tenant, admin: Membership, lead: Lead, first_stage: Stage
) -> None:
    with tenant_scope(tenant):
        other_kind = make_lead(at=timezone.now(), channel=make_channel("telegram", "messenger"))
        after = make_lead(at=timezone.now())
    url = f"{url_of(lead)}?kind=request"
    response = client_of(admin).post(url, answers(first_stage, then="next"))
    assert response.headers["Location"] == f"{url_of(after)}?kind=request"
    last = client_of(admin).post(f"{url_of(after)}?kind=request", answers(first_stage, then="next"))
    assert last.headers["Location"] == f"{reverse('leads:unsorted')}?kind=request"
    assert fresh(other_kind, tenant).state == "new"


def test_double_submit_goes_to_the_one_deal(
    client_of: SignIn, tenant: Tenant, admin: Membership, lead: Lead, first_stage: Stage
) -> None:
    client = client_of(admin)
    first = client.post(url_of(lead), answers(first_stage))
    again = client.post(url_of(lead), answers(first_stage))
    assert again.headers["Location"] == first.headers["Location"]
    with tenant_scope(tenant):
        assert Deal.objects.count() == 1


def test_colleagues_conversion_is_told_with_a_way_to_the_deal(
    client_of: SignIn, tenant: Tenant, admin: Membership, head: Membership, first_stage: Stage
) -> None:
    with tenant_scope(tenant):
        lead = make_lead(channel=make_channel(responsible=head))
        deal = convert_lead(lead=lead, by=head, now=timezone.now(), plan=None).deal
        assert deal is None
    page = client_of(admin).get(url_of(lead))
    assert page.status_code == 409 and "Helen" in page.content.decode()


def test_wizard_of_a_lead_somebody_took_says_who(
    client_of: SignIn, tenant: Tenant, alice: Membership, bob: Membership, first_stage: Stage
) -> None:
    with tenant_scope(tenant):
        role = Role.objects.get(code=Role.Code.MANAGER)
        lead = make_lead(channel=make_channel(responsible_role=role))
        take_lead(lead=lead, by=alice, now=timezone.now())
    for page in (client_of(bob).get(url_of(lead)), client_of(bob).post(url_of(lead), answers(first_stage))):
        assert page.status_code == 409 and "Alice" in page.content.decode()


def test_wizard_of_a_rejected_lead_is_a_conflict(
    client_of: SignIn, tenant: Tenant, admin: Membership, lead: Lead
) -> None:
    with tenant_scope(tenant):
        reject_lead(lead=lead, by=admin, now=timezone.now())
    assert client_of(admin).get(url_of(lead)).status_code == 409


def test_demanded_fields_are_asked_for_at_their_place(
    client_of: SignIn, tenant: Tenant, admin: Membership, lead: Lead, first_stage: Stage
) -> None:
    with tenant_scope(tenant):
        set_requirements(stage=first_stage, enter=["city", "amount"])
    client = client_of(admin)
    page = client.post(url_of(lead), answers(first_stage, amount="", company_name="Romashka"))
    html = page.content.decode()
    assert page.status_code == 422 and 'name="city"' in html and html.count('aria-invalid="true"') == 2
    assert fresh(lead, tenant).state == "new"
    with tenant_scope(tenant):
        assert not Company.objects.exists()
    assert client.post(url_of(lead), answers(first_stage, city="Khimki")).status_code == 302
    done = fresh(lead, tenant)
    assert done.deal is not None and done.deal.city == "Khimki"


def test_another_pipeline_brings_its_stages(
    client_of: SignIn, tenant: Tenant, admin: Membership, lead: Lead, first_stage: Stage
) -> None:
    with tenant_scope(tenant):
        other = make_pipeline()
        stage = Stage.objects.open().filter(pipeline=other).order_by("position").first()
        assert stage is not None
        set_requirements(stage=stage, enter=["city"])
    url = reverse("leads:wizard_stages", args=[lead.pk])
    html = client_of(admin).get(url, {"pipeline": other.pk, "stage": first_stage.pk}).content.decode()
    assert f'value="{stage.pk}" selected' in html and 'name="city"' in html
    assert f'value="{first_stage.pk}"' not in html


def test_drag_opens_the_wizard_on_the_stage_it_was_let_go(
    client_of: SignIn, tenant: Tenant, admin: Membership, lead: Lead, pipeline: Pipeline
) -> None:
    with tenant_scope(tenant):
        second = Stage.objects.open().filter(pipeline=pipeline).order_by("position")[1]
    html = client_of(admin).get(url_of(lead), {"stage": second.pk}).content.decode()
    assert f'value="{second.pk}" selected' in html


@pytest.mark.parametrize(
    "wrong", [{"amount": "many"}, {"stage": "x"}, {"contact": "x"}, {"into": "x"}, {"when": "at", "due": ""}]
)
def test_mistakes_are_shown_and_nothing_is_made(
    client_of: SignIn,
    tenant: Tenant,
    admin: Membership,
    lead: Lead,
    first_stage: Stage,
    wrong: dict[str, str],
) -> None:
    page = client_of(admin).post(url_of(lead), answers(first_stage, **wrong))
    assert page.status_code == 422 and 'class="err"' in page.content.decode()
    assert fresh(lead, tenant).state == "new"


def test_similar_contact_is_offered_and_chosen(
    client_of: SignIn, tenant: Tenant, admin: Membership, lead: Lead, first_stage: Stage
) -> None:
    with tenant_scope(tenant):
        known = Contact.objects.create(name="Igor Lebedev", first_name="Igor", last_name="Lebedev")
        refresh_contact(known)
    client = client_of(admin)
    assert f'value="{known.pk}"' in client.get(url_of(lead)).content.decode()
    client.post(url_of(lead), answers(first_stage, contact=str(known.pk)))
    done = fresh(lead, tenant)
    assert done.contact == known
    with tenant_scope(tenant):
        assert [key.value for key in known.keys.all()] == ["+79254173096"]


def test_inquiry_joins_an_open_deal_of_the_client(
    client_of: SignIn, tenant: Tenant, admin: Membership, lead: Lead, first_stage: Stage, pipeline: Pipeline
) -> None:
    with tenant_scope(tenant):
        deal = create_deal(
            title="Grinder", pipeline=pipeline, by=admin, now=timezone.now(), contact=lead.contact
        )
    response = client_of(admin).post(url_of(lead), answers(first_stage, into=str(deal.pk)))
    assert response.headers["Location"] == reverse("deals:detail", args=[deal.pk])
    assert fresh(lead, tenant).deal == deal
    with tenant_scope(tenant):
        assert Deal.objects.count() == 1


def test_contact_without_a_deal_opens_the_inquiry(
    client_of: SignIn, tenant: Tenant, admin: Membership, lead: Lead
) -> None:
    sent = {"contact": "own", "contact_name": "Igor", "into": "none", "step_kind": ""}
    response = client_of(admin).post(url_of(lead), sent)
    assert response.headers["Location"] == reverse("leads:detail", args=[lead.pk])
    done = fresh(lead, tenant)
    assert (done.state, done.deal) == ("converted", None)


def test_companies_are_found_for_the_search(client_of: SignIn, tenant: Tenant, admin: Membership) -> None:
    with tenant_scope(tenant):
        company = Company.objects.create(name="Северный ветер")
        refresh_company(company)
    url = reverse("leads:wizard_companies")
    assert client_of(admin).get(url, {"q": "север"}).json()[0]["value"] == str(company.pk)
    assert client_of(admin).get(url, {"q": ""}).json() == []


@pytest.mark.parametrize(
    ("told", "chosen", "typed"),
    [("", "North wind", ""), ("north WIND", "North wind", ""), ("South wind", "", "South wind")],
)
def test_company_named_by_the_inquiry_is_filled_in(
    client_of: SignIn,
    tenant: Tenant,
    admin: Membership,
    lead: Lead,
    pipeline: Pipeline,
    told: str,
    chosen: str,
    typed: str,
) -> None:
    with tenant_scope(tenant):
        company = Company.objects.create(name="North wind")
        CompanyMember.objects.create(company=company, contact=lead.contact)
        Lead.objects.filter(pk=lead.pk).update(company_name=told)
    form = client_of(admin).get(url_of(lead)).context["form"]
    assert form["company"].value() == (str(company.pk) if chosen else "")
    assert form["company_name"].value() == typed


def test_company_of_another_tenant_is_as_if_missing(
    client_of: SignIn,
    tenant: Tenant,
    other_tenant: Tenant,
    admin: Membership,
    lead: Lead,
    first_stage: Stage,
) -> None:
    with tenant_scope(other_tenant):
        foreign = Company.objects.create(name="Foreign")
    page = client_of(admin).post(url_of(lead), answers(first_stage, company=str(foreign.pk)))
    assert page.status_code == 422 and fresh(lead, tenant).state == "new"


# --- One open deal, and hints while one types --------------------------------------------------------
def _known(tenant: Tenant, pipeline: Pipeline, by: Membership, **fields: Any) -> tuple[Contact, Deal]:
    with tenant_scope(tenant):
        contact = create_contact(by=by, now=timezone.now(), name="Igor Lebedew", **fields)
        deal = create_deal(title="Machines", pipeline=pipeline, by=by, now=timezone.now(), contact=contact)
        look_around(PEOPLE, [contact.pk])
        return contact, deal


@pytest.mark.parametrize("is_one", [True, False])
def test_open_deal_is_chosen_where_the_pipeline_shows_one(
    client_of: SignIn, tenant: Tenant, admin: Membership, pipeline: Pipeline, is_one: bool
) -> None:
    with tenant_scope(tenant):
        Pipeline.objects.filter(pk=pipeline.pk).update(has_one_open_deal=is_one)
    _contact, deal = _known(tenant, pipeline, admin, keys=[Key("phone", "+79161112233")])
    with tenant_scope(tenant):
        lead = make_lead(at=timezone.now(), person=Person("Igor", "+79161112233"))
    form = client_of(admin).get(url_of(lead)).context["form"]
    assert form["into"].value() == (str(deal.pk) if is_one else "new")


def test_hint_offers_a_known_contact_which_the_form_takes(
    client_of: SignIn, tenant: Tenant, admin: Membership, lead: Lead, first_stage: Stage, pipeline: Pipeline
) -> None:
    contact, _deal = _known(tenant, pipeline, admin)
    with tenant_scope(tenant):
        stranger = make_lead(at=timezone.now(), person=Person("", "+79254170000"))
    client = client_of(admin)
    hint = client.get(reverse("leads:wizard_hint", args=[stranger.pk]), {"contact_name": "Lebedev Igor"})
    assert f'name="contact" value="{contact.pk}"' in hint.content.decode()
    answer = client.post(url_of(stranger), answers(first_stage, contact=str(contact.pk)))
    assert answer.status_code == 302
    with tenant_scope(tenant):
        assert Lead.objects.get(pk=stranger.pk).contact == contact


def test_hint_offers_a_known_company(
    client_of: SignIn, tenant: Tenant, admin: Membership, lead: Lead, first_stage: Stage
) -> None:
    with tenant_scope(tenant):
        company = Company.objects.create(name="ООО «Ромашка»")
        refresh_company(company)
    client = client_of(admin)
    hint = client.get(
        reverse("leads:wizard_hint", args=[lead.pk]), {"company_name": "Ромашка"}
    ).content.decode()
    assert f'name="company" value="{company.pk}"' in hint
    typed = answers(first_stage, company_name="Ромашка") | {"company": ["", str(company.pk)]}
    assert client.post(url_of(lead), typed).status_code == 302
    with tenant_scope(tenant):
        assert Lead.objects.get(pk=lead.pk).company == company


def test_contact_out_of_reach_is_no_choice(
    client_of: SignIn, tenant: Tenant, admin: Membership, charlie: Membership, lead: Lead, first_stage: Stage
) -> None:
    with tenant_scope(charlie.tenant):
        theirs = create_contact(by=charlie, now=timezone.now(), name="Igor")
    answer = client_of(admin).post(url_of(lead), answers(first_stage, contact=str(theirs.pk)))
    assert answer.status_code == 422
