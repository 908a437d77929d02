"""Reports as a head uses them: a question, a filter, what lies behind a number, keeping it and sending it."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from browser.axe import violations
from contacts.models import Source
from core.tenancy import tenant_scope
from leads.models import Lead
from reports.models import Schedule
from tenants.models import SavedView


@pytest.fixture
def leads(company):
    with tenant_scope(company.tenant):
        ads, word = (Source.objects.create(name=name) for name in ("Maps", "Word of mouth"))
        yesterday = timezone.now() - dt.timedelta(days=1)
        for place, (source, taker, days) in enumerate(
            [(ads, company.manager, 0), (ads, company.manager, 0), (ads, company.colleague, 0), (word, None, 0),
             (word, None, 40)]
        ):  # fmt: skip
            Lead.objects.create(
                number=100 + place,
                kind="request",
                channel_kind="request",
                quality="targeted",
                source=source,
                taken_by=taker,
                received_at=yesterday - dt.timedelta(days=days),
            )


def _choose(page, label: str, option: str) -> None:
    """Pick an option of a searching select, as a person does by typing."""
    box = page.get_by_role("combobox", name=label, exact=True)
    box.click()
    box.fill(option)
    page.get_by_role("option", name=option, exact=True).click()


def test_a_question_is_put_narrowed_opened_kept_and_sent(company, seat, leads):
    ada = seat(company.admin)
    page = ada.open("/reports/explorer/")
    expect(page.get_by_role("link", name="Lost deals by reason and manager")).to_be_visible()

    _choose(page, "Rows", "Source")
    table = page.locator("[data-report-table]")
    expect(table.get_by_role("row", name="Maps")).to_contain_text("3")
    expect(page).to_have_url(re.compile("rows=source"))
    _choose(page, "Columns", "Manager")
    expect(table.get_by_role("columnheader", name=company.manager.name)).to_be_visible()
    page.get_by_label("Shown as").select_option(label="Share of the row")
    expect(table.get_by_role("row", name="Maps")).to_contain_text("66.7%")
    page.get_by_label("Shown as").select_option(label="As it is")
    expect(table.get_by_role("row", name="Maps")).to_contain_text("2")

    page.get_by_role("link", name="Swap rows and columns").click()
    expect(table.get_by_role("columnheader", name="Maps")).to_be_visible()
    page.go_back()
    expect(table.get_by_role("columnheader", name=company.manager.name)).to_be_visible()

    page.get_by_role("button", name="Compared with").click()
    page.get_by_role("link", name="Same days last year").click()
    expect(page.locator(".lead-s")).to_contain_text("4 against 0")

    page.get_by_role("link", name="Filter", exact=True).click()
    page.locator("#filter-form").get_by_label("Period").select_option(label="All time")
    page.locator("#filter-form").get_by_role("button", name="Show").click()
    expect(table.get_by_role("row", name="Word of mouth")).to_contain_text("2")
    expect(page.locator("main")).to_contain_text("Only a period with both ends can be compared.")

    table.get_by_role("row", name="Maps").get_by_role("link", name="2", exact=True).click()
    expect(page.locator("[data-list-count]").first).to_have_attribute("data-list-count", "2")
    page.go_back()

    page.get_by_role("link", name="Save", exact=True).click()
    dialog = page.locator("#dialog")
    dialog.get_by_label("Name").fill("Sources of managers")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="Sources of managers")).to_be_visible()
    with tenant_scope(company.tenant):
        kept = SavedView.objects.get(name="Sources of managers")
    assert kept.page == "reports:explorer"
    assert "rows=source" in kept.query

    page = ada.open("/reports/")
    page.get_by_role("link", name="Sources of managers").click()
    expect(table.get_by_role("row", name="Maps")).to_contain_text("3")
    page.get_by_role("button", name="Export").click()
    page.get_by_role("link", name="Send by mail…").click()
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).not_to_be_visible()
    with tenant_scope(company.tenant):
        assert "columns=manager" in Schedule.objects.get(page="reports:explorer").query


@pytest.mark.parametrize(
    "query", ["", "rows=source&columns=manager", "rows=day&columns=source", "rows=source"]
)
def test_the_explorer_is_for_everybody(company, seat, leads, query):
    page = seat(company.admin).open(f"/reports/explorer/?{query}")
    assert violations(page) == []
