"""Cells: how many rows of one day, or of one month, are alike in everything a report asks about.

A cell names what it counts by ids without constraints: it says what was counted and is thrown away with the next count.
Every table is of one group of questions, because a cell that could answer all of them would hold a single row. Where one
group has two tables, the one of few columns answers most of what is asked, the other what is filtered by more.
"""

from __future__ import annotations

from typing import Any

from django.db import models

from core.tenancy import TenantOwned, current_tenant_id


class Grain(models.TextChoices):
    DAY = "day"
    MONTH = "month"


class Reference(models.UUIDField):
    """The id of a row, which may be compared with the row itself as a reference may."""

    def get_prep_value(self, value: Any) -> Any:
        return super().get_prep_value(value.pk if isinstance(value, models.Model) else value)


def _reference() -> Reference:
    return Reference(null=True)


def _days(name: str) -> list[models.Index]:
    return [models.Index(fields=["tenant", "basis", "grain", "starts_on"], name=name)]


class Cell(TenantOwned):
    """What all cells share. `basis` is the date by which rows belong to a day: a word of the lists' filter 'by date'."""

    # Without a constraint: one look at the company for each cell is a tenth of counting everything anew
    tenant = models.ForeignKey(
        "tenants.Tenant",
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
        db_constraint=False,
        default=current_tenant_id,
        editable=False,
    )
    basis = models.CharField(max_length=8)
    grain = models.CharField(max_length=5, choices=Grain.choices)
    starts_on = models.DateField()
    count = models.PositiveIntegerField()

    class Meta(TenantOwned.Meta):
        abstract = True


class LeadCell(Cell):
    """What the cells of leads share."""

    channel_kind = models.CharField(max_length=12)
    quality = models.CharField(max_length=14)
    state = models.CharField(max_length=10)
    is_advertising = models.BooleanField()
    rejection_reason = _reference()

    class Meta(Cell.Meta):
        abstract = True


class LeadChannel(LeadCell):
    """Leads by the channel they came through, of few columns: there are few of a day, so that days are kept as well."""

    channel = _reference()

    class Meta(LeadCell.Meta):
        abstract = False
        indexes = _days("reports_leadchannel_days")


class LeadSource(Cell):
    """Leads by source and campaign, of few columns."""

    source = _reference()
    campaign = models.CharField(max_length=200, blank=True)
    quality = models.CharField(max_length=14)
    state = models.CharField(max_length=10)
    is_advertising = models.BooleanField()

    class Meta(Cell.Meta):
        abstract = False
        indexes = _days("reports_leadsource_days")


class LeadHands(Cell):
    """Leads by whose they are, which also tells who may count them, of few columns."""

    taken_by = _reference()
    responsible = _reference()
    responsible_role = _reference()
    quality = models.CharField(max_length=14)
    state = models.CharField(max_length=10)
    is_advertising = models.BooleanField()

    class Meta(Cell.Meta):
        abstract = False
        indexes = _days("reports_leadhands_days")


class LeadOrigin(LeadCell):
    """Leads by everything about where they came from, of whole months."""

    channel = _reference()
    source = _reference()
    campaign = models.CharField(max_length=200, blank=True)

    class Meta(LeadCell.Meta):
        abstract = False
        indexes = _days("reports_leadorigin_days")


class LeadPeople(LeadCell):
    """Leads by everything about whose they are, which also tells who may count them, of whole months."""

    taken_by = _reference()
    responsible = _reference()
    responsible_role = _reference()
    owner = _reference()  # of the lead's deal

    class Meta(LeadCell.Meta):
        abstract = False
        indexes = _days("reports_leadpeople_days")


class AnswerCell(Cell):
    """How leads were answered (Lead.Answer); `step` is that of the working minutes (reports.lengths), if they are known."""

    channel_kind = models.CharField(max_length=12)
    channel = _reference()
    is_advertising = models.BooleanField()
    answer = models.CharField(max_length=10)
    is_missed = models.BooleanField()
    is_unprocessed = models.BooleanField()
    step = models.PositiveSmallIntegerField(null=True)

    class Meta(Cell.Meta):
        abstract = True


class LeadAnswer(AnswerCell):
    """Answers by channel alone."""

    class Meta(AnswerCell.Meta):
        abstract = False
        indexes = _days("reports_leadanswer_days")


class LeadAnswerHour(AnswerCell):
    """Answers by the hour of the company's clock at which leads came, of whole months."""

    hour = models.PositiveSmallIntegerField()

    class Meta(AnswerCell.Meta):
        abstract = False
        indexes = _days("reports_leadanshour_days")


class LeadAnswerPeople(AnswerCell):
    """Answers by whose the leads are, which also tells who may count them, of whole months."""

    taken_by = _reference()
    responsible = _reference()
    responsible_role = _reference()

    class Meta(AnswerCell.Meta):
        abstract = False
        indexes = _days("reports_leadanspeople_days")


