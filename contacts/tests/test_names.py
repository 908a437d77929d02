"""Names taken apart."""

from __future__ import annotations

import pytest

from contacts.folding import bare_company_name, fold
from contacts.names import Parts, join_name, split_name


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Иванова Мария Петровна", Parts("Иванова", "Мария", "Петровна")),
        ("Мария Петровна Иванова", Parts("Иванова", "Мария", "Петровна")),
        ("Ли Анна Сергеевна", Parts("Ли", "Анна", "Сергеевна")),
        ("Мария Иванова", Parts("Иванова", "Мария")),
        ("Зайцева Ирина", Parts("Зайцева", "Ирина")),
        ("Ирина Зайцева", Parts("Зайцева", "Ирина")),
        ("Мария Петровна", Parts("", "Мария", "Петровна")),
        ("John Smith", Parts("Smith", "John")),
        ("Smith, John Q", Parts("Smith", "John", "Q")),
        ("  Мария ", Parts("", "Мария")),
        ("Кофейня на углу у парка", Parts("", "Кофейня на углу у парка")),
        ("", Parts()),
    ],
)
def test_split_name_finds_the_parts(name, parts):
    assert split_name(name) == parts


def test_join_name_puts_the_first_name_first():
    assert join_name("Иванова", "Мария", "Петровна") == "Мария Петровна Иванова"
    assert join_name("", "Мария") == "Мария"


def test_fold_gives_one_spelling():
    assert fold("  Алёна\u00a0 ЁЛКИНА\x00") == "алена елкина"


@pytest.mark.parametrize("name", ["ООО «Ромашка»", "Ромашка, ООО", 'ООО "РОМАШКА"', "ромашка", "ЗАО Ромашка"])
def test_bare_company_name_drops_form_and_quotes(name):
    assert bare_company_name(name) == "ромашка"
