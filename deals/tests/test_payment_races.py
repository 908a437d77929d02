"""Several people at one invoice or one file, on committed data: the money counts once."""

from __future__ import annotations

from decimal import Decimal

import pytest

from core.tenancy import tenant_scope
from deals.models import BankEntry, Invoice, Payment
from deals.payments import statements as files
from deals.payments.errors import InvoiceNotPayable, PaymentGone
from deals.payments.services import pay_invoice, take_back
from deals.services import update_pipeline
from deals.tests.conftest import NOW
from deals.tests.statements import document, statement
from deals.tests.test_payments import TODAY
from deals.tests.test_races import together

pytestmark = pytest.mark.django_db(transaction=True)


def test_one_of_eight_pays_an_invoice_and_the_deal_moves_once(tenant, pipeline, stages, invoice, alice):
    with tenant_scope(tenant):
        update_pipeline(pipeline=pipeline, full_payment_stage=stages["won"])

    def job():
        return pay_invoice(
            invoice=invoice, amount=Decimal(1000), currency="RUB", paid_on=TODAY, by=alice, now=NOW
        )

    answers = together(tenant, *[job] * 8)
    assert sum(isinstance(answer, Payment) for answer in answers) == 1
    assert sum(isinstance(answer, InvoiceNotPayable) for answer in answers) == 7
    with tenant_scope(tenant):
        paid = Invoice.objects.select_related("deal").get()
        assert (paid.paid, paid.state, paid.deal.stage_id) == (1000, "paid", stages["won"].pk)
        assert paid.deal.stage_changes.filter(to_stage=stages["won"]).count() == 1
        payment = Payment.objects.get()
    answers = together(tenant, *[lambda: take_back(payment=payment, by=alice, now=NOW)] * 4)
    assert sum(isinstance(answer, PaymentGone) for answer in answers) == 3
    with tenant_scope(tenant):
        assert Invoice.objects.get().paid == 0


def test_parts_paid_at_once_are_all_counted(tenant, invoice, alice):
    def job():
        return pay_invoice(
            invoice=invoice, amount=Decimal(100), currency="RUB", paid_on=TODAY, by=alice, now=NOW
        )

    together(tenant, *[job] * 6)
    with tenant_scope(tenant):
        assert Invoice.objects.get().paid == 600


def test_one_file_opened_by_two_is_imported_once(tenant, invoice, admin):
    raw = statement([document(purpose=f"счет {invoice.number}", amount="1000.00", inn="")])
    with tenant_scope(tenant):
        shown = [files.open_statement(raw=raw, file_name="a", by=admin, now=NOW) for _copy in range(3)]
    choices = {0: str(invoice.pk)}
    answers = together(
        tenant,
        *[lambda one=one: files.confirm(statement=one, choices=choices, by=admin, now=NOW) for one in shown],
    )
    assert sorted(answer.paid for answer in answers) == [0, 0, 1]
    with tenant_scope(tenant):
        assert (BankEntry.objects.count(), Payment.objects.count(), Invoice.objects.get().paid) == (
            1,
            1,
            1000,
        )
