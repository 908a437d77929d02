"""The start page: arranged by mouse and by keyboard alone, and live."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from browser.mouse import drop
from browser.waiting import until
from core.tenancy import tenant_scope
from reports.start.arranging import arrangement_of


def order(company) -> list[str]:
    with tenant_scope(company.tenant):
        return [one.key for one in arrangement_of(company.manager)]


def shown(page: Page) -> list[str]:
    return page.locator("[data-arrange] > [data-id]").evaluate_all("all => all.map(one => one.dataset.id)")


def card(page: Page, key: str):
    return page.locator(f"[data-arrange] [data-id={key}]")


def test_panels_are_dragged_and_moved_by_keys(company, seat):
    before = order(company)
    person = seat(company.manager)
    page = person.open("/start/arrange/")
    page.locator("[data-arrange][data-is-ready]").wait_for()
    grip, target = card(page, "month").locator("[data-sort-grip]"), card(page, "plan")
    box, place = grip.bounding_box(), target.bounding_box()
    page.mouse.move(box["x"] + 8, box["y"] + 8)
    page.mouse.down()
    page.mouse.move(box["x"] - 30, box["y"] + 12, steps=4)
    drop(page, place["x"] + 30, place["y"] + 20, is_there=lambda: shown(page)[1] == "month")
    dragged = ["counters", "month", *(key for key in before if key not in ("counters", "month"))]
    until(lambda: order(company) == dragged, "the drag was not kept")
    expect(page.locator("#announce")).to_contain_text("position 2")

    page.locator("[data-arrange][data-is-ready]").wait_for()
    page.locator("#arrange-month").focus()
    person.press("Enter")
    expect(card(page, "month").get_by_role("menuitem", name="Move up")).to_be_focused()
    person.press("ArrowDown", "Enter")  # Move down
    until(
        lambda: order(company) == before[:2] + ["month", *[k for k in before[2:] if k != "month"]],
        "not moved",
    )
    expect(page.locator("#announce")).to_contain_text("position 3")
    expect(page.locator("#arrange-month")).to_be_focused()

    page.get_by_role("button", name="Add: Funnel").click()
    until(lambda: order(company)[-1] == "funnel", "the panel was not added")
    page.get_by_role("button", name="As usual for my role").click()
    page.get_by_role("button", name="Forget", exact=True).click()
    until(lambda: order(company) == before, "the usual did not come back")


def test_figure_changes_by_itself_and_focus_stays(company, seat):
    person = seat(company.admin)
    page = person.open("/?whose=team")
    figure = page.locator("#panel-counters [data-figure=unsorted]")
    expect(figure).to_have_text("0")
    figure.focus()
    company.post_form(name="Anna", phone="+44 20 7946 0018")
    expect(figure).to_have_text("1")
    expect(figure).to_have_class("changed")
    expect(figure).to_be_focused()
    expect(page.locator("#panel-queue")).to_contain_text("Anna")
