"""Operations on contacts and companies, and the history they leave."""

from __future__ import annotations

import pytest
from django.utils import timezone

from contacts.identity import Key, phone_keys
from contacts.models import Contact, IdentityKey
from contacts.services import (
    ContactKeyTaken,
    add_key,
    create_company,
    create_contact,
    delete_contact,
    link_company,
    remove_key,
    restore_contact,
    unlink_company,
    update_company,
    update_contact,
    update_key,
)
from contacts.services.companies import HeadCompanyLoop
from tenants import handover

NOW = timezone.now()
PHONE = phone_keys("+79161234567", "RU")[0]
OTHER = phone_keys("+79161234568", "RU")[0]


def history(client) -> list[dict]:
    return [entry.data for entry in client.activities.order_by("created_at", "pk")]


def test_create_contact_refuses_a_key_of_another(scope, alice):
    maria = create_contact(name="Мария", keys=[PHONE], by=alice, now=NOW)
    with pytest.raises(ContactKeyTaken) as refusal:
        create_contact(name="Олег", keys=[OTHER, PHONE], by=alice, now=NOW)
    assert refusal.value.details["contact"] == maria
    assert Contact.objects.count() == 1


def test_create_contact_takes_over_the_key_of_a_deleted_one(scope, alice):
    maria = create_contact(name="Мария", keys=[PHONE], by=alice, now=NOW)
    delete_contact(contact=maria, by=alice, now=NOW)
    oleg = create_contact(name="Олег", keys=[PHONE], by=alice, now=NOW)
    assert IdentityKey.objects.get().contact == oleg


def test_update_contact_records_only_what_differs(scope, alice, bob):
    contact = create_contact(name="Мария Иванова", position="CEO", owner=alice, by=alice, now=NOW)
    update_contact(contact=contact, by=alice, now=NOW, name="Мария Иванова", position="CTO", owner=bob)
    assert history(contact)[1:] == [
        {"code": "owner_changed", "from": "Alice", "to": "Bob"},
        {"code": "fields_changed", "model": "contacts.Contact",
         "fields": [{"field": "position", "from": "CEO", "to": "CTO"}]},
    ]  # fmt: skip
    update_contact(contact=contact, by=alice, now=NOW, position="CTO")
    assert len(history(contact)) == 3


def test_update_contact_keeps_the_name_and_its_parts_together(scope, alice):
    contact = create_contact(name="Мария Иванова", by=alice, now=NOW)
    update_contact(contact=contact, by=alice, now=NOW, last_name="Петрова")
    assert contact.name == "Мария Петрова"
    update_contact(contact=contact, by=alice, now=NOW, name="Анна Сидорова")
    contact.refresh_from_db()
    assert (contact.last_name, contact.first_name) == ("Сидорова", "Анна")
    assert "сидорова" in contact.search_text and "петрова" not in contact.search_text


def test_add_key_is_idempotent_and_refuses_a_strangers(scope, alice):
    maria = create_contact(name="Мария", keys=[PHONE], by=alice, now=NOW)
    assert add_key(contact=maria, key=PHONE, by=alice, now=NOW).pk == maria.keys.get().pk
    oleg = create_contact(name="Олег", by=alice, now=NOW)
    with pytest.raises(ContactKeyTaken):
        add_key(contact=oleg, key=PHONE, by=alice, now=NOW)


def test_keys_always_have_one_primary_of_a_kind(scope, alice):
    contact = create_contact(name="Мария", keys=[PHONE, OTHER], by=alice, now=NOW)
    first, second = contact.keys.get(value=PHONE.value), contact.keys.get(value=OTHER.value)
    assert (first.is_primary, second.is_primary) == (True, False)
    update_key(key=second, by=alice, now=NOW, is_primary=True, label="mobile")
    assert list(contact.keys.filter(is_primary=True)) == [second]
    remove_key(key=contact.keys.get(pk=second.pk), by=alice, now=NOW)
    assert contact.keys.get().is_primary
    assert history(contact)[-1] == {"code": "key_removed", "kind": "phone", "value": OTHER.value}


def test_restore_contact_undoes_a_deletion(scope, alice):
    contact = create_contact(name="Мария", by=alice, now=NOW)
    delete_contact(contact=contact, by=alice, now=NOW)
    restore_contact(contact=contact, by=alice, now=NOW)
    assert Contact.objects.present().get() == contact
    assert [entry["code"] for entry in history(contact)] == [
        "contact_created", "contact_deleted", "contact_restored",
    ]  # fmt: skip


def test_link_company_once_and_unlink(scope, alice):
    contact = create_contact(name="Мария", by=alice, now=NOW)
    company = create_company(name="Ромашка", by=alice, now=NOW)
    link_company(contact=contact, company=company, position="CEO", by=alice, now=NOW)
    member = link_company(contact=contact, company=company, position="CTO", by=alice, now=NOW)
    contact.refresh_from_db()
    assert (contact.memberships.count(), member.position) == (1, "CTO")
    assert "ромашка" in contact.search_text
    unlink_company(member=member, by=alice, now=NOW)
    contact.refresh_from_db()
    assert "ромашка" not in contact.search_text


def test_update_company_refuses_to_be_a_branch_of_its_branch(scope, alice):
    head = create_company(name="Head", by=alice, now=NOW)
    branch = create_company(name="Branch", by=alice, now=NOW, head_company=head)
    for wrong in (head, branch):
        with pytest.raises(HeadCompanyLoop):
            update_company(company=head, by=alice, now=NOW, head_company=wrong)


def test_create_contact_ignores_a_key_given_twice(scope, alice):
    again = Key(PHONE.kind, PHONE.value, "other spelling")
    contact = create_contact(name="Мария", keys=[PHONE, again], by=alice, now=NOW)
    assert contact.keys.count() == 1


def test_handover_gives_clients_away_and_says_so(scope, alice, bob, admin):
    maria = create_contact(name="Мария", owner=alice, by=alice, now=NOW)
    kept = create_contact(name="Олег", owner=bob, by=bob, now=NOW)
    company = create_company(name="Лютик", owner=alice, by=alice, now=NOW)
    loads = {load.kind.name: load.count for load in handover.workload(alice)}
    assert (loads["contacts"], loads["companies"]) == (1, 1)
    moved = handover.hand_over(member=alice, to=bob, by=admin, now=NOW)
    assert (moved["contacts"], moved["companies"]) == (1, 1)
    for client in (maria, company):
        client.refresh_from_db()
        assert client.owner == bob
        assert history(client)[-1] == {"code": "owner_changed", "from": "Alice", "to": "Bob"}
    assert len(history(kept)) == 1
