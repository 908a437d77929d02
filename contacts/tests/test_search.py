"""Search by a part of the name and by the last digits, within one tenant and quickly."""

from __future__ import annotations

import pytest
from django.db import connection
from django.utils import timezone

from contacts import palette, searching
from contacts.identity import email_keys, phone_keys
from contacts.models import Company, Contact, LegalDetails
from contacts.services import (
    add_point,
    create_company,
    create_contact,
    delete_contact,
    link_company,
    save_legal_details,
    update_company,
)
from core.tenancy import tenant_scope

NOW = timezone.now()


def contact(name: str, *keys: str, **fields) -> Contact:
    made = [key for raw in keys for key in ([*phone_keys(raw, "RU")] or [*email_keys(raw)])]
    return create_contact(name=name, keys=made, by=None, now=NOW, **fields)


def found(text: str) -> set[str]:
    return set(Contact.objects.present().search(text).values_list("name", flat=True))


@pytest.fixture
def people(scope):
    contact("Алёна Ёлкина", "+79161234567", "alena@x.ru")
    contact("Мария Иванова", "+79031112233", "maria_i@x.ru")
    contact("Иван Петров", "+74957654321")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("елкин", {"Алёна Ёлкина"}),
        ("ЁЛКИНА", {"Алёна Ёлкина"}),
        ("иван", {"Мария Иванова", "Иван Петров"}),
        ("иван петр", {"Иван Петров"}),
        ("петров иван", {"Иван Петров"}),
        ("ва", {"Мария Иванова", "Иван Петров"}),
        ("alena@", {"Алёна Ёлкина"}),
        ("maria_i", {"Мария Иванова"}),
        ("mariaxi", set()),
        ("%", set()),
        ("_", set()),
        ("4567", {"Алёна Ёлкина"}),
        ("45-67", {"Алёна Ёлкина"}),
        ("8 (916) 123-45-67", {"Алёна Ёлкина"}),
        ("+7 916 123 45 67", {"Алёна Ёлкина"}),
        ("8916123", {"Алёна Ёлкина"}),
        ("916 123", {"Алёна Ёлкина"}),
        ("321", {"Иван Петров"}),
        ("'; DROP TABLE x; --", set()),
        ("\\", set()),
        ("", set()),
    ],
)
def test_search_finds_by_part_of_the_name_address_or_digits(people, text, names):
    assert found(text) == names


def test_search_knows_the_company_and_its_new_name(scope):
    company = create_company(name="ООО «Ромашка»", by=None, now=NOW)
    link_company(contact=contact("Мария"), company=company)
    assert found("ромашк") == {"Мария"}
    update_company(company=company, by=None, now=NOW, name="Лютик")
    assert found("лютик") == {"Мария"} and found("ромашк") == set()


def test_search_leaves_out_deleted_ones(scope, alice):
    delete_contact(contact=contact("Мария", "+79161234567"), by=alice, now=NOW)
    assert found("мария") == set() and found("4567") == set()


def test_search_sees_no_other_tenant(tenant, other_tenant):
    with tenant_scope(other_tenant):
        contact("Мария Чужая", "+79161234567")
    with tenant_scope(tenant):
        assert found("мария") == set() and found("4567") == set()
        assert searching.ranked_ids("contacts", searching.parse("мария"), 10, entity="contact") == []


def test_search_functions_answer_nothing_outside_a_scope(tenant):
    with tenant_scope(tenant):
        contact("Мария")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM search.contacts(ARRAY['%%мария%%'], ARRAY[]::text[], 10)")
        assert cursor.fetchone()[0] == 0


def test_search_of_companies_by_bare_name_inn_phone_and_site(scope):
    company = create_company(name="ООО «Северный ветер»", by=None, now=NOW, site="sevveter.example")
    save_legal_details(details=LegalDetails(company=company, title="ООО СВ", inn="7707083893"))
    add_point(company=company, key=phone_keys("+74957770142", "RU")[0])
    for text in ("северный", "ооо северный ветер", "7707083893", "sevveter", "0142", "ветер, ООО"):
        assert list(Company.objects.search(text)) == [company], text


def test_search_ranks_whole_names_above_parts(scope):
    names = ("Мария Константинова-Задунайская", "Мария", "Мария Иванова")
    for name in names:
        contact(name)
    ids = searching.ranked_ids("contacts", searching.parse("мария"), 10, entity="contact")
    assert [Contact.objects.get(pk=pk).name for pk in ids][0] == "Мария"


def test_palette_shows_clients_with_what_tells_them_apart(scope, alice):
    company = create_company(name="ООО «Ромашка»", by=None, now=NOW)
    link_company(contact=contact("Мария Иванова", "+79161234567"), company=company)
    hits = list(palette.search("ромаш", alice, 6))
    assert [(hit.kind, hit.title) for hit in hits] == [
        ("contact", "Мария Иванова"),
        ("company", "ООО «Ромашка»"),
    ]
    assert hits[0].subtitle == "ООО «Ромашка», +7 916 123-45-67"
    assert hits[0].url.startswith("/contacts/")
