"""Records by keyboard: what a stage asks for before a deal is won, a reply that takes the lead."""

from __future__ import annotations

import re

from django.utils import timezone
from playwright.sync_api import expect

from core.tenancy import tenant_scope
from deals.models import Deal
from deals.services import create_deal
from leads.services import create_manual_lead


def test_won_on_the_deal_page_asks_for_what_is_missing(company, seat):
    with tenant_scope(company.tenant):
        deal = create_deal(
            title="Grinder", pipeline=company.pipeline, by=company.manager, now=timezone.now(), contact=None
        )
    mary = seat(company.manager)
    page = mary.open(f"/deals/{deal.pk}/")
    mary.press("w")
    dialog = page.locator("#dialog")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_label("amount")).to_be_focused()
    page.keyboard.type("1748")
    mary.press("Enter")
    expect(page.locator("#toast-list")).to_contain_text("Moved to “Won”")
    expect(dialog).to_be_hidden()
    expect(page.locator("#deal-head")).to_contain_text("Won")
    with tenant_scope(company.tenant):
        assert Deal.objects.get(pk=deal.pk).state == "won"


def test_stage_on_the_strip_is_asked_about_and_can_be_called_off(company, seat):
    with tenant_scope(company.tenant):
        deal = create_deal(
            title="Grinder", pipeline=company.pipeline, by=company.manager, now=timezone.now(), contact=None
        )
    mary = seat(company.manager)
    page = mary.open(f"/deals/{deal.pk}/")
    page.get_by_role("button", name=re.compile("^Lost")).click()
    dialog = page.locator("#dialog")
    expect(dialog).to_contain_text("Why is it lost?")
    mary.press("Escape")
    expect(dialog).to_be_hidden()
    with tenant_scope(company.tenant):
        assert Deal.objects.get(pk=deal.pk).state == "open"


def test_escape_leaves_the_palette_with_what_was_typed(company, seat):
    mary = seat(company.manager)
    page = mary.open("/deals/")
    mary.press("/")
    expect(page.locator("#palette-input")).to_be_focused()
    page.keyboard.type("ann")
    mary.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()


def test_help_names_each_key_once_and_no_entry_of_a_closed_menu(company, seat):
    mary = seat(company.manager)
    page = mary.open("/unsorted/")
    mary.press("?")
    help_box = page.locator("#keys-help")
    expect(help_box.locator("li", has_text="Search and commands")).to_have_count(1)
    expect(help_box.locator("li", has_text="Choose in an open menu")).to_have_count(1)
    expect(help_box.locator("li", has_text="In an hour")).to_have_count(0)


def test_ticked_leads_are_handed_over_in_a_dialog(company, seat):
    with tenant_scope(company.tenant):
        for name in ("Anna Brown", "Ben Carter"):
            create_manual_lead(by=company.admin, now=timezone.now(), name=name, text="Two machines")
    ada = seat(company.admin)
    page = ada.open("/leads/")
    expect(page.locator("tbody [data-row]")).to_have_count(2)
    ada.press("j", "x", "j", "x")
    expect(page.locator("[data-selected-count]")).to_contain_text("2")
    page.get_by_role("button", name="Hand over").click()
    dialog = page.locator("#dialog")
    expect(dialog).to_contain_text("2 inquiries")
    dialog.get_by_label("To whom").select_option(label="Oscar")
    dialog.get_by_role("button", name="Hand over").click()
    expect(page.locator("#toast-list")).to_contain_text("2 inquiries")
    expect(page.locator("tbody [data-row]").first).to_contain_text("for Oscar")
