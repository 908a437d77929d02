"""What a tenant adds to the rules of quality, and what a recomputation changed."""

from __future__ import annotations

from django.db import models

from core.tenancy import TenantForeignKey, TenantOwned
from leads.models.leads import Lead
from tenants.models import Job


class InternalNumber(TenantOwned):
    """A number of our own, or a range of them: a call with it is a call between colleagues (L3)."""

    first = models.CharField(max_length=20)  # digits; with + where the whole number is known
    last = models.CharField(max_length=20)  # as long as `first`; equal to it for a single number
    note = models.CharField(max_length=100, blank=True)

    class Meta(TenantOwned.Meta):
        ordering = ["first"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "first", "last"], name="leads_internal_once")
        ]

    def __str__(self) -> str:
        return self.first if self.first == self.last else f"{self.first} – {self.last}"


class RecomputedLead(TenantOwned):
    """A lead whose quality a recomputation changed: the rows behind the report's figures."""

    job = TenantForeignKey(Job, models.CASCADE, related_name="+")
    lead = TenantForeignKey(Lead, models.CASCADE, related_name="+")
    before = models.CharField(max_length=14)  # Lead.Quality
    after = models.CharField(max_length=14)

    class Meta(TenantOwned.Meta):
        indexes = [
            models.Index(fields=["tenant", "job", "before", "after"], name="leads_recomputed_cell"),
        ]
