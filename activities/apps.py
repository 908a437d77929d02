"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ActivitiesConfig(AppConfig):
    name = "activities"

    def ready(self) -> None:
        from django.urls import reverse

        from activities import counters, sentences, services  # noqa: F401  (sentences register themselves)
        from activities.services.batches import KIND as BATCH
        from core import shell
        from tenants import handover, jobs
        from tenants.access import Action, Section, may

        handover.register(
            "activities",
            _("Planned activities"),
            held=counters.planned_by,
            give=services.hand_over_plans,
        )
        jobs.register_page(BATCH, lambda job: reverse("activities:batch", args=[job.pk]))
        shell.register_badge("activities", counters.badge)
        shell.register_unread(counters.unread)
        shell.register_permit("activities:list", lambda member: may(member, Section.ACTIVITIES))
        shell.register_permit("activities:all_list", lambda member: may(member, Section.ACTIVITIES))
        shell.register_permit("activities:create", lambda member: may(member, Section.ACTIVITIES, Action.ADD))
