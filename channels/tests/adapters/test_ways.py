"""Several phones and addresses in one post: the first says who it is, the others are theirs as well."""

from __future__ import annotations

import pytest

from channels.adapters import adapter_for
from channels.adapters.mail import EmailAdapter
from channels.adapters.ways import MAX_WAYS, spoken_ways, told_ways
from channels.tests.adapters.samples import delivery, form

FORM = adapter_for("form")


def person_of(**fields):
    (item,) = FORM.parse(form({name.replace("__", " "): value for name, value in fields.items()}), {})
    return item.person


@pytest.mark.parametrize(
    "value",
    [
        "+7 921 555-11-22, +7 921 555-11-33",
        "8(921)5551122 / 8(921)5551133",
        "+79215551122\n+79215551133",
        "+79215551122; 89215551133",
    ],
)
def test_every_phone_of_a_field_is_found(value):
    person = person_of(phone=value)
    assert [one[-2:] for one in (person.phone, *person.other_phones)] == ["22", "33"]


def test_phones_and_addresses_of_several_fields_are_found():
    person = person_of(
        Телефон="+7 921 555-11-22",
        Второй__телефон="+7 921 555-11-33",
        Email="a@client.example",
        Почта__для__счетов="b@client.example, a@client.example",
    )
    assert (person.phone, person.other_phones) == ("+7 921 555-11-22", ("+7 921 555-11-33",))
    assert (person.email, person.other_emails) == ("a@client.example", ("b@client.example",))


@pytest.mark.parametrize(
    "name", ["Телефон друга", "friend_phone", "Телефон менеджера", "manager-phone", "Телефон получателя"]
)
def test_phone_of_somebody_else_is_no_key_of_the_client(name):
    fields = [("Телефон", "+79215551122"), (name, "+79215551133")]
    assert told_ways(fields, []).phones == ("+79215551122",)
    assert told_ways(fields[1:], []).phones == ("+79215551133",)  # the only one there is: somebody left it


def test_address_a_form_is_sent_to_is_no_key_of_the_client():
    person = person_of(
        email="a@client.example", email_to="sales@company.example", recipient_email="x@y.example"
    )
    assert (person.email, person.other_emails) == ("a@client.example", ())


def test_everything_left_in_a_message_is_found():
    person = person_of(message="Звоните 8 921 555-11-22 или 8 921 555-11-33, почта a@client.example")
    assert (person.phone, person.other_phones) == ("8 921 555-11-22", ("8 921 555-11-33",))
    assert person.email == "a@client.example"


def test_number_named_beside_a_phone_field_stays_a_number_named_in_passing():
    assert person_of(phone="+79215551122", message="у коллеги 8 921 555-11-33").other_phones == ()


def test_lists_of_people_are_cut():
    numbers = ", ".join(f"+7921555112{digit}" for digit in range(9))
    assert len(told_ways([("phone", numbers)], []).phones) == MAX_WAYS
    assert len(spoken_ways(numbers).phones) == MAX_WAYS


def test_forms_sent_as_letters_have_several_too():
    letter = (
        "From: robot@site.example\r\nTo: sales@crm.example\r\nSubject: Form\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n\r\n"
        "Имя: Анна\r\nТелефон: +7 921 555-11-22, +7 921 555-11-33\r\nEmail: a@client.example\r\n"
    )
    (item,) = EmailAdapter().parse(delivery(letter, method="IMAP"), {"address": "sales@crm.example"})
    assert (item.person.phone, item.person.other_phones) == ("+7 921 555-11-22", ("+7 921 555-11-33",))
