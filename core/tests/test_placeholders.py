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
    placeholders.check("{name} {", placeholders.SIGNATURE)
    with pytest.raises(ValueError, match="surname"):
        placeholders.check("{name} {surname}", placeholders.SIGNATURE)
