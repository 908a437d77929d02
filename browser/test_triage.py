"""Unsorted one inquiry at a time, by keyboard; and one decision for several rows of which one refuses."""

from __future__ import annotations

import re

from django.utils import timezone
from playwright.sync_api import expect

from browser.test_everyday import make_leads
from core.tenancy import tenant_scope
from leads.models import Lead


def test_inquiries_are_decided_one_after_another_without_the_list(company, seat):
    make_leads(company, 3)
    person = seat(company.admin)
    page = person.open("/unsorted/")
    person.press("f")
    expect(page).to_have_url(re.compile("view=triage"))
    person.ready()
    shown = page.locator("[data-row].on")
    expect(shown).to_have_count(1)
    expect(shown).to_contain_text("Client 000")
    expect(page.locator("#preview")).to_contain_text("Client 000")
    person.press("t")
    expect(shown).to_contain_text("Client 001")
    expect(page.locator("#preview")).to_contain_text("Client 001")
    person.press("r")
    person.press("1")
    expect(shown).to_contain_text("Client 002")
    expect(page.locator(".toast-u").last).to_contain_text("Client 001")
    person.press("u")
    expect(shown).to_contain_text("Client 001")
    person.press("f")
    expect(page.locator("[data-row]")).to_have_count(2)
    with tenant_scope(company.tenant):
        assert Lead.objects.filter(taken_by=company.admin).count() == 1


def test_bulk_taking_tells_of_what_a_colleague_has_before_it_takes_the_rest(company, seat):
    make_leads(company, 2)
    person = seat(company.admin)
    page = person.open("/unsorted/")
    page.locator("[data-tick-all]").check()
    with tenant_scope(company.tenant):
        first = Lead.objects.order_by("id").first()
        Lead.objects.filter(pk=first.pk).update(
            taken_by=company.manager, taken_at=timezone.now(), state="in_work"
        )
    page.get_by_role("region", name="Selected rows").get_by_role("button", name="Take").click()
    dialog = page.locator("#dialog")
    expect(dialog).to_contain_text("Client 000")
    expect(dialog).to_contain_text(company.manager.name)
    with tenant_scope(company.tenant):
        assert not Lead.objects.filter(taken_by=company.admin).exists()
    dialog.get_by_role("button", name="Take the others (1)").click()
    expect(dialog).to_be_hidden()
    expect(page.locator("[data-row]")).to_have_count(1)
    with tenant_scope(company.tenant):
        assert Lead.objects.get(taken_by=company.admin).name == "Client 001"
