"""Naming a client in the forms of deals: what a role without the right to add clients can still do."""

from __future__ import annotations

import pytest
from django.urls import reverse

from contacts.identity import get_or_create_contact, phone_keys
from contacts.models import Company, Contact
from contacts.services import create_company
from core.tenancy import tenant_scope
from deals.models import Deal
from deals.services import set_requirements

PHONE = "8 916 204-18-77"


@pytest.fixture
def client(tenant, alice, client_of):
    """A manager who may add deals and no clients."""
    with tenant_scope(tenant):
        role = alice.role
        role.grants = {"deals": role.grants["deals"]}
        role.save()
    return client_of(alice)


def test_quick_create_says_at_the_phone_that_no_contact_may_be_added(tenant, client, stages):
    sent = {"stage": str(stages["first"].pk), "title": "M", "contact_phone": PHONE}
    answer = client.post(reverse("deals:quick_create"), sent)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["contact_phone"]
    with tenant_scope(tenant):
        assert not Deal.objects.exists() and not Contact.objects.exists()


def test_quick_create_takes_a_phone_somebody_has_without_the_right_to_add(tenant, client, stages, now):
    with tenant_scope(tenant):
        known, _new = get_or_create_contact(name="Анна", keys=phone_keys(PHONE, "RU"), now=now)
    sent = {"stage": str(stages["first"].pk), "title": "M", "contact_phone": PHONE}
    assert client.post(reverse("deals:quick_create"), sent).status_code == 302
    with tenant_scope(tenant):
        assert Deal.objects.get().contact == known


@pytest.mark.parametrize("name", ["create", "quick_create"])
def test_company_is_not_added_without_the_right(tenant, client, stages, name):
    with tenant_scope(tenant):
        set_requirements(stage=stages["first"], enter=["company"])
    sent = {"stage": str(stages["first"].pk), "title": "M", "company_name": "Север"}
    answer = client.post(reverse(f"deals:{name}"), sent)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["company_name"]
    with tenant_scope(tenant):
        assert not Company.objects.exists()


def test_company_that_is_known_needs_no_right(tenant, client, stages, alice, now):
    with tenant_scope(tenant):
        known = create_company(name="Север", by=None, now=now)
    sent = {"stage": str(stages["first"].pk), "title": "M", "company_name": "Север"}
    assert client.post(reverse("deals:create"), sent).status_code == 302
    with tenant_scope(tenant):
        assert Deal.objects.get().company == known


def test_client_hint_is_empty_for_a_role_without_contacts(tenant, client, now):
    with tenant_scope(tenant):
        get_or_create_contact(name="Анна", keys=phone_keys(PHONE, "RU"), now=now)
    answer = client.get(reverse("deals:client_hint"), {"contact_phone": PHONE})
    assert answer.status_code == 200
    assert answer.context["matches"] == []
