"""A field of the company's own from its making to what a stage demands, as an administrator does it by hand."""

from __future__ import annotations

from django.utils import timezone
from playwright.sync_api import expect

from core.tenancy import tenant_scope
from deals.models import Deal, Stage
from deals.services import create_deal, set_requirements
from tenants.models import CustomField


def test_a_field_is_made_filled_filtered_by_and_demanded(company, seat):
    with tenant_scope(company.tenant):
        now, makes = timezone.now(), {"pipeline": company.pipeline, "by": company.admin, "contact": None}
        deal = create_deal(title="Wedding of Ann", now=now, **makes)
        create_deal(title="Wedding of Bea", now=now, **makes)
        second = Stage.objects.open().filter(pipeline=company.pipeline).order_by("position")[1]
    ada = seat(company.admin)

    page = ada.open("/settings/fields/")
    page.get_by_role("link", name="Field", exact=True).click()
    dialog = page.locator("#dialog")
    dialog.get_by_role("link", name="One of a list").click()
    dialog.get_by_label("Name").fill("Style")
    dialog.get_by_label("Options").fill("Classic\nBoho")
    dialog.get_by_role("button", name="Create").click()
    expect(page.locator(".pl-list")).to_contain_text("Style")
    with tenant_scope(company.tenant):
        field = CustomField.objects.get(name="Style")

    page = ada.open(f"/deals/{deal.pk}/")
    fact = page.locator(f"#fact-{field.key}")
    fact.get_by_role("link").click()
    fact.get_by_role("combobox").select_option(label="Boho")
    expect(fact).to_contain_text("Boho")
    expect(page.locator("#timeline")).to_contain_text("Style")

    with tenant_scope(company.tenant):
        boho = Deal.objects.get(pk=deal.pk).custom_values[field.key]
    page = ada.open(f"/deals/list/?{field.key}={boho}")
    expect(page.get_by_role("link", name="Wedding of Ann")).to_be_visible()
    expect(page.get_by_role("link", name="Wedding of Bea")).to_have_count(0)
    expect(page.locator("main")).to_contain_text("Style")

    with tenant_scope(company.tenant):
        set_requirements(stage=second, enter=[field.key])
        other = Deal.objects.get(title="Wedding of Bea")
    page = ada.open(f"/deals/{other.pk}/")
    page.locator(".stages").get_by_role("button", name=second.name).click()
    dialog = page.locator("#dialog")
    dialog.get_by_label("Style").select_option(label="Classic")
    dialog.get_by_role("button", name="Move").click()
    expect(page.locator(".stages [aria-current=step]")).to_contain_text(second.name)
    with tenant_scope(company.tenant):
        assert Deal.objects.get(pk=other.pk).stage_id == second.pk
