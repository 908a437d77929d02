"""Deals and the history of their stages."""

from __future__ import annotations

import datetime as dt

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contacts.models import Company, Contact, Source
from contacts.searching import is_found, parse
from core.among import among_found, among_sql
from core.indexes import trigram_index
from core.tenancy import TenantForeignKey, TenantOwned, TenantQuerySet, manager_of
from deals import rights
from deals.models.pipelines import Pipeline, RejectionReason, Stage
from tenants.access import Action, Section, reach
from tenants.models import CustomValued, Membership, custom_values_index
from tenants.tags import tags_index


class DealQuerySet(TenantQuerySet["Deal"]):
    def visible_to(self, member: Membership, action: str = Action.VIEW) -> DealQuerySet:
        """What the member may do this with: own, the department's or all, where they stand in a place open to it."""
        return self.filter(reach(member, Section.DEALS, action), rights.within_reach(member, action))

    def search(self, text: str, *, newest: int | None = None) -> DealQuerySet:
        """Found by title, number, object or city, by the client's name, or by the end of a phone.

        `newest`: look at no more than so many, the last made ones.
        """
        query = parse(text)
        if not query.words:
            return self
        search = among_found if newest is None else among_sql
        return self.filter(is_found("deals", query, newest, entity="deal", search=search))

    def present(self) -> DealQuerySet:
        """Not deleted."""
        return self.filter(deleted_at=None)

    def open(self) -> DealQuerySet:
        """Still being worked on."""
        return self.present().filter(state=Stage.Kind.OPEN)

    def without_next_step(self) -> DealQuerySet:
        """Open with nothing planned."""
        return self.open().filter(next_activity_at=None)

    def overdue(self, *, now: dt.datetime) -> DealQuerySet:
        """Open with a next step that should have been done."""
        return self.open().filter(next_activity_at__lt=now)


