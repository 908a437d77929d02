"""The calendar as other programs read it."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.tenancy import TenantForeignKey, TenantOwned
from tenants.models import Membership


class CalendarFeed(TenantOwned):
    """A secret link under which a calendar program reads what one person has planned."""

    member = TenantForeignKey(Membership, models.CASCADE, related_name="calendar_feeds")
    name = models.CharField(_("name"), max_length=100)  # what reads it: phone, Outlook
    token_hash = models.CharField(max_length=64, editable=False)
    kinds: Any = models.JSONField(default=list)  # kinds of activities; never filtered by
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    read_at = models.DateTimeField(null=True, editable=False)  # when a program last asked

    class Meta(TenantOwned.Meta):
        verbose_name = _("calendar link")
        verbose_name_plural = _("calendar links")
        ordering = ["-created_at"]
        constraints = [models.UniqueConstraint(fields=["tenant", "token_hash"], name="activities_feed_token")]

    def __str__(self) -> str:
        return self.name
