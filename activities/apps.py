"""App configuration."""

from django.apps import AppConfig


class ActivitiesConfig(AppConfig):
    name = "activities"

    def ready(self) -> None:
        from activities import counters, sentences  # noqa: F401  (sentences register themselves)
        from core import shell
        from tenants.access import Action, Section, may

        shell.register_badge("activities", counters.badge)
        shell.register_unread(counters.unread)
        shell.register_permit("activities:list", lambda member: may(member, Section.ACTIVITIES))
        shell.register_permit("activities:create", lambda member: may(member, Section.ACTIVITIES, Action.ADD))
