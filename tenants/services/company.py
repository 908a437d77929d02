"""The tenant itself: made by the operator, set by its administrators."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.db import transaction

from core.tenancy import tenant_scope
from tenants.access import starting_grants
from tenants.models import Membership, Role, Tenant
from tenants.services.hours import hours_changed
from tenants.services.invitations import Invited, invite_member

ROLE_NAMES = {
    "ru": {
        "admin": "Администратор",
        "head": "Руководитель продаж",
        "dispatcher": "Диспетчер",
        "manager": "Менеджер",
        "marketer": "Маркетолог",
    },
    "en": {
        "admin": "Administrator",
        "head": "Head of sales",
        "dispatcher": "Dispatcher",
        "manager": "Manager",
        "marketer": "Marketer",
    },
}
COMPANY_FIELDS = (
    "name",
    "language",
    "time_zone",
    "currency",
    "phone_region",
    "mode",
    "is_export_restricted",
    "is_lead_bound_to_taker",
    "shown_manager",
    "min_call_s",
)


# What apps above put into a new tenant: the first pipeline, reasons, sources. Run inside its scope.
_starters: list[Callable[[Tenant], object]] = []


# What has to be computed anew when the shortest call that counts changes (Q3).
_call_limit_followers: list[Callable[[Tenant], object]] = []


def follow_call_limit(callback: Callable[[Tenant], object]) -> None:
    """Call back inside the scope of a tenant whose `min_call_s` has changed; for apps above."""
    _call_limit_followers.append(callback)


def start_with(callback: Callable[[Tenant], object]) -> None:
    """Have open_tenant call back inside the new tenant's scope; for apps above, from AppConfig.ready()."""
    _starters.append(callback)


@transaction.atomic
def open_tenant(
    *, name: str, slug: str, admin_email: str, now: dt.datetime, **fields: Any
) -> tuple[Tenant, Invited]:
    """Create a tenant ready to work in, and invite its first administrator; the operator's act."""
    tenant = create_tenant(name=name, slug=slug, **fields)
    with tenant_scope(tenant):
        for starter in _starters:
            starter(tenant)
        role = Role.objects.get(is_admin=True)
        return tenant, invite_member(email=admin_email, role=role, by=None, now=now)


def create_tenant(*, name: str, slug: str, language: str = "ru", **fields: Any) -> Tenant:
    """Create a tenant with the five roles everybody starts with; return it."""
    tenant = Tenant.objects.create(name=name, slug=slug, language=language, **fields)
    with tenant_scope(tenant):
        Role.objects.bulk_create(
            Role(code=code, name=role_name, grants=starting_grants(code), is_admin=code == Role.Code.ADMIN)
            for code, role_name in ROLE_NAMES[language].items()
        )
    return tenant


def update_company(*, tenant: Tenant, by: Membership, **values: Any) -> Tenant:
    """Change the company's settings; unknown fields are a mistake of the caller."""
    if unknown := values.keys() - set(COMPANY_FIELDS):
        raise TypeError(f"Not a setting of the company: {', '.join(sorted(unknown))}")
    call_limit = Tenant.objects.values_list("min_call_s", flat=True).get(pk=tenant.pk)
    for field, value in values.items():
        setattr(tenant, field, value)
    tenant.save(update_fields=list(values))
    if "time_zone" in values:
        hours_changed()
    if tenant.min_call_s != call_limit:
        for callback in _call_limit_followers:
            callback(tenant)
    return tenant


def set_call_limit(*, tenant: Tenant, seconds: int, by: Membership) -> Tenant:
    """Set the shortest call that counts. Nobody is called back: whoever sets all rules of quality recomputes once."""
    tenant.min_call_s = seconds
    tenant.save(update_fields=["min_call_s"])
    return tenant


def set_active(*, tenant: Tenant, is_active: bool) -> Tenant:
    """Let a tenant work or lock it out; its rows stay. The operator's decision."""
    tenant.is_active = is_active
    tenant.save(update_fields=["is_active"])
    return tenant
