"""Where clients heard of us, and what that costs."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.tenancy import TenantForeignKey, TenantOwned


class SourceGroup(TenantOwned):
    """A group of sources that are compared together."""

    name = models.CharField(_("name"), max_length=100)
    position = models.PositiveIntegerField(default=0)

    class Meta(TenantOwned.Meta):
        verbose_name = _("source group")
        verbose_name_plural = _("source groups")
        ordering = ["position", "name"]
        constraints = [models.UniqueConstraint("tenant", Lower("name"), name="contacts_sourcegroup_name")]

    def __str__(self) -> str:
        return self.name


class Source(TenantOwned):
    """An advert, site or partner a client came from (domain: Source)."""

    group = TenantForeignKey(
        SourceGroup, models.PROTECT, null=True, blank=True, related_name="sources", verbose_name=_("group")
    )
    name = models.CharField(_("name"), max_length=100)
    utm_source = models.CharField(
        _("utm_source"),
        max_length=100,
        blank=True,
        help_text=_("Inquiries marked so get this source by themselves."),
    )
    is_advertising = models.BooleanField(_("counts in advertising statistics"), default=True)  # Q2
    is_archived = models.BooleanField(_("archived"), default=False)

    class Meta(TenantOwned.Meta):
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint("tenant", Lower("name"), name="contacts_source_name"),
            models.UniqueConstraint(
                "tenant", Lower("utm_source"), name="contacts_source_utm", condition=~models.Q(utm_source="")
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CostOrigin(models.TextChoices):
    """Where a cost was read from: by hand, by the API, or the platform whose file told it."""

    HAND = "hand", _("by hand")
    YANDEX_DIRECT = "yandex_direct", _("Yandex Direct")
    VK_ADS = "vk_ads", _("VK Ads")
    GOOGLE_ADS = "google_ads", _("Google Ads")
    FILE = "file", _("another file")
    API = "api", pgettext_lazy("cost", "by API")


class SourceCost(TenantOwned):
    """Money spent on a source, spread evenly over the days from `starts_on` to `ends_on` inclusive."""

    # null: spent, but nobody has said on which source yet, or the source is gone
    source = TenantForeignKey(
        Source, models.SET_NULL, null=True, blank=True, related_name="costs", verbose_name=_("source")
    )
    campaign = models.CharField(_("campaign"), max_length=200, blank=True)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to"))
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3, default="RUB")
    origin = models.CharField(
        _("how"), max_length=16, choices=CostOrigin.choices, default=CostOrigin.HAND, editable=False
    )
    # What else tells two rows of one campaign and day apart in the platform's file: the group, the device
    detail = models.CharField(max_length=300, blank=True, editable=False)
    # The name a program that sends costs gave this one: sent again it replaces it
    external_id = models.CharField(max_length=100, blank=True, editable=False)

    class Meta(TenantOwned.Meta):
        verbose_name = _("source cost")
        verbose_name_plural = _("source costs")
        ordering = ["-starts_on"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")), name="contacts_cost_days"
            ),
            # A file brought twice doubles nothing. Not by source: a campaign may be given another one meanwhile.
            models.UniqueConstraint(
                fields=["tenant", "origin", "campaign", "detail", "starts_on", "ends_on", "currency"],
                condition=~models.Q(origin="hand"),
                name="contacts_cost_once",
            ),
            models.UniqueConstraint(
                fields=["tenant", "external_id"],
                condition=~models.Q(external_id=""),
                name="contacts_cost_external",
            ),
        ]
        indexes = [
            # The costs whose days a period cuts
            models.Index(fields=["tenant", "starts_on", "id"], name="contacts_cost_start"),
            models.Index(fields=["tenant", "ends_on"], name="contacts_cost_end"),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} {self.starts_on}–{self.ends_on}"


class CampaignSource(TenantOwned):
    """Which source the costs of a platform's campaign belong to: said once, and kept for the next file."""

    origin = models.CharField(max_length=16, choices=CostOrigin.choices)
    campaign = models.CharField(max_length=200)
    source = TenantForeignKey(Source, models.CASCADE, related_name="campaigns", verbose_name=_("source"))

    class Meta(TenantOwned.Meta):
        verbose_name = _("source of a campaign")
        verbose_name_plural = _("sources of campaigns")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "origin", "campaign"], name="contacts_campaign_once")
        ]

    def __str__(self) -> str:
        return self.campaign
