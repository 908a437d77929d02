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
    page.locator("#dialog-body .ts-control input").first.fill("boil")
    page.locator(".ts-dropdown .option", has_text="Boiler").click()
    page.fill("#dialog-body [name=quantity]", "2")
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
