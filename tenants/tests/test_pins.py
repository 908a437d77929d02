"""Pinned views on the rail: one's own and those shared with everybody, of lists one may open."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from conftest import make_member
from core.tenancy import tenant_scope
from tenants.models import Membership, Role, SavedView, Tenant

SignIn = Callable[[Membership], Client]


@pytest.fixture
def views(tenant: Tenant, alice: Membership) -> None:
    with tenant_scope(tenant):
        for name, page, is_shared, is_pinned in (
            ("Hot leads", "leads:list", False, True),
            ("Big deals", "deals:list", True, True),
            ("Everybody's clients", "contacts:list", True, True),
            ("Not on the rail", "leads:list", True, False),
        ):
            SavedView.objects.create(
                member=alice, page=page, name=name, query="q=x", is_shared=is_shared, is_pinned=is_pinned
            )


def rail_of(client: Client) -> str:
    page = client.get(reverse("core:help")).content.decode()
    return page[page.index("rail-cap") :].split("rail-foot")[0] if "rail-cap" in page else ""


def test_rail_has_ones_own_pinned_views_and_shared_ones(
    client_of: SignIn, views: None, alice: Membership, bob: Membership, tenant: Tenant
) -> None:
    own, others = rail_of(client_of(alice)), rail_of(client_of(bob))
    assert "Hot leads" in own and "Big deals" in own and "Not on the rail" not in own
    assert "Hot leads" not in others and "Big deals" in others
    with tenant_scope(tenant):
        view = SavedView.objects.get(name="Big deals")
    assert f"{reverse('deals:list')}?q=x&amp;view={view.pk}" in others


def test_rail_leaves_out_views_of_lists_one_may_not_open(
    client_of: SignIn, views: None, tenant: Tenant
) -> None:
    with tenant_scope(tenant):
        role = Role.objects.create(name="Narrow", grants={"leads": {"view": "all"}})
    narrow = make_member(tenant, "Nora", Role.Code.MANAGER)
    with tenant_scope(tenant):
        Membership.objects.filter(pk=narrow.pk).update(role=role)
    assert "Big deals" not in rail_of(client_of(narrow))


def test_rail_of_another_tenant_shows_none(client_of: SignIn, views: None, charlie: Membership) -> None:
    assert rail_of(client_of(charlie)) == ""


def test_rail_and_tabs_read_the_saved_views_once(client_of: SignIn, views: None, alice: Membership) -> None:
    client = client_of(alice)
    with CaptureQueriesContext(connection) as queries:
        page = client.get(reverse("leads:list")).content.decode()
    assert "Not on the rail" in page and "Big deals" in page
    assert sum('FROM "tenants_savedview"' in query["sql"] for query in queries) == 1
