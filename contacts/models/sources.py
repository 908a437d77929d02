"""Where clients heard of us, and what that costs."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

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


class SourceCost(TenantOwned):
    """Money spent on a source, spread evenly over the days from `starts_on` to `ends_on` inclusive."""

    source = TenantForeignKey(Source, models.CASCADE, related_name="costs", verbose_name=_("source"))
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to"))
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3, default="RUB")

    class Meta(TenantOwned.Meta):
        verbose_name = _("source cost")
        verbose_name_plural = _("source costs")
        ordering = ["-starts_on"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")), name="contacts_cost_days"
            )
        ]

    def __str__(self) -> str:
        return f"{self.source_id} {self.starts_on}–{self.ends_on}"
