"""Giving a deal to a colleague with all its inquiries, or leaving the true history (L18)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse

from core.tenancy import tenant_scope
from deals.errors import DealChangedMeanwhile
from deals.models import Deal
from deals.services import assign_deal, create_deal
from deals.services.bulk import assign_deals
from deals.setup import create_starter_pipeline
from leads.models import Lead
from leads.services import create_manual_lead, take_lead

NOW = dt.datetime(2026, 11, 17, 9, tzinfo=dt.UTC)


@pytest.fixture
def deal(tenant, alice):
    """A deal of Alice's with two inquiries she took and one nobody took."""
    with tenant_scope(tenant):
        deal = create_deal(title="Deal", pipeline=create_starter_pipeline(), by=alice, now=NOW)
        for n in range(3):
            lead = create_manual_lead(name=f"Client {n}", phone=f"+7 900 111-22-3{n}", by=alice, now=NOW)
            lead = getattr(lead, "lead", lead)
            if n < 2:
                take_lead(lead=lead, by=alice, now=NOW)
            Lead.objects.filter(pk=lead.pk).update(deal=deal, **({"taken_by": None} if n == 2 else {}))
        return deal


def holders(deal) -> list[tuple[str | None, str | None]]:
    rows = (
        Lead.objects.filter(deal=deal).order_by("number").values_list("taken_by__name", "responsible__name")
    )
    return list(rows)


def test_inquiries_go_along_when_asked_to(scope, deal, alice, bob, now=NOW):
    assign_deal(deal=deal, owner=bob, by=alice, now=now, with_inquiries=True)
    assert holders(deal) == [("Bob", "Bob"), ("Bob", "Bob"), (None, "Bob")]
    taken = Lead.objects.filter(deal=deal, taken_at=NOW).count()
    assert taken == 2  # when they were taken stays
    assert Deal.objects.get().owner == bob


def test_true_history_stays_otherwise(scope, deal, alice, bob):
    before = holders(deal)
    assign_deal(deal=deal, owner=bob, by=alice, now=NOW)
    assert holders(deal) == before
    assert Deal.objects.get().owner == bob


def test_inquiries_stay_where_the_deal_is_refused(scope, deal, alice, bob):
    before = holders(deal)
    with pytest.raises(DealChangedMeanwhile):
        assign_deal(deal=deal, owner=bob, by=alice, now=NOW, version=99, with_inquiries=True)
    assert holders(deal) == before


def test_bulk_passes_inquiries_too(scope, deal, alice, bob):
    assert assign_deals(deals=[deal], owner=bob, by=alice, now=NOW, with_inquiries=True).done == 1
    assert holders(deal)[0] == ("Bob", "Bob")


def test_dialog_asks_and_does_as_told(tenant, deal, head, alice, bob, client_of):
    page = reverse("deals:assign", args=[deal.pk])
    client = client_of(head)
    html = client.get(page).content.decode()
    assert html.count('name="inquiries"') == 2
    client.post(page, {"owner": str(bob.pk), "inquiries": "all"})
    with tenant_scope(tenant):
        assert holders(deal)[0] == ("Bob", "Bob")


def test_dialog_does_not_ask_about_inquiries_there_are_none_of(tenant, deal, head, client_of):
    with tenant_scope(tenant):
        Lead.objects.update(deal=None)
    html = client_of(head).get(reverse("deals:assign", args=[deal.pk])).content.decode()
    assert 'name="inquiries"' not in html
