"""axe on every page that can be reached by links, in its dialogs and menus: wide and phone, light and dark."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from django.urls import Resolver404, resolve
from playwright.sync_api import Page

from browser.axe import ALL_RULES, come_to_rest, show_theme, violations
from browser.conftest import DESKTOP, PHONE
from browser.furnishing import furnish
from browser.waiting import until

WINDOWS = {"desktop": DESKTOP, "phone": PHONE}
# The same on every page. The dear rules take most of the time: they look at every element's surroundings.
FRAME = (".rail", "header.top", ".tabbar")
COLOURS, SIZES = "color-contrast", "target-size"
CHEAP = ALL_RULES | {"rules": {one: {"enabled": False} for one in (COLOURS, SIZES)}}
PAGE_LASTS = 40  # a browser's page keeps what it was shown: after hundreds it is slow
SETTLED = """() => document.readyState === 'complete' && !document.querySelector('.htmx-request')
    && (!document.getElementById('app') || document.documentElement.classList.contains('ready'))
    && ![...document.querySelectorAll('[hx-trigger="load"]')].some(n => n.querySelector('.skel'))"""
LINKS = """all => all.map(a => [
    a.href || new URL(a.dataset.src || a.dataset.cardHref, location.href).href,
    'dialog' in a.dataset, a.hasAttribute('download')])"""
LEFT_OUT = {
    "core:language",
    "core:theme",
    "account_logout",
    "tenants:job_file",
    "channels:event_raw",
    "activities:follow",
    "metrics",
}
# Reached by keys and scripts rather than by links.
MORE = (
    "/nope/",
    "/help/",
    "/leads/?filters=1",
    "/leads/?name=nobody",
    "/deals/?filters=1",
    "/unsorted/?tab=snoozed",
    "/unsorted/?tab=rejected",
)
PUBLIC = ("/accounts/login/", "/accounts/password/reset/", "/accounts/password/reset/done/")


class Inspector:
    """Walks from page to page by their links and writes down what axe says.

    Each page is seen in both windows, in colours in the one it was loaded in: those take turns, and what pages are made
    of comes again on others.
    """

    def __init__(self, page: Page, base: str) -> None:
        self.page, self.base = page, base
        self.opened = 0
        self.found: list[str] = []
        self.seen: set[str] = set()
        self.dialogs: dict[str, str] = {}
        self.window = "desktop"
        self.framed: set[str] = set()  # windows whose frame was seen

    def walk(self, *starts: str) -> None:
        queue = list(starts)
        while queue:
            path = queue.pop(0)
            if (name := self._name(path)) in self.seen:
                continue
            self.seen.add(name)
            if self._open(path):
                for window, is_in_colours in self._windows():
                    self._ask(f"{path} {window}", is_in_colours=is_in_colours)
                    queue += self._links()

    def look_into_dialogs(self) -> None:
        """Open each page that links open in a dialog over a plain page."""
        self._open("/unsorted/")
        for name, path in self.dialogs.items():
            self.page.evaluate("async (url) => (await import('crm/dialog')).openDialog(url)", path)
            self.page.wait_for_selector("#dialog[open]")
            self._settle()
            for window, is_in_colours in self._windows():
                self._ask(f"dialog {name} {window}", within="#dialog", is_in_colours=is_in_colours)
            self.page.evaluate("document.getElementById('dialog').close()")

    def _name(self, path: str) -> str:
        """One page of each kind is enough; states of a page are pages of their own."""
        if path in MORE:
            return path
        try:
            return resolve(urlsplit(path).path).view_name
        except Resolver404:
            return path

    def _windows(self) -> Iterator[tuple[str, bool]]:
        """Show the page in the window it was loaded in, then in the other one, in which the next page is loaded."""
        yield self.window, True
        self.window = next(name for name in WINDOWS if name != self.window)
        self.page.set_viewport_size(WINDOWS[self.window])
        self._settle()
        yield self.window, False

    def _ask(self, place: str, within: str = "", *, is_in_colours: bool = True) -> None:
        """All rules in light; what another theme can break in dark. The dear rules see the frame on its first page."""
        whole = {"include": [[within]]} if within else None
        is_framed = self.window in self.framed
        part = whole or ({"exclude": [[one] for one in FRAME]} if is_framed else None)
        is_in_colours = is_in_colours or not is_framed
        show_theme(self.page, "light")
        # The style sheets, which pages share, are read once for what they do when a phone is turned
        self._note(f"{place} light", whole, CHEAP | {"preload": not is_framed})
        self._note(f"{place} light", part, {"runOnly": [SIZES, COLOURS] if is_in_colours else [SIZES]})
        if is_in_colours:
            show_theme(self.page, "dark")
            self._note(f"{place} dark", part, {"runOnly": [COLOURS]})
        if not within and self.page.locator(".rail").count():
            self.framed.add(self.window)

    def _note(self, place: str, part: Any, options: dict[str, Any]) -> None:
        self.found += [f"{place}: {violation}" for violation in violations(self.page, part, options)]

    def _open(self, path: str) -> bool:
        self.opened += 1
        if self.opened % PAGE_LASTS == 0:
            old, self.page = self.page, self.page.context.new_page()
            old.close()
            self.page.set_viewport_size(WINDOWS[self.window])
        response = self.page.goto(self.base + path)
        if response is None or "text/html" not in response.headers.get("content-type", ""):
            return False
        if response.status >= 400 and path not in MORE:
            self.found.append(f"{path}: answered {response.status}")
            return False
        self._settle()
        return True

    def _settle(self) -> None:
        until(lambda: self.page.evaluate(SETTLED), f"{self.page.url} never came to rest", timeout_s=60)
        come_to_rest(self.page)

    def _links(self) -> Iterator[str]:
        """List links to other kinds of pages; those for the dialog are kept for later, too."""
        found = self.page.eval_on_selector_all("a[href], [data-src], [data-card-href]", LINKS)
        for href, is_dialog, is_file in found:
            url = urlsplit(href)
            if f"{url.scheme}://{url.netloc}" != self.base or is_file or "00000000-0000" in href:
                continue
            path = url.path + (f"?{url.query}" if url.query else "")
            name = self._name(path)
            if name in LEFT_OUT or name.startswith("admin:"):
                continue
            if is_dialog:
                self.dialogs.setdefault(name, path)
            yield path


@pytest.fixture
def furnished(company) -> Any:
    furnish(company)
    company.post_form(name="Zoe Young", phone="+44 20 7946 0199", message="From the site")
    httpx.post(company.address(company.form), content=b"{", headers={"content-type": "application/json"})
    return company


def test_axe_finds_nothing_on_any_page(furnished, seat):
    person = seat(furnished.admin)
    inspector = Inspector(person.page, person.url)
    inspector.walk("/", *MORE)
    inspector.look_into_dialogs()
    missing = {
        "leads:detail",
        "leads:wizard",
        "deals:detail",
        "contacts:detail",
        "contacts:company_detail",
        "channels:event",
    }
    assert missing - inspector.seen == set()
    assert not inspector.found, "\n".join(inspector.found)


def test_axe_finds_nothing_in_menus(furnished, seat):
    person = seat(furnished.admin)
    inspector = Inspector(person.page, person.url)
    for path in ("/unsorted/", "/deals/", "/leads/", "/deals/list/", "/contacts/", "/activities/"):
        assert inspector._open(path)
        if path == "/unsorted/":
            person.press("j")
        for button in person.page.locator("button[popovertarget]:visible").all():
            menu = button.get_attribute("popovertarget")
            button.click()
            inspector._settle()
            inspector._ask(f"{path} #{menu}", within=f"#{menu}")
            person.press("Escape")
    assert not inspector.found, "\n".join(inspector.found)


def test_axe_finds_nothing_before_the_login(stack, seat):
    person = seat()
    inspector = Inspector(person.page, person.url)
    for path in PUBLIC:
        assert inspector._open(path)
        inspector._ask(path)
    assert not inspector.found, "\n".join(inspector.found)
