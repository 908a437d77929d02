"""Sets of legal details: the main one, archived ones, pasted ones, and an INN that is known already."""

from __future__ import annotations

import pytest
from django.utils import timezone

from contacts.models import Company, LegalDetails
from contacts.services import (
    LegalDetailsKnown,
    archive_legal_details,
    create_company,
    delete_company,
    make_main,
    refuse_known,
    remove_legal_details,
    save_legal_details,
    unarchive_legal_details,
)
from core.tenancy import tenant_scope

NOW = timezone.now()
HX = {"HX-Request": "true"}
INN, OTHER = "7707083893", "7736050003"


@pytest.fixture
def romashka(tenant, alice):
    with tenant_scope(tenant):
        return create_company(name="Ромашка", owner=alice, by=alice, now=NOW)


def add(company, **fields) -> LegalDetails:
    return save_legal_details(details=LegalDetails(company=company, title="ООО", **fields))


def main_of(company) -> LegalDetails:
    return LegalDetails.objects.in_use().filter(company=company).main_first().first()


def test_first_set_is_the_main_one_until_another_is_chosen(scope, romashka):
    first, second = add(romashka, inn=INN), add(romashka, inn=OTHER)
    assert main_of(romashka) == first
    make_main(details=second)
    assert main_of(romashka) == second
    assert list(romashka.legal_details.filter(is_main=True)) == [second]


def test_archived_set_gives_its_place_to_the_next(scope, romashka):
    first, second = add(romashka, inn=INN), add(romashka, inn=OTHER)
    archive_legal_details(details=first, now=NOW)
    assert main_of(romashka) == second
    unarchive_legal_details(details=first)
    first.refresh_from_db()
    assert main_of(romashka) == second and first.archived_at is None and not first.is_main


def test_removed_main_set_leaves_another_main(scope, romashka):
    first, second = add(romashka, inn=INN), add(romashka, inn=OTHER)
    remove_legal_details(details=first)
    second.refresh_from_db()
    assert second.is_main and "7736050003" in Company.objects.get(pk=romashka.pk).search_text


def test_known_inn_is_refused_but_not_another_branch_of_it(scope, romashka, alice):
    add(romashka, inn=INN, kpp="773601001")
    refuse_known(inn=INN, kpp="770943002")
    refuse_known(inn=INN, kpp="", besides=romashka)
    refuse_known(inn="", kpp="")
    with pytest.raises(LegalDetailsKnown) as refusal:
        refuse_known(inn=INN, kpp="")
    assert refusal.value.details["company"] == romashka and "Ромашка" in str(refusal.value.message)
    delete_company(company=romashka, by=alice, now=NOW)
    refuse_known(inn=INN, kpp="773601001")


# --- Pages -------------------------------------------------------------------------------------------
def test_new_company_with_a_known_inn_is_made_only_on_purpose(tenant, alice, romashka, client_of):
    with tenant_scope(tenant):
        add(romashka, inn=INN)
    client, data = client_of(alice), {"name": "Лютик", "inn": INN}
    answer = client.post("/companies/new/", data)
    assert answer.status_code == 422 and f"/companies/{romashka.pk}/" in answer.content.decode()
    assert client.post("/companies/new/", data | {"anyway": "1"}).status_code == 302
    with tenant_scope(tenant):
        assert Company.objects.filter(legal_details__inn=INN).count() == 2


def test_hint_shows_who_has_the_inn_while_it_is_typed(tenant, alice, romashka, client_of):
    with tenant_scope(tenant):
        add(romashka, inn=INN, kpp="773601001")
        from contacts.duplicates.finding import FIRMS, look_around

        look_around(FIRMS, [romashka.pk])
        lily = create_company(name="Лилия", owner=alice, by=alice, now=NOW)
    client = client_of(alice)
    assert "Ромашка" in client.get(f"/contacts/hint/?for=company&inn={INN}").content.decode()
    url = f"/contacts/hint/?for=legal&inn={INN}&company="
    assert "Ромашка" in client.get(f"{url}{lily.pk}").content.decode()
    assert "Ромашка" not in client.get(f"{url}{romashka.pk}").content.decode()


def test_pasted_text_fills_the_form_and_saves_nothing(tenant, alice, romashka, client_of):
    text = f"ИНН {INN} КПП 773601001\nДиректор Иванов"
    url = f"/companies/{romashka.pk}/legal/new/"
    page = client_of(alice).post(url, {"pasted": text, "title": "Мы", "recognise": "1"})
    form = page.context["form"]
    assert page.status_code == 200
    assert (form["inn"].value(), form["kpp"].value(), form["title"].value()) == (INN, "773601001", "Мы")
    assert form["pasted"].value() == "Директор Иванов"
    with tenant_scope(tenant):
        assert not romashka.legal_details.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"inn": "7707083894"},
        {"kpp": "1"},
        {"ogrn": "1027700132196"},
        {"inn": INN, "ogrn": "304500116000157"},
        {"bik": "04452522"},
        {"bik": "044525225", "account": "40702810000000000000"},
        {"bik": "044525225", "correspondent_account": "30101810500000000225"},
    ],
)
def test_wrong_numbers_are_refused(tenant, alice, romashka, client_of, wrong):
    url = f"/companies/{romashka.pk}/legal/new/"
    assert client_of(alice).post(url, {"title": "ООО"} | wrong).status_code == 422
    with tenant_scope(tenant):
        assert not romashka.legal_details.exists()


def test_sets_are_made_main_archived_and_removed_on_the_card(tenant, alice, bob, romashka, client_of):
    with tenant_scope(tenant):
        first, second = add(romashka, inn=INN), add(romashka, inn=OTHER)
    client, url = client_of(alice), f"/companies/{romashka.pk}/legal/{second.pk}"
    assert client.post(f"{url}/main/", headers=HX).status_code == 204
    with tenant_scope(tenant):
        assert main_of(romashka) == second
    client.post(f"{url}/archive/", headers=HX)
    page = client.get(f"/companies/{romashka.pk}/?part=legal", headers=HX)
    assert page.context["details"] == [first] and page.context["archived_details"] == [second]
    client.post(f"{url}/archive/", {"archived": "0"}, headers=HX)
    assert client_of(bob).post(f"{url}/main/").status_code == 404
    assert client.post(f"{url}/remove/", headers=HX).status_code == 204
    with tenant_scope(tenant):
        assert list(romashka.legal_details.all()) == [first]
