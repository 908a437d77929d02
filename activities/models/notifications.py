"""What a person should hear about."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.tenancy import TenantForeignKey, TenantOwned
from tenants.models import Membership


class Notification(TenantOwned):
    """One line in the bell's list. Its text is made in the reader's language from code and params."""

    member = TenantForeignKey(Membership, models.CASCADE, related_name="notifications")
    code = models.CharField(
        max_length=40
    )  # 'lead_assigned', 'activity_due', …: activities.notices knows the texts
    params: Any = models.JSONField(default=dict)
    url = models.CharField(max_length=300, blank=True)
    read_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(TenantOwned.Meta):
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["tenant", "member", "-created_at"], name="activities_notice_new"),
            models.Index(
                fields=["tenant", "member"], name="activities_notice_unread", condition=models.Q(read_at=None)
            ),
        ]
