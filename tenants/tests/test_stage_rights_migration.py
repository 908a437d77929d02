"""Deleting stages became a right of its own: who could do it before still can."""

from __future__ import annotations

from importlib import import_module
from types import SimpleNamespace

from django.db import connection

from core.tenancy import tenant_scope
from tenants.models import Role, Tenant

migration = import_module("tenants.migrations.0006_field_visibility")
EDITS = {"settings": {"view": "all", "edit": "all"}}


def test_who_deletes_settings_keeps_deleting_stages(tenant: Tenant, other_tenant: Tenant) -> None:
    given = {
        "deletes": {"settings": {"delete": "all"}},
        "edits": EDITS,
        "said no": {"settings": {"delete": "all"}, "stages": {}},
    }
    for one in (tenant, other_tenant):
        with tenant_scope(one):
            for name, grants in given.items():
                Role.objects.create(name=name, grants=grants)
    migration.keep_deleting_stages(None, SimpleNamespace(connection=connection))
    for one in (tenant, other_tenant):
        with tenant_scope(one):
            kept = dict(Role.objects.filter(name__in=given).values_list("name", "grants"))
        assert kept == given | {"deletes": {"settings": {"delete": "all"}, "stages": {"delete": "all"}}}
