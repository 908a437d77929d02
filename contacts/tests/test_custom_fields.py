"""Custom fields of contacts and companies: set, told, of two people at once, and when cards are merged."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from django.db import connection

from activities.changes import describe
from contacts.merging import merge_cards, undo_merge
from contacts.models import Company, Contact
from contacts.services import create_company, create_contact, update_company, update_contact
from core.tenancy import tenant_scope
from tenants.custom_fields.errors import UnknownField
from tenants.custom_fields.services import create_field
from tenants.models import CustomField, Membership, Tenant

NOW = dt.datetime(2026, 11, 28, 9, tzinfo=dt.UTC)
Kind = CustomField.Kind


def text_field(entity: str, name: str) -> CustomField:
    return create_field(entity=entity, kind=Kind.TEXT, name=name)


def test_a_company_holds_and_tells_custom_values(scope: Tenant, alice: Membership) -> None:
    field = create_field(entity="company", kind=Kind.MONEY, name="Budget", currency="RUB")
    company = create_company(name="Ромашка", by=alice, now=NOW, **{field.key: "1500"})
    update_company(company=company, by=alice, now=NOW, industry="Цветы", **{field.key: "2000"})
    assert Company.objects.get(pk=company.pk).custom_values[field.key]["amount"] == "2000.00"
    told = company.activities.filter(data__code="fields_changed").get()
    text = str(describe(told.data).html)
    assert "Budget" in text and "1\u00a0500\u00a0₽" in text and "Цветы" in text


def test_a_contact_refuses_a_field_of_companies(scope: Tenant, alice: Membership) -> None:
    field = text_field("company", "x")
    with pytest.raises(UnknownField):
        create_contact(name="Иван", by=alice, now=NOW, **{field.key: "1"})
    assert not Contact.objects.exists()


def test_two_who_set_different_fields_of_old_copies_both_succeed(
    scope: Tenant, alice: Membership, bob: Membership
) -> None:
    first, second = text_field("contact", "First"), text_field("contact", "Second")
    contact = create_contact(name="Иван", by=alice, now=NOW)
    hers, his = Contact.objects.get(pk=contact.pk), Contact.objects.get(pk=contact.pk)
    update_contact(contact=hers, by=alice, now=NOW, **{first.key: "a"})
    update_contact(contact=his, by=bob, now=NOW, **{second.key: "b"})
    assert Contact.objects.get(pk=contact.pk).custom_values == {first.key: "a", second.key: "b"}


@pytest.mark.django_db(transaction=True)
def test_two_who_write_at_the_same_time_lose_nothing(tenant: Tenant, alice: Membership) -> None:
    with tenant_scope(tenant):
        fields = [text_field("contact", f"Field {n}") for n in range(4)]
        contact = create_contact(name="Иван", by=alice, now=NOW)
    start = threading.Barrier(len(fields))

    def write(key: str) -> None:
        try:
            start.wait()
            with tenant_scope(tenant):
                mine = Contact.objects.get(pk=contact.pk)
                update_contact(contact=mine, by=alice, now=NOW, **{key: "x"})
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=[field.key]) for field in fields]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with tenant_scope(tenant):
        assert set(Contact.objects.get(pk=contact.pk).custom_values) == {field.key for field in fields}


def test_a_merge_fills_what_the_survivor_lacks_and_its_undo_takes_it_back(
    scope: Tenant, admin: Membership
) -> None:
    both, one = text_field("contact", "Both"), text_field("contact", "One")
    stays = create_contact(name="Мария", by=admin, now=NOW, **{both.key: "hers"})
    goes = create_contact(name="Маша", by=admin, now=NOW, **{both.key: "other", one.key: "brought"})
    merge = merge_cards(survivor=stays, others=[goes], by=admin, now=NOW)
    assert Contact.objects.get(pk=stays.pk).custom_values == {both.key: "hers", one.key: "brought"}
    undo_merge(merge=merge, by=admin, now=NOW)
    assert Contact.objects.get(pk=stays.pk).custom_values == {both.key: "hers"}
    assert Contact.objects.get(pk=goes.pk).custom_values == {both.key: "other", one.key: "brought"}
