"""axe in a page of the browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.sync_api import Page

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ALL_RULES = {"runOnly": {"type": "tag", "values": TAGS}}
_RUN = """async ([place, options]) => {
    const found = await axe.run(place ?? document, {...options, resultTypes: ['violations']})
    const why = (node) => node.failureSummary.split('\\n').slice(1, 3).join(' ')
    return found.violations.flatMap(v => v.nodes.map(n => `${v.id}: ${n.target} ${n.html.slice(0, 160)} :: ${why(n)}`))
}"""
_MOVED = """() => Promise.all(document.getAnimations()
    .filter(a => a.effect.getTiming().iterations !== Infinity).map(a => a.finished.catch(() => {})))"""


def come_to_rest(page: Page) -> None:
    """Wait for transitions: a colour half way is nobody's choice."""
    page.evaluate(_MOVED)


def violations(page: Page, place: Any = None, options: dict[str, Any] | None = None) -> list[str]:
    """List what axe finds in a page at rest, or in a `place` of it, as axe names places; all rules unless `options` say which."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE)
    come_to_rest(page)
    found: list[str] = page.evaluate(_RUN, [place, options or ALL_RULES])
    return found
