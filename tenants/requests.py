"""The request as views of signed-in members get it."""

from __future__ import annotations

from django.http import HttpRequest

from tenants.models import Membership, Tenant


class MemberRequest(HttpRequest):
    """A request inside the tenant's scope; TenantMiddleware adds who acts and where. Only for annotations."""

    member: Membership
    tenant: Tenant
