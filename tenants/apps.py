"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TenantsConfig(AppConfig):
    name = "tenants"
    verbose_name = _("People and rights")

    def ready(self) -> None:
        from tenants import logins, shell_entries  # noqa: F401  (models are loaded only now)

        shell_entries.register()
