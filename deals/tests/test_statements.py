"""A bank's file: shown, confirmed, recognised the second time, assigned by hand, taken back."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.tenancy import tenant_scope
from deals.models import BankEntry, Invoice, Payment, StatementImport
from deals.payments import statements as files
from deals.payments.errors import (
    EntryEmpty,
    StatementSettled,
    StatementsForbidden,
    TooManyPayments,
    WrongCurrency,
)
from deals.payments.services import assign_entry, dismiss_entry, take_back
from deals.payments.statement import NotAStatement
from deals.tests.conftest import NOW
from deals.tests.statements import OTHER_OURS, OURS, document, statement
from deals.tests.test_payments import fresh

pytestmark = pytest.mark.django_db


def opened(raw: bytes, by) -> StatementImport:
    return files.open_statement(raw=raw, file_name="kl_to_1c.txt", by=by, now=NOW)


def paying(invoice: Invoice, amount: str = "1000.00", **changed) -> str:
    return document(
        amount=amount, **({"purpose": f"Оплата по счету № {invoice.number}", "inn": ""} | changed)
    )


def proposed(shown: StatementImport) -> dict[int, str]:
    """What the page has chosen before anybody touches it."""
    return {line.index: str(line.proposed.candidate.id) for line in files.preview(shown) if line.proposed}


# --- Services ----------------------------------------------------------------------------------------
def test_confirmed_file_pays_invoices_and_the_same_file_changes_nothing(scoped, invoice, admin):
    raw = statement([paying(invoice), document(number=99, purpose="Аренда", inn="")])
    shown = opened(raw, admin)
    assert not BankEntry.objects.exists() and not Payment.objects.exists()
    outcome = files.confirm(statement=shown, choices=proposed(shown), by=admin, now=NOW)
    assert (outcome.paid, outcome.waiting) == (1, 1)
    assert fresh(invoice).state == "paid" and BankEntry.objects.waiting().get().number == "99"
    again = opened(raw, admin)
    assert all(line.is_known for line in files.preview(again))
    outcome = files.confirm(statement=again, choices={}, by=admin, now=NOW)
    assert (outcome.known, outcome.paid, outcome.waiting) == (2, 0, 0)
    assert (BankEntry.objects.count(), Payment.objects.count()) == (2, 1)


def test_file_that_is_none_leaves_no_row(scoped, admin, monkeypatch):
    with pytest.raises(NotAStatement):
        opened(b"%PDF", admin)
    monkeypatch.setattr(files, "MAX_INCOMING", 1)
    with pytest.raises(TooManyPayments):
        opened(statement([document(number=n) for n in range(2)]), admin)
    assert not StatementImport.objects.exists()


def test_only_who_may_change_all_deals_sees_statements(scoped, alice, admin, invoice):
    with pytest.raises(StatementsForbidden):
        opened(statement([document()]), alice)
    shown = opened(statement([document()]), admin)
    for act in (
        lambda: files.confirm(statement=shown, choices={}, by=alice, now=NOW),
        lambda: files.undo(statement=shown, by=alice, now=NOW),
    ):
        with pytest.raises(StatementsForbidden):
            act()


def test_one_invoice_is_not_proposed_for_its_money_twice(scoped, invoice, admin):
    shown = opened(statement([paying(invoice, number=1), paying(invoice, number=2)]), admin)
    assert len(proposed(shown)) == 1


def test_too_much_money_pays_the_invoice_and_the_rest_waits(scoped, invoice, admin):
    shown = opened(statement([paying(invoice, "1300.00")]), admin)
    outcome = files.confirm(statement=shown, choices={0: str(invoice.pk)}, by=admin, now=NOW)
    assert (outcome.paid, outcome.waiting) == (1, 1)
    entry = BankEntry.objects.get()
    assert (entry.rest, fresh(invoice).paid) == (300, 1000)


def test_choice_that_can_not_be_paid_waits_and_says_why(scoped, invoice, make_invoice, admin):
    raw = statement(
        [paying(invoice, account=OTHER_OURS), document(number=2), document(number=3)],
        accounts=[OURS, OTHER_OURS],
    )
    shown = opened(raw, admin)
    choices = {0: str(invoice.pk), 1: "nonsense", 2: files.DISMISS}
    outcome = files.confirm(statement=shown, choices=choices, by=admin, now=NOW)
    assert (outcome.paid, outcome.waiting, outcome.dismissed) == (0, 2, 1)
    assert len(outcome.refused) == 1 and fresh(invoice).paid == 0


def test_confirmed_file_is_confirmed_once(scoped, invoice, admin):
    shown = opened(statement([paying(invoice)]), admin)
    files.confirm(statement=shown, choices={}, by=admin, now=NOW)
    with pytest.raises(StatementSettled):
        files.confirm(statement=shown, choices={}, by=admin, now=NOW)
    files.discard(statement=shown)
    assert StatementImport.objects.filter(pk=shown.pk).exists()


def test_undone_file_takes_its_payments_back_and_can_be_read_again(scoped, invoice, admin):
    raw = statement([paying(invoice)])
    shown = opened(raw, admin)
    files.confirm(statement=shown, choices=proposed(shown), by=admin, now=NOW)
    assert files.undo(statement=shown, by=admin, now=NOW) == 1
    assert fresh(invoice).state == "sent" and not BankEntry.objects.exists()
    assert Payment.objects.get().cancelled_at == NOW
    with pytest.raises(StatementSettled):
        files.undo(statement=shown, by=admin, now=NOW)
    again = opened(raw, admin)
    files.confirm(statement=again, choices=proposed(again), by=admin, now=NOW)
    assert fresh(invoice).state == "paid"


def test_waiting_money_is_assigned_by_hand_in_parts(scoped, invoice, make_invoice, admin):
    other = make_invoice()
    shown = opened(statement([document(amount="1500.00", inn="", purpose="за товар")]), admin)
    files.confirm(statement=shown, choices={}, by=admin, now=NOW)
    entry = BankEntry.objects.get()
    assign_entry(entry=entry, invoice=invoice, by=admin, now=NOW)
    rest = assign_entry(entry=entry, invoice=other, by=admin, now=NOW)
    assert (fresh(invoice).state, rest.amount, fresh(entry).rest) == ("paid", 500, 0)
    with pytest.raises(EntryEmpty):
        assign_entry(entry=entry, invoice=other, by=admin, now=NOW)
    take_back(payment=rest, by=admin, now=NOW)
    assert fresh(entry).rest == 500 and BankEntry.objects.waiting().exists()
    dismiss_entry(entry=entry, by=admin)
    assert not BankEntry.objects.waiting().exists()
    with pytest.raises(EntryEmpty):
        assign_entry(entry=entry, invoice=other, by=admin, now=NOW)


def test_money_of_another_currency_is_refused(scoped, invoice, admin):
    shown = opened(statement([document(account=OTHER_OURS)], accounts=[OTHER_OURS]), admin)
    files.confirm(statement=shown, choices={}, by=admin, now=NOW)
    with pytest.raises(WrongCurrency):
        assign_entry(entry=BankEntry.objects.get(), invoice=invoice, by=admin, now=NOW)


# --- Pages -------------------------------------------------------------------------------------------
def upload(client, raw: bytes):
    file = SimpleUploadedFile("kl_to_1c.txt", raw, content_type="text/plain")
    return client.post("/deals/payments/statements/", {"file": file})


def test_file_is_uploaded_confirmed_and_undone(tenant, invoice, admin, client_of):
    client = client_of(admin)
    answer = upload(client, statement([paying(invoice), document(number=2, amount="x")]))
    page = client.get(answer["Location"])
    [row] = page.context["rows"]
    assert row["chosen"]["id"] == str(invoice.pk) and len(page.context["broken"]) == 1
    url = answer["Location"]
    client.post(f"{url}confirm/", {"pay-0": str(invoice.pk), "pay-x": "1", "pay-": ""})
    with tenant_scope(tenant):
        assert fresh(invoice).state == "paid"
    assert str(invoice.pk) in client.get(url).content.decode()
    assert client.post(f"{url}confirm/").status_code == 409
    client.post(f"{url}undo/")
    with tenant_scope(tenant):
        assert fresh(invoice).state == "sent"


def test_wrong_file_says_so_and_writes_nothing(tenant, admin, client_of):
    client = client_of(admin)
    for raw in (b"%PDF-1.7", statement([document()], tail="")):
        answer = upload(client, raw)
        assert answer.status_code == 422 and answer.context["form"].errors["file"]
    assert client.post("/deals/payments/statements/").status_code == 422
    with tenant_scope(tenant):
        assert not StatementImport.objects.exists()


def test_waiting_money_finds_its_invoice_by_search(tenant, invoice, admin, client_of):
    client = client_of(admin)
    with tenant_scope(tenant):
        shown = opened(statement([document(inn="", purpose="за товар")]), admin)
        files.confirm(statement=shown, choices={}, by=admin, now=NOW)
        entry = BankEntry.objects.get()
    url = f"/deals/payments/waiting/{entry.pk}/"
    assert client.get(url).context["options"] == []
    assert client.get(f"{url}?q=%00%27").status_code == 200
    [option] = client.get(f"{url}?q={invoice.number}").context["options"]
    assert option["invoice"] == invoice
    assert client.post(url, {"invoice": ""}).status_code == 422
    assert client.post(url, {"invoice": str(invoice.pk)}).status_code == 302
    with tenant_scope(tenant):
        assert fresh(invoice).state == "paid"
    client.post(f"{url}dismiss/")
    assert len(client.get("/deals/payments/waiting/?aside=1").context["entries"]) == 1
    client.post(f"{url}dismiss/", {"aside": "0"})
    assert len(client.get("/deals/payments/waiting/").context["entries"]) == 1


@pytest.mark.parametrize("path", ["statements/", "waiting/"])
def test_pages_of_statements_need_the_whole_company(alice, bob, path, client_of):
    answer = client_of(alice).get(f"/deals/payments/{path}")
    assert answer.status_code == 403 and "data-reason" in answer.content.decode()


def test_preview_costs_the_same_for_two_payments_and_for_forty(tenant, make_invoice, admin, client_of):
    client = client_of(admin)
    bills = [make_invoice() for _number in range(4)]

    def cost(count: int) -> int:
        with tenant_scope(tenant):
            lines = [paying(bills[n % 4], number=n) for n in range(count)]
            shown = opened(statement(lines), admin)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/deals/payments/statements/{shown.pk}/").status_code == 200
        return len(queries)

    cost(2)
    assert cost(2) == cost(40)
