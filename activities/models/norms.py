"""How many calls and meetings a day are expected of somebody (A3)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.tenancy import TenantForeignKey, TenantOwned
from tenants.models import Membership, Role


class DayNorm(TenantOwned):
    """The norm of a working day for everybody of a role, or for one person, which wins."""

    role = TenantForeignKey(
        Role, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("role")
    )
    member = TenantForeignKey(
        Membership, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("person")
    )
    calls = models.PositiveSmallIntegerField(_("calls a day"), default=0)
    meetings = models.PositiveSmallIntegerField(_("meetings a day"), default=0)
    # Shorter talks of the telephony are no call: nobody was spoken to
    min_call_s = models.PositiveSmallIntegerField(_("a call counts from, seconds"), default=0)

    class Meta(TenantOwned.Meta):
        verbose_name = _("norm of a day")
        verbose_name_plural = _("norms of a day")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "role"], name="activities_norm_role", condition=models.Q(role__isnull=False)
            ),
            models.UniqueConstraint(
                fields=["tenant", "member"],
                name="activities_norm_member",
                condition=models.Q(member__isnull=False),
            ),
            models.CheckConstraint(
                name="activities_norm_of_somebody",
                condition=models.Q(role=None, member__isnull=False)
                | models.Q(role__isnull=False, member=None),
            ),
        ]

    def __str__(self) -> str:
        return str(self.member or self.role)
