"""App configuration."""

from django.apps import AppConfig


class DealsConfig(AppConfig):
    name = "deals"

    def ready(self) -> None:
        from deals import entries, lists  # noqa: F401  (registers the list)
        from deals.documents import lists as document_lists  # noqa: F401  (registers the lists)
        from deals.importing import registration
        from deals.payments import lists as payment_lists  # noqa: F401  (registers the list)
        from deals.products import lists as product_lists  # noqa: F401  (registers the list)

        entries.register()
        registration.register()
