"""Payments of invoices: parts, refusals, undo, the deal that moves on, and the pages."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from activities.models import Activity, Notification
from core.tenancy import tenant_scope
from deals.documents import services as documents
from deals.errors import NotAllowed
from deals.models import Payment, StageRequirement
from deals.payments.errors import InvoiceNotPayable, PaymentGone, PaysTooMuch, WrongCurrency
from deals.payments.services import pay_invoice, take_back
from deals.services import delete_deal, move_deal, update_pipeline
from deals.tests.conftest import NOW

TODAY = dt.date(2026, 11, 17)
pytestmark = pytest.mark.django_db


def pay(invoice, amount, by, **changed) -> Payment:
    told = {"currency": "RUB", "paid_on": TODAY, "now": NOW} | changed
    return pay_invoice(invoice=invoice, amount=Decimal(amount), by=by, **told)


def fresh(row):
    return type(row).objects.get(pk=row.pk)


# --- Services ----------------------------------------------------------------------------------------
def test_parts_make_the_whole(scoped, invoice, alice):
    pay(invoice, 400, alice)
    part = fresh(invoice)
    assert (part.state, part.paid, part.remaining, part.paid_on) == ("partly_paid", 400, 600, None)
    pay(invoice, 600, alice, paid_on=TODAY + dt.timedelta(days=1), comment="rest")
    whole = fresh(invoice)
    assert (whole.state, whole.paid, whole.paid_on) == ("paid", 1000, TODAY + dt.timedelta(days=1))


def test_what_can_not_be_paid_is_refused_and_writes_nothing(scoped, invoice, alice, bob):
    with pytest.raises(PaysTooMuch) as refusal:
        pay(invoice, 1001, alice)
    assert refusal.value.details["remaining"] == 1000
    with pytest.raises(WrongCurrency):
        pay(invoice, 5, alice, currency="USD")
    with pytest.raises(NotAllowed):
        pay(invoice, 5, bob)
    draft = documents.create_invoice(deal=invoice.deal, by=alice, now=NOW)
    with pytest.raises(InvoiceNotPayable):
        pay(draft, 5, alice)
    pay(invoice, 1000, alice)
    with pytest.raises(InvoiceNotPayable):
        pay(invoice, 1, alice)
    assert Payment.objects.count() == 1


def test_payment_taken_back_stays_to_be_seen(scoped, invoice, alice, bob):
    first, second = pay(invoice, 400, alice), pay(invoice, 600, alice)
    with pytest.raises(NotAllowed):
        take_back(payment=second, by=bob, now=NOW)
    take_back(payment=second, by=alice, now=NOW)
    assert (fresh(invoice).state, fresh(invoice).paid) == ("partly_paid", 400)
    with pytest.raises(PaymentGone):
        take_back(payment=second, by=alice, now=NOW)
    take_back(payment=first, by=alice, now=NOW)
    assert (fresh(invoice).state, fresh(invoice).paid) == ("sent", 0)
    assert Payment.objects.count() == 2 and not Payment.objects.valid().exists()


# --- The deal follows --------------------------------------------------------------------------------
def test_first_and_full_payment_move_the_deal(scoped, pipeline, stages, invoice, alice):
    update_pipeline(pipeline=pipeline, first_payment_stage=stages["second"], full_payment_stage=stages["won"])
    pay(invoice, 400, alice)
    assert fresh(invoice.deal).stage == stages["second"]
    pay(invoice, 600, alice)
    assert fresh(invoice.deal).stage == stages["won"]


def test_deal_waits_for_its_other_invoices(scoped, pipeline, stages, make_invoice, invoice, alice):
    update_pipeline(pipeline=pipeline, full_payment_stage=stages["won"])
    other = make_invoice(deal=invoice.deal)
    pay(invoice, invoice.total, alice)
    assert fresh(invoice.deal).stage == stages["first"]
    pay(other, other.total, alice)
    assert fresh(invoice.deal).stage == stages["won"]


@pytest.mark.parametrize("stands", ["second", "third", "lost"])
def test_deal_is_never_moved_back_nor_reopened(scoped, pipeline, stages, reason, invoice, alice, stands):
    update_pipeline(pipeline=pipeline, first_payment_stage=stages["second"])
    why = {"reason": reason} if stands == "lost" else {}
    move_deal(deal=invoice.deal, stage=stages[stands], by=alice, now=NOW, **why)
    pay(invoice, 400, alice)
    assert fresh(invoice.deal).stage == stages[stands]
    assert not Notification.objects.filter(code="payment_not_moved").exists()


def test_refusal_of_the_gate_is_told_to_the_owner_and_keeps_the_payment(
    scoped, pipeline, stages, invoice, alice
):
    StageRequirement.objects.create(stage=stages["second"], field="city")
    update_pipeline(pipeline=pipeline, first_payment_stage=stages["second"])
    pay(invoice, 400, alice)
    assert fresh(invoice.deal).stage == stages["first"] and fresh(invoice).paid == 400
    notice = Notification.objects.get(code="payment_not_moved")
    assert notice.member == alice and stages["second"].name in notice.params["text"]
    assert Activity.objects.filter(data__code="payment_not_moved", deal=invoice.deal).count() == 1


def test_deleted_deal_stays_where_it_is(scoped, pipeline, stages, invoice, alice, admin):
    update_pipeline(pipeline=pipeline, full_payment_stage=stages["won"])
    delete_deal(deal=invoice.deal, by=admin, now=NOW)
    pay(invoice, 1000, alice)
    assert fresh(invoice.deal).stage == stages["first"] and fresh(invoice).state == "paid"


# --- Pages -------------------------------------------------------------------------------------------
def test_payment_is_written_down_and_taken_back_on_the_page(tenant, invoice, alice, client_of):
    client, url = client_of(alice), f"/deals/invoices/{invoice.pk}/payments/"
    form = client.get(f"{url}new/").context["form"]
    assert form["amount"].value() == 1000
    day = {"paid_on": "2026-11-17"}
    assert client.post(f"{url}new/", day | {"amount": "1000.01"}).status_code == 422
    assert client.post(f"{url}new/", {"amount": "5", "paid_on": "2099-01-01"}).status_code == 422
    assert client.post(f"{url}new/", day | {"amount": "250,50"}).status_code == 302
    page = client.get(url)
    [payment] = page.context["payments"]
    assert payment.amount == Decimal("250.50") and page.context["may_edit"]
    assert client.post(f"/deals/payments/{payment.pk}/back/").status_code == 302
    assert "pay-off" in client.get(url).content.decode()
    with tenant_scope(tenant):
        assert fresh(invoice).paid == 0


def test_payments_of_others_are_missing(tenant, invoice, alice, bob, charlie, client_of):
    with tenant_scope(tenant):
        payment = pay(invoice, 5, alice)
    for member in (bob, charlie):
        client = client_of(member)
        assert client.get(f"/deals/invoices/{invoice.pk}/payments/").status_code == 404
        assert client.post(f"/deals/invoices/{invoice.pk}/payments/new/").status_code == 404
        assert client.post(f"/deals/payments/{payment.pk}/back/").status_code == 404
    assert "Thing" not in client_of(bob).get("/deals/payments/").content.decode()


def test_journal_hides_what_was_taken_back_until_asked(tenant, invoice, alice, client_of):
    with tenant_scope(tenant):
        kept, gone = pay(invoice, 300, alice), pay(invoice, 20, alice)
        take_back(payment=gone, by=alice, now=NOW)
    client = client_of(alice)
    assert [row.id for row in client.get("/deals/payments/").context["page"].rows] == [str(kept.pk)]
    assert len(client.get("/deals/payments/?taken_back=on").context["page"].rows) == 2
    assert len(client.get("/deals/payments/?first=2026-11-18").context["page"].rows) == 0
    assert len(client.get("/deals/payments/?first=2026-11-17&last=2026-11-17").context["page"].rows) == 1
    assert len(client.get("/deals/payments/?by_bank=on").context["page"].rows) == 0


def test_settings_choose_the_stages_of_payments(tenant, admin, pipeline, stages, client_of):
    url = f"/settings/pipelines/{pipeline.pk}/"
    data = {"name": pipeline.name, "currency": "RUB", "first_payment_stage": str(stages["second"].pk)}
    assert client_of(admin).post(url, data).status_code == 302
    assert (
        client_of(admin).post(url, data | {"full_payment_stage": str(stages["lost"].pk)}).status_code == 422
    )
    with tenant_scope(tenant):
        assert fresh(pipeline).first_payment_stage == stages["second"]


# --- Who hears of it ---------------------------------------------------------------------------------
def test_responsible_hears_of_money_that_others_wrote_down(scoped, invoice, alice, admin):
    pay(invoice, 400, alice)
    assert not Notification.objects.exists()  # her own hand
    first = pay(invoice, 100, admin)
    take_back(payment=first, by=admin, now=NOW)  # less money is no news
    pay(invoice, 600, admin)
    told = Notification.objects.order_by("pk").values_list("member__name", "code", "params__deal")
    assert list(told) == [
        ("Alice", "document_partly_paid", invoice.deal.title),
        ("Alice", "document_paid", invoice.deal.title),
    ]
