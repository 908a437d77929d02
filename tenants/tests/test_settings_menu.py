"""The settings menu shows what the role may set."""

from __future__ import annotations

import pytest
from django.urls import reverse


@pytest.mark.django_db
def test_settings_index_lists_people_for_an_administrator(client_of, admin):
    page = client_of(admin).get(reverse("tenants:settings"))
    assert page.status_code == 200


@pytest.mark.django_db
def test_settings_index_says_that_a_manager_sets_nothing(client_of, alice):
    page = client_of(alice).get(reverse("tenants:settings"))
    assert page.status_code == 200
    assert reverse("tenants:settings") in page.content.decode()
