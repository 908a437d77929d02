"""App configuration."""

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"

    def ready(self) -> None:
        from reports.catalogue import REPORTS
        from tenants.list_views import register_saveable

        for report in REPORTS:
            register_saveable(report.page)
