"""Cards, forms and lists of clients: rights, 422, undo, queries."""

from __future__ import annotations

import json

import pytest
from django.utils import timezone

from contacts.identity import email_keys, phone_keys
from contacts.models import Company, CompanyPoint, Contact, LegalDetails
from contacts.services import create_company, create_contact, delete_contact, link_company, save_legal_details
from core.tenancy import tenant_scope

HX = {"HX-Request": "true"}
NOW = timezone.now()


@pytest.fixture
def maria(tenant, alice):
    with tenant_scope(tenant):
        keys = [*phone_keys("+79161234567", "RU"), *email_keys("m@x.ru")]
        return create_contact(name="Мария Иванова", keys=keys, owner=alice, by=alice, now=NOW)


@pytest.fixture
def romashka(tenant, alice):
    with tenant_scope(tenant):
        return create_company(name="ООО «Ромашка»", owner=alice, by=alice, now=NOW)


def reload(row):
    with tenant_scope(row.tenant_id):
        return type(row).objects.get(pk=row.pk)


def undo_of(response) -> str:
    return json.loads(response["HX-Trigger"])["toast"]["undo_url"]


# --- Contact -----------------------------------------------------------------------------------------
def test_contact_page_shows_how_to_call_and_write(alice, maria, client_of):
    page = client_of(alice).get(f"/contacts/{maria.pk}/").content.decode()
    assert 'href="tel:+79161234567"' in page and 'href="mailto:m@x.ru"' in page
    assert f"/activities/timeline/?contact={maria.pk}" in page


def test_contact_page_offers_changes_only_to_those_who_may(alice, bob, maria, client_of):
    assert "in-place" in client_of(alice).get(f"/contacts/{maria.pk}/").content.decode()
    assert "in-place" not in client_of(bob).get(f"/contacts/{maria.pk}/").content.decode()


@pytest.mark.parametrize("path", ["", "field/position/", "keys/", "companies/", "delete/"])
def test_contact_of_another_tenant_is_missing(charlie, maria, client_of, path):
    client = client_of(charlie)
    url = f"/contacts/{maria.pk}/{path}"
    answer = client.post(url) if path else client.get(url)
    assert answer.status_code == 404


def test_contact_field_is_edited_in_its_place(alice, maria, client_of):
    client, url = client_of(alice), f"/contacts/{maria.pk}/field/position/"
    inline = HX | {"HX-Target": "fact-position"}
    assert "data-inline" in client.get(url, headers=inline).content.decode()
    answer = client.post(url, {"position": "CEO"}, headers=inline)
    assert (answer.status_code, reload(maria).position) == (200, "CEO")
    assert "client:changed" in answer["HX-Trigger"]
    assert client.post(url, {"position": "x" * 200}, headers=inline).status_code == 422
    assert reload(maria).position == "CEO"
    assert client.post(url, {"position": "CTO"}).status_code == 302


def test_contact_field_takes_tags_consent_and_time_zone(alice, maria, client_of):
    client, base = client_of(alice), f"/contacts/{maria.pk}/field"
    client.post(f"{base}/tags/", {"tags": "vip, опт,, vip"}, headers=HX)
    client.post(f"{base}/consent/", {"has_consented": "on"}, headers=HX)
    client.post(f"{base}/time_zone/", {"time_zone": "Asia/Tomsk"}, headers=HX)
    changed = reload(maria)
    assert (changed.tags, changed.time_zone) == (["vip", "опт"], "Asia/Tomsk")
    assert changed.consented_at is not None
    assert client.post(f"{base}/time_zone/", {"time_zone": "Mars/Base"}, headers=HX).status_code == 422
    client.post(f"{base}/consent/", {}, headers=HX)
    assert reload(maria).consented_at is None


def test_contact_field_that_is_no_fact_is_missing(alice, maria, client_of):
    for name in ("search_text", "deleted_at", "tenant"):
        assert client_of(alice).get(f"/contacts/{maria.pk}/field/{name}/").status_code == 404


