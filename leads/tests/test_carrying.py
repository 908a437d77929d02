"""What a lead's custom fields hand on to the contact, the company and the deal it becomes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from contacts.models import Contact
from contacts.services import create_company, update_contact
from core.tenancy import tenant_scope
from deals.models import Deal, Stage
from leads.models import Lead
from leads.services import DealPlan, NewCompany, NewContact, convert_lead, update_lead
from leads.tests.factories import NOW, Person, make_lead, make_pipeline
from leads.tests.test_wizard import answers, first_stage, lead, pipeline, url_of  # noqa: F401
from tenants.custom_fields.definitions import names
from tenants.custom_fields.files import store_file
from tenants.custom_fields.services import create_field, update_field
from tenants.custom_fields.wording import text_of
from tenants.field_rights import seen_by
from tenants.models import CustomField, Membership, Tenant
from tenants.services import set_field_rights

Kind, SignIn = CustomField.Kind, Callable[[Membership], Client]


def make(entity: str, kind: str = Kind.TEXT, name: str = "Зал", **values: object) -> CustomField:
    return create_field(entity=entity, kind=kind, name=name, **values)  # type: ignore[arg-type]


def said(record: object, field: CustomField) -> str:
    return text_of(field, record.custom_values.get(field.key), names())  # type: ignore[attr-defined]


@pytest.mark.usefixtures("scope")
def test_fields_of_one_name_and_kind_are_filled(alice: Membership) -> None:
    own, of_deal = make("lead"), make("deal", name="зал")
    of_contact, of_company = make("contact"), make("company")
    other_kind = make("deal", Kind.NUMBER, "Зал 2")
    arrived = update_lead(
        lead=make_lead(person=Person("Igor", "+79254173096")), by=alice, now=NOW, **{own.key: "Синий"}
    )
    made = convert_lead(
        lead=arrived, by=alice, now=NOW, new_contact=NewContact("Igor", is_arrived=True),
        new_company=NewCompany("Aurora"), plan=DealPlan(make_pipeline()),
    )  # fmt: skip
    assert made.deal is not None and made.company is not None and made.contact is not None
    assert Deal.objects.get(pk=made.deal.pk).custom_values == {of_deal.key: "Синий"}
    assert made.contact.custom_values == {of_contact.key: "Синий"}
    assert made.company.custom_values == {of_company.key: "Синий"}
    assert other_kind.key not in made.deal.custom_values


@pytest.mark.usefixtures("scope")
def test_options_are_found_by_name_and_what_does_not_fit_stays_behind(alice: Membership) -> None:
    colour = make("lead", Kind.CHOICE, "Цвет", options=["Красный", "Белый"])
    halls = make("lead", Kind.CHOICES, "Залы", options=["Первый", "Второй"])
    red, _white = names().elements_of(colour)
    first, second = names().elements_of(halls)
    theirs = make("deal", Kind.CHOICE, "Цвет", options=["Белый", "красный"])
    some = make("deal", Kind.CHOICES, "Залы", options=["Второй"])
    told = update_lead(lead=make_lead(), by=alice, now=NOW, **{colour.key: red, halls.key: [first, second]})
    made = convert_lead(lead=told, by=alice, now=NOW, plan=DealPlan(make_pipeline()))
    assert made.deal is not None
    assert said(made.deal, theirs) == "красный" and said(made.deal, some) == "Второй"


@pytest.mark.usefixtures("scope")
def test_a_field_is_filled_from_the_chosen_one_or_from_none(alice: Membership) -> None:
    one, two = make("lead", name="Зал"), make("lead", name="Пожелания")
    mapped, closed = make("deal", name="Зал", lead_field=two.key), make("deal", name="Пожелания")
    update_field(field=closed, lead_field=CustomField.NOTHING)
    told = update_lead(lead=make_lead(), by=alice, now=NOW, **{one.key: "a", two.key: "b"})
    made = convert_lead(lead=told, by=alice, now=NOW, plan=DealPlan(make_pipeline()))
    assert made.deal is not None and made.deal.custom_values == {mapped.key: "b"}


@pytest.mark.usefixtures("scope")
def test_what_a_known_client_holds_stays_and_what_is_given_wins(alice: Membership) -> None:
    own, of_contact, of_company = make("lead"), make("contact"), make("company")
    spare_own, spare = make("lead", name="Размер"), make("contact", name="Размер")
    of_deal = make("deal")
    arrived = make_lead(person=Person("Igor", "+79254173096"))
    update_contact(contact=arrived.contact, by=alice, now=NOW, **{of_contact.key: "Старый"})
    company = create_company(name="Aurora", by=alice, now=NOW, **{of_company.key: "Их"})
    arrived = update_lead(lead=arrived, by=alice, now=NOW, **{own.key: "Новый", spare_own.key: "XL"})
    made = convert_lead(
        lead=arrived, by=alice, now=NOW, company=company,
        plan=DealPlan(make_pipeline(), values={of_deal.key: "Сказанный"}),
    )  # fmt: skip
    assert made.contact is not None and made.deal is not None
    contact = Contact.objects.get(pk=made.contact.pk)
    assert contact.custom_values == {of_contact.key: "Старый", spare.key: "XL"}
    company.refresh_from_db()
    assert company.custom_values == {of_company.key: "Их"}
    assert made.deal.custom_values == {of_deal.key: "Сказанный"}


@pytest.mark.usefixtures("scope")
def test_fields_the_manager_does_not_see_are_carried_too(alice: Membership, admin: Membership) -> None:
    own, of_deal = make("lead"), make("deal")
    told = update_lead(lead=make_lead(), by=alice, now=NOW, **{own.key: "Синий"})
    set_field_rights(by=admin, levels={alice.role: {of_deal.key: "hidden"}})
    alice.role.refresh_from_db()
    with seen_by(alice):
        made = convert_lead(lead=told, by=alice, now=NOW, plan=DealPlan(make_pipeline()))
    assert made.deal is not None and made.deal.custom_values == {of_deal.key: "Синий"}


@pytest.mark.usefixtures("scope")
def test_a_file_is_carried_and_held_by_both(alice: Membership) -> None:
    own, of_deal = make("lead", Kind.FILE, "План"), make("deal", Kind.FILE, "План")
    file = store_file(upload=SimpleUploadedFile("plan.pdf", b"x"), by=alice)
    told = update_lead(lead=make_lead(), by=alice, now=NOW, **{own.key: file})
    made = convert_lead(lead=told, by=alice, now=NOW, plan=DealPlan(make_pipeline()))
    assert made.deal is not None and made.deal.custom_values[of_deal.key]["id"] == str(file.pk)
    file.refresh_from_db()
    assert file.unheld_since is None


def test_the_wizard_shows_what_is_carried_and_asks_for_what_is_mandatory(
    lead: Lead,  # noqa: F811
    first_stage: Stage,  # noqa: F811
    alice: Membership,
    tenant: Tenant,
    client_of: SignIn,
) -> None:
    with tenant_scope(tenant):
        own = make("lead")
        shown, must = make("deal"), make("deal", name="Смета", is_required=True)
        contact_must = make("contact", name="Город", is_required=True)
        company_must = make("company", name="Отрасль", is_required=True)
        make("deal", name="Лишнее")
        update_lead(lead=lead, by=alice, now=timezone.now(), **{own.key: "Синий"})
    page = client_of(alice).get(url_of(lead)).content.decode()
    for field in (shown, must, contact_must, company_must):
        assert f'name="{field.key}"' in page, field.name
    assert "Синий" in page and "Лишнее" not in page
    refused = client_of(alice).post(url_of(lead), answers(first_stage))
    assert refused.status_code == 422
    errors = refused.context["form"].errors
    assert set(errors) == {must.key, contact_must.key}  # no company is named
    sent = answers(first_stage, **{must.key: "100", contact_must.key: "Казань", shown.key: "Красный"})
    assert client_of(alice).post(url_of(lead), sent).status_code == 302
    with tenant_scope(tenant):
        deal = Deal.objects.select_related("contact").get()
        assert deal.custom_values == {shown.key: "Красный", must.key: "100"}
        assert deal.contact is not None and deal.contact.custom_values == {contact_must.key: "Казань"}


def test_a_mandatory_field_is_not_asked_of_who_may_not_fill_it(
    lead: Lead,  # noqa: F811
    first_stage: Stage,  # noqa: F811
    alice: Membership,
    admin: Membership,
    tenant: Tenant,
    client_of: SignIn,
) -> None:
    with tenant_scope(tenant):
        must = make("deal", name="Смета", is_required=True)
        set_field_rights(by=admin, levels={alice.role: {must.key: "hidden"}})
    assert f'name="{must.key}"' not in client_of(alice).get(url_of(lead)).content.decode()
    assert client_of(alice).post(url_of(lead), answers(first_stage)).status_code == 302
