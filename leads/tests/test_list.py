"""The lead list: whose manager is meant, and what it tells of deals the reader may not see."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from core.listing import listing_for
from core.tenancy import tenant_scope
from deals.services import assign_deal, create_deal, delete_deal
from deals.setup import create_starter_pipeline
from leads.models import Lead
from tenants.models import Membership


@pytest.fixture
def lead(tenant, alice):
    """Alice took it; the deal is hers."""
    with tenant_scope(tenant):
        now, pipeline = timezone.now(), create_starter_pipeline(template="simple")
        deal = create_deal(
            title="Secret", pipeline=pipeline, by=alice, now=now, note="price", amount=Decimal(9)
        )
        return Lead.objects.create(
            number=1, kind="request", channel_kind="request", received_at=now, name="Ivan", state="converted",
            taken_by=alice, deal=deal,
        )  # fmt: skip


def rows(client, **params) -> str:
    return client.get(reverse("leads:list"), params).content.decode()


def count(client, **params) -> int:
    return int(re.search(r'data-list-count="(\d+)"', rows(client, **params))[1])


def handed_over(tenant, lead, by, to):
    with tenant_scope(tenant):
        assign_deal(deal=lead.deal, owner=to, by=by, now=timezone.now())


def test_list_names_the_deal_one_may_see(lead, alice, client_of):
    page = rows(client_of(alice))
    assert "Secret" in page and reverse("deals:detail", args=[lead.deal_id]) in page


def test_list_tells_nothing_of_a_deal_one_may_not_see(tenant, lead, alice, bob, client_of):
    handed_over(tenant, lead, alice, bob)
    page, stage = rows(client_of(alice)), lead.deal.stage.name
    assert "Ivan" in page and reverse("leads:detail", args=[lead.pk]) in page
    assert "Secret" not in page and "price" not in page and str(lead.deal_id) not in page
    assert f">{stage}<" not in page


def test_list_tells_nothing_of_a_deleted_deal(tenant, lead, admin, client_of):
    with tenant_scope(tenant):
        delete_deal(deal=lead.deal, by=admin, now=timezone.now())
    assert "Secret" not in rows(client_of(admin))
    assert count(client_of(admin), has_deal="yes") == count(client_of(admin), has_deal="no") == 0


def test_manager_filter_means_whom_the_column_shows(tenant, lead, alice, bob, admin, client_of):
    handed_over(tenant, lead, alice, bob)
    client = client_of(admin)
    assert (count(client, manager=alice.pk), count(client, manager=bob.pk)) == (1, 0)
    tenant.shown_manager = "owner"
    tenant.save()
    assert (count(client, manager=alice.pk), count(client, manager=bob.pk)) == (0, 1)
    assert count(client, manager=alice.pk, whose="taker") == 1


@pytest.mark.parametrize(("whose", "name"), [("taker", "Alice"), ("owner", "Bob")])
def test_column_shows_whom_the_address_means(tenant, lead, alice, bob, admin, client_of, whose, name):
    handed_over(tenant, lead, alice, bob)
    page = client_of(admin).get(reverse("leads:list"), {"whose": whose}).context["page"]
    [cell] = [cell for head, cell in page.rows[0].cells if head.name == "manager"]
    assert cell.text == name


def test_dismissed_manager_is_found_by_an_address_and_not_offered(tenant, lead, alice, bob, admin, client_of):
    dismiss(tenant, bob)
    client = client_of(admin)
    assert count(client, manager=alice.pk) == 1
    dismiss(tenant, alice)
    assert count(client, manager=alice.pk) == 1
    assert f'value="{bob.pk}"' not in rows(client, filters="1")
    assert f'value="{bob.pk}"' in rows(client, filters="1", dismissed="on")
    assert f'value="{alice.pk}" selected' in rows(client, filters="1", manager=alice.pk)


def dismiss(tenant, member):
    with tenant_scope(tenant):
        Membership.objects.filter(pk=member.pk).update(is_active=False)


def test_defaults_are_no_chips(lead, admin, client_of):
    def chips(**params):
        page = client_of(admin).get(reverse("leads:list"), params).context["page"]
        return [str(chip.label) for chip in page.chips]

    assert chips(dates="received", whose="taker", period="all") == []
    assert len(chips(dates="taken", whose="owner", period="7d")) == 3


def test_rare_filters_fold_until_one_is_in_force(lead, admin, client_of):
    def page(**params):
        return client_of(admin).get(reverse("leads:list"), {"filters": "1"} | params).content.decode()

    assert '<details class="filters-more">' in page()
    assert '<details class="filters-more">' in page(state="new")
    assert '<details class="filters-more" open>' in page(region="x")


@pytest.mark.parametrize("language", ["ru", "en"])
def test_file_tells_the_stage_as_the_page_does(language):
    stage = next(column for column in listing_for("leads:list").columns if column.name == "stage")
    rows = [
        {"state": state, "sees_deal": sees, "deal__stage__name": "new"}
        for state in Lead.State.values
        for sees in (True, False)
    ]
    with translation.override(language):
        write = stage.writer()
        assert [write(row) for row in rows] == [stage.cell(row).text for row in rows]