def test_contact_field_of_a_colleagues_contact_is_missing(bob, maria, client_of):
    assert client_of(bob).get(f"/contacts/{maria.pk}/field/position/").status_code == 404


def test_contact_keys_are_added_labelled_and_removed_with_undo(alice, maria, client_of):
    client, url = client_of(alice), f"/contacts/{maria.pk}/keys/"
    assert client.post(url, {"value": "8 903 111-22-33", "label": "home"}, headers=HX).status_code == 200
    with tenant_scope(maria.tenant_id):
        key = maria.keys.get(value="+79031112233")
    client.post(f"{url}{key.pk}/", {"primary": "1"}, headers=HX)
    client.post(f"{url}{key.pk}/", {"label": "work"}, headers=HX)
    key = reload(key)
    assert (key.is_primary, key.label) == (True, "work")
    response = client.post(f"{url}{key.pk}/remove/", headers=HX)
    client.post(undo_of(response), headers=HX)
    with tenant_scope(maria.tenant_id):
        assert maria.keys.get(value="+79031112233").label == "work"
    assert client.post(url, {"value": "абв"}, headers=HX).status_code == 422


def test_contact_key_of_another_contact_is_refused_with_a_link_to_them(tenant, alice, maria, client_of):
    with tenant_scope(tenant):
        oleg = create_contact(name="Олег", owner=alice, by=alice, now=NOW)
    response = client_of(alice).post(f"/contacts/{oleg.pk}/keys/", {"value": "89161234567"}, headers=HX)
    assert response.status_code == 422
    assert f"/contacts/{maria.pk}/" in response.content.decode()


def test_contact_companies_are_linked_by_choice_or_name_and_unlinked_with_undo(
    alice, maria, romashka, client_of
):
    client, url = client_of(alice), f"/contacts/{maria.pk}/companies/"
    client.post(url, {"name": "ромашка", "position": "CEO"}, headers=HX)
    client.post(url, {"name": "Лютик"}, headers=HX)
    with tenant_scope(maria.tenant_id):
        assert sorted(maria.companies.values_list("name", flat=True)) == ["Лютик", "ООО «Ромашка»"]
        member = maria.memberships.get(company=romashka)
    response = client.post(f"{url}{member.pk}/remove/", headers=HX)
    client.post(undo_of(response), headers=HX)
    with tenant_scope(maria.tenant_id):
        assert maria.memberships.get(company=romashka).position == "CEO"


def test_contact_is_created_with_phone_company_and_owner(tenant, alice, romashka, client_of):
    client = client_of(alice)
    data = {
        "name": "Олег Карпов", "phone": "8 903 111-22-33", "email": "O@x.ru", "company": "Ромашка",
        "position": "CEO", "owner": str(alice.pk),
    }  # fmt: skip
    response = client.post("/contacts/new/", data)
    assert response.status_code == 302
    with tenant_scope(tenant):
        oleg = Contact.objects.get(name="Олег Карпов")
        assert sorted(oleg.keys.values_list("value", flat=True)) == ["+79031112233", "o@x.ru"]
        assert list(oleg.companies.all()) == [romashka]
        assert oleg.owner == alice


@pytest.mark.parametrize(
    "data", [{}, {"name": "x", "phone": "абв"}, {"name": "x", "email": "нет"}, {"name": "x" * 300}]
)
def test_contact_form_with_mistakes_comes_back(alice, client_of, data):
    assert client_of(alice).post("/contacts/new/", data).status_code == 422


def test_contact_form_refuses_a_known_phone_and_says_whose(alice, maria, client_of):
    response = client_of(alice).post("/contacts/new/", {"name": "x", "phone": "89161234567"})
    assert response.status_code == 422 and "Мария Иванова" in response.content.decode()


def test_contact_hint_names_who_is_known_already(alice, maria, client_of):
    client = client_of(alice)
    assert "Мария Иванова" in client.get("/contacts/hint/?phone=89161234567").content.decode()
    assert client.get("/contacts/hint/?phone=8916").content.decode().strip() == ""


