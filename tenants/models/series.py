"""Running numbers."""

from __future__ import annotations

from django.db import models

from core.tenancy import TenantOwned


class NumberSeries(TenantOwned):
    """The last number given out of one kind; see tenants.numbering."""

    kind = models.CharField(max_length=20)
    last_number = models.PositiveIntegerField(default=0)

    class Meta(TenantOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "kind"], name="tenants_series_once")]
