"""Names in braces: known ones are filled in, unknown ones are named on saving."""

from __future__ import annotations

import pytest

from core import placeholders


def test_fields_are_filled_in_and_empty_lines_go() -> None:
    template = "Regards,\r\n{name}, {company}\next. {extension}\n\nBye"
    values = {"name": "Alice", "company": "Acme", "extension": ""}
    assert placeholders.fill(template, values) == "Regards,\nAlice, Acme\n\nBye"


def test_values_are_not_filled_in_again() -> None:
    assert placeholders.fill("{name}", {"name": "{company}", "company": "Acme"}) == "{company}"


def test_what_is_no_field_stays() -> None:
    assert placeholders.fill("{ {x} } {name", {"name": "Alice"}) == "{ {x} } {name"


def test_unknown_field_is_named() -> None:
    placeholders.check("{name} {", "{ company }", known=placeholders.SIGNATURE)
    with pytest.raises(placeholders.UnknownField) as refusal:
        placeholders.check("{name} {surname}", "{surname} {age}", known=placeholders.SIGNATURE)
    assert "{surname}, {age}" in str(refusal.value.message)
