"""Pipelines, their stages and what a stage demands: all of it set in the browser."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.tenancy import TenantForeignKey, TenantOwned, TenantQuerySet, manager_of

if TYPE_CHECKING:
    from deals.models.deals import Deal


class PipelineQuerySet(TenantQuerySet["Pipeline"]):
    def active(self) -> PipelineQuerySet:
        """Not archived."""
        return self.filter(is_archived=False)


def default_card_fields() -> list[str]:
    return ["client", "amount", "quality", "channel", "next_step", "unread", "time_in_stage", "owner"]


class Pipeline(TenantOwned):
    """A configurable way of selling (D1). The system stages won, lost and archived always exist (D2)."""

    name = models.CharField(_("name"), max_length=100)
    currency = models.CharField(_("currency"), max_length=3, default="RUB")
    position = models.PositiveIntegerField(default=0)
    is_archived = models.BooleanField(_("archived"), default=False)
    is_unsorted_shown = models.BooleanField(_("show Unsorted on the board"), default=True)
    has_one_open_deal = models.BooleanField(
        _("one visible open deal per client"),
        default=False,
        help_text=_(
            "When clients are merged, one of their open deals stays on the board and the others are folded into it; "
            "a new inquiry is offered that deal first."
        ),
    )
    # Where a payment takes an open deal, forward only: deals.payments.moving
    first_payment_stage = TenantForeignKey(
        "deals.Stage",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("on the first payment move to"),
    )
    full_payment_stage = TenantForeignKey(
        "deals.Stage",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("when everything is paid move to"),
    )
    card_fields = ArrayField(models.CharField(max_length=40), default=default_card_fields, blank=True)

    objects = manager_of(PipelineQuerySet)

    class Meta(TenantOwned.Meta):
        verbose_name = _("pipeline")
        verbose_name_plural = _("pipelines")
        ordering = ["position", "name"]
        constraints = [models.UniqueConstraint("tenant", Lower("name"), name="deals_pipeline_name")]

    def __str__(self) -> str:
        return self.name


class StageQuerySet(TenantQuerySet["Stage"]):
    def open(self) -> StageQuerySet:
        """Stages where work goes on."""
        return self.filter(kind=Stage.Kind.OPEN)

    def within_reach_of(self, deals: Iterable[Deal]) -> StageQuerySet:
        """Where these deals may go: pipelines in use, and their own even when it is archived."""
        own = {deal.pipeline_id for deal in deals}
        reachable = models.Q(pipeline__is_archived=False) | models.Q(pipeline__in=own)
        return self.filter(reachable).select_related("pipeline")

    def shown(self) -> StageQuerySet:
        """Columns of the board."""
        return self.filter(is_shown=True)


class Stage(TenantOwned):
    """A step of a pipeline; exactly one won, lost and archived stage each."""

    class Kind(models.TextChoices):
        OPEN = "open", pgettext_lazy("stage", "Open")
        WON = "won", _("Won")
        LOST = "lost", _("Lost")
        ARCHIVED = "archived", _("Archived")

    pipeline = TenantForeignKey(Pipeline, models.CASCADE, related_name="stages", verbose_name=_("pipeline"))
    name = models.CharField(_("name"), max_length=100)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.OPEN)
    color = models.PositiveSmallIntegerField(_("colour"), default=1)  # of the fixed palette c-1 … c-12
    position = models.PositiveIntegerField(default=0)
    probability_percent = models.PositiveSmallIntegerField(
        _("probability, %"), default=0, validators=[MinValueValidator(0), MaxValueValidator(100)]
    )
    time_limit_h = models.PositiveIntegerField(_("time limit, hours"), null=True, blank=True)
    card_limit = models.PositiveIntegerField(_("card limit"), null=True, blank=True)
    is_limit_strict = models.BooleanField(
        _("refuse cards beyond the limit"),
        default=False,
        help_text=_("Otherwise the column only turns red."),
    )
    is_shown = models.BooleanField(_("shown on the board"), default=True)

    objects = manager_of(StageQuerySet)

    class Meta(TenantOwned.Meta):
        verbose_name = _("stage")
        verbose_name_plural = _("stages")
        ordering = ["position"]
        indexes = [models.Index(fields=["tenant", "pipeline", "position"], name="deals_stage_order")]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "pipeline", "kind"],
                condition=~models.Q(kind="open"),
                name="deals_stage_one_system",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_closed(self) -> bool:
        return self.kind != self.Kind.OPEN


class StageRequirement(TenantOwned):
    """A field of the deal that must be filled to enter or to leave a stage (D5)."""

    class Moment(models.TextChoices):
        ENTER = "enter", _("To enter")
        LEAVE = "leave", _("To leave")

    stage = TenantForeignKey(Stage, models.CASCADE, related_name="requirements")
    field = models.CharField(_("field"), max_length=40)  # a name in deals.fields.demandable()
    moment = models.CharField(max_length=5, choices=Moment.choices, default=Moment.ENTER)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "stage", "field", "moment"], name="deals_requirement_once"
            )
        ]


class RejectionReason(TenantOwned):
    """Why a lead was rejected or a deal lost: the tenant's directory (L8, D6)."""

    name = models.CharField(_("name"), max_length=100)
    is_for_leads = models.BooleanField(_("for leads"), default=True)
    is_for_deals = models.BooleanField(_("for deals"), default=True)
    is_non_targeted = models.BooleanField(
        _("makes the lead non-targeted"), default=False, help_text=_("Spam, wrong number, job seekers.")
    )
    position = models.PositiveIntegerField(default=0)
    is_archived = models.BooleanField(_("archived"), default=False)

    class Meta(TenantOwned.Meta):
        verbose_name = _("rejection reason")
        verbose_name_plural = _("rejection reasons")
        ordering = ["position", "name"]
        constraints = [models.UniqueConstraint("tenant", Lower("name"), name="deals_reason_name")]

    def __str__(self) -> str:
        return self.name
