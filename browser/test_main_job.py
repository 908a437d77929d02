"""From a form on a website to a won deal in the reports, by mouse and by keyboard alone."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from browser.mouse import drag


def assert_won(person, title: str) -> None:
    row = person.open("/deals/list/").locator("tbody [data-row]", has_text=title)
    expect(row).to_contain_text("Won")
    expect(row).to_contain_text("1,748")


def assert_reports_count_it(person) -> None:
    page = person.open("/reports/leads/?period=all")
    row = page.locator("[data-report-table] tbody tr", has_text="Website")
    expect(row.locator("td").first).to_have_text("1")
    expect(page.locator(".kpi", has_text="leads whose deal is won").locator("a")).to_have_text("1")
    page = person.open("/reports/quality/?period=all")
    expect(page.locator("[data-report-table] tfoot td").first).to_have_text("1")
    page = person.open("/reports/funnel/?period=all")
    expect(page.locator(".kpi", has_text="Won").first.locator("a")).to_have_text("1")
    expect(page.locator("[data-report-table] tbody tr", has_text="Won").locator("td").nth(1)).to_have_text(
        "1"
    )


def test_form_becomes_a_won_deal_in_the_reports(company, seat):
    mary = seat(company.manager)
    page = mary.open("/unsorted/")
    company.post_form(name="Anna Brown", phone="+44 20 7946 0101", message="Two coffee machines, please")
    expect(page.locator("[data-show-new]")).to_contain_text("1 new inquiry")
    page.click("[data-show-new]")
    row = page.locator("[data-row]", has_text="Anna Brown")
    expect(row).to_contain_text("Two coffee machines, please")
    row.locator("[data-open]").click()
    expect(page.locator("#preview")).to_contain_text("Two coffee machines, please")
    row.get_by_role("link", name="Accept").click()
    mary.ready()
    expect(page.locator("#wizard [name=contact_name]")).to_have_value("Anna Brown")
    page.fill("#wizard [name=title]", "Machines for Anna")
    page.get_by_role("button", name=re.compile("^Save and next")).click()
    expect(page.locator("body")).to_contain_text("Machines for Anna")
    page = mary.open("/deals/")
    card = page.locator("[data-card]", has_text="Machines for Anna")
    expect(page.locator("[data-lane]", has=card)).to_have_attribute("data-name", "New")
    drag(page, card, page.locator(".zone-won"))
    dialog = page.locator("#dialog")  # a won deal has an amount
    dialog.get_by_label("amount").fill("1748")
    dialog.get_by_role("button", name="Won").click()
    expect(page.locator("#toast-list")).to_contain_text("Moved to “Won”")
    expect(card).to_have_count(0)
    assert_won(mary, "Machines for Anna")
    assert_reports_count_it(seat(company.admin))


def test_form_becomes_a_won_deal_by_the_keyboard_alone(company, seat):
    mary = seat(company.manager)
    page = mary.open("/unsorted/")
    company.post_form(name="Anna Brown", phone="+44 20 7946 0102", message="By keyboard")
    expect(page.locator("[data-show-new]")).to_contain_text("1 new inquiry")
    mary.press(".")
    expect(page.locator("[data-row].on")).to_contain_text("Anna Brown")
    mary.press("t")
    expect(page.locator("#toast-list")).to_contain_text("Taken")
    page.get_by_role("link", name=re.compile("^Mine")).focus()
    mary.press("Enter")
    page.wait_for_url("**tab=mine**")
    mary.ready()
    mary.press("j", "a")
    page.wait_for_url("**/accept/**")
    mary.ready()
    mary.press("Control+Enter")
    page.wait_for_url("**/unsorted/**")
    mary.ready()
    mary.press("g", "d")
    page.wait_for_url("**/deals/**")
    mary.ready()
    page.locator("[data-cards][data-ready]").first.wait_for(state="attached")  # the board's own scripts
    mary.press("ArrowDown")
    expect(page.locator("[data-card] [data-open]:focus")).to_have_count(1)
    mary.press("m")
    dialog = page.locator("#dialog")
    expect(dialog).to_be_visible()
    for _step in range(8):
        if page.evaluate("document.activeElement.textContent.includes('Won')"):
            break
        mary.press("Tab")
    mary.press("Enter")
    expect(dialog.get_by_label("amount")).to_be_focused()
    page.keyboard.type("1748")
    mary.press("Enter")
    expect(page.locator("#toast-list")).to_contain_text("Moved to “Won”")
    assert_won(mary, "Anna Brown")
    assert_reports_count_it(seat(company.admin))
