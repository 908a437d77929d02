"""What a channel shows on the company's website."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from activities.models import Call
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


class SiteNumber(TenantOwned):
    """A phone number of the company that its site shows, to tell where callers come from (K5).

    One with a rule is shown to whoever meets the rule; the others are a pool, lent to one visitor at a time.
    """

    channel = TenantForeignKey(Channel, models.CASCADE, related_name="site_numbers")
    number = models.CharField(_("number"), max_length=32)  # E.164, as calls keep their line
    utm_source = models.CharField(_("source, as in utm_source"), max_length=100, blank=True)
    campaign = models.CharField(_("campaign, as in utm_campaign"), max_length=200, blank=True)
    region = models.CharField(_("region, as the page says"), max_length=100, blank=True)
    time_zone = models.CharField(_("time zone of the visitor"), max_length=64, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)
    last_lent_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        verbose_name = _("number on the site")
        verbose_name_plural = _("numbers on sites")
        constraints = [models.UniqueConstraint(fields=["tenant", "number"], name="channels_sitenumber_once")]
        indexes = [
            models.Index(fields=["tenant", "channel", "last_lent_at"], name="channels_sitenumber_next")
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_ruled(self) -> bool:
        """Whether it is shown by a rule, not lent from the pool."""
        return bool(self.utm_source or self.campaign or self.region or self.time_zone)


class NumberLease(TenantOwned):
    """A number of the pool while one visitor sees it, with where this visitor came from."""

    number = TenantForeignKey(SiteNumber, models.CASCADE, related_name="leases")
    visitor = models.CharField(max_length=64)
    lent_at = models.DateTimeField()
    until = models.DateTimeField()
    marks: Any = models.JSONField(default=dict)  # as the site's script sends them, under its names

    class Meta(TenantOwned.Meta):
        verbose_name = _("lent number")
        verbose_name_plural = _("lent numbers")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "number", "visitor"], name="channels_lease_visitor")
        ]
        indexes = [
            models.Index(fields=["tenant", "number", "-until"], name="channels_lease_until"),
            models.Index(fields=["tenant", "visitor", "-until"], name="channels_lease_whose"),
        ]


class SiteCall(TenantOwned):
    """A call that came in on a number of the site."""

    call = TenantOneToOneField(Call, models.CASCADE, related_name="site_call")
    number = TenantForeignKey(SiteNumber, models.CASCADE, related_name="calls")
    at = models.DateTimeField()
    is_uncertain = models.BooleanField(default=False)  # several visitors saw the number then

    class Meta(TenantOwned.Meta):
        verbose_name = _("call by a number of the site")
        verbose_name_plural = _("calls by numbers of the site")
        indexes = [models.Index(fields=["tenant", "number", "-at"], name="channels_sitecall_new")]
