"""What was merged into what, and enough of the state before to take it apart again."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contacts.models.companies import Company
from contacts.models.contacts import Contact
from core.tenancy import TenantForeignKey, TenantOwned
from tenants.models import Membership


class Merge(TenantOwned):
    """One merging of contacts or of companies: who did it and when, what the card that stayed was before."""

    contact = TenantForeignKey(
        Contact, models.CASCADE, null=True, related_name="merges"
    )  # the one that stayed
    company = TenantForeignKey(Company, models.CASCADE, null=True, related_name="merges")
    by = TenantForeignKey(Membership, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    # Fields of the card that stayed: {name: [value before, value given by the merge]}
    values: Any = models.JSONField(default=dict)
    kept: Any = models.JSONField(default=dict)  # what each part of the product needs to undo its share
    undone_at = models.DateTimeField(null=True)
    undone_by = TenantForeignKey(Membership, models.SET_NULL, null=True, related_name="+")

    class Meta(TenantOwned.Meta):
        verbose_name = _("merge")
        verbose_name_plural = _("merges")
        ordering = ["-at"]
        indexes = [models.Index(fields=["tenant", "-at", "-id"], name="contacts_merge_recent")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(contact=None, company__isnull=False)
                | models.Q(contact__isnull=False, company=None),
                name="contacts_merge_one_kind",
            )
        ]

    @property
    def survivor(self) -> Contact | Company:
        """The card that stayed."""
        found = self.contact or self.company
        assert found is not None  # the database sees to it
        return found


class MergedCard(TenantOwned):
    """One card that was merged into another."""

    merge = TenantForeignKey(Merge, models.CASCADE, related_name="cards")
    contact = TenantForeignKey(Contact, models.CASCADE, null=True, related_name="+")
    company = TenantForeignKey(Company, models.CASCADE, null=True, related_name="+")
    name = models.CharField(max_length=200)  # as it was called then

    class Meta(TenantOwned.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(contact=None, company__isnull=False)
                | models.Q(contact__isnull=False, company=None),
                name="contacts_mergedcard_one_kind",
            )
        ]


class MergeMove(TenantOwned):
    """Rows of one table that pointed to a merged card and now point to the one that stayed."""

    merge = TenantForeignKey(Merge, models.CASCADE, related_name="moves")
    model = models.CharField(max_length=60)  # label: deals.Deal
    field = models.CharField(max_length=60)
    card_id = models.UUIDField()  # what they pointed to
    row_ids = ArrayField(models.UUIDField())

    class Meta(TenantOwned.Meta):
        ordering = ["id"]
