"""Lists that stay fast: a search is made once for rows, count and sum, and looks where its index is."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from contacts.models import Contact
from core.tenancy import tenant_scope
from deals.models import BankEntry, Deal, StatementImport
from deals.payments.services import pay_invoice
from deals.services import create_deal
from deals.setup import create_starter_pipeline

pytestmark = pytest.mark.django_db


def count(client: Any, name: str, **params: str) -> int:
    page = client.get(reverse(name), params).content.decode()
    return int(re.search(r'data-list-count="(\d+)"', page)[1])


def test_search_is_made_once_for_rows_count_and_sum(make_deal, alice, client_of) -> None:
    for title in ("Coffee machine", "Coffee grinder", "Tea pot"):
        make_deal(title)
    client = client_of(alice)
    client.get(reverse("deals:list"))
    with CaptureQueriesContext(connection) as queries:
        assert count(client, "deals:list", q="coffee") == 2
    assert len([q for q in queries if "search.deals" in q["sql"]]) == 1


def test_orders_of_the_list_have_an_index(make_deal: Callable[..., Deal], scoped) -> None:
    """Sorting 50,000 rows by a title took longer than the rest of the page."""
    make_deal()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
        for field, index in (("title", "deals_deal_title"), ("stage_entered_at", "deals_deal_entered")):
            plan = Deal.objects.present().order_by(field, "id").values("id")[:50].explain()
            assert index in plan


def test_tags_are_found_within_the_tenant_only(
    tenant, other_tenant, make_deal, alice, charlie, client_of
) -> None:
    make_deal("one", tags=["vip"])
    make_deal("two", tags=["опт"])
    make_deal("three")
    with tenant_scope(other_tenant):
        create_deal(
            title="foreign",
            pipeline=create_starter_pipeline(),
            by=charlie,
            now=alice.created_at,
            tags=["vip"],
        )
    client = client_of(alice)
    assert count(client, "deals:list", tag="vip") == 1
    assert client.get(f"{reverse('deals:list')}?tag=vip&tag=опт").content.decode().count("data-row ") == 2
    assert count(client, "deals:list", tag="gone") == 0
    assert count(client_of(charlie), "deals:list", tag="vip") == 1


def test_documents_are_found_by_number_deal_and_client(
    tenant, make_deal, make_invoice, alice, client_of, time_machine, now
) -> None:
    time_machine.move_to(now, tick=False)
    with tenant_scope(tenant):
        contact = Contact.objects.create(name="Zoe Fields", search_text="zoe fields")
    invoice, other = (
        make_invoice(deal=make_deal("Grinder", contact=contact)),
        make_invoice(deal=make_deal("Pot")),
    )
    client = client_of(alice)
    for text in ("grinder", "ZOE", "fields zoe"):
        assert count(client, "deals:invoices", q=text) == 1, text
    page = client.get(reverse("deals:invoices"), {"q": invoice.number}).content.decode()
    assert reverse("deals:invoice", args=[invoice.pk]) in page
    assert count(client, "deals:invoices", q="nothing like it") == 0
    assert count(client, "deals:invoices", q="%") == 2  # nothing to look for
    assert other.number != invoice.number


def test_payments_are_found_by_payer_comment_and_deal(
    tenant, make_deal, make_invoice, alice, bob, charlie, client_of, time_machine, now
) -> None:
    time_machine.move_to(now, tick=False)
    first, second = make_invoice(deal=make_deal("Grinder")), make_invoice(deal=make_deal("Pot"))
    usual = {"amount": Decimal(100), "currency": "RUB", "paid_on": now.date(), "by": alice, "now": now}
    with tenant_scope(tenant):
        pay_invoice(invoice=first, comment="cash desk", **usual)
        payment = pay_invoice(invoice=second, **usual)
        statement = StatementImport.objects.create(file_name="x")
        payment.entry = BankEntry.objects.create(
            statement=statement, account="4", number="1", on=now.date(), came_on=now.date(), amount=100,
            assigned=100, currency="RUB", payer="ООО Лютик",
        )  # fmt: skip
        payment.save(update_fields=["entry"])
    client = client_of(alice)
    for text in ("лютик", "cash", "grinder", "pot"):
        assert count(client, "deals:payments", q=text) == 1, text
    assert count(client_of(bob), "deals:payments", q="cash") == 0
    assert count(client_of(charlie), "deals:payments", q="cash") == 0
