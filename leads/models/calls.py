"""Who is shown a call while it rings and goes on."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from activities.models import Call
from core.tenancy import TenantForeignKey, TenantOwned
from tenants.models import Membership


class CallCard(TenantOwned):
    """The card of one call on the pages of one person: whose phone rings, who dialled, who looks after the client."""

    call = TenantForeignKey(Call, models.CASCADE, related_name="cards")
    member = TenantForeignKey(Membership, models.CASCADE, related_name="+")
    dismissed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(TenantOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "call", "member"], name="leads_card_once")]
        indexes = [
            models.Index(
                fields=["tenant", "member", "-created_at"],
                name="leads_card_shown",
                condition=models.Q(dismissed_at=None),
            )
        ]
