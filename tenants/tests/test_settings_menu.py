"""The settings menu shows what the role may set."""

from __future__ import annotations

import pytest
from django.urls import reverse

from core.tenancy import tenant_scope
from tenants.models import Membership, Role


@pytest.mark.django_db
def test_settings_index_lists_people_for_an_administrator(client_of, admin):
    page = client_of(admin).get(reverse("tenants:settings"))
    assert page.status_code == 200


@pytest.mark.django_db
def test_settings_index_says_that_a_manager_sets_nothing(client_of, alice):
    page = client_of(alice).get(reverse("tenants:settings"))
    assert page.status_code == 200
    assert reverse("tenants:settings") in page.content.decode()


@pytest.mark.django_db
def test_rail_leads_a_manager_to_the_pages_that_are_theirs(client_of, alice):
    page = client_of(alice).get(reverse("leads:unsorted")).content.decode()
    rail = page.partition('class="rail')[2]
    assert f'href="{reverse("tenants:settings")}"' in rail
    settings = client_of(alice).get(reverse("tenants:settings")).content.decode()
    assert reverse("channels:canned") in settings and reverse("tenants:people") not in settings


@pytest.mark.django_db
def test_rail_shows_no_settings_to_who_has_no_page_of_them(client_of, alice):
    with tenant_scope(alice.tenant_id):
        nothing = Role.objects.create(name="Onlooker", grants={"deals": {"view": "all"}})
        Membership.objects.filter(pk=alice.pk).update(role=nothing)
    page = client_of(alice).get(reverse("deals:board")).content.decode()
    assert f'href="{reverse("tenants:settings")}"' not in page
