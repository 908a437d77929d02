"""Ticked clients: handed over, tagged, planned for."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from activities.models import Activity, Notification
from contacts.models import Company, Contact
from contacts.services import create_company, create_contact
from core.tenancy import tenant_scope

NAMES = {
    "contact": ("contacts:list", "contacts:bulk_", "activities:plan_contacts", Contact),
    "company": ("contacts:company_list", "contacts:company_bulk_", "activities:plan_companies", Company),
}


@pytest.fixture(params=NAMES)
def kind(request):
    return request.param


@pytest.fixture
def clients(tenant, kind, alice, bob):
    """Two of Alice's, one of Bob's."""
    now = timezone.now()
    with tenant_scope(tenant):
        made = [_make(kind, name, owner, now) for name, owner in (("A", alice), ("B", alice), ("C", bob))]
        Activity.objects.all().delete()
    return [str(client.pk) for client in made]


def _make(kind, name, owner, now):
    if kind == "contact":
        return create_contact(name=name, keys=[], owner=owner, by=owner, now=now)
    return create_company(name=name, owner=owner, by=owner, now=now)


def rows(tenant, kind):
    with tenant_scope(tenant):
        found = NAMES[kind][3].objects.select_related("owner").order_by("name")
        return [(row.owner.name, row.tags) for row in found]


def test_list_offers_the_actions_one_may_take(kind, clients, alice, client_of):
    page, prefix, plan, _model = NAMES[kind]
    shown = client_of(alice).get(reverse(page)).content.decode()
    for name in (f"{prefix}assign", f"{prefix}tag", plan):
        assert reverse(name) in shown


def test_bulk_assign_hands_over_only_what_one_may_edit(tenant, kind, clients, alice, head, client_of):
    client, url = client_of(alice), reverse(NAMES[kind][1] + "assign")
    asked = client.post(url, {"ids": clients})
    assert (len(asked.context["chosen"].clients), asked.context["chosen"].out_of_reach) == (2, 1)
    assert client.post(url, {"ids": clients, "asked": "1"}).status_code == 422
    done = client.post(url, {"ids": clients, "asked": "1", "owner": str(head.pk), "query": "sort=name"})
    assert done.headers["Location"] == reverse(NAMES[kind][0]) + "?sort=name"
    assert [owner for owner, _tags in rows(tenant, kind)] == ["Helen", "Helen", "Bob"]
    with tenant_scope(tenant):
        assert Activity.objects.filter(data__code="owner_changed").count() == 2


def test_bulk_tag_of_all_the_filter_adds_it_once(tenant, kind, clients, head, client_of):
    client, url = client_of(head), reverse(NAMES[kind][1] + "tag")
    sent = {"all": "1", "query": "q=A", "asked": "1", "tag": " #vip "}
    for _round in range(2):
        client.post(url, sent)
    assert [tags for _owner, tags in rows(tenant, kind)] == [["vip"], [], []]
    assert client.post(url, sent | {"tag": "a, b"}).status_code == 422
    with tenant_scope(tenant):
        assert Activity.objects.filter(data__code="fields_changed").count() == 1


def test_bulk_plan_makes_one_activity_each_and_tells_once(tenant, kind, clients, alice, bob, client_of):
    client, url = client_of(alice), reverse(NAMES[kind][2])
    assert client.post(url, {"ids": clients}).status_code == 200
    sent = {"ids": clients, "asked": "1", "kind": "call", "subject": "Greet", "when": "tomorrow"}
    assert client.post(url, sent | {"owner": str(bob.pk)}).status_code == 302
    with tenant_scope(tenant):
        planned = Activity.objects.planned()
        assert {str(getattr(row, f"{kind}_id")) for row in planned} == set(clients)
        assert {row.owner for row in planned} == {bob}
        assert Notification.objects.get().params["count"] == 3


def test_bulk_is_for_those_with_the_right(tenant, kind, clients, charlie, client_of):
    from conftest import make_member

    marketer = client_of(make_member(tenant, "Mark", "marketer"))
    for name in ("assign", "tag"):
        url = reverse(NAMES[kind][1] + name)
        assert marketer.post(url, {"ids": clients}).status_code == 403
        assert client_of(charlie).post(url, {"ids": clients}).context["chosen"].clients == []
    assert marketer.post(reverse(NAMES[kind][2]), {"ids": clients}).status_code == 403
