"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ActivitiesConfig(AppConfig):
    name = "activities"

    def ready(self) -> None:
        from activities import counters, sentences, services  # noqa: F401  (sentences register themselves)
        from core import shell
        from tenants import handover
        from tenants.access import Action, Section, may

        handover.register(
            "activities",
            _("Planned activities"),
            held=counters.planned_by,
            give=services.hand_over_plans,
        )
        shell.register_badge("activities", counters.badge)
        shell.register_unread(counters.unread)
        shell.register_permit("activities:list", lambda member: may(member, Section.ACTIVITIES))
        shell.register_permit("activities:create", lambda member: may(member, Section.ACTIVITIES, Action.ADD))
