"""Dragging as a hand does it: slowly enough for a page on a busy machine to see where one is."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Locator, Page


def drag(page: Page, card: Locator, target: Locator) -> None:
    """Drag a card of a board; the target may appear only while something is dragged."""
    page.locator("[data-cards][data-ready]").first.wait_for(state="attached")  # the board's own scripts
    box, dragged = card.bounding_box(), card.element_handle()
    page.mouse.move(box["x"] + 60, box["y"] + box["height"] - 12)
    page.mouse.down()
    page.mouse.move(box["x"] + 90, box["y"] + 40, steps=4)
    target.wait_for(state="visible")
    place = target.bounding_box()
    drop(
        page,
        place["x"] + place["width"] / 2,
        place["y"] + place["height"] / 2,
        is_there=lambda: target.evaluate("(place, card) => place.contains(card)", dragged),
    )


def drop(page: Page, x: float, y: float, *, is_there: Callable[[], bool]) -> None:
    """Carry what is held to a point, and let go once the page shows it there.

    Pages look every 50 ms what is below the pointer, and later when they are busy.
    """
    page.mouse.move(x, y, steps=12)
    for turn in range(100):
        page.mouse.move(x + 4 * (turn % 2), y, steps=3)
        if is_there():
            break
        page.wait_for_timeout(100)
    page.mouse.up()
