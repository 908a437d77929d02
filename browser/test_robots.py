"""A robot made under its column, tried on a deal, set off by a drag, and what its log tells."""

from __future__ import annotations

from decimal import Decimal

from django.utils import timezone
from playwright.sync_api import Page, expect

from activities.models import Activity
from automation.models import RobotRun
from browser.mouse import drag
from browser.waiting import until
from core.tenancy import tenant_scope
from deals.models import Deal
from deals.services import create_deal


def test_robot_is_made_tried_set_off_and_explains_itself(company, seat):
    large, small = deal_of(company, "Large order", 5000), deal_of(company, "Small order", 100)
    ada, mary = seat(company.admin), seat(company.manager)
    page: Page = ada.open("/deals/")
    page.get_by_role("button", name="Choose a pipeline").click()
    page.get_by_role("menuitem", name="Robots").click()
    ada.ready()
    make_a_robot(page)

    try_it(page, large, "Ring Large order")
    try_it(page, small, "a condition is not met: Amount from")
    with tenant_scope(company.tenant):
        assert not RobotRun.objects.exists()
    assert planned(company) == []

    board = mary.open("/deals/")
    for deal in (large, small):
        lane = board.get_by_role("region", name="In progress", exact=True)
        drag(board, board.locator(f"[data-card='{deal.pk}']"), lane.locator("[data-cards]"))
        expect(lane.locator(f"[data-card='{deal.pk}']")).to_be_visible()
    waits_until_it_is_let(company, mary, large)

    page = ada.open("/deals/robots/log/")
    line = page.locator(".rb-line", has_text="Small order")
    expect(line).to_contain_text("The deal enters the stage · In progress")
    page.get_by_role("link", name="Done", exact=True).click()
    ada.ready()
    expect(page.locator(".rb-line")).to_have_count(1)
    expect(page.locator(".rb-line")).to_contain_text("Ring Large order for Mary")


def test_switched_off_robot_does_nothing_until_it_is_switched_on(company, seat):
    deal = deal_of(company, "Large order", 5000)
    ada = seat(company.admin)
    page: Page = ada.open("/deals/robots/")
    make_a_robot(page, wait="0")
    card = page.get_by_role("region", name="In progress", exact=True).locator(".rb-card")
    with page.expect_response("**/switch/"):
        card.get_by_role("switch").uncheck()
    move(ada, deal, "In progress")
    with tenant_scope(company.tenant):
        assert not RobotRun.objects.exists()
    move(ada, deal, "New")
    page = ada.open("/deals/robots/")
    with page.expect_response("**/switch/"):
        card.get_by_role("switch").check()
    move(ada, deal, "In progress")
    until(lambda: planned(company) == ["Ring Large order"], "the robot did nothing")


def deal_of(company, title: str, amount: int) -> Deal:
    with tenant_scope(company.tenant):
        return create_deal(
            title=title, pipeline=company.pipeline, amount=Decimal(amount), by=company.manager,
            now=timezone.now(),
        )  # fmt: skip


def make_a_robot(page: Page, *, wait: str = "2") -> None:
    """Under "In progress": two hours after a deal of 1,000 or more came, plan a call."""
    column = page.get_by_role("region", name="In progress", exact=True)
    column.get_by_role("link", name="Robot").click()
    dialog = page.locator("#dialog")
    dialog.get_by_role("link", name="Plan an activity").click()
    dialog.locator("[name=trigger]").select_option(label="The deal enters the stage")
    dialog.locator("[name=wait]").fill(wait)
    dialog.locator("[name=wait_unit]").select_option(label="hours")
    dialog.locator("[name=is_working_time]").uncheck()
    dialog.locator("[name=activity_kind]").select_option(label="Call")
    dialog.locator("[name=subject]").fill("Ring {nobody}")
    dialog.locator("summary", has_text="Amount from").click()
    dialog.locator("[name=if_amount_from]").fill("1 000")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_contain_text("{nobody}")  # what it can't fill in is said before it is saved
    dialog.locator("[name=subject]").fill("Ring {deal_title}")
    dialog.get_by_role("button", name="Save").click()
    expect(column.locator(".rb-card")).to_contain_text("Ring {deal_title}")
    expect(column.locator(".rb-card")).to_contain_text("Amount from")


def try_it(page: Page, deal: Deal, told: str) -> None:
    page.get_by_role("region", name="In progress", exact=True).get_by_role("link", name="Test run").click()
    dialog = page.locator("#dialog")
    dialog.locator("[name=deal]").select_option(str(deal.pk))
    dialog.get_by_role("button", name="Try").click()
    expect(dialog.locator(".rb-trial")).to_contain_text(told)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def waits_until_it_is_let(company, mary, deal: Deal) -> None:
    """The deal's page says what is about to happen; "Now" doesn't wait for the two hours."""
    until(lambda: states_of(company, deal) == ["waiting"], "no robot waits")
    page = mary.open(f"/deals/{deal.pk}/")
    panel = page.locator("#deal-robots")
    expect(panel).to_contain_text("Waits")
    panel.get_by_role("button", name="Now").click()
    until(lambda: planned(company) == ["Ring Large order"], "the robot did nothing")
    expect(page.locator("#deal-head")).to_contain_text("Ring Large order")  # the open page hears of it


def planned(company) -> list[str]:
    with tenant_scope(company.tenant):
        return list(Activity.objects.planned().values_list("subject", flat=True))


def states_of(company, deal: Deal) -> list[str]:
    with tenant_scope(company.tenant):
        return list(RobotRun.objects.filter(deal=deal).values_list("state", flat=True))


def move(person, deal: Deal, stage: str) -> None:
    """By the strip of its page."""
    page = person.open(f"/deals/{deal.pk}/")
    page.locator(".stages").get_by_role("button", name=stage).click()
    expect(page.locator("#deal-head [aria-current=step]")).to_have_attribute("title", stage)
