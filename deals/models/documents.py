"""What a client is sent: proposals and invoices, each a copy of the deal's lines as they stood."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from contacts.models import LegalDetails
from core import formats
from core.indexes import trigram_index
from core.life_cycles import LifeCycleField
from core.tenancy import TenantForeignKey, TenantOneToOneField, TenantOwned, TenantQuerySet, manager_of
from deals.models.deals import Deal
from tenants.access import Action, Section, reach
from tenants.models import Membership
from tenants.models.tenant import LANGUAGES


class OurCompany(TenantOwned):
    """A legal entity the tenant sells in the name of; its details stand on what it sends."""

    name = models.CharField(_("short name"), max_length=150)
    legal_name = models.CharField(_("legal name"), max_length=250)
    inn = models.CharField(_("INN"), max_length=12, blank=True)
    kpp = models.CharField(_("KPP"), max_length=9, blank=True)
    ogrn = models.CharField(_("OGRN"), max_length=15, blank=True)
    bank = models.CharField(_("bank"), max_length=200, blank=True)
    bik = models.CharField(_("BIK"), max_length=9, blank=True)
    account = models.CharField(_("account"), max_length=34, blank=True)
    correspondent_account = models.CharField(_("correspondent account"), max_length=20, blank=True)
    address = models.CharField(_("address"), max_length=300, blank=True)
    phone = models.CharField(_("phone"), max_length=60, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    site = models.CharField(_("site"), max_length=200, blank=True)
    director_title = models.CharField(_("head's position"), max_length=100, blank=True)
    director = models.CharField(_("head"), max_length=150, blank=True)
    accountant = models.CharField(_("accountant"), max_length=150, blank=True)
    logo_key = models.CharField(max_length=100, blank=True, editable=False)
    stamp_key = models.CharField(max_length=100, blank=True, editable=False)
    position = models.PositiveIntegerField(default=0)
    is_archived = models.BooleanField(_("archived"), default=False)

    class Meta(TenantOwned.Meta):
        verbose_name = _("our company")
        verbose_name_plural = _("our companies")
        ordering = ["position", "name"]
        indexes = [models.Index(fields=["tenant", "inn"], name="deals_ourcompany_inn")]

    def __str__(self) -> str:
        return self.name


def vat_rates() -> list[Decimal]:
    """The rates in force in Russia from 2026 on, and 20 % for what was sold before; tax code, articles 164 and 346.52."""
    return [Decimal(percent) for percent in (0, 5, 7, 10, 20, 22)]


class DocumentSettings(TenantOwned):
    """How the tenant numbers its documents, what they say by default, and when it reminds of money."""

    proposal_format = models.CharField(_("number of a proposal"), max_length=40, default="КП-{year}-{n}")
    invoice_format = models.CharField(_("number of an invoice"), max_length=40, default="{n}")
    proposal_days = models.PositiveSmallIntegerField(
        _("a proposal is valid, days"), default=14, validators=[MaxValueValidator(3650)]
    )
    invoice_days = models.PositiveSmallIntegerField(
        _("an invoice is to be paid within, days"), default=5, validators=[MaxValueValidator(3650)]
    )
    proposal_before = models.TextField(_("proposal: text before the lines"), blank=True)
    proposal_after = models.TextField(_("proposal: text after the lines"), blank=True)
    invoice_before = models.TextField(_("invoice: text before the lines"), blank=True)
    invoice_after = models.TextField(_("invoice: text after the lines"), blank=True)
    # What a line may be taxed with; without VAT is always among the choices
    vat_rates = ArrayField(
        models.DecimalField(
            max_digits=5, decimal_places=2, validators=[MinValueValidator(0), MaxValueValidator(100)]
        ),
        default=vat_rates,
        blank=True,
        verbose_name=_("VAT rates, %"),
    )
    vat_percent = models.DecimalField(  # null: without VAT
        _("VAT of a new product, %"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    is_tax_included = models.BooleanField(_("prices include VAT"), default=True)
    is_client_reminded = models.BooleanField(_("remind the client by mail"), default=False)
    remind_before_days = models.PositiveSmallIntegerField(
        _("remind before the due date, days"), default=1, validators=[MaxValueValidator(60)]
    )
    remind_after_days = models.PositiveSmallIntegerField(
        _("remind after the due date, days"), default=1, validators=[MaxValueValidator(60)]
    )

    class Meta(TenantOwned.Meta):
        verbose_name = _("document settings")
        verbose_name_plural = _("document settings")
        constraints = [models.UniqueConstraint(fields=["tenant"], name="deals_documentsettings_one")]


def shown_number(number: str) -> str:
    """Write a document's number for people: № 12, and КП-2026-12 as it is, for it says what it is by itself."""
    return formats.numbered(number) if number[:1].isdigit() else number


