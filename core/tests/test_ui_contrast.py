"""Text on its ground meets WCAG 2.2 AA in both themes: computed from tokens.css itself."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

TOKENS = (Path(settings.BASE_DIR) / "static" / "css" / "tokens.css").read_text()
GROUNDS = ("canvas", "surface", "raised", "sunken", "fill", "hover", "hover-raised", "selected")
TEXT = (
    [("text", ground) for ground in (*GROUNDS, "accent-soft", "note-soft", "mark")]
    + [("text-2", ground) for ground in (*GROUNDS, "accent-soft", "note-soft")]
    + [("text-3", ground) for ground in (*GROUNDS, "accent-soft", "note-soft")]
    + [(f"{tone}-text", ground) for tone in ("accent", "ok", "warn", "danger") for ground in GROUNDS]
    + [(f"{tone}-text", f"{tone}-soft") for tone in ("accent", "ok", "warn", "danger")]
    + [("on-accent", "accent"), ("on-accent", "accent-hover"), ("on-danger", "danger"), ("surface", "text")]
    + [(f"av-{n}t", f"av-{n}") for n in range(1, 7)]
    + [
        ("text", "heat-1"),
        ("text", "heat-2"),
        ("heat-3t", "heat-3"),
        ("heat-4t", "heat-4"),
        ("heat-5t", "heat-5"),
    ]
)
# What is told by shape and must be seen: outlines of controls, marks of colour.
SHAPES = [
    (shape, ground)
    for shape in (
        "line-3",
        "accent",
        "ok",
        "warn",
        "danger",
        "ring",
        "ch-1",
        "ch-3",
        *(f"c-{n}" for n in range(1, 13)),
    )
    for ground in ("surface", "canvas", "raised")
]


def _tokens(theme: str) -> dict[str, str]:
    """Read the colours of a theme; dark keeps what only light sets."""
    blocks = {
        "light": re.search(r":root, \[data-bs-theme=light\] \{(.*?)\n\}", TOKENS, re.S),
        "dark": re.search(r"\n\[data-bs-theme=dark\] \{(.*?)\n\}", TOKENS, re.S),
    }
    found: dict[str, str] = {}
    for name in ("light", theme):
        match = blocks[name]
        assert match
        found |= dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6});", match[1]))
    return found


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _ratio(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXT)
def test_text_is_readable_on_its_ground(theme, text, ground):
    tokens = _tokens(theme)
    assert _ratio(tokens[text], tokens[ground]) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("shape", "ground"), SHAPES)
def test_shape_is_visible_on_its_ground(theme, shape, ground):
    tokens = _tokens(theme)
    assert _ratio(tokens[shape], tokens[ground]) >= 3
