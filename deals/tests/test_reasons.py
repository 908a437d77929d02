"""The directory of rejection reasons among the settings."""

from __future__ import annotations

import pytest
from django.urls import reverse

from core.tenancy import tenant_scope
from deals.models import RejectionReason
from deals.reasons.services import archive_reason, create_reason, move_reason

pytestmark = pytest.mark.django_db


def names() -> list[str]:
    return list(RejectionReason.objects.filter(is_archived=False).values_list("name", flat=True))


def test_reasons_keep_the_order_they_are_given(scope, admin):
    RejectionReason.objects.all().delete()
    spam, price, far = (create_reason(by=admin, name=name) for name in ("Spam", "Price", "Far"))
    move_reason(reason=far, by=admin, step=-1)
    assert names() == ["Spam", "Far", "Price"]
    move_reason(reason=spam, by=admin, step=-1)
    assert names() == ["Spam", "Far", "Price"]
    move_reason(reason=price, by=admin, step=1)
    assert names() == ["Spam", "Far", "Price"]


def test_a_reason_archived_meanwhile_stays_where_it_is(scope, admin):
    RejectionReason.objects.all().delete()
    spam, price = (create_reason(by=admin, name=name) for name in ("Spam", "Price"))
    archive_reason(reason=price, by=admin, is_archived=True)
    move_reason(reason=price, by=admin, step=-1)
    assert names() == ["Spam"] == [spam.name]


def test_pages_add_change_and_archive_a_reason(client_of, admin, tenant):
    browser = client_of(admin)
    wrong = {"name": "Spam", "is_non_targeted": "on"}
    assert browser.post(reverse("tenants:reason_create"), wrong).status_code == 422
    assert browser.post(reverse("tenants:reason_create"), wrong | {"is_for_leads": "on"}).status_code == 302
    with tenant_scope(tenant):
        reason = RejectionReason.objects.get(name="Spam")
    assert (reason.is_for_leads, reason.is_for_deals, reason.is_non_targeted) == (True, False, True)
    assert "Spam" in browser.get(reverse("tenants:reasons")).content.decode()
    browser.post(reverse("tenants:reason_archive", args=[reason.pk]))
    with tenant_scope(tenant):
        assert "Spam" not in names()
    browser.post(reverse("tenants:reason_archive", args=[reason.pk]), {"archived": "0"})
    with tenant_scope(tenant):
        assert "Spam" in names()
