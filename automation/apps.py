"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import pgettext_lazy


class AutomationConfig(AppConfig):
    name = "automation"
    verbose_name = pgettext_lazy("automation", "Robots")

    def ready(self) -> None:
        import automation.tasks  # noqa: F401  (known in every process, so that the bell finds them)
        from automation import listening, notices, staff
        from deals import happenings
        from deals.documents import happenings as documents

        happenings.listen(listening.on_happening)
        documents.subscribe(listening.on_document)
        notices.register()
        staff.register()
