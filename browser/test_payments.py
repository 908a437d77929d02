"""Money on its way: a bank's file uploaded, its match confirmed, the invoice paid and the deal moved on."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from browser.axe import violations
from core.tenancy import tenant_scope
from deals.documents.services import create_invoice, send_document
from deals.documents.setup import save_our_company
from deals.models import BankEntry, Deal, Invoice
from deals.products.lines import add_line
from deals.services import create_deal, update_pipeline
from deals.tests.statements import document, statement


@pytest.fixture
def invoice(company: Any) -> Invoice:
    """A sent invoice of a deal that is won when everything is paid."""
    with tenant_scope(company.tenant):
        by, now = company.admin, timezone.now()
        update_pipeline(
            pipeline=company.pipeline,
            full_payment_stage=company.pipeline.stages.get(kind="won"),
        )
        save_our_company(company=None, by=by, name="We", legal_name="We Ltd")
        deal = create_deal(
            title="Two machines", pipeline=company.pipeline, by=by, now=now, owner=by, currency="RUB"
        )
        add_line(deal=deal, by=by, now=now, name="Machine", price=Decimal(12000))
        return send_document(document=create_invoice(deal=deal, by=by, now=now), by=by, now=now)


def test_banks_file_pays_the_invoice_and_moves_the_deal(company: Any, invoice: Invoice, seat: Any) -> None:
    ada = seat(company.admin)
    raw = statement(
        [
            document(1, purpose=f"Оплата по счету № {invoice.number}", inn=""),
            document(2, "500.00", purpose="Аренда", inn=""),
        ]
    )
    page: Page = ada.open("/deals/payments/statements/")
    page.locator("input[type=file]").set_input_files(
        {"name": "kl_to_1c.txt", "mimeType": "text/plain", "buffer": raw}
    )
    page.get_by_role("button", name="Look at it").click()
    expect(page.locator("h1")).to_have_text("kl_to_1c.txt")
    expect(page.locator("select[name=pay-0]")).to_have_value(str(invoice.pk))
    assert violations(ada.ready()) == []
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("link", name=re.compile("^Invoice"))).to_be_visible()
    assert violations(ada.ready()) == []
    with tenant_scope(company.tenant):
        assert Invoice.objects.get().state == "paid"
        assert Deal.objects.select_related("stage").get().stage.kind == "won"
        assert BankEntry.objects.waiting().get().number == "2"
    page = ada.open("/deals/payments/waiting/")
    page.get_by_role("link", name="Choose an invoice").click()
    expect(page.get_by_role("searchbox", name="Number, deal, client or INN")).to_be_visible()
    assert violations(page) == []
    page = ada.open(f"/deals/invoices/{invoice.pk}/")
    expect(page.locator(".pay")).to_contain_text("bank statement")
