"""The rules of likeness, without a database."""

from __future__ import annotations

import itertools
import uuid

import pytest
from django.utils import translation

from contacts.duplicates.keys import keys_of_firm, keys_of_person
from contacts.duplicates.mails import is_slip, public_name
from contacts.duplicates.profiles import Firm, Person, firm, person, person_name
from contacts.duplicates.scoring import LIKELY, SURE, likeness_of, score_firms, score_people
from contacts.duplicates.sounds import distance, is_mistyped, sound
from contacts.duplicates.wording import level_of, reasons_text
from contacts.names import split_name

ROMASHKA = (uuid.UUID(int=7), "Ромашка")


def someone(
    name: str = "", *keys: tuple[str, str], at: tuple[uuid.UUID, str] | None = None, raw: str = ""
) -> Person:
    parts = split_name(name)
    rows = [(kind, value, raw or value) for kind, value in keys]
    return person(person_name(parts.last, parts.first, parts.middle, name), rows, [at] if at else [])


def points(one: Person, other: Person, **called: int) -> int:
    there, back = score_people(one, other, called), score_people(other, one, called)
    assert there == back, "the order of the two is no matter"
    return there.points


@pytest.mark.parametrize(
    "spellings",
    [
        "Юлия Yulia Julia Iuliia Yuliya",
        "Щербаков Scherbakov Shcherbakov",
        "Фёдор Фёдор Fedor Fyodor",
        "Сергеев Sergeev Sergeyev",
        "Дмитрий Dmitry Dmitriy Dmitrij",
        "Наталья Наталия Natalia",
        "Соловьёв Соловьев Solovyov Soloviev",
        "Чайковский Tchaikovsky Chaikovskiy",
        "Ксения Xenia Kseniya",
    ],
)
def test_sound_is_one_for_all_spellings(spellings: str) -> None:
    assert len({sound(word) for word in spellings.split()}) == 1


def test_sound_of_no_letters_is_empty() -> None:
    assert (sound("—"), sound("…"), sound("")) == ("", "", "")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("ivanov", "ivanov", 0),
        ("ivanov", "ivanvo", 1),
        ("ivanov", "ivano", 1),
        ("ivanov", "petrov", 3),
        ("", "abc", 3),
    ],
)
def test_distance_counts_swapped_letters_as_one(one: str, other: str, expected: int) -> None:
    assert distance(one, other) == expected


def test_another_sex_is_no_slip_of_the_pen() -> None:
    assert not is_mistyped(sound("Иванов"), sound("Иванова"))
    assert not is_mistyped(sound("Евгений"), sound("Евгения"))
    assert is_mistyped(sound("Кузнецова"), sound("Кузнцова"))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("Мария Иванова", "Иванова Мария", "same"),
        ("Мария Иванова", "Ivanova Maria", "same"),
        ("Пётр Чехов", "Петр Чехов", "same"),
        ("Маша Иванова", "Мария Иванова", "short"),
        ("Александр Ким", "Саша Ким", "short"),
        ("Мария Иванова", "Мария Ивонова", "typo"),
        ("И. Иванов", "Иван Иванов", "initials"),
        ("Иванов И. П.", "Иван Иванов", "initials"),
        ("И. Иванов", "Пётр Иванов", "different"),
        ("Мария", "Мария Иванова", "part"),
        ("Мария", "Олег Иванов", "unknown"),
        ("", "Олег Иванов", "unknown"),
        ("Александр Иванов", "Александра Иванова", "different"),
        ("Мария Иванова", "Мария Петрова", "different"),
        ("Заявка с сайта номер пять", "Мария Иванова", "unknown"),
    ],
)
def test_likeness_of_names(one: str, other: str, expected: str) -> None:
    assert likeness_of(someone(one).name, someone(other).name) == expected
    assert likeness_of(someone(other).name, someone(one).name) == expected


def test_rare_name_is_offered_and_a_common_one_is_not() -> None:
    one, other = someone("Мария Белозёрова"), someone("Белозерова Мария")
    assert points(one, other) == LIKELY
    assert points(one, other, **{"n:belozerova|maria": 40}) < LIKELY


def test_patronymic_supports_or_contradicts() -> None:
    one = someone("Иванова Мария Петровна")
    assert points(one, someone("Мария Петровна Иванова")) == LIKELY + 15
    assert points(one, someone("Иванова Мария Олеговна")) == 0


def test_phone_of_one_is_the_whatsapp_of_the_other() -> None:
    one, other = someone("", ("phone", "+79161234567")), someone("Кофейня", ("whatsapp", "79161234567"))
    assert points(one, other) >= LIKELY
    with translation.override("en"):
        assert "WhatsApp has the number +7 916 123-45-67" in reasons_text(
            score_people(one, other, {}).reasons
        )


def test_same_name_and_a_phone_that_differs_by_one_digit_is_almost_certain() -> None:
    one = someone("Мария Белозёрова", ("phone", "+79161234567"))
    other = someone("Мария Белозёрова", ("phone", "+79161234576"))
    found = score_people(one, other, {})
    assert found.points >= SURE and level_of(found.points) == "sure"
    with translation.override("ru"):
        assert reasons_text(found.reasons) == "то же имя, телефон отличается одной цифрой"


def test_neighbouring_phones_of_different_people_say_nothing() -> None:
    one = someone("Мария Белозёрова", ("phone", "+79161234567"))
    assert points(one, someone("Олег Петров", ("phone", "+79161234568"))) == 0