class SalesDocument(TenantOwned):
    """What proposals and invoices share. Once sent, `content` is what the client was shown, for ever."""

    number = models.CharField(_("number"), max_length=60)
    language = models.CharField(_("language"), max_length=5, choices=LANGUAGES, default="ru")
    seller = TenantForeignKey(
        OurCompany, models.SET_NULL, null=True, related_name="+", verbose_name=_("our company")
    )
    issued_on = models.DateField(_("date"))
    currency = models.CharField(_("currency"), max_length=3)
    total = models.DecimalField(_("total"), max_digits=16, decimal_places=2, default=0)  # with VAT
    tax = models.DecimalField(_("VAT"), max_digits=16, decimal_places=2, default=0)
    client_details = TenantForeignKey(
        LegalDetails,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("details of the client"),
    )
    client_inn = models.CharField(max_length=12, blank=True)  # of the details the document is made out to
    # {"seller": {…}, "client": {…}, "lines": [{…}], "before": "…", "after": "…"}: shown, never filtered by
    content: Any = models.JSONField(default=dict)
    link_nonce = models.UUIDField(null=True, editable=False)  # null: nobody has a link; see documents.links
    sent_at = models.DateTimeField(_("sent"), null=True, editable=False)
    viewed_at = models.DateTimeField(_("first opened"), null=True, editable=False)
    last_viewed_at = models.DateTimeField(null=True, editable=False)
    view_count = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = TenantForeignKey(Membership, models.SET_NULL, null=True, editable=False, related_name="+")

    class Meta(TenantOwned.Meta):
        abstract = True

    def __str__(self) -> str:
        return self.number

    @property
    def shown_number(self) -> str:
        return shown_number(self.number)


class ProposalQuerySet(TenantQuerySet["Proposal"]):
    def visible_to(self, member: Membership, action: str = Action.VIEW) -> ProposalQuerySet:
        """Those of deals the member may do this with."""
        return self.filter(reach(member, Section.DEALS, action, people=("deal__owner",)))

    def waiting(self) -> ProposalQuerySet:
        """With the client, who hasn't answered."""
        return self.filter(state__in=Proposal.WAITING)

    def current(self) -> ProposalQuerySet:
        """Not replaced by a newer version."""
        return self.exclude(state=Proposal.State.REPLACED)


class Proposal(SalesDocument):
    """An offer to a client («КП»): open until its date, then accepted, declined or expired."""

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("proposal", "Draft")
        SENT = "sent", pgettext_lazy("proposal", "Sent")
        VIEWED = "viewed", pgettext_lazy("proposal", "Viewed")
        ACCEPTED = "accepted", pgettext_lazy("proposal", "Accepted")
        DECLINED = "declined", pgettext_lazy("proposal", "Declined")
        EXPIRED = "expired", pgettext_lazy("proposal", "Expired")
        REPLACED = "replaced", pgettext_lazy("proposal", "Replaced by a newer version")

    WAITING = (State.SENT, State.VIEWED)

    deal = TenantForeignKey(Deal, models.CASCADE, related_name="proposals", verbose_name=_("deal"))
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    replaces = TenantOneToOneField(
        "self", models.SET_NULL, null=True, blank=True, editable=False, related_name="replaced_by"
    )
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    state: Any = LifeCycleField(
        _("state"), max_length=10, choices=State.choices, default=State.DRAFT, protected=True
    )
    answered_at = models.DateTimeField(_("answered"), null=True, editable=False)
    answered_by = models.CharField(_("answered by"), max_length=150, blank=True, editable=False)
    answered_from = models.GenericIPAddressField(null=True, editable=False)
    decline_reason = models.TextField(_("reason"), blank=True, editable=False)

    objects = manager_of(ProposalQuerySet)

    class Meta(SalesDocument.Meta):
        verbose_name = _("proposal")
        verbose_name_plural = _("proposals")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "number", "version"], name="deals_proposal_number")
        ]
        indexes = [
            models.Index(fields=["tenant", "deal", "-created_at"], name="deals_proposal_deal"),
            models.Index(fields=["tenant", "-created_at", "-id"], name="deals_proposal_new"),
            # Also the sum of all, without a visit to the rows, which hold whole documents
            models.Index(
                fields=["tenant", "total", "id"],
                include=["currency", "state", "deal"],
                name="deals_proposal_total",
            ),
            trigram_index("number", "deals_proposal_search"),
            models.Index(
                fields=["tenant", "valid_until"],
                name="deals_proposal_waiting",
                condition=models.Q(state__in=["sent", "viewed"]),
            ),
        ]

    @property
    def is_draft(self) -> bool:
        return bool(self.state == self.State.DRAFT)

    @property
    def is_waiting(self) -> bool:
        return self.state in self.WAITING

    # The life cycle is fixed; deals.documents.services is the only caller.
    @transition(field=state, source=State.DRAFT, target=State.SENT)
    def send(self) -> None: ...

    @transition(field=state, source=State.SENT, target=State.VIEWED)
    def view(self) -> None: ...

    @transition(field=state, source=[State.SENT, State.VIEWED], target=State.ACCEPTED)
    def accept(self) -> None: ...

    @transition(field=state, source=[State.SENT, State.VIEWED], target=State.DECLINED)
    def decline(self) -> None: ...

    @transition(field=state, source=[State.SENT, State.VIEWED], target=State.EXPIRED)
    def expire(self) -> None: ...

    @transition(
        field=state,
        source=[State.SENT, State.VIEWED, State.DECLINED, State.EXPIRED],
        target=State.REPLACED,
    )
    def replace(self) -> None: ...


