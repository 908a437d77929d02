"""Who never becomes a lead again: numbers, addresses, domains and profiles of spammers and suppliers."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.tenancy import TenantForeignKey, TenantOwned
from tenants.models import Membership

DOMAIN = "domain"


class Exclusion(TenantOwned):
    """A phone, an address, a whole mail domain or a messenger profile whose inquiries are only written down."""

    kind = models.CharField(max_length=20)  # IdentityKey.Kind, or "domain"
    value = models.CharField(max_length=254)  # normalised, as contacts.identity does
    note = models.CharField(_("note"), max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = TenantForeignKey(Membership, models.SET_NULL, null=True, editable=False, related_name="+")
    held_count = models.PositiveIntegerField(default=0, editable=False)  # inquiries it kept out of the queue
    last_held_at = models.DateTimeField(null=True, editable=False)

    class Meta(TenantOwned.Meta):
        verbose_name = _("exclusion")
        verbose_name_plural = _("exclusion list")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "kind", "value"], name="leads_exclusion_once")
        ]

    def __str__(self) -> str:
        return f"@{self.value}" if self.kind == DOMAIN else self.value
