"""The deals on a client's card."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from contacts.models import Contact
from core.tenancy import tenant_scope
from deals.models import Pipeline
from deals.services import create_deal
from deals.setup import create_starter_pipeline
from tenants.models import Membership, Tenant


@pytest.fixture
def contact(tenant: Tenant, alice: Membership) -> Contact:
    with tenant_scope(tenant):
        person = Contact.objects.create(name="Ivan")
        pipeline = create_starter_pipeline(template="simple")
        create_deal(title="Two machines", pipeline=pipeline, by=alice, now=timezone.now(), contact=person)
        return person


def test_panel_lists_the_deals_one_may_see(
    client_of: Callable[[Membership], Client], contact: Contact, alice: Membership, bob: Membership
) -> None:
    url = f"{reverse('deals:panel')}?contact={contact.pk}"
    assert "Two machines" in client_of(alice).get(url).content.decode()
    assert "Two machines" not in client_of(bob).get(url).content.decode()


def test_panel_of_another_tenants_client_is_missing(
    client_of: Callable[[Membership], Client], contact: Contact, charlie: Membership
) -> None:
    client = client_of(charlie)
    for query in (f"contact={contact.pk}", "contact=00000000-0000-7000-8000-000000000000", "contact=x", ""):
        assert client.get(f"{reverse('deals:panel')}?{query}").status_code == 404


def test_panel_shows_open_deals_before_any_number_of_closed_ones(
    client_of: Callable[[Membership], Client], tenant: Tenant, contact: Contact, alice: Membership
) -> None:
    with tenant_scope(tenant):
        pipeline = Pipeline.objects.get()
        archived = pipeline.stages.get(kind="archived")
        for number in range(12):
            create_deal(
                title=f"Old {number}",
                pipeline=pipeline,
                stage=archived,
                by=alice,
                now=timezone.now(),
                contact=contact,
            )
    page = client_of(alice).get(f"{reverse('deals:panel')}?contact={contact.pk}")
    assert [deal.title for deal in page.context["deals"]][:2] == ["Two machines", "Old 11"]
