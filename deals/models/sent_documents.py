"""What becomes of documents that were sent: who opened them, what they were reminded of, where their links lead."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.tenancy import TenantForeignKey, TenantOwned
from deals.models.documents import Invoice, Proposal


class DocumentOpening(TenantOwned):
    """One time a client opened the page of a document by its link."""

    proposal = TenantForeignKey(Proposal, models.CASCADE, null=True, blank=True, related_name="openings")
    invoice = TenantForeignKey(Invoice, models.CASCADE, null=True, blank=True, related_name="openings")
    at = models.DateTimeField()
    address = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=300, blank=True)

    class Meta(TenantOwned.Meta):
        ordering = ["-at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(proposal=None, invoice__isnull=False)
                | models.Q(proposal__isnull=False, invoice=None),
                name="deals_opening_of_one",
            )
        ]
        indexes = [
            models.Index(fields=["tenant", "proposal", "-at"], name="deals_opening_proposal"),
            models.Index(fields=["tenant", "invoice", "-at"], name="deals_opening_invoice"),
        ]


class InvoiceReminder(TenantOwned):
    """One reminder of an invoice that went out: its row is what keeps it from going twice."""

    class Occasion(models.TextChoices):
        BEFORE = "before", _("before the due date")
        AFTER = "after", _("after the due date")

    invoice = TenantForeignKey(Invoice, models.CASCADE, related_name="reminders")
    occasion = models.CharField(max_length=6, choices=Occasion.choices)
    due_on = models.DateField()  # an invoice whose date is moved may be reminded of anew
    at = models.DateTimeField()

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "invoice", "occasion", "due_on"], name="deals_reminder_once"
            )
        ]


class DocumentRoute(models.Model):
    """Routing row: which tenant's document a link belongs to. Global, small, without secrets."""

    class Kind(models.TextChoices):
        PROPOSAL = "proposal", _("Proposal")
        INVOICE = "invoice", _("Invoice")

    token_hash = models.CharField(max_length=64, primary_key=True)  # sha256 of the token in the URL
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    document_id: models.UUIDField[uuid.UUID, uuid.UUID] = models.UUIDField(db_index=True)
