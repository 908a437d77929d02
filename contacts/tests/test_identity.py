"""Contacts found and made by their keys."""

from __future__ import annotations

import threading

import pytest
from django.db import connection
from django.utils import timezone, translation

from conftest import make_tenant
from contacts.identity import (
    Key,
    email_keys,
    find_contact,
    get_or_create_contact,
    likely_matches,
    messenger_key,
    phone_keys,
)
from contacts.models import Contact, IdentityKey
from contacts.services import create_company, create_contact, delete_contact, link_company
from core.tenancy import tenant_scope

PHONE = "+79161234567"
NOW = timezone.now()


def phone(raw: str = PHONE) -> list[Key]:
    return phone_keys(raw, "RU")


def test_get_or_create_contact_makes_one_with_split_name_and_primary_keys(scope):
    contact, is_new = get_or_create_contact(
        name="Иванова Мария", keys=[*phone("89161234567, 89161234568"), *email_keys("M@x.ru")], now=NOW
    )
    assert is_new
    assert (contact.last_name, contact.first_name) == ("Иванова", "Мария")
    keys = {key.value: key for key in contact.keys.all()}
    assert {value: key.is_primary for value, key in keys.items()} == {
        PHONE: True, "+79161234568": False, "m@x.ru": True,
    }  # fmt: skip
    assert keys[PHONE].reversed_value == "76543216197"
    assert keys[PHONE].raw == "89161234567, 89161234568"


def test_get_or_create_contact_finds_and_teaches(scope):
    contact, _ = get_or_create_contact(name="", keys=phone(), now=NOW)
    again, is_new = get_or_create_contact(
        name="Мария Иванова",
        keys=[*messenger_key("telegram", 77, username="maria"), *phone()],
        now=NOW,
        position="CEO",
    )
    contact.refresh_from_db()
    assert (again.pk, is_new) == (contact.pk, False)
    assert (contact.name, contact.first_name, contact.position) == ("Мария Иванова", "Мария", "CEO")
    assert find_contact(messenger_key("telegram", 77)) == contact
    assert "мария" in contact.search_text


def test_get_or_create_contact_keeps_what_people_wrote(scope):
    get_or_create_contact(name="Мария Иванова", keys=phone(), now=NOW)
    contact, _ = get_or_create_contact(name="masha", keys=phone(), now=NOW)
    assert contact.name == "Мария Иванова"


def test_get_or_create_contact_without_keys_makes_a_new_one_each_time(scope):
    first, _ = get_or_create_contact(name="Мария", keys=[], now=NOW)
    second, _ = get_or_create_contact(name="Мария", keys=[], now=NOW)
    assert first.pk != second.pk


def test_get_or_create_contact_brings_a_deleted_one_back(scope, alice):
    contact, _ = get_or_create_contact(name="Мария", keys=phone(), now=NOW)
    delete_contact(contact=contact, by=alice, now=NOW)
    assert find_contact(phone()) is None
    again, is_new = get_or_create_contact(name="", keys=phone(), now=NOW)
    assert (again.pk, is_new, again.deleted_at) == (contact.pk, False, None)


def test_get_or_create_contact_links_a_known_company_and_makes_none(scope, alice):
    company = create_company(name="ООО «Ромашка»", by=alice, now=NOW)
    contact, _ = get_or_create_contact(
        name="Мария", keys=phone(), now=NOW, company_name="ромашка", position="CEO"
    )
    assert [(m.company, m.position) for m in contact.memberships.all()] == [(company, "CEO")]
    other, _ = get_or_create_contact(name="Олег", keys=phone("89161234568"), now=NOW, company_name="Лютик")
    assert not other.memberships.exists()


def test_find_contact_lets_the_first_key_decide(scope):
    maria, _ = get_or_create_contact(name="Мария", keys=phone(), now=NOW)
    oleg, _ = get_or_create_contact(name="Олег", keys=email_keys("o@x.ru"), now=NOW)
    assert find_contact([*phone(), *email_keys("o@x.ru")]) == maria
    assert find_contact([*email_keys("o@x.ru"), *phone()]) == oleg


def test_find_contact_sees_no_other_tenants_key(tenant, other_tenant):
    with tenant_scope(other_tenant):
        get_or_create_contact(name="Мария", keys=phone(), now=NOW)
    with tenant_scope(tenant):
        assert find_contact(phone()) is None
        _contact, is_new = get_or_create_contact(name="Мария", keys=phone(), now=NOW)
        assert is_new


@pytest.mark.django_db(transaction=True)
def test_get_or_create_contact_makes_one_of_sixteen_racing_inquiries():
    tenant = make_tenant()
    barrier = threading.Barrier(16)
    made: list[tuple[object, bool]] = []
    failures: list[BaseException] = []

    def arrive(number: int) -> None:
        keys = [*phone(), *email_keys("m@x.ru"), *messenger_key("telegram", number)]
        try:
            barrier.wait(20)
            with tenant_scope(tenant):
                contact, is_new = get_or_create_contact(
                    name="Мария", keys=keys if number % 2 else keys[::-1], now=timezone.now()
                )
                made.append((contact.pk, is_new))
        except BaseException as failure:
            failures.append(failure)
        finally:
            connection.close()

    threads = [threading.Thread(target=arrive, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert len({pk for pk, _ in made}) == 1
    assert sum(is_new for _, is_new in made) == 1
    with tenant_scope(tenant):
        assert Contact.objects.count() == 1
        assert IdentityKey.objects.count() == 18
        primary = IdentityKey.objects.filter(is_primary=True).values_list("kind", flat=True)
        assert sorted(primary) == ["email", "phone", "telegram"]


def test_likely_matches_puts_exact_ones_first_and_says_why(scope, alice):
    company = create_company(name="ООО «Северный ветер»", by=alice, now=NOW)
    known = create_contact(name="Мария Иванова", keys=phone(), by=alice, now=NOW)
    link_company(contact=known, company=company, position="CEO")
    create_contact(name="Мария Иванцова", by=alice, now=NOW)
    with translation.override("en"):
        matches = likely_matches(
            name="мария иванова", phone="8 916 123-45-67", company_name="Северный Ветер, ООО"
        )
    assert [(m.kind, m.title, m.is_exact) for m in matches][:2] == [
        ("contact", "Мария Иванова", True),
        ("company", "ООО «Северный ветер»", True),
    ]
    assert matches[0].reason == "Same phone, +7 916 123-45-67"
    assert matches[0].subtitle == "ООО «Северный ветер», +7 916 123-45-67"
    assert matches[-1].title == "Мария Иванцова" and not matches[-1].is_exact


def test_likely_matches_counts_open_deals(scope, alice):
    from deals.models import Deal, Pipeline, Stage

    contact = create_contact(name="Мария", keys=phone(), by=alice, now=NOW)
    pipeline = Pipeline.objects.create(name="Sales")
    stage = Stage.objects.create(pipeline=pipeline, name="New", kind="open")
    for number, state in enumerate(("open", "open", "won"), 1):
        Deal.objects.create(
            number=number, title="d", pipeline=pipeline, stage=stage, state=state, contact=contact
        )
    [match] = likely_matches(phone=PHONE)
    assert match.open_deal_count == 2


def test_likely_matches_finds_nothing_for_nothing(scope):
    create_contact(name="", by=None, now=NOW)
    assert likely_matches() == []
    assert likely_matches(name="ма") == []
