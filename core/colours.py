"""Colours that people choose for what stands on their sites."""

from __future__ import annotations

import re

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


def is_colour(text: str) -> bool:
    """Say whether this is a colour as #3f51d1, and so may be written into a style sheet as it stands."""
    return _COLOUR.fullmatch(text) is not None


def ink_on(colour: str) -> str:
    """Choose black or white for text on a colour, whichever is easier to read (WCAG 2.2, contrast ratio)."""
    if not is_colour(colour):
        return "#ffffff"
    light = _luminance(colour)
    return "#ffffff" if 1.05 / (light + 0.05) >= (light + 0.05) / 0.05 else "#000000"


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
