"""What other currencies cost, day by day."""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.tenancy import TenantForeignKey, TenantOwned
from tenants.models.people import Membership


class CurrencyRate(TenantOwned):
    """What one unit of a currency costs in the company's own on a day, and until there is a newer rate."""

    class Origin(models.TextChoices):
        HAND = "hand", _("typed in")
        BANK = "bank", _("Bank of Russia")

    base = models.CharField(max_length=3)  # the company's currency then: a rate means nothing in another
    currency = models.CharField(_("currency"), max_length=3)
    on = models.DateField(_("day"))
    value = models.DecimalField(_("rate"), max_digits=18, decimal_places=8, validators=[MinValueValidator(0)])
    origin = models.CharField(max_length=4, choices=Origin.choices, default=Origin.HAND)
    set_by = TenantForeignKey(Membership, models.SET_NULL, null=True, related_name="+", editable=False)
    set_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(TenantOwned.Meta):
        verbose_name = _("currency rate")
        verbose_name_plural = _("currency rates")
        ordering = ["-on", "currency"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "base", "currency", "on"], name="tenants_currencyrate_once"
            ),
            models.CheckConstraint(condition=models.Q(value__gt=0), name="tenants_currencyrate_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.currency} {self.on}"
