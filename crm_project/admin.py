"""Makes our site the admin's default one; autodiscovery of */admin.py then registers with it."""

from __future__ import annotations

from django.contrib.admin.apps import AdminConfig


class CrmAdminConfig(AdminConfig):
    default_site = "tenants.admin_site.CrmAdminSite"