def test_deleted_contact_can_be_restored_from_its_card(tenant, admin, maria, client_of):
    client = client_of(admin)
    assert client.post(f"/contacts/{maria.pk}/delete/").status_code == 302
    page = client.get(f"/contacts/{maria.pk}/")
    assert f"/contacts/{maria.pk}/restore/" in page.content.decode()
    assert "in-place" not in page.content.decode()
    client.post(f"/contacts/{maria.pk}/restore/")
    assert reload(maria).deleted_at is None


def test_deleting_needs_its_own_right(alice, maria, client_of):
    assert client_of(alice).post(f"/contacts/{maria.pk}/delete/").status_code == 403


# --- Company -----------------------------------------------------------------------------------------
def test_company_page_shows_people_details_and_branches(tenant, alice, maria, romashka, client_of):
    with tenant_scope(tenant):
        link_company(contact=maria, company=romashka, position="Accountant")
        save_legal_details(details=LegalDetails(company=romashka, title="ООО Р", inn="7707083893"))
        create_company(name="Filial", head_company=romashka, by=alice, now=NOW)
    page = client_of(alice).get(f"/companies/{romashka.pk}/").content.decode()
    for text in ("Accountant", "7707083893", "Filial", "tel:+79161234567"):
        assert text in page


def test_company_field_with_money_and_head_company(tenant, alice, romashka, client_of):
    with tenant_scope(tenant):
        head = create_company(name="Head", by=alice, now=NOW)
    client, base = client_of(alice), f"/companies/{romashka.pk}/field"
    assert client.get(f"{base}/head_company/").status_code == 200
    data = {"potential": "150000.50", "currency": "RUB", "is_potential_regular": "on"}
    client.post(f"{base}/potential/", data, headers=HX)
    client.post(f"{base}/head_company/", {"head_company": str(head.pk)}, headers=HX)
    changed = reload(romashka)
    assert (str(changed.potential), changed.is_potential_regular) == ("150000.50", True)
    assert changed.head_company_id == head.pk
    loop = client.post(
        f"/companies/{head.pk}/field/head_company/", {"head_company": str(romashka.pk)}, headers=HX
    )
    assert loop.status_code in (404, 422)


def test_company_legal_details_are_checked(alice, romashka, client_of):
    client, url = client_of(alice), f"/companies/{romashka.pk}/legal/new/"
    wrong = {"title": "x", "inn": "7707083894", "kpp": "1", "ogrn": "1027700132196", "bik": "1"}
    page = client.post(url, wrong)
    assert page.status_code == 422 and page.content.decode().count('class="err"') == 4
    right = {"title": "ПАО", "inn": "7707 0838 93", "kpp": "773601001", "ogrn": "1027700132195"}
    assert client.post(url, right, headers=HX).status_code == 204
    with tenant_scope(romashka.tenant_id):
        details = romashka.legal_details.get()
        assert details.inn == "7707083893"
        assert list(Company.objects.search("7707083893")) == [romashka]
    edit = f"/companies/{romashka.pk}/legal/{details.pk}/"
    assert client.get(edit).status_code == 200
    response = client.post(f"{edit}remove/", headers=HX)
    client.post(undo_of(response), headers=HX)
    with tenant_scope(romashka.tenant_id):
        assert romashka.legal_details.get().kpp == "773601001"


def test_company_legal_details_are_not_restored_from_a_forged_undo(alice, romashka, client_of):
    url = f"/companies/{romashka.pk}/legal/new/?restore=forged"
    assert client_of(alice).post(url, headers=HX).status_code == 404


