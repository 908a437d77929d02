"""Who takes part in a meeting or call: colleagues, and guests by e-mail."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from activities.models.activities import Activity
from core.tenancy import TenantForeignKey, TenantOwned
from tenants.models import Membership


class Participant(TenantOwned):
    """A colleague or a guest who was asked to a planned activity, and what the guest answered."""

    class Answer(models.TextChoices):
        NONE = "", _("No answer yet")
        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", _("Declined")
        TENTATIVE = "tentative", _("Maybe")

    activity = TenantForeignKey(Activity, models.CASCADE, related_name="participants")
    member = TenantForeignKey(Membership, models.CASCADE, null=True, blank=True, related_name="+")
    email = models.EmailField(blank=True)  # of a guest; a colleague has none here
    answer = models.CharField(max_length=10, choices=Answer.choices, blank=True)

    class Meta(TenantOwned.Meta):
        verbose_name = _("participant")
        verbose_name_plural = _("participants")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "activity", "member"],
                name="activities_participant_once",
                condition=models.Q(member__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["tenant", "activity", "email"],
                name="activities_guest_once",
                condition=models.Q(member=None),
            ),
            models.CheckConstraint(
                name="activities_participant_is_somebody",
                condition=models.Q(member__isnull=False, email="")
                | (models.Q(member=None) & ~models.Q(email="")),
            ),
        ]
        indexes = [models.Index(fields=["tenant", "member", "activity"], name="activities_takes_part")]

    def __str__(self) -> str:
        return self.member.name if self.member else self.email
