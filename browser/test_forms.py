"""A form built in the settings, put onto a foreign site by script, by button and by frame, and what arrives of it."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Callable, Iterator

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from browser.conftest import PHONE, Company, Seat
from browser.waiting import until
from channels.models import EventItem, NumberLease
from channels.services import add_site_numbers
from core.tenancy import tenant_scope
from leads.models import Lead

# What a careful site allows: its own things, and of ours the script and what it asks for.
POLICY = (
    "default-src 'none'; img-src data:; style-src 'self'; script-src {crm}; connect-src {crm}; frame-src {crm}; form-action 'none'; "
    "require-trusted-types-for 'script'; trusted-types crm-form"
)
PAGES = {
    "/": '<h1>Shop</h1><a href="/form">Ask us</a>{script}',
    "/form": '<h1>Ask us</h1><div data-crm-form="{token}"><a href="{form}">Form</a></div>{script}',
    "/popup": '<h1>Prices</h1><a href="{form}" data-crm-form-open="{token}">Ask</a>{script}',
    "/frame": '<h1>Frame</h1><iframe data-crm-form src="{form}" width="400" height="60" title="Form"></iframe>{script}',
}


class Site:
    """A website of somebody else: another host and port, with a policy of its own."""

    def __init__(self, company: Company) -> None:
        crm = company.stack.url
        token = company.form.hook_url.rpartition("/")[2]
        words = {
            "token": token,
            "form": f"{crm}/f/{token}",
            "script": f'<script async src="{crm}/forms/{token}.js"></script>',
        }
        handler = functools.partial(_Pages, words, POLICY.format(crm=crm))
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://localhost:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


class _Pages(http.server.BaseHTTPRequestHandler):
    def __init__(self, words: dict[str, str], policy: str, *args: object) -> None:
        self.words, self.policy = words, policy
        super().__init__(*args)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        page = PAGES.get(self.path.partition("?")[0])
        self.send_response(200 if page else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Security-Policy", self.policy)
        self.end_headers()
        body = (page or "").format(**self.words)
        self.wfile.write(
            f'<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>Site</title>{body}</html>'.encode()
        )

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@pytest.fixture
def site(company: Company) -> Iterator[Site]:
    made = Site(company)
    yield made
    made.server.shutdown()
    made.server.server_close()


def leads_of(company: Company) -> list[Lead]:
    with tenant_scope(company.tenant):
        return list(Lead.objects.order_by("received_at"))


def fill(page: Page, phone: str, *, agrees: bool = True) -> None:
    """Fill the form in as slowly as a person."""
    page.get_by_label("Phone").fill(phone)
    if agrees:
        page.get_by_label("I agree").check()
    page.wait_for_timeout(2200)


def test_a_built_form_stands_in_a_foreign_page_and_brings_leads(
    company: Company, site: Site, seat: Callable[..., Seat]
) -> None:
    settings = seat(company.admin)
    page = settings.open(f"/settings/channels/{company.form.channel.pk}/form/")
    page.get_by_role("button", name="Choice of one").click()
    expect(page.locator("[data-id=choice] details")).to_have_attribute("open", "")
    page.locator("[name=choice-label]").fill("What do you need?")
    page.locator("[name=choice-options]").fill("A window\nA door")
    preview = page.frame_locator("iframe[name=preview]")
    expect(preview.get_by_label("What do you need?")).to_be_visible()
    page.get_by_role("button", name="Up: What do you need?").click()
    expect(page.locator("[data-rows] > li").nth(3)).to_have_attribute("data-id", "choice")
    page.locator("header, .head").get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved: the form on your site")).to_be_visible()

    visitor = seat()
    page = visitor.page
    page.goto(f"{site.url}/?utm_source=google&utm_medium=cpc&utm_campaign=doors&gclid=abc")
    page.wait_for_function("localStorage.getItem('crm-visit')")
    page.get_by_role("link", name="Ask us").click()
    page.get_by_label("What do you need?").select_option("A door")
    fill(page, "020 7946 0018", agrees=False)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Without your consent")).to_be_visible()
    expect(page.get_by_label("Phone")).to_have_value("020 7946 0018")
    assert leads_of(company) == []
    page.get_by_label("I agree").check()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name="Thank you!")).to_be_visible()

    until(lambda: leads_of(company), "the form made no lead")
    (lead,) = leads_of(company)
    assert (lead.utm_source, lead.medium, lead.campaign) == ("google", "cpc", "doors")
    assert lead.click_ids["gclid"] == "abc"
    assert lead.first_page_url.startswith(f"{site.url}/?utm_source=google")
    assert lead.page_url == f"{site.url}/form"
    assert lead.first_marks["source"] == "google"
    assert dict(lead.fields)["What do you need?"] == "A door"
    assert "agreed on" in dict(lead.fields)["Consent"]
    assert lead.suspicion == ""

    page = settings.open("/unsorted/")
    page.goto(f"{company.stack.url}/leads/{lead.pk}/")
    expect(page.get_by_text("First visit: google, cpc, doors")).to_be_visible()


def test_a_button_opens_the_form_over_the_page(
    company: Company, site: Site, seat: Callable[..., Seat]
) -> None:
    page = seat(viewport=PHONE).page
    page.goto(f"{site.url}/popup")
    page.wait_for_function("localStorage.getItem('crm-visit')")
    page.get_by_role("link", name="Ask").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Your name")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.get_by_role("link", name="Ask").click()
    fill(page, "020 7946 0019")
    page.get_by_role("button", name="Send").click()
    expect(dialog.get_by_role("heading", name="Thank you!")).to_be_visible()
    until(lambda: leads_of(company), "the popup made no lead")


def test_a_frame_is_as_high_as_its_form_and_knows_the_first_page(
    company: Company, site: Site, seat: Callable[..., Seat]
) -> None:
    page = seat().page
    page.goto(f"{site.url}/?utm_source=vk")
    page.wait_for_function("localStorage.getItem('crm-visit')")
    page.goto(f"{site.url}/frame")
    page.wait_for_function("document.querySelector('iframe').offsetHeight > 400")
    frame = page.frame_locator("iframe")
    frame.get_by_label("Phone").fill("020 7946 0020")
    frame.get_by_label("I agree").check()
    page.wait_for_timeout(2200)
    frame.get_by_role("button", name="Send").click()
    expect(frame.get_by_role("heading", name="Thank you!")).to_be_visible()
    until(lambda: leads_of(company), "the frame made no lead")
    (lead,) = leads_of(company)
    assert lead.utm_source == "vk"
    assert lead.first_page_url == f"{site.url}/?utm_source=vk"


def test_a_robot_that_fills_the_trap_makes_no_lead(
    company: Company, site: Site, seat: Callable[..., Seat]
) -> None:
    page = seat().page
    page.goto(f"{site.url}/form")
    page.get_by_label("Phone").fill("020 7946 0021")
    page.locator("[name=contact_me_by_fax]").evaluate("input => { input.value = '1' }")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name="Thank you!")).to_be_visible()

    def held() -> list[str]:
        with tenant_scope(company.tenant):
            return list(EventItem.objects.values_list("suspicion", flat=True))

    until(held, "the post was not journaled")
    assert held() == ["trap"]
    assert leads_of(company) == []


# What a site does that draws its pages by scripts: another address, another text, no page loaded.
DRAW_ANEW = """() => {
    history.pushState({}, "", "/numbers/next")
    const make = (tag, facts) => Object.assign(document.createElement(tag), facts)
    const part = document.createElement("section")
    part.append(
        make("p", { id: "late", textContent: "Or dial 020 7946 0000" }),
        make("a", { id: "late-link", href: "tel:+442079460000", textContent: "ring" }),
    )
    document.body.append(part)
    document.querySelector("#other").firstChild.data = "020 7946 0998"
}"""


def leased_page(company: Company) -> str:
    with tenant_scope(company.tenant):
        return str([lease.marks.get("page_url") for lease in NumberLease.objects.all()])


def test_the_number_on_a_page_is_the_visitors(
    company: Company, site: Site, seat: Callable[..., Seat]
) -> None:
    made = company.channel("numbers", "Numbers", {"printed": "020 7946 0000"})
    with tenant_scope(company.tenant):
        text = "020 7946 0101\n020 7946 0102"
        add_site_numbers(channel=made.channel, text=text, by=company.admin, now=timezone.now())
    PAGES["/numbers"] = (
        '<p id="printed">Call us: (020) 7946-0000, daily</p><a id="marked" href="tel:+442079460000" data-crm-number>ours</a>'
        f'<p id="other">020 7946 0999</p><script async src="{company.address(made).replace("/hooks/numbers/", "/numbers/")}.js"></script>'
    )
    page = seat().page
    page.goto(f"{site.url}/numbers?utm_source=google")
    expect(page.locator("#marked")).to_have_attribute("href", "tel:+442079460101")
    expect(page.locator("#printed")).to_have_text("Call us: +44 20 7946 0101, daily")
    expect(page.locator("#other")).to_have_text("020 7946 0999")
    page.reload()
    expect(page.locator("#marked")).to_have_attribute("href", "tel:+442079460101")
    page.evaluate(DRAW_ANEW)
    expect(page.locator("#late")).to_have_text("Or dial +44 20 7946 0101")
    expect(page.locator("#late-link")).to_have_attribute("href", "tel:+442079460101")
    expect(page.locator("#other")).to_have_text("020 7946 0998")
    until(lambda: "/numbers/next" in leased_page(company), "the other page was not told")
    other = seat().page
    other.goto(f"{site.url}/numbers")
    expect(other.locator("#marked")).to_have_text("+44 20 7946 0102")
