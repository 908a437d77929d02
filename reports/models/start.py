"""How the start page is arranged (R10)."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.tenancy import TenantForeignKey, TenantOwned
from tenants.models import Membership, Role


class StartPage(TenantOwned):
    """Panels of the start page as one person arranged them, or an administrator for everybody of a role."""

    member = TenantForeignKey(Membership, models.CASCADE, null=True, related_name="+", editable=False)
    role = TenantForeignKey(Role, models.CASCADE, null=True, related_name="+", editable=False)
    # [{"panel": "funnel", "width": 2, "choice": "…"}, …] in order; read whole, never filtered by
    panels: Any = models.JSONField(default=list)

    class Meta(TenantOwned.Meta):
        verbose_name = _("arrangement of the start page")
        verbose_name_plural = _("arrangements of the start page")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "member"], name="reports_start_member_once"),
            models.UniqueConstraint(fields=["tenant", "role"], name="reports_start_role_once"),
            models.CheckConstraint(
                condition=models.Q(member__isnull=True) ^ models.Q(role__isnull=True),
                name="reports_start_of_one",
            ),
        ]
