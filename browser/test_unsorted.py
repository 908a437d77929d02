"""Decisions in the queue with colleagues around: reasons, races, double clicks."""

from __future__ import annotations

import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from core.tenancy import tenant_scope
from deals.models import Deal
from leads.models import Lead


def arrive(company, **fields: str) -> Lead:
    """Post the form and wait until its lead stands in the queue."""
    company.post_form(**{"name": "Anna Brown", "phone": "+44 20 7946 0103", "message": "Hello"} | fields)
    deadline = timezone.now() + timezone.timedelta(seconds=60)
    while timezone.now() < deadline:
        with tenant_scope(company.tenant):
            if lead := Lead.objects.select_related("taken_by").first():
                return lead
    return pytest.fail("The form never became a lead.")


def test_reject_asks_for_the_mandatory_reason(company, seat):
    arrive(company)
    mary = seat(company.manager)
    page = mary.open("/unsorted/")
    mary.press("j", "r")
    page.get_by_role("menuitem", name="With a comment…").click()
    dialog = page.locator("#dialog")
    dialog.get_by_label("Comment").fill("Wants a bicycle")
    dialog.get_by_role("button", name="Reject").click()
    reason = dialog.get_by_label("Reason")
    expect(reason).to_have_attribute("aria-invalid", "true")
    expect(dialog).to_contain_text("This field is required")
    expect(page.locator("[data-row]")).to_have_count(1)
    reason.select_option(label="We don't have it")
    dialog.get_by_role("button", name="Reject").click()
    expect(page.locator("[data-row]")).to_have_count(0)
    page = mary.open("/unsorted/?tab=rejected")
    expect(page.locator("[data-row]")).to_contain_text("Anna Brown")
    with tenant_scope(company.tenant):
        lead = Lead.objects.select_related("rejection_reason").get()
        assert (lead.state, lead.rejection_reason.name) == ("rejected", "We don't have it")


def test_reject_by_a_digit_can_be_undone(company, seat):
    arrive(company)
    mary = seat(company.manager)
    page = mary.open("/unsorted/")
    mary.press("j", "r", "1")
    expect(page.locator("[data-row]")).to_have_count(0)
    expect(page.locator("#toast-list")).to_contain_text("Rejected")
    mary.press("u")
    expect(page.locator("[data-row]")).to_contain_text("Anna Brown")
    expect(page.locator("[data-row].on [data-open]")).to_be_focused()


def test_race_for_a_lead_has_one_winner_and_the_other_is_told_who(company, seat):
    arrive(company)
    mary, oscar = seat(company.manager), seat(company.colleague)
    pages = [person.open("/unsorted/") for person in (mary, oscar)]
    for person in (mary, oscar):
        person.press("j")
        expect(person.page.locator("[data-row].on")).to_contain_text("Anna Brown")
    for person in (mary, oscar):
        person.press("t")
    expect(pages[0].locator("#toast-list")).not_to_be_empty()
    expect(pages[1].locator("#toast-list")).not_to_be_empty()
    with tenant_scope(company.tenant):
        winner = Lead.objects.select_related("taken_by").get().taken_by
    loser = oscar if winner == company.manager else mary
    expect(loser.page.locator("#toast-list")).to_contain_text(winner.name)
    expect(loser.page.locator("[data-row]")).to_have_count(0)


def test_wizard_of_a_lead_taken_meanwhile_says_by_whom(company, seat):
    lead = arrive(company)
    mary, oscar = seat(company.manager), seat(company.colleague)
    page = mary.open(f"/leads/{lead.pk}/accept/")
    oscar.open("/unsorted/")
    oscar.press("j", "t")
    expect(oscar.page.locator("#toast-list")).to_contain_text("Taken")
    page.get_by_role("button", name=re.compile("^Save Ctrl")).click()
    expect(page.locator("h1")).to_have_text("Somebody was faster")
    expect(page.locator("[data-reason]")).to_contain_text("Oscar")
    with tenant_scope(company.tenant):
        assert not Deal.objects.exists()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
def test_double_click_on_convert_makes_one_deal(company, seat, scripts):
    lead = arrive(company)
    mary = seat(company.manager, java_script_enabled=scripts)
    mary.page.goto(f"{mary.url}/leads/{lead.pk}/accept/")
    mary.page.get_by_role("button", name=re.compile("^Save Ctrl")).dblclick()
    mary.page.wait_for_url(re.compile("/deals/[0-9a-f-]{36}/"))
    expect(mary.page.locator("h1").first).to_contain_text("Anna Brown")
    with tenant_scope(company.tenant):
        assert Deal.objects.count() == 1
    if not scripts:
        assert {line.split()[0] for line in mary.complaints} <= {
            "csp"
        }  # what the browser calls a script not run
        mary.complaints.clear()
