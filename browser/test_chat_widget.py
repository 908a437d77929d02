"""The chat and the callback button on a page of another origin, from the first word to the head's mail."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import expect

from browser import site as websites
from browser.conftest import PHONE
from browser.site import Website
from browser.waiting import until
from channels.models import Talk
from core.tenancy import tenant_scope
from leads.models import Lead
from tenants.models import Role

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()


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
    expect(widget.locator(".types")).to_have_text("Mary is typing…")
    visitor.press("Escape")
    expect(widget.get_by_role("dialog")).to_be_hidden()
    composer.get_by_role("button", name=re.compile("^Take and answer")).click()
    expect(widget.locator(".badge")).to_have_text("1")
    widget.get_by_role("button", name="Open the chat").click()
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
    expect(page.locator("body")).to_contain_text(
        "The visitor rated the talk 4 of 5"
    )  # on the page as it stands open
    visitor.page.reload()
    widget.get_by_role("button", name="Open the chat").click()
    expect(widget.locator(".operator")).to_contain_text("Yes: oak and ash.")
    expect(widget.locator(".own")).to_have_count(1)
    letter = "A chat was rated 4 of 5"  # nobody is a head here: whoever administers the company hears of it
    until(
        lambda: any(letter in text and company.admin.email in text for text in outbox(stack)),
        "no mail to the head",
    )


def test_visitor_is_answered_in_the_dialogs_workspace_and_back(stack, company, seat, website):
    made = company.channel(
        "chat",
        "Shop chat",
        {"hours": "always", "ask_contact": "never"},
        responsible_role=company.manager.role,
    )
    address = website.put("/talk", code_of(stack, made))
    visitor = seat()
    visitor.page.goto(address)
    widget = widget_of(visitor.page)
    widget.get_by_role("button", name="Open the chat").click()
    widget.get_by_label("Write a message").fill("Have you any tables?")
    visitor.press("Enter")
    until(lambda: lead_of(company, "Have you any tables?"), "no lead came of it")
    mary = seat(company.manager)
    page = mary.open("/dialogs/")
    row = page.locator("#dl-list [data-row]", has_text="Have you any tables?")
    row.click()
    answer = page.locator("#talk-text")
    expect(answer).to_be_visible()
    answer.press_sequentially("Yes: oak and ash.")
    expect(widget.locator(".types")).to_have_text("Mary is typing…")
    answer.press("Control+Enter")
    expect(widget.locator(".operator")).to_contain_text("Yes: oak and ash.")
    widget.get_by_label("Write a message").press_sequentially("Oak, please")
    expect(page.locator("[data-typing]")).to_contain_text("The client is typing…")
    visitor.press("Enter")
    expect(page.locator("#thread")).to_contain_text("Oak, please")
    assert talk_of(company).ended_at is None
    answer.blur()
    mary.press("e", "1")  # closed with an outcome: the visitor is asked how it was
    expect(widget.get_by_role("radio", name="4 of 5")).to_be_attached()
    assert talk_of(company).ended_by == Talk.EndedBy.OPERATOR


def test_chat_is_usable_by_everybody(stack, company, seat, website):
    """axe on the open window with all it can show, light and dark, wide and phone; and the keyboard alone."""
    scenario = "choice: What is it about? = Delivery | Payment\nname: Your name?"
    settings = {"hours": "always", "scenario": scenario, "consent_text": "I agree"}
    made = company.channel("chat", "Shop chat", settings)
    address = website.put("/axe", code_of(stack, made))
    for options in ({}, {"viewport": PHONE, "color_scheme": "dark"}):
        visitor = seat(**options)
        visitor.page.goto(address)
        widget = widget_of(visitor.page)
        launcher = widget.get_by_role("button", name="Open the chat")
        launcher.focus()
        visitor.press("Enter")
        expect(widget.get_by_role("button", name="Delivery")).to_be_visible()
        complain_of(visitor.page)
        widget.get_by_role("button", name="Delivery").focus()
        visitor.press("Enter")
        expect(widget.get_by_role("log")).to_contain_text("Your name?")
        expect(
            widget.get_by_label("Your name", exact=True)
        ).to_be_visible()  # the card that asks for a contact
        widget.get_by_label("Write a message").focus()
        visitor.page.keyboard.type("Anna")
        visitor.press("Enter")
        expect(widget.get_by_role("log")).to_contain_text("A colleague will answer you here.")
        complain_of(visitor.page)
        widget.get_by_role("button", name="End the talk").click()
        expect(widget.get_by_text("How was it?")).to_be_visible()
        complain_of(visitor.page)
        visitor.press("Escape")
        expect(launcher).to_be_focused()


def test_call_is_ordered_and_planned(stack, company, seat, website):
    made = company.channel(
        "callback",
        "Call me",
        {"hours": "always", "countdown_s": 30, "asks_name": True, "offers_times": True, "corner": "right"},
        responsible=company.manager,
    )
    visitor = seat(viewport=PHONE, timezone_id="Asia/Yekaterinburg")
    visitor.page.goto(
        website.put("/call", code_of(stack, made), body='<a href="#" data-crm-open="callback">Call</a>')
    )
    widget = widget_of(visitor.page)
    expect(widget.get_by_role("button", name="Order a call")).to_be_visible()
    visitor.page.get_by_role("link", name="Call").click()
    expect(widget.get_by_text("By your clock.")).to_have_text(
        re.compile(r"By your clock. It is \d\d:\d\d here now \(London\).")
    )
    complain_of(visitor.page)
    widget.get_by_role("button", name="Call me").click()
    expect(widget.get_by_role("alert")).to_have_text("Write a phone number.")
    widget.get_by_label("Phone").fill("020 7946 0107")
    widget.get_by_label("Your name").fill("Anna")
    widget.get_by_role("button", name="Call me").click()
    expect(widget.get_by_role("status")).to_contain_text("We will call in 0:")
    until(lambda: lead_of(company, "Asks to be called back"), "no lead came of it")
    lead = lead_of(company, "Asks to be called back")
    assert (lead.kind, lead.name, lead.phone) == ("callback", "Anna", "+442079460107")
    page = seat(company.manager).open(f"/leads/{lead.pk}/")
    expect(page.locator("body")).to_contain_text("Call back: +442079460107")


def test_nobody_on_duty_leaves_a_form_or_nothing(stack, company, seat, website):
    with tenant_scope(company.tenant):
        nobody = Role.objects.create(name="Nobody")
    hidden = company.channel("chat", "Hidden", {"when_away": "hide"}, responsible_role=nobody)
    form = company.channel("chat", "Form", {"away_text": "Back on Monday"}, responsible_role=nobody)
    visitor = seat(locale="ru")
    with visitor.page.expect_response("**/config**"):
        visitor.page.goto(website.put("/hidden", code_of(stack, hidden)))
    expect(widget_of(visitor.page)).to_be_attached()
    expect(widget_of(visitor.page).get_by_role("button")).to_have_count(0)
    visitor.page.goto(website.put("/form", code_of(stack, form), lang="ru"))
    widget = widget_of(visitor.page)
    widget.get_by_role("button", name="Открыть чат").click()
    expect(widget.get_by_role("log")).to_contain_text("Back on Monday")
    complain_of(visitor.page)
    widget.get_by_role("button", name="Отправить").click()
    expect(widget.get_by_role("alert")).to_have_text("Оставьте телефон или почту.")
    widget.get_by_label("Почта").fill("anna@client.example")
    widget.get_by_label("Ваш вопрос").fill("Есть ли дуб?")
    widget.get_by_role("button", name="Отправить").click()
    expect(widget.get_by_role("status").last).to_contain_text("Спасибо! Мы ответим.")
    until(lambda: lead_of(company, "Есть ли дуб?"), "no lead came of it")
    lead = lead_of(company, "Есть ли дуб?")
    assert (lead.kind, lead.email) == ("request", "anna@client.example")


def complain_of(page) -> None:
    """Let axe look at the widget; it sees into shadow trees."""
    page.wait_for_timeout(300)
    page.evaluate(AXE)  # past the site's policy, which lets no script of ours in
    found = page.evaluate("async () => (await axe.run('crm-widget')).violations")
    assert not found, "\n".join(f"{one['id']}: {one['nodes'][0]['html']}" for one in found)


def outbox(stack) -> list[str]:
    return [path.read_text(errors="replace") for path in (stack.folder / "outbox").glob("*")]


def lead_of(company, summary: str) -> Lead | None:
    with tenant_scope(company.tenant):
        return Lead.objects.filter(summary=summary).first()


def talk_of(company) -> Talk:
    with tenant_scope(company.tenant):
        return Talk.objects.select_related("lead").latest("started_at")
