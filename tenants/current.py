"""The active tenant's own row: its settings."""

from __future__ import annotations

from core.remembering import remembered_for_a_while
from core.tenancy import current_tenant_id
from tenants.models import Tenant


def current_tenant() -> Tenant:
    """Return the active tenant, for reading: long background work remembers it for a moment."""
    return remembered_for_a_while(Tenant, lambda: Tenant.objects.get(pk=current_tenant_id()))
