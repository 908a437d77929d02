"""axe in a page of the browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.sync_api import Page

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ALL_RULES = {"runOnly": {"type": "tag", "values": TAGS}}
IN_DARK = {"runOnly": ["color-contrast", "link-in-text-block"]}  # the rules that look at colours
_RUN = """async ([place, options]) => {
    const found = await axe.run(place ?? document, {...options, resultTypes: ['violations']})
    const why = (node) => node.failureSummary.split('\\n').slice(1, 3).join(' ')
    return found.violations.flatMap(v => v.nodes.map(n => `${v.id}: ${n.target} ${n.html.slice(0, 160)} :: ${why(n)}`))
}"""
_SHOW_THEME = (
    "name => { document.documentElement.dataset.bsTheme = document.documentElement.dataset.theme = name }"
)
_MOVED = """() => Promise.all(document.getAnimations()
    .filter(a => a.effect.getTiming().iterations !== Infinity).map(a => a.finished.catch(() => {})))"""


def come_to_rest(page: Page) -> None:
    """Wait for transitions: a colour half way is nobody's choice."""
    page.evaluate(_MOVED)


def show_theme(page: Page, name: str) -> None:
    """Switch the page's theme as its own button does, and wait until all colours have followed."""
    page.evaluate(_SHOW_THEME, name)
    come_to_rest(page)


def violations(page: Page, place: Any = None, options: dict[str, Any] | None = None) -> list[str]:
    """List what axe finds in a page at rest, or in a `place` of it, as axe names places; all rules unless `options` say which."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE)
    come_to_rest(page)
    found: list[str] = page.evaluate(_RUN, [place, options or ALL_RULES])
    return found


def violations_in_themes(page: Page, options: dict[str, Any] | None = None) -> list[str]:
    """List what axe finds in a page: by all rules (or `options`) in light, in dark by those that another theme can break."""
    show_theme(page, "light")
    found = [f"light {one}" for one in violations(page, options=options)]
    show_theme(page, "dark")
    return found + [f"dark {one}" for one in violations(page, options=IN_DARK)]