class InvoiceQuerySet(TenantQuerySet["Invoice"]):
    def visible_to(self, member: Membership, action: str = Action.VIEW) -> InvoiceQuerySet:
        """Those of deals the member may do this with."""
        return self.filter(reach(member, Section.DEALS, action, people=("deal__owner",)))

    def unpaid(self) -> InvoiceQuerySet:
        """Sent, and the money isn't all here."""
        return self.filter(state__in=Invoice.UNPAID)

    def overdue(self, *, on: dt.date) -> InvoiceQuerySet:
        """Unpaid though their date has passed."""
        return self.unpaid().filter(due_on__lt=on)


class Invoice(SalesDocument):
    """A bill for a deal («счёт»): sent, paid in one or several parts, or cancelled."""

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("invoice", "Draft")
        SENT = "sent", pgettext_lazy("invoice", "Sent")
        PARTLY_PAID = "partly_paid", pgettext_lazy("invoice", "Partly paid")
        PAID = "paid", pgettext_lazy("invoice", "Paid")
        CANCELLED = "cancelled", pgettext_lazy("invoice", "Cancelled")

    UNPAID = (State.SENT, State.PARTLY_PAID)

    deal = TenantForeignKey(Deal, models.CASCADE, related_name="invoices", verbose_name=_("deal"))
    proposal = TenantForeignKey(
        Proposal, models.SET_NULL, null=True, blank=True, related_name="invoices", verbose_name=_("proposal")
    )
    due_on = models.DateField(_("due on"), null=True, blank=True)
    paid = models.DecimalField(_("paid"), max_digits=16, decimal_places=2, default=0)  # kept by payments
    paid_on = models.DateField(_("paid on"), null=True, editable=False)
    cancelled_at = models.DateTimeField(null=True, editable=False)
    state: Any = LifeCycleField(
        _("state"), max_length=12, choices=State.choices, default=State.DRAFT, protected=True
    )

    objects = manager_of(InvoiceQuerySet)

    class Meta(SalesDocument.Meta):
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "number"], name="deals_invoice_number"),
            models.CheckConstraint(condition=models.Q(paid__gte=0), name="deals_invoice_paid"),
        ]
        indexes = [
            models.Index(fields=["tenant", "deal", "-created_at"], name="deals_invoice_deal"),
            models.Index(fields=["tenant", "-created_at", "-id"], name="deals_invoice_new"),
            # Also the sum of all, without a visit to the rows, which hold whole documents
            models.Index(
                fields=["tenant", "total", "id"],
                include=["currency", "state", "deal"],
                name="deals_invoice_total",
            ),
            trigram_index("number", "deals_invoice_search"),
            models.Index(
                fields=["tenant", "due_on"],
                name="deals_invoice_unpaid",
                condition=models.Q(state__in=["sent", "partly_paid"]),
            ),
        ]

    @property
    def is_draft(self) -> bool:
        return bool(self.state == self.State.DRAFT)

    @property
    def is_unpaid(self) -> bool:
        return self.state in self.UNPAID

    @property
    def remaining(self) -> Decimal:
        """What is still to come; an overpaid invoice wants nothing."""
        return max(self.total - self.paid, Decimal(0))

    # The life cycle is fixed; deals.documents.services is the only caller.
    @transition(field=state, source=State.DRAFT, target=State.SENT)
    def send(self) -> None: ...

    @transition(field=state, source=[State.SENT, State.PARTLY_PAID, State.PAID], target=State.SENT)
    def pay_nothing(self) -> None:
        """What had come was taken back."""

    @transition(field=state, source=[State.SENT, State.PARTLY_PAID, State.PAID], target=State.PARTLY_PAID)
    def pay_partly(self) -> None: ...

    @transition(field=state, source=[State.SENT, State.PARTLY_PAID, State.PAID], target=State.PAID)
    def pay(self) -> None: ...

    @transition(field=state, source=[State.DRAFT, State.SENT], target=State.CANCELLED)
    def cancel(self) -> None: ...
