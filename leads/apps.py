"""App configuration."""

from django.apps import AppConfig


class LeadsConfig(AppConfig):
    name = "leads"

    def ready(self) -> None:
        from leads import entries, lists  # noqa: F401  (registers the list)
        from leads.importing import registration

        entries.register()
        registration.register()
