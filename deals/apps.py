"""App configuration."""

from django.apps import AppConfig


class DealsConfig(AppConfig):
    name = "deals"

    def ready(self) -> None:
        from deals import entries, lists  # noqa: F401  (registers the list)
        from deals.importing import registration

        entries.register()
        registration.register()
