"""The board by mouse and keyboard: a stage one only sees, three fields in a column, columns by another field."""

from __future__ import annotations

import re

from django.utils import timezone
from playwright.sync_api import expect

from browser.mouse import drag
from core.tenancy import tenant_scope
from deals.models import Deal
from deals.services import create_deal
from tenants.services import set_pipeline_rights


def make_deal(company, title: str) -> Deal:
    with tenant_scope(company.tenant):
        return create_deal(title=title, pipeline=company.pipeline, by=company.manager, now=timezone.now())


def lane(page, name: str):
    return page.get_by_role("region", name=name, exact=True)


def test_card_dropped_on_a_stage_one_only_sees_goes_back_with_the_reason(company, seat):
    deal, closed = make_deal(company, "Coffee machine"), company.stage("Decision")
    with tenant_scope(company.tenant):
        levels = {company.manager.role: {str(closed.pk): "view"}}
        set_pipeline_rights(by=company.admin, pipeline_id=company.pipeline.pk, levels=levels)
    person = seat(company.manager)
    page = person.open("/deals/")
    expect(lane(page, "Decision").locator(".lane-lock")).to_be_visible()
    drag(page, page.locator(f"[data-card='{deal.pk}']"), lane(page, "Decision").locator("[data-cards]"))
    expect(page.get_by_text("Your role does not move deals into “Decision”.").first).to_be_visible()
    expect(lane(page, "New").locator(f"[data-card='{deal.pk}']")).to_be_visible()
    with tenant_scope(company.tenant):
        assert Deal.objects.get(pk=deal.pk).stage.name == "New"


def test_deals_are_typed_into_a_column_one_after_another_and_grouped_by_whom_they_belong_to(company, seat):
    person = seat(company.admin)
    page = person.open("/deals/")
    person.press("n")
    for title in ("Coffee machine", "Grinder"):
        field = lane(page, "New").get_by_label("Title", exact=True)
        expect(field).to_be_focused()
        field.fill(title)
        person.press("Enter")
        expect(lane(page, "New").get_by_role("link", name=title, exact=True)).to_be_visible()
    with tenant_scope(company.tenant):
        Deal.objects.filter(title="Grinder").update(owner=company.colleague)
        deal = Deal.objects.get(title="Coffee machine")
    page.get_by_role("button", name=re.compile("Group:")).click()
    page.get_by_role("menuitem", name="Responsible").click()
    person.ready()
    expect(lane(page, "Ada")).to_contain_text("Coffee machine")
    drag(page, page.locator(f"[data-card='{deal.pk}']"), lane(page, "Oscar").locator("[data-cards]"))
    expect(lane(page, "Oscar").locator(f"[data-card='{deal.pk}']")).to_be_visible()
    expect(lane(page, "Ada")).to_have_count(0)  # its last deal has left
    with tenant_scope(company.tenant):
        assert Deal.objects.get(pk=deal.pk).owner == company.colleague
