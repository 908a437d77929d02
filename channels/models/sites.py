"""What a channel shows on the company's website."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from channels.models.channel import Channel
from core.tenancy import TenantForeignKey, TenantOneToOneField, TenantOwned
from tenants.models import Membership


class SiteForm(TenantOwned):
    """The form of a channel as somebody built it; a channel without one shows the usual form."""

    channel = TenantOneToOneField(Channel, models.CASCADE, related_name="site_form")
    definition: Any = models.JSONField(default=dict)  # channels.sites.definition reads it; never filtered by
    version = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField(default=timezone.now)
    updated_by = TenantForeignKey(Membership, models.SET_NULL, null=True, related_name="+")

    class Meta(TenantOwned.Meta):
        verbose_name = _("form on the site")
        verbose_name_plural = _("forms on sites")
