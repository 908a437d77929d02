"""The directory of sources among the settings."""

from __future__ import annotations

import pytest
from django.urls import reverse

from contacts.models import Source, SourceCost, SourceGroup
from contacts.sources import services
from core.tenancy import tenant_scope
from tenants.errors import StillInUse

pytestmark = pytest.mark.django_db


@pytest.fixture
def source(scope, admin):
    group = services.create_group(name="Adverts", by=admin)
    return services.create_source(name="Yandex", by=admin, group=group, utm_source="yandex")


def test_followers_hear_when_a_source_ceases_to_count(source, admin, monkeypatch):
    heard = []
    monkeypatch.setattr(services, "_followers", [heard.append])
    values = {"name": "Yandex", "group": source.group, "utm_source": "yandex"}
    services.update_source(source=source, by=admin, is_advertising=True, **values)
    assert heard == []
    services.update_source(source=source, by=admin, is_advertising=False, **values)
    assert heard == [source]


def test_group_with_sources_is_not_deleted(source, admin):
    with pytest.raises(StillInUse):
        services.delete_group(group=source.group, by=admin)
    empty = services.create_group(name="Empty", by=admin)
    assert empty.position > source.group.position
    services.delete_group(group=empty, by=admin)
    assert list(SourceGroup.objects.all()) == [source.group]


def test_pages_add_archive_and_cost_a_source(client_of, admin, tenant):
    browser = client_of(admin)
    assert (
        browser.post(reverse("tenants:source_create"), {"name": "VK", "utm_source": " VK "}).status_code
        == 302
    )
    with tenant_scope(tenant):
        source = Source.objects.get()
    assert (source.utm_source, source.is_advertising) == ("vk", False)
    costs = reverse("tenants:source_costs", args=[source.pk])
    period = {"starts_on": "2030-01-01", "ends_on": "2030-01-31", "currency": "RUB"}
    assert browser.post(costs, period | {"amount": "1000.50"}).status_code == 302
    assert browser.post(costs, period | {"amount": "-1"}).status_code == 422
    assert browser.post(costs, period | {"amount": "1", "ends_on": "2029-01-01"}).status_code == 422
    assert "1" in browser.get(reverse("tenants:sources")).content.decode()
    with tenant_scope(tenant):
        cost = SourceCost.objects.get()
    browser.post(reverse("tenants:source_cost_delete", args=[cost.pk]))
    browser.post(reverse("tenants:source_archive", args=[source.pk]))
    assert "VK" not in browser.get(reverse("tenants:sources")).content.decode().split("<main")[1]
    assert "VK" in browser.get(reverse("tenants:sources") + "?archived=1").content.decode()


def test_name_taken_in_the_tenant_is_told_in_the_form(client_of, admin, charlie, tenant):
    for browser in (client_of(charlie), client_of(admin)):
        assert browser.post(reverse("tenants:source_create"), {"name": "VK"}).status_code == 302, (
            "free in each tenant"
        )
    assert client_of(admin).post(reverse("tenants:source_create"), {"name": "vk"}).status_code == 422