def test_same_name_at_two_mail_services() -> None:
    one = someone("Мария Белозёрова", ("email", "m.belozerova@mail.ru"))
    other = someone("Мария Белозёрова", ("email", "mbelozerova@gmail.com"))
    assert points(one, other) >= SURE
    assert points(someone("", ("email", "info@mail.ru")), someone("", ("email", "info@gmail.com"))) == 0


def test_mail_rules() -> None:
    assert public_name("m.belozerova+shop@gmail.com") == "mbelozerova"
    assert public_name("m.belozerova@gmail.con") == "mbelozerova", "meant gmail.com"
    assert public_name("m.belozerova@romashka.ru") == ""
    assert public_name("sales@mail.ru") == "" == public_name("ivan@mail.ru")
    assert is_slip("maria@mail.ru", "marai@mail.ru") and not is_slip("maria@mail.ru", "oleg@mail.ru")


def test_similar_name_in_the_same_company() -> None:
    one, other = someone("Мария Иванова", at=ROMASHKA), someone("Мария Ивонова", at=ROMASHKA)
    assert points(one, other) >= LIKELY
    assert points(someone("Мария Иванова"), someone("Мария Ивонова")) < LIKELY


def test_two_messengers_of_one_rare_name() -> None:
    one = someone("Мария Белозёрова", ("telegram", "77"))
    assert points(one, someone("Мария Белозёрова", ("vk", "12"))) == LIKELY + 10


def everybody() -> list[Person]:
    """All sorts of people, many of them nearly the same."""
    names = ["Мария Белозёрова", "Belozerova Maria", "Маша Белозерова", "М. Белозёрова", "Мария Билозёрова", "Мария",
             "Белозёрова Мария Петровна", "Белозёрова Мариа Петровна", "Олег Ким", ""]  # fmt: skip
    keys: list[list[tuple[str, str]]] = [
        [],
        [("phone", "+79161234567")],
        [("phone", "+79161234568")],
        [("phone", "+79171234567")],
        [("whatsapp", "79161234567")],
        [("email", "mbelozerova@mail.ru")],
        [("email", "m.belozerova@ya.ru")],
        [("email", "mbelozerva@mail.ru")],
        [("telegram", "1")],
    ]
    return [someone(name, *own, at=at) for name in names for own in keys for at in (None, ROMASHKA)]


@pytest.mark.parametrize("called", [1, 4, 40])
def test_cards_that_are_likely_share_a_key(called: int) -> None:
    """Whatever is offered must be brought together first, by more than a name that many have."""
    people = everybody()
    counts = {key: called for one in people for key in keys_of_person(one) if key.startswith("n:")}
    keys = [{key for key in keys_of_person(one) if called <= 5 or not key.startswith("n:")} for one in people]
    missed = [
        (one, other)
        for (one, own), (other, their) in itertools.combinations(zip(people, keys, strict=True), 2)
        if score_people(one, other, counts).is_likely and not own & their
    ]
    assert missed == []


def test_a_first_name_alone_brings_nobody_together() -> None:
    assert not keys_of_person(someone("Мария"))


# --- Companies ---------------------------------------------------------------------------------------
def firm_points(one: Firm, other: Firm, **called: int) -> int:
    there, back = score_firms(one, other, called), score_firms(other, one, called)
    assert there.points == back.points
    return there.points


@pytest.mark.parametrize(
    ("one", "other", "least"),
    [
        (firm("ООО «Ромашка»"), firm("Romashka, LLC"), LIKELY),
        (firm("Ромашка Трейд"), firm("РомашкаТрейд"), LIKELY),
        (firm("Цветы", legal=[("7709", "1")]), firm("Флора", legal=[("7709", "")]), LIKELY),
        (firm("Ромашка", legal=[("7709", "1")]), firm("Ромашка", legal=[("7709", "1")]), SURE),
        (firm("Ромашка", site="https://www.romashka.ru/o-nas"), firm("Ромашка", site="romashka.ru"), SURE),
        (firm("Ромашка", [("phone", "+74950000000")]), firm("Рамашка", [("phone", "+74950000000")]), LIKELY),
        (
            firm("Ромашка", [("email", "a@romashka.ru")]),
            firm("Ромашкка", [("email", "b@romashka.ru")]),
            LIKELY,
        ),
    ],
)
def test_companies_that_are_offered(one: Firm, other: Firm, least: int) -> None:
    assert firm_points(one, other) >= least
    assert keys_of_firm(one) & keys_of_firm(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (firm("Ромашка", legal=[("7709", "1")]), firm("Ромашка", legal=[("5010", "1")])),
        (firm("Ромашка", legal=[("7709", "1")]), firm("Василёк", legal=[("7709", "2")])),
        (firm("Ромашка"), firm("Ромашка Сервис")),
        (firm("Ромашка", [("phone", "+74950000000")]), firm("Лютик", [("phone", "+74950000000")])),
        (firm("Ромашка", id=uuid.UUID(int=1)), firm("Ромашка", id=uuid.UUID(int=2), head=uuid.UUID(int=1))),
    ],
)
def test_companies_that_are_not_offered(one: Firm, other: Firm) -> None:
    assert firm_points(one, other) < LIKELY


def test_unknown_reason_says_nothing() -> None:
    assert reasons_text([["from the future", {}], ["name_same", {}]]) != ""
    assert reasons_text([["from the future", {}]]) == ""
