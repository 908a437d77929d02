"""Money that has come: payments of invoices, and the lines of bank statements they were read from."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.indexes import trigram_index
from core.tenancy import TenantForeignKey, TenantOwned, TenantQuerySet, manager_of
from deals.models.documents import Invoice
from tenants.access import Action, Section, reach
from tenants.models import Membership


class StatementImport(TenantOwned):
    """One file of a bank: looked at, then confirmed by a person, and taken back when it was a mistake."""

    class State(models.TextChoices):
        PREVIEW = "preview", pgettext_lazy("statement", "Not confirmed yet")
        DONE = "done", pgettext_lazy("statement", "Imported")
        UNDONE = "undone", pgettext_lazy("statement", "Taken back")

    file_name = models.CharField(_("file"), max_length=200)
    accounts = ArrayField(models.CharField(max_length=34), default=list)
    first_on = models.DateField(null=True)
    last_on = models.DateField(null=True)
    # What the file says, until somebody confirms it; then the lines stand in BankEntry and this is emptied
    rows: Any = models.JSONField(default=list)
    counts: Any = models.JSONField(default=dict)  # outgoing, own, repeated, broken: [[line, reason]]
    state = models.CharField(max_length=7, choices=State.choices, default=State.PREVIEW)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = TenantForeignKey(Membership, models.SET_NULL, null=True, editable=False, related_name="+")
    confirmed_at = models.DateTimeField(null=True, editable=False)
    undone_at = models.DateTimeField(null=True, editable=False)
    undone_by = TenantForeignKey(Membership, models.SET_NULL, null=True, editable=False, related_name="+")

    class Meta(TenantOwned.Meta):
        verbose_name = _("bank statement")
        verbose_name_plural = _("bank statements")
        indexes = [models.Index(fields=["tenant", "-created_at"], name="deals_statement_new")]

    def __str__(self) -> str:
        return self.file_name


class BankEntryQuerySet(TenantQuerySet["BankEntry"]):
    def waiting(self) -> BankEntryQuerySet:
        """Money nobody has yet said what for, or a rest of it."""
        return self.filter(is_dismissed=False, assigned__lt=F("amount"))


class BankEntry(TenantOwned):
    """Money that came to one of our accounts, as the bank says. The same line of another file is the same entry."""

    statement = TenantForeignKey(StatementImport, models.CASCADE, related_name="entries")
    account = models.CharField(_("our account"), max_length=34)
    payer_key = models.CharField(max_length=34, blank=True)  # the payer's account, else the INN
    number = models.CharField(_("number"), max_length=50)
    on = models.DateField(_("date"))
    amount = models.DecimalField(_("amount"), max_digits=16, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3)
    came_on = models.DateField(_("came on"))
    payer = models.CharField(_("payer"), max_length=250, blank=True)
    payer_inn = models.CharField(_("INN"), max_length=12, blank=True)
    purpose = models.TextField(_("purpose"), blank=True)
    assigned = models.DecimalField(max_digits=16, decimal_places=2, default=0)  # sum of its payments
    is_dismissed = models.BooleanField(default=False)  # not a client's money: nobody need look at it

    objects = manager_of(BankEntryQuerySet)

    class Meta(TenantOwned.Meta):
        verbose_name = _("payment in a bank statement")
        verbose_name_plural = _("payments in bank statements")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "account", "payer_key", "number", "on", "amount"], name="deals_entry_once"
            ),
            models.CheckConstraint(
                condition=Q(assigned__gte=0, assigned__lte=F("amount")), name="deals_entry_assigned"
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "-came_on", "-id"],
                name="deals_entry_waiting",
                condition=Q(is_dismissed=False, assigned__lt=F("amount")),
            ),
            trigram_index("payer", "deals_entry_search"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def rest(self) -> Decimal:
        """What nobody has yet said what for."""
        return self.amount - self.assigned


class PaymentQuerySet(TenantQuerySet["Payment"]):
    def visible_to(self, member: Membership, action: str = Action.VIEW) -> PaymentQuerySet:
        """Those of invoices of deals the member may do this with."""
        return self.filter(reach(member, Section.DEALS, action, people=("invoice__deal__owner",)))

    def valid(self) -> PaymentQuerySet:
        """Not taken back."""
        return self.filter(cancelled_at=None)


class Payment(TenantOwned):
    """Money for an invoice, all of it or a part; one that was a mistake is taken back and stays to be seen."""

    invoice = TenantForeignKey(Invoice, models.PROTECT, related_name="payments", verbose_name=_("invoice"))
    entry = TenantForeignKey(BankEntry, models.PROTECT, null=True, related_name="payments", editable=False)
    amount = models.DecimalField(_("amount"), max_digits=16, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3)
    paid_on = models.DateField(_("paid on"))
    comment = models.CharField(_("comment"), max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = TenantForeignKey(Membership, models.SET_NULL, null=True, editable=False, related_name="+")
    cancelled_at = models.DateTimeField(null=True, editable=False)
    cancelled_by = TenantForeignKey(Membership, models.SET_NULL, null=True, editable=False, related_name="+")

    objects = manager_of(PaymentQuerySet)

    class Meta(TenantOwned.Meta):
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="deals_payment_amount")]
        indexes = [
            models.Index(fields=["tenant", "invoice", "paid_on"], name="deals_payment_invoice"),
            models.Index(fields=["tenant", "-paid_on", "-id"], name="deals_payment_new"),
            models.Index(fields=["tenant", "-created_at", "-id"], name="deals_payment_written"),
            models.Index(fields=["tenant", "amount", "id"], name="deals_payment_amount_order"),
            trigram_index("comment", "deals_payment_search"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"
