"""A proposal is made, opened by its client in a browser of their own, accepted, and seen by its manager."""

from __future__ import annotations

from decimal import Decimal

from django.utils import timezone
from playwright.sync_api import Browser, expect

from contacts.models import Contact
from core.tenancy import tenant_scope
from deals.documents.setup import save_our_company
from deals.products.services import create_product
from deals.services import create_deal

# Faster than any hand: the letters, Enter, and on to the next field, whose text is selected
CHOOSE_AT_ONCE = """letters => {
    const search = document.querySelector('#dialog-body .ts-control input')
    search.focus()
    search.value = letters
    search.dispatchEvent(new Event('input', {bubbles: true}))
    search.dispatchEvent(new KeyboardEvent('keydown', {bubbles: true, keyCode: 13}))
    document.querySelector('#dialog-body [name=quantity]').select()
}"""


def test_client_accepts_a_proposal_and_the_manager_sees_it(company, seat, browser: Browser):
    with tenant_scope(company.tenant):
        now, mary = timezone.now(), company.manager
        save_our_company(company=None, by=company.admin, name="Daisy", legal_name="Daisy Ltd")
        create_product(by=company.admin, now=now, name="Boiler", price=Decimal(1200), currency="GBP")
        client = Contact.objects.create(name="Anna Brown", owner=mary)
        deal = create_deal(
            title="Boiler for Anna", pipeline=company.pipeline, contact=client, by=mary, now=now
        )
    manager = seat(mary)
    page = manager.open(f"/deals/{deal.pk}/")
    page.get_by_role("link", name="New line").click()
    expect(page.locator("#dialog-body .ts-control")).to_be_visible()
    page.evaluate(CHOOSE_AT_ONCE, "boil")
    page.wait_for_timeout(500)  # a search begun by the letters must not take the cursor back
    page.keyboard.type("2")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".lines-total")).to_contain_text("2,400")
    expect(page.locator(".deal-sum")).to_contain_text("2,400")
    page.get_by_role("button", name="Make a proposal").click()
    page.get_by_role("button", name="Get the link").click()
    link = page.locator("#document-link").input_value()

    # A headless browser says that it is one, and robots who look don't count
    agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36"
    outside = browser.new_context(locale="en-GB", user_agent=agent)
    try:
        theirs = outside.new_page()
        theirs.goto(company.stack.url + "/" + link.split("://", 1)[1].partition("/")[2])
        expect(theirs.locator(".doc")).to_contain_text("Boiler")
        theirs.locator("#accept [name=name]").fill("Anna Brown")
        theirs.locator("#accept button").click()
        expect(theirs.get_by_role("status")).to_contain_text("Accepted by Anna Brown")
    finally:
        outside.close()

    page = manager.open(f"/deals/{deal.pk}/")
    expect(page.locator(".timeline")).to_contain_text("accepted")
    expect(page.locator(".timeline")).to_contain_text("viewed by the client")
    expect(page.locator(".docs", has_text="Accepted")).to_be_visible()
