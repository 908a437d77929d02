"""An exchange asks who calls: answered after the delivery is journaled, and never with an error."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from channels import bell, callers
from channels.models import Event
from channels.services import CreatedChannel
from channels.tests.conftest import path_of
from contacts.identity import get_or_create_contact, phone_keys
from contacts.models import Contact
from core.tenancy import tenant_scope
from leads.inquiry import Person
from leads.services import receive_inquiry, take_lead
from leads.tests.factories import inquiry
from leads.tests.factories import make_channel as lead_channel
from tenants.models import Membership, Tenant

pytestmark = pytest.mark.django_db
PHONE = "79991234567"


@pytest.fixture(autouse=True)
def silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bell, "ring", lambda tenant_id: None)


@pytest.fixture
def exchange(make_channel: Callable[..., CreatedChannel]) -> CreatedChannel:
    return make_channel("vats", {"crm_token": "t0ken-of-the-exchange"})


@pytest.fixture
def anna(tenant: Tenant, alice: Membership) -> Contact:
    with tenant_scope(tenant):
        Membership.objects.filter(pk=alice.pk).update(phone_extension="701")
        contact, _new = get_or_create_contact(
            name="Анна", keys=phone_keys(PHONE, "RU"), owner=alice, now=timezone.now()
        )
        return contact


def ask(exchange: CreatedChannel, phone: str = PHONE) -> Any:
    fields = {"cmd": "contact", "phone": phone, "callid": "c1", "crm_token": "t0ken-of-the-exchange"}
    return Client().post(path_of(exchange.hook_url), fields)


def test_known_client_is_named_with_the_manager(exchange: CreatedChannel, anna: Contact) -> None:
    response = ask(exchange)
    assert json.loads(response.content) == {"contact_name": "Анна", "responsible": "701"}
    with tenant_scope(exchange.channel.tenant_id):
        assert Event.objects.count() == 1


def test_nobody_is_named_who_is_not_known_or_gone(
    exchange: CreatedChannel, anna: Contact, alice: Membership
) -> None:
    assert json.loads(ask(exchange, "79990000000").content) == {}
    assert json.loads(ask(exchange, "anonymous").content) == {}
    with tenant_scope(exchange.channel.tenant_id):
        Membership.objects.filter(pk=alice.pk).update(is_active=False)
    assert json.loads(ask(exchange).content) == {"contact_name": "Анна"}
    with tenant_scope(exchange.channel.tenant_id):
        Contact.objects.update(deleted_at=timezone.now())
    assert json.loads(ask(exchange).content) == {}


def test_client_without_a_manager_goes_to_whoever_took_the_inquiry(
    exchange: CreatedChannel, tenant: Tenant, alice: Membership
) -> None:
    with tenant_scope(tenant):
        Membership.objects.filter(pk=alice.pk).update(phone_extension="701")
        told = inquiry(person=Person(name="Борис", phone=PHONE))
        receipt = receive_inquiry(inquiry=told, channel=lead_channel(), now=told.occurred_at)
        assert receipt.lead is not None
        take_lead(lead=receipt.lead, by=alice, now=told.occurred_at)
    assert json.loads(ask(exchange).content) == {"contact_name": "Борис", "responsible": "701"}


def test_client_of_another_company_is_nobody(exchange: CreatedChannel, other_tenant: Tenant) -> None:
    with tenant_scope(other_tenant):
        get_or_create_contact(name="Чужой", keys=phone_keys(PHONE, "RU"), now=timezone.now())
    assert json.loads(ask(exchange).content) == {}


def test_answer_costs_one_query_more_and_no_more(
    exchange: CreatedChannel, anna: Contact, django_assert_num_queries: Any, tenant: Tenant
) -> None:
    with tenant_scope(tenant), django_assert_num_queries(1):
        found = callers._find(f"+{PHONE}")
    assert found is not None and found.url.endswith(f"/{anna.pk}/")


def test_delivery_is_taken_whatever_becomes_of_the_look_up(
    exchange: CreatedChannel, anna: Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(number: str) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(callers, "_find", fail)
    response = ask(exchange)
    assert (response.status_code, json.loads(response.content)) == (200, {})
    with tenant_scope(exchange.channel.tenant_id):
        assert Event.objects.count() == 1
