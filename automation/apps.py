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

        happenings.listen(listening.on_happening)
        notices.register()
        staff.register()