def test_company_points_may_be_shared(tenant, alice, romashka, client_of):
    with tenant_scope(tenant):
        other = create_company(name="Other", owner=alice, by=alice, now=NOW)
    client = client_of(alice)
    for company in (romashka, other):
        client.post(f"/companies/{company.pk}/points/", {"value": "84957770142"}, headers=HX)
    with tenant_scope(tenant):
        assert CompanyPoint.objects.filter(value="+74957770142").count() == 2
        point = romashka.points.get()
    response = client.post(f"/companies/{romashka.pk}/points/{point.pk}/remove/", headers=HX)
    client.post(undo_of(response), headers=HX)
    with tenant_scope(tenant):
        assert romashka.points.count() == 1


def test_company_people_are_added_by_choice_or_name(tenant, alice, maria, romashka, client_of):
    client, url = client_of(alice), f"/companies/{romashka.pk}/people/"
    client.post(url, {"contact": str(maria.pk), "name": "Мария Иванова", "position": "CEO"}, headers=HX)
    client.post(url, {"name": "Новый Человек"}, headers=HX)
    with tenant_scope(tenant):
        assert sorted(romashka.contacts.values_list("name", flat=True)) == ["Мария Иванова", "Новый Человек"]


def test_company_is_created_with_inn_and_phone(tenant, alice, client_of):
    data = {"name": "Лютик", "inn": "7707083893", "phone": "84957770142", "client_type": "retail"}
    assert client_of(alice).post("/companies/new/", data).status_code == 302
    assert client_of(alice).post("/companies/new/", data | {"inn": "1"}).status_code == 422
    with tenant_scope(tenant):
        company = Company.objects.get(name="Лютик")
        assert company.legal_details.get().inn == "7707083893"
        assert company.points.get().value == "+74957770142"


@pytest.mark.parametrize("path", ["", "field/site/", "points/", "people/", "legal/new/", "delete/"])
def test_company_of_another_tenant_is_missing(charlie, romashka, client_of, path):
    client = client_of(charlie)
    url = f"/companies/{romashka.pk}/{path}"
    answer = client.post(url) if path else client.get(url)
    assert answer.status_code == 404


# --- Lists and choices -------------------------------------------------------------------------------
def test_options_answer_clients_for_a_select(alice, maria, romashka, client_of):
    client = client_of(alice)
    assert [row["text"] for row in client.get("/clients/options/?kind=contact&q=иван").json()] == [
        "Мария Иванова"
    ]
    assert [row["value"] for row in client.get("/clients/options/?kind=company&q=ромаш").json()] == [
        str(romashka.pk)
    ]


def test_contact_list_searches_filters_and_links(tenant, alice, bob, maria, client_of):
    with tenant_scope(tenant):
        create_contact(name="Олег", owner=bob, tags=["vip"], by=alice, now=NOW)
        delete_contact(contact=create_contact(name="Лишний", by=alice, now=NOW), by=alice, now=NOW)
    client = client_of(alice)

    def names(query: str) -> set[str]:
        page = client.get(f"/contacts/?{query}")
        assert page.status_code == 200
        return {row.label for row in page.context["page"].rows}

    assert names("") == {"Мария Иванова", "Олег"}
    assert names("q=иванов") == names("q=4567") == {"Мария Иванова"}
    assert names("tags=vip") == names(f"owner={bob.pk}") == names("no_phone=on") == {"Олег"}


def test_lists_cost_the_same_for_three_rows_and_for_three_hundred(
    tenant, alice, client_of, django_assert_max_num_queries
):
    client = client_of(alice)

    def cost(url: str) -> int:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        return len(queries)

    def fill(count: int) -> None:
        with tenant_scope(tenant):
            for number in range(count):
                contact = create_contact(name=f"N{number}", by=alice, now=NOW)
                company = create_company(name=f"C{count}-{number}", by=alice, now=NOW)
                link_company(contact=contact, company=company)

    fill(3)
    before = [cost("/contacts/"), cost("/companies/")]
    fill(30)
    after = [cost("/contacts/"), cost("/companies/")]
    # One more than a page of rows: the count is asked for.
    assert [b - a for a, b in zip(before, after, strict=True)] <= [1, 1]
