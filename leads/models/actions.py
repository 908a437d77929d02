"""What was decided about leads."""

from __future__ import annotations

from typing import Any

from django.db import models

from core.tenancy import TenantForeignKey, TenantOwned
from leads.models.leads import Lead
from tenants.models import Membership


class LeadAction(TenantOwned):
    """One decision about a lead: kept as history, and enough of the state before to undo it."""

    lead = TenantForeignKey(Lead, models.CASCADE, related_name="actions")
    action = models.CharField(max_length=20)  # take, assign, reject, snooze, delete, attach, convert, quality
    by = TenantForeignKey(Membership, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()
    before: Any = models.JSONField(default=dict)  # field -> value before
    version_after = models.PositiveIntegerField()  # undo only while the lead still stands so
    undone_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        ordering = ["-at"]
        indexes = [models.Index(fields=["tenant", "lead", "-at"], name="leads_action_line")]
