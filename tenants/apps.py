"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TenantsConfig(AppConfig):
    name = "tenants"
    verbose_name = _("People and rights")

    def ready(self) -> None:
        from django.urls import reverse

        from tenants import jobs, leaving, logins, shell_entries  # noqa: F401  (models are loaded only now)

        shell_entries.register()
        jobs.register_page(leaving.KIND, lambda job: reverse("tenants:handover_run", args=[job.pk]))
