"""The chat and the callback button on a page of another origin, from the first word to the head's mail."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from browser import site as websites
from browser.site import Website
from browser.waiting import until
from channels.models import Talk
from core.tenancy import tenant_scope
from leads.models import Lead


@pytest.fixture
def website(stack) -> Iterator[Website]:
    with websites.serving(stack.url) as served:
        yield served


def code_of(stack, made, **facts: str) -> str:
    token = made.hook_url.rpartition("/")[2]
    more = "".join(f' data-{name}="{value}"' for name, value in facts.items())
    return f'<script async src="{stack.url}/static/site/chat/chat.js" data-channel="{token}"{more}></script>'


def widget_of(page):
    return page.locator("crm-widget")


def test_visitor_talks_with_a_manager_and_rates_it(stack, company, seat, website):
    made = company.channel(
        "chat",
        "Shop chat",
        {"hours": "always", "ask_contact": "never"},
        responsible_role=company.manager.role,
    )
    address = website.put(
        "/table", code_of(stack, made), body='<div data-product="Table Oslo" data-product-price="129">'
    )
    visitor = seat()
    visitor.page.goto(address)
    widget = widget_of(visitor.page)
    widget.get_by_role("button", name="Open the chat").click()
    expect(widget.get_by_role("log")).to_contain_text("Hello! What can we do for you?")
    widget.get_by_label("Write a message").fill("Have you any tables?")
    visitor.press("Enter")
    expect(widget.locator(".own")).to_contain_text("Have you any tables?")
    expect(widget.locator(".own .note")).to_have_text("Sent")
    until(lambda: lead_of(company, "Have you any tables?"), "no lead came of it")
    mary = seat(company.manager)
    page = mary.open("/unsorted/")
    row = page.locator("[data-row]", has_text="Have you any tables?")
    expect(row).to_be_visible()
    lead = lead_of(company, "Have you any tables?")
    assert (lead.kind, lead.object_of_interest) == ("chat", "Table Oslo")
    page = mary.open(f"/leads/{lead.pk}/")
    composer = page.locator("#reply-composer")
    composer.get_by_label("Message", exact=True).fill("Yes: oak and ash.")
    composer.get_by_role("button", name=re.compile("^Take and answer")).click()
    expect(widget.locator(".operator")).to_contain_text("Yes: oak and ash.")  # nobody has reloaded anything
    expect(widget.locator(".operator")).to_contain_text("Mary")
    expect(widget.locator(".own .note")).to_have_text("Seen")
    until(lambda: talk_of(company).operator_id == company.manager.pk, "nobody is noted as the operator")
    widget.get_by_role("button", name="End the talk").click()
    widget.get_by_role("radio", name="4 of 5").check(force=True)
    widget.get_by_placeholder("A word about it, if you like").fill("Quick")
    widget.get_by_role("button", name="Send").first.click()
    expect(widget.get_by_role("log")).to_contain_text("Thank you for your rating!")
    assert talk_of(company).rating == 4


def lead_of(company, summary: str) -> Lead | None:
    with tenant_scope(company.tenant):
        return Lead.objects.filter(summary=summary).first()


def talk_of(company) -> Talk:
    with tenant_scope(company.tenant):
        return Talk.objects.select_related("lead").latest("started_at")