class Deal(CustomValued, TenantOwned):
    """A possible sale."""

    number = models.PositiveIntegerField()
    title = models.CharField(_("title"), max_length=250)
    pipeline = TenantForeignKey(Pipeline, models.PROTECT, related_name="deals", verbose_name=_("pipeline"))
    stage = TenantForeignKey(Stage, models.PROTECT, related_name="deals", verbose_name=_("stage"))
    state = models.CharField(
        max_length=10, choices=Stage.Kind.choices, default=Stage.Kind.OPEN
    )  # stage.kind, for indexes
    rank = models.FloatField(default=0)  # order in the column, smallest on top; a move updates one row
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2, null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, default="RUB")
    # The amount is the sum of the lines, or somebody's word (D7); set by deals.products.services
    is_amount_of_lines = models.BooleanField(_("amount follows the lines"), default=False, editable=False)
    is_tax_included = models.BooleanField(_("prices include VAT"), default=True, editable=False)
    price_list = TenantForeignKey(
        "deals.PriceList",
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("price list"),
    )
    contact = TenantForeignKey(
        Contact, models.SET_NULL, null=True, blank=True, related_name="deals", verbose_name=_("contact")
    )
    company = TenantForeignKey(
        Company, models.SET_NULL, null=True, blank=True, related_name="deals", verbose_name=_("company")
    )
    owner = TenantForeignKey(
        Membership, models.PROTECT, null=True, blank=True, related_name="deals", verbose_name=_("responsible")
    )
    source = TenantForeignKey(
        Source, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("source")
    )
    campaign = models.CharField(_("campaign"), max_length=200, blank=True)
    channel_kind = models.CharField(max_length=12, blank=True)  # how the client came; kept by leads.services
    quality = models.CharField(max_length=14, blank=True)  # of the lead it came from; kept by leads.services
    note = models.TextField(_("note"), blank=True)
    city = models.CharField(_("city"), max_length=100, blank=True)
    object_of_interest = models.CharField(_("object of interest"), max_length=250, blank=True)
    tags = ArrayField(models.CharField(max_length=50), default=list, blank=True, verbose_name=_("tags"))
    expected_on = models.DateField(_("expected on"), null=True, blank=True)
    stage_entered_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)  # of won, lost and archived
    rejection_reason = TenantForeignKey(
        RejectionReason, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("reason")
    )
    rejection_comment = models.TextField(_("comment"), blank=True)
    # The nearest planned activity, kept by activities.services for boards and counters
    next_activity_at = models.DateTimeField(null=True, editable=False)
    next_activity_title = models.CharField(max_length=300, blank=True, editable=False)
    next_activity_kind = models.CharField(max_length=10, blank=True, editable=False)
    last_activity_at = models.DateTimeField(null=True, editable=False)
    unread_count = models.PositiveIntegerField(default=0, editable=False)
    search_text = models.TextField(blank=True, editable=False)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = TenantForeignKey(Membership, models.SET_NULL, null=True, editable=False, related_name="+")
    # Who changed it last, for the one whose page was older (DealChangedMeanwhile)
    changed_at = models.DateTimeField(default=timezone.now, editable=False)
    changed_by = TenantForeignKey(Membership, models.SET_NULL, null=True, editable=False, related_name="+")
    deleted_at = models.DateTimeField(null=True, editable=False)
    # Set together with deleted_at: the client's one visible deal stands for it, see deals.services.folding
    folded_into = TenantForeignKey("self", models.SET_NULL, null=True, editable=False, related_name="folded")

    objects = manager_of(DealQuerySet)

    class Meta(TenantOwned.Meta):
        verbose_name = _("deal")
        verbose_name_plural = _("deals")
        constraints = [models.UniqueConstraint(fields=["tenant", "number"], name="deals_deal_number")]
        indexes = [
            models.Index(
                fields=["tenant", "stage", "rank", "id"],
                name="deals_deal_column",
                condition=models.Q(deleted_at=None),
            ),
            # Totals of the board's columns and of the list, and reports that join deals, without a visit to the rows
            models.Index(
                fields=["tenant", "stage"],
                include=["id", "state", "closed_at", "currency", "amount", "next_activity_at", "owner"],
                name="deals_deal_totals",
                condition=models.Q(deleted_at=None),
            ),
            # The list in its order, and what became of the deals of a period
            models.Index(
                fields=["tenant", "-created_at", "-id"],
                include=["pipeline", "stage", "state", "currency", "amount", "owner"],
                name="deals_deal_new",
                condition=models.Q(deleted_at=None),
            ),
            # The list's other orders
            models.Index(
                fields=["tenant", "title", "id"], name="deals_deal_title", condition=models.Q(deleted_at=None)
            ),
            models.Index(
                fields=["tenant", "stage_entered_at", "id"],
                name="deals_deal_entered",
                condition=models.Q(deleted_at=None),
            ),
            models.Index(fields=["tenant", "pipeline", "state"], name="deals_deal_pipeline_state"),
            models.Index(fields=["tenant", "closed_at"], name="deals_deal_closed"),
            models.Index(
                fields=["tenant", "next_activity_at"],
                name="deals_deal_next",
                condition=models.Q(state="open", deleted_at=None),
            ),
            trigram_index("search_text", "deals_deal_search"),
            custom_values_index("deals_deal_custom"),
            tags_index("deals_deal_tags"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_closed(self) -> bool:
        return self.state != Stage.Kind.OPEN


class StageChange(TenantOwned):
    """One move of a deal: kept for ever, it answers 'as of that date' (D4, R6)."""

    deal = TenantForeignKey(Deal, models.CASCADE, related_name="stage_changes")
    # null: created there. Deleted stages stay named in from_name/to_name.
    from_stage = TenantForeignKey(Stage, models.SET_NULL, null=True, related_name="+")
    to_stage = TenantForeignKey(Stage, models.SET_NULL, null=True, related_name="+")
    pipeline = TenantForeignKey(Pipeline, models.CASCADE, related_name="+")  # of the stage it moved to
    from_name = models.CharField(max_length=100, blank=True)
    to_name = models.CharField(max_length=100)
    to_kind = models.CharField(max_length=10, choices=Stage.Kind.choices)
    by = TenantForeignKey(Membership, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()
    seconds_in_from = models.PositiveBigIntegerField(null=True)  # time spent in the stage it left
    # What the deal was worth at that moment: of a won deal, the amount it was won with (D6)
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    currency = models.CharField(max_length=3, blank=True)

    class Meta(TenantOwned.Meta):
        ordering = ["at", "id"]
        indexes = [
            # The way of a deal, and of all deals of a period, without a visit to the rows
            models.Index(
                fields=["tenant", "deal", "at"],
                include=["id", "pipeline", "from_stage", "to_stage", "to_kind", "seconds_in_from"],
                name="deals_change_deal",
            ),
            models.Index(fields=["tenant", "pipeline", "at"], name="deals_change_pipeline"),
        ]
