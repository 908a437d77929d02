"""Text on a chosen colour can be read, and what is no colour is never taken for one."""

from __future__ import annotations

import pytest

from core.colours import ink_on, is_colour


@pytest.mark.parametrize(
    ("colour", "ink"),
    [
        ("#000000", "#ffffff"),
        ("#ffffff", "#000000"),
        ("#3F51d1", "#ffffff"),
        ("#ffd400", "#000000"),
        ("no colour", "#ffffff"),
    ],
)
def test_ink_is_readable_on_the_colour(colour: str, ink: str) -> None:
    assert ink_on(colour) == ink


@pytest.mark.parametrize("text", ["", "red", "#fff", "#3f51d1\n", "#3f51d1;}"])
def test_what_is_no_colour(text: str) -> None:
    assert not is_colour(text)
