"""Values of custom fields: each kind's reading and refusals, other tenants' ids, and that what is set is what is read."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacts.models import Contact
from contacts.services import create_contact, update_contact
from core.tenancy import tenant_scope
from tenants.custom_fields.definitions import fields_of, names
from tenants.custom_fields.errors import BadValue, UnknownField
from tenants.custom_fields.files import store_file
from tenants.custom_fields.services import add_element, archive_element, create_directory, create_field
from tenants.custom_fields.values import checked, parse
from tenants.custom_fields.wording import plain, text_of
from tenants.models import CustomField, DirectoryElement, Membership, Tenant

NOW = dt.datetime(2026, 11, 28, 9, tzinfo=dt.UTC)
Kind = CustomField.Kind


def make(kind: str, **values: Any) -> CustomField:
    """Make a field of contacts of a kind, with two options where it has some."""
    if kind in (Kind.CHOICE, Kind.CHOICES):
        values.setdefault("options", ["Red", "Green, dark"])
    if kind == Kind.ELEMENT:
        directory = create_directory(name="Warehouses")
        add_element(directory=directory, name="North")
        values["directory"] = directory
    if kind == Kind.MONEY:
        values.setdefault("currency", "RUB")
    return create_field(entity="contact", kind=kind, name=values.pop("name", f"My {kind}"), **values)


def element(field: CustomField, name: str) -> str:
    return str(DirectoryElement.objects.get(directory=field.directory, name=name).pk)


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        (Kind.TEXT, "  two words ", "two words"),
        (Kind.NUMBER, "1 234,50", "1234.5"),
        (Kind.NUMBER, "12,400", "12400"),
        (Kind.NUMBER, "\u22125", "-5"),
        (Kind.NUMBER, "0", "0"),
        (Kind.NUMBER, "1200", "1200"),
        (Kind.MONEY, "1 748 000,50 ₽", {"amount": "1748000.50", "currency": "RUB"}),
        (Kind.MONEY, "1500", {"amount": "1500.00", "currency": "RUB"}),
        (Kind.MONEY, "1500 руб.", {"amount": "1500.00", "currency": "RUB"}),
        (Kind.MONEY, "USD 1,500.25", {"amount": "1500.25", "currency": "USD"}),
        (Kind.MONEY, "€ 7", {"amount": "7.00", "currency": "EUR"}),
        (Kind.DATE, "28.11.2026", "2026-11-28"),
        (Kind.DATE, "2026-11-28 00:00:00", "2026-11-28"),
        (Kind.FLAG, "Да", True),
        (Kind.FLAG, "no", False),
        (Kind.TEXT, "   ", None),
        (Kind.NUMBER, "", None),
    ],
)
@pytest.mark.usefixtures("scope")
def test_text_is_read_as_people_write_it(kind: str, raw: str, value: Any) -> None:
    assert parse(make(kind), raw, names()) == value


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        (Kind.NUMBER, "twelve"),
        (Kind.NUMBER, "1.2.3"),
        (Kind.NUMBER, "NaN"),
        (Kind.NUMBER, "9" * 19),
        (Kind.NUMBER, "0.1234567"),
        (Kind.MONEY, "a lot"),
        (Kind.MONEY, "1.005"),
        (Kind.DATE, "31.02.2026"),
        (Kind.DATE, "tomorrow"),
        (Kind.DATE, "01.01.1500"),
        (Kind.CHOICE, "Blue"),
        (Kind.CHOICES, "Red; Blue"),
        (Kind.FLAG, "perhaps"),
        (Kind.MEMBER, "Nobody Here"),
        (Kind.ELEMENT, "South"),
        (Kind.FILE, "contract.pdf"),
        (Kind.TEXT, "x" * 5001),
    ],
)
@pytest.mark.usefixtures("scope")
def test_what_a_field_cannot_hold_is_refused_by_its_name(kind: str, raw: str) -> None:
    field = make(kind)
    with pytest.raises(BadValue) as refused:
        parse(field, raw, names())
    assert field.name in str(refused.value.message) and refused.value.field == field.key


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Kind.TEXT, 5),
        (Kind.NUMBER, 1.5),
        (Kind.NUMBER, True),
        (Kind.NUMBER, "Infinity"),
        (Kind.MONEY, {"amount": "1", "currency": "rubles"}),
        (Kind.DATE, "28.11.2026"),
        (Kind.CHOICES, "Red"),
        (Kind.FLAG, "yes"),
        (Kind.FILE, {"id": "not-an-id"}),
        (Kind.FILE, {"id": "01920000-0000-7000-8000-00000000dead"}),
    ],
)
@pytest.mark.usefixtures("scope")
def test_a_value_of_another_shape_is_refused(kind: str, value: Any) -> None:
    with pytest.raises(BadValue):
        checked(make(kind), value, names())


@pytest.mark.usefixtures("scope")
def test_options_are_read_by_name_in_any_case_and_order() -> None:
    one, many = make(Kind.CHOICE), make(Kind.CHOICES)
    assert parse(one, "red", names()) == element(one, "Red")
    both = [element(many, "Red"), element(many, "Green, dark")]
    assert parse(many, "Green, dark; Red", names()) == both
    assert parse(many, "green, dark", names()) == both[1:]


def test_colleagues_are_read_by_name_or_address(scope: Tenant, alice: Membership, bob: Membership) -> None:
    field = make(Kind.MEMBER)
    assert parse(field, "alice", names()) == str(alice.pk)
    assert parse(field, bob.user.email.upper(), names()) == str(bob.pk)


def test_two_colleagues_of_one_name_need_an_address(
    scope: Tenant, alice: Membership, bob: Membership
) -> None:
    Membership.objects.filter(pk=bob.pk).update(name=alice.name)
    with pytest.raises(BadValue, match=alice.name):
        parse(make(Kind.MEMBER), alice.name, names())


def test_rows_of_another_tenant_are_refused(
    tenant: Tenant, other_tenant: Tenant, charlie: Membership
) -> None:
    with tenant_scope(other_tenant):
        foreign_element = element(make(Kind.ELEMENT), "North")
        foreign_file = store_file(upload=SimpleUploadedFile("a.txt", b"theirs"), by=charlie)
    with tenant_scope(tenant):
        for kind, value in (
            (Kind.ELEMENT, foreign_element),
            (Kind.CHOICE, foreign_element),
            (Kind.CHOICES, [foreign_element]),
            (Kind.MEMBER, str(charlie.pk)),
            (Kind.FILE, {"id": str(foreign_file.pk), "name": "a.txt"}),
        ):
            with pytest.raises(BadValue):
                checked(make(kind) if kind != Kind.ELEMENT else make(kind), value, names())


@pytest.mark.usefixtures("scope")
def test_an_element_of_another_directory_is_refused() -> None:
    mine, other = make(Kind.CHOICE, name="Mine"), make(Kind.CHOICE, name="Other")
    with pytest.raises(BadValue):
        checked(mine, element(other, "Red"), names())


def test_unknown_and_foreign_fields_are_refused(scope: Tenant, alice: Membership) -> None:
    of_deals = create_field(entity="deal", kind=Kind.TEXT, name="Of deals")
    contact = create_contact(name="Ivan", by=alice, now=NOW)
    for key in ("cf_9999", of_deals.key):
        with pytest.raises(UnknownField):
            update_contact(contact=contact, by=alice, now=NOW, **{key: "x"})


def test_an_archived_element_stays_but_is_not_offered(scope: Tenant) -> None:
    field = make(Kind.CHOICE)
    red = DirectoryElement.objects.get(directory=field.directory, name="Red")
    archive_element(element=red, is_archived=True)
    assert checked(field, str(red.pk), names()) == str(red.pk)
    assert str(red.pk) not in names().elements_of(field, with_archived=False)


_texts = (
    st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=60)
    .map(str.strip)
    .filter(bool)
)
_numbers = st.decimals(min_value=-(10**12), max_value=10**12, places=4)
_sums = st.tuples(
    st.decimals(min_value=-(10**9), max_value=10**9, places=2), st.sampled_from(["RUB", "USD", "KZT"])
)
_days = st.dates(dt.date(1900, 1, 1), dt.date(2200, 12, 31))


@pytest.fixture
def kinds(scope: Tenant, alice: Membership, bob: Membership) -> dict[str, CustomField]:
    return {kind: make(kind) for kind in Kind.values}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_what_is_set_is_what_is_read(
    kinds: dict[str, CustomField], alice: Membership, data: st.DataObject
) -> None:
    """For every kind: through the contact's service, from the database, and back from what an export writes."""
    options = names().elements_of(kinds[Kind.CHOICES])
    amount, currency = data.draw(_sums)
    given_values: dict[str, Any] = {
        Kind.TEXT: data.draw(_texts),
        Kind.NUMBER: data.draw(_numbers),
        Kind.MONEY: {"amount": amount, "currency": currency},
        Kind.DATE: data.draw(_days),
        Kind.CHOICE: data.draw(st.sampled_from(list(names().elements_of(kinds[Kind.CHOICE])))),
        Kind.CHOICES: data.draw(st.lists(st.sampled_from(list(options)), min_size=1, unique=True)),
        Kind.FLAG: data.draw(st.booleans()),
        Kind.MEMBER: data.draw(st.sampled_from(list(names().members()))),
        Kind.ELEMENT: data.draw(st.sampled_from(list(names().elements_of(kinds[Kind.ELEMENT])))),
        Kind.FILE: store_file(upload=SimpleUploadedFile("отчёт.pdf", b"x"), by=alice),
    }
    contact = create_contact(
        by=alice, now=NOW, name="Ivan", **{kinds[k].key: v for k, v in given_values.items()}
    )
    held = Contact.objects.get(pk=contact.pk).custom_values
    assert held[kinds[Kind.TEXT].key] == given_values[Kind.TEXT]
    assert Decimal(held[kinds[Kind.NUMBER].key]) == given_values[Kind.NUMBER]
    assert Decimal(held[kinds[Kind.MONEY].key]["amount"]) == amount
    assert held[kinds[Kind.DATE].key] == given_values[Kind.DATE].isoformat()
    assert set(held[kinds[Kind.CHOICES].key]) == set(given_values[Kind.CHOICES])
    for kind, field in kinds.items():
        assert text_of(field, held[field.key], names())
        assert checked(field, held[field.key], names()) == held[field.key]
        if kind != Kind.FILE:
            assert parse(field, str(plain(field, held[field.key], names())), names()) == held[field.key], kind
    assert update_contact(contact=contact, by=alice, now=NOW, **dict(held)).activities.count() == 1


@pytest.mark.usefixtures("scope")
def test_values_are_written_in_the_readers_language() -> None:
    number, money, day, flag = make(Kind.NUMBER), make(Kind.MONEY), make(Kind.DATE), make(Kind.FLAG)
    with translation.override("ru"):
        assert text_of(number, "1234.5", names()) == "1\u00a0234,5"
        assert text_of(money, {"amount": "1500.00", "currency": "RUB"}, names()) == "1\u00a0500\u00a0₽"
        assert text_of(day, "2025-11-28", names()) == "28\u00a0ноя\u00a02025"
        assert text_of(flag, False, names()) == "нет"
    with translation.override("en"):
        assert text_of(flag, True, names()) == "yes"


def test_the_definitions_of_a_page_are_one_query(scope: Tenant, django_assert_num_queries: Any) -> None:
    for number in range(5):
        make(Kind.TEXT, name=f"Field {number}")
    with django_assert_num_queries(1):
        assert len(fields_of("contact")) == 5
        assert fields_of("deal") == [] and fields_of("contact")[0].name == "Field 0"