class LeadHour(Cell):
    """Leads by day of the week (1 is Monday) and hour of the company's clock."""

    channel_kind = models.CharField(max_length=12)
    channel = _reference()
    is_advertising = models.BooleanField()
    weekday = models.PositiveSmallIntegerField()
    hour = models.PositiveSmallIntegerField()

    class Meta(Cell.Meta):
        abstract = False
        indexes = _days("reports_leadhour_days")


class RegionCell(Cell):
    """Leads by region and state."""

    region = models.CharField(max_length=100, blank=True)
    state = models.CharField(max_length=10)
    is_advertising = models.BooleanField()

    class Meta(Cell.Meta):
        abstract = True


class LeadRegion(RegionCell):
    """Leads by region alone: there are few of a day."""

    class Meta(RegionCell.Meta):
        abstract = False
        indexes = _days("reports_leadregion_days")


class LeadRegionPeople(RegionCell):
    """Leads by region and by whose they are, which also tells who may count them, of whole months."""

    taken_by = _reference()
    responsible = _reference()
    responsible_role = _reference()

    class Meta(RegionCell.Meta):
        abstract = False
        indexes = _days("reports_leadregpeople_days")


class LeadOutcome(Cell):
    """Converted leads by the deal they were turned into (R1); those of a deleted deal are left out.

    A deal that several leads were turned into counts once, wherever they came: it is named by `shared_deal`, and
    `amount` then holds its amount as many times as there are leads.
    """

    is_advertising = models.BooleanField()
    deal_state = models.CharField(max_length=10, blank=True)
    deal_currency = models.CharField(max_length=3, blank=True)
    shared_deal = _reference()
    amount = models.DecimalField(max_digits=20, decimal_places=2)

    class Meta(Cell.Meta):
        abstract = False
        indexes = _days("reports_leadoutcome_days")


class DealCell(Cell):
    """What the cells of deals share: where they are, and how far they came (deals.funnel)."""

    pipeline = Reference()
    stage = Reference()
    state = models.CharField(max_length=10)
    furthest = _reference()  # the stage
    left_from = _reference()
    currency = models.CharField(max_length=3)
    amount = models.DecimalField(max_digits=20, decimal_places=2)  # the sum of the deals' amounts

    class Meta(Cell.Meta):
        abstract = True


class DealStay(Cell):
    """Finished stays of deals in stages, by how long they were: from them come medians.

    By the day of the deal, as everything a funnel tells of it. `length` is a step of reports.lengths.
    """

    pipeline = Reference()  # of the deal
    stage = _reference()  # which it left
    length = models.PositiveSmallIntegerField()

    class Meta(Cell.Meta):
        abstract = False
        indexes = _days("reports_dealstay_days")


class DealOrigin(DealCell):
    """Deals by where they came from and why they were lost."""

    source = _reference()
    channel_kind = models.CharField(max_length=12, blank=True)
    quality = models.CharField(max_length=14, blank=True)
    rejection_reason = _reference()

    class Meta(DealCell.Meta):
        abstract = False
        indexes = _days("reports_dealorigin_days")


class DealPeople(DealCell):
    """Deals by whose they are, which also tells who may count them."""

    owner = _reference()

    class Meta(DealCell.Meta):
        abstract = False
        indexes = _days("reports_dealpeople_days")


class DealMove(Cell):
    """Deals that came to a stage on a day, and those that left it; what lies there is the one less the other.

    Amount, currency and responsible are those the deals have now.
    """

    pipeline = _reference()  # of the stage; null where a deal came from nowhere
    stage = _reference()  # null: it was deleted since
    currency = models.CharField(max_length=3)
    owner = _reference()
    amount = models.DecimalField(max_digits=20, decimal_places=2)

    class Meta(Cell.Meta):
        abstract = False
        indexes = _days("reports_dealmove_days")


class DealShare(Cell):
    """Deals by what their touches have in common (R8): the touches counted, and the money each model gives them.

    A deal is in the cell of each value its touches have, in each dimension. From how many touches such deals have, and how
    many of those here came first, last or between, follows the share of any model, exactly (reports.attribution).
    """

    dimension = models.CharField(max_length=12)  # of the report, or "whole"
    value = models.CharField(max_length=200, blank=True)
    non_advertising = models.BooleanField()  # whether inquiries that don't count in advertising are touches
    currency = models.CharField(max_length=3)
    touch_count = models.PositiveIntegerField()  # of each deal, with whatever value
    firsts = models.PositiveIntegerField()
    lasts = models.PositiveIntegerField()
    touches = models.PositiveIntegerField()
    # What deals won brought, shared out
    first_sum = models.DecimalField(max_digits=20, decimal_places=2)
    last_sum = models.DecimalField(max_digits=20, decimal_places=2)
    linear_sum = models.DecimalField(max_digits=20, decimal_places=2)
    position_sum = models.DecimalField(max_digits=20, decimal_places=2)

    class Meta(Cell.Meta):
        abstract = False
        indexes = [
            models.Index(
                fields=["tenant", "basis", "grain", "dimension", "non_advertising", "starts_on"],
                name="reports_dealshare_days",
            ),
            models.Index(fields=["tenant", "basis", "grain", "starts_on"], name="reports_dealshare_count"),
        ]
