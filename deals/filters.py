"""What narrows deals, on the board and in the list alike: all of it in the URL."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import django_filters
from django import forms
from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import (
    DateTimeField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Value,
)
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contacts.models import Company, Source, SourceGroup
from core.listing.filters import SANE_DAY, Flag, FreeChoiceField, MultiChoice, MultiModel, Without, day_start
from core.listing.rest import Held, referred, worded
from core.tenancy import current_tenant_id
from deals import buyers, funnel
from deals.models import Deal, DealLine, Pipeline, Product, RejectionReason, Stage
from deals.models.deals import DealQuerySet
from deals.touches import Asked, TouchField, owed_to
from tenants.models import CustomField, Department, Membership
from tenants.moment_filters import MomentFilterSet
from tenants.tags import tagged

# The word in the URL, as the parts of a column's bar are called
NEXT_STEPS = [
    ("plan", _("Planned")),
    ("today", _("Today")),
    ("late", _("Overdue")),
    ("none", _("No next step")),
]
QUALITIES = [
    ("targeted", _("Targeted")),
    ("repeat", _("Repeat")),
    ("non_targeted", _("Non-targeted")),
    ("unverified", _("Unverified")),
    ("unsorted", _("Unsorted")),
]


def next_step_condition(name: str, now: dt.datetime) -> Q:
    """Build the condition of one part of the activity bar; today ends at midnight in the reader's zone."""
    tomorrow = day_start(timezone.localtime(now).date() + dt.timedelta(days=1))
    match name:
        case "none":
            return Q(next_activity_at=None)
        case "late":
            return Q(next_activity_at__lt=now)
        case "today":
            return Q(next_activity_at__gte=now, next_activity_at__lt=tomorrow)
    return Q(next_activity_at__gte=tomorrow)


class TagFilter(django_filters.MultipleChoiceFilter):
    field_class = FreeChoiceField

    def filter(self, qs: DealQuerySet, value: list[str]) -> DealQuerySet:
        return qs.filter(tagged(CustomField.Entity.DEAL, value)) if value else qs


class TouchFilter(django_filters.Filter):
    field_class = TouchField

    def filter(self, qs: DealQuerySet, value: Asked | None) -> DealQuerySet:
        return owed_to(qs, value.params) if value else qs


def tag_choices() -> list[tuple[str, str]]:
    """List the tags in use on deals."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT unnest(tags) FROM deals_deal WHERE tenant_id = %s AND deleted_at IS NULL ORDER BY 1 LIMIT 300",
            [current_tenant_id()],
        )
        return [(name, name) for (name,) in cursor.fetchall()]


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


CHANNEL_KINDS = [
    ("email", _("E-mail")),
    ("messenger", _("Messengers")),
    ("call", _("Calls")),
    ("request", _("Requests")),
    ("chat", _("Chat")),
    ("callback", _("Callback")),
]
CREATED_THERE = "none"  # in the place of the stage a deal came from
LONGEST_DAYS = 36_500
DATES = [("created", _("Created")), ("closed", _("Closed")), ("stage", _("Came to the stage"))]
DATE_FIELDS = {"created": "created_at", "closed": "closed_at", "stage": "stage_entered_at"}


def _lines() -> QuerySet[Any]:
    """The products of a deal, each once."""
    lines: QuerySet[Any] = DealLine.objects.filter(deal=OuterRef("pk"), product__isnull=False)
    return lines.order_by("product").values("product").distinct()


# Where deals keep what their filters look for
HELD = {
    "pipeline": referred("pipeline"),
    "stage": referred("stage"),
    "owner": referred("owner"),
    "department": referred("owner__department"),
    "source": referred("source"),
    "source_group": referred("source__group"),
    "campaign": worded("campaign"),
    "city": Held(Upper("city"), Q(city="")),
    "reason": referred("rejection_reason"),
    "tag": Held("tags", Q(tags=[]), "unnest"),
}


def is_stalled(now: dt.datetime) -> Q:
    """Build the condition of an open deal that stands in its stage longer than the stage allows."""
    allowed = ExpressionWrapper(F("stage__time_limit_h") * Value(dt.timedelta(hours=1)), DurationField())
    entered_by = ExpressionWrapper(Value(now) - allowed, DateTimeField())
    return Q(state=Stage.Kind.OPEN, stage__time_limit_h__isnull=False, stage_entered_at__lt=entered_by)


class DealFilterSet(MomentFilterSet):
    """The filters of deals. The clock decides what is overdue and what is stalled."""

    entity = CustomField.Entity.DEAL
    date_field = "created_at"
    held = HELD
    usual = (
        "q",
        "period",
        "first",
        "last",
        "pipeline",
        "stage",
        "state",
        "owner",
        "source",
        "tag",
        "next",
        "stalled",
    )
    defaults = {"period": "all", "dates": "created"}

    q = django_filters.CharFilter(
        method="filter_text",
        label=_("Text"),
        widget=forms.TextInput(attrs={"type": "search", "maxlength": "100"}),
    )
    dates = django_filters.ChoiceFilter(
        choices=DATES, method="keep", label=_("By date"), empty_label=None, initial="created"
    )
    pipeline = django_filters.ModelChoiceFilter(
        queryset=Pipeline.objects.all(), label=_("Pipeline"), empty_label=_("All pipelines")
    )
    stage = MultiModel(queryset=Stage.objects.select_related("pipeline"), label=_("Stage"))
    state = MultiChoice(choices=Stage.Kind.choices, label=_("Stage group"))
    owner = MultiModel(queryset=Membership.objects.order_by("-is_active", "name"), label=_("Responsible"))
    department = MultiModel(
        queryset=Department.objects.all(), field_name="owner__department", label=_("Department")
    )
    no_owner = Flag(field_name="owner", lookup_expr="isnull", label=_("Nobody is responsible"))
    no_department = Flag(field_name="owner__department", lookup_expr="isnull", label=_("No department"))
    source_group = MultiModel(
        queryset=SourceGroup.objects.all(), field_name="source__group", label=_("Source group")
    )
    source = MultiModel(queryset=Source.objects.all(), label=_("Source"))
    no_source_group = Flag(field_name="source__group", lookup_expr="isnull", label=_("No source group"))
    no_source = Flag(method="filter_no_source", label=_("No source"))
    client_type = MultiChoice(
        choices=Company.ClientType.choices, field_name="company__client_type", label=_("Client type")
    )
    no_client_type = Flag(method="filter_no_client_type", label=_("No client type"))
    campaign = django_filters.CharFilter(label=_("Campaign"))
    no_campaign = Without(HELD["campaign"], label=_("No campaign"))
    channel_kind = MultiChoice(choices=CHANNEL_KINDS, label=_("Channel kind"))
    no_channel_kind = Without(worded("channel_kind"), label=_("No channel kind"))
    city = django_filters.CharFilter(lookup_expr="iexact", label=_("City"))
    no_city = Without(HELD["city"], label=_("No city"))
    product = MultiModel(queryset=Product.objects.all(), method="filter_product", label=_("Product"))
    no_product = Flag(method="filter_no_product", label=_("No product of the catalogue"))
    tag = TagFilter(
        choices=tag_choices, label=_("Tags"), widget=forms.SelectMultiple(attrs={"data-select": ""})
    )
    no_tag = Without(HELD["tag"], label=_("Without tags"))
    quality = MultiChoice(choices=QUALITIES, label=_("Quality"))
    no_quality = Without(worded("quality"), label=_("Without a quality"))
    next = MultiChoice(choices=NEXT_STEPS, method="filter_next", label=_("Next step"))
    stalled = Flag(method="filter_stalled", label=_("Longer in the stage than it allows"))
    lost_for_good = Flag(method="filter_lost_for_good", label=_("Lost, and nothing is planned"))
    amount_from = django_filters.NumberFilter(
        field_name="amount", lookup_expr="gte", label=_("Amount from"), min_value=0
    )
    amount_to = django_filters.NumberFilter(
        field_name="amount", lookup_expr="lte", label=_("Amount to"), min_value=0
    )
    expected_first = django_filters.DateFilter(
        field_name="expected_on",
        lookup_expr="gte",
        label=_("Expected from"),
        widget=_day(),
        validators=SANE_DAY,
    )
    expected_last = django_filters.DateFilter(
        field_name="expected_on",
        lookup_expr="lte",
        label=_("Expected to"),
        widget=_day(),
        validators=SANE_DAY,
    )
    no_expected = Flag(field_name="expected_on", lookup_expr="isnull", label=_("No expected date"))
    reason = MultiModel(
        queryset=RejectionReason.objects.filter(is_for_deals=True),
        field_name="rejection_reason",
        label=_("Reason of loss"),
    )
    no_reason = Flag(field_name="rejection_reason", lookup_expr="isnull", label=_("No reason of loss"))

    reached = django_filters.ModelChoiceFilter(
        queryset=Stage.objects.select_related("pipeline"),
        method="filter_reached",
        label=_("Reached the stage"),
    )
    left_from = django_filters.ModelChoiceFilter(
        queryset=Stage.objects.select_related("pipeline"),
        method="filter_left_from",
        label=_("Left from the stage"),
    )
    left_nowhere = Flag(method="filter_left_nowhere", label=_("Left from no open stage"))
    moved_from = django_filters.ModelChoiceFilter(
        queryset=Stage.objects.select_related("pipeline"),
        method="filter_moved",
        label=_("Moved from the stage"),
        null_label=_("(created there)"),
        null_value=CREATED_THERE,
    )
    moved_to = django_filters.ModelChoiceFilter(
        queryset=Stage.objects.select_related("pipeline"),
        method="filter_moved",
        label=_("Moved to the stage"),
    )
    won_within = django_filters.NumberFilter(
        method="filter_won_within",
        label=_("Won within, days"),
        min_value=0,
        max_value=LONGEST_DAYS,
        widget=forms.NumberInput(attrs={"step": "1"}),
    )

    # Last: these look only at the deals the others left
    touch = TouchFilter(label=_("Owed to"))
    client = django_filters.ChoiceFilter(
        choices=buyers.Clients.choices, method="filter_client", label=_("Clients, a deal of each")
    )

    class Meta:
        model = Deal
        fields: list[str] = []

    def moment_field(self) -> str:
        """What the period is about; without a choice, when the deal was made."""
        return DATE_FIELDS.get(self.data.get("dates", ""), self.date_field)

    def keep(self, queryset: DealQuerySet, name: str, value: object) -> DealQuerySet:
        """For what decides how another filter reads and narrows nothing by itself."""
        return queryset

    def filter_stalled(self, queryset: DealQuerySet, name: str, value: bool) -> DealQuerySet:
        return queryset.filter(is_stalled(timezone.now())) if value else queryset

    def filter_lost_for_good(self, queryset: DealQuerySet, name: str, value: bool) -> DealQuerySet:
        return queryset.filter(state=Stage.Kind.LOST, next_activity_at=None)

    def filter_no_client_type(self, queryset: DealQuerySet, name: str, value: bool) -> DealQuerySet:
        return queryset.filter(Q(company=None) | Q(company__client_type="")) if value else queryset

    def held_of(self, name: str) -> Held | None:
        if name == "product":
            return Held(ArraySubquery(_lines()), ~Q(Exists(_lines())), "unnest")
        return super().held_of(name)

    def filter_product(self, queryset: DealQuerySet, name: str, value: list[Product]) -> DealQuerySet:
        if not value:
            return queryset
        lines = DealLine.objects.filter(product__in=[one.pk for one in value])
        return queryset.filter(pk__in=lines.values("deal"))

    def filter_no_product(self, queryset: DealQuerySet, name: str, value: bool) -> DealQuerySet:
        return queryset.exclude(Exists(_lines())) if value else queryset

    def filter_text(self, queryset: DealQuerySet, name: str, value: str) -> DealQuerySet:
        return queryset.search(value)

    def filter_no_source(self, queryset: DealQuerySet, name: str, value: bool) -> DealQuerySet:
        return queryset.filter(source=None) if value else queryset

    def filter_reached(self, queryset: DealQuerySet, name: str, value: Stage) -> DealQuerySet:
        return funnel.reached(queryset, value)

    def filter_left_from(self, queryset: DealQuerySet, name: str, value: Stage) -> DealQuerySet:
        return funnel.left_from(queryset, value)

    def filter_client(self, queryset: DealQuerySet, name: str, value: str) -> DealQuerySet:
        return buyers.one_a_client(buyers.deals_of(queryset, value)) if value else queryset

    def filter_left_nowhere(self, queryset: DealQuerySet, name: str, value: bool) -> DealQuerySet:
        return funnel.left_from_nowhere(queryset) if value else queryset

    def filter_moved(self, queryset: DealQuerySet, name: str, value: Stage | str) -> DealQuerySet:
        """One move has both ends: what asks for the other end says the same once more."""
        ends = {
            "from_stage": self.asked.cleaned_data.get("moved_from"),
            "to_stage": self.asked.cleaned_data.get("moved_to"),
        }
        asked = {end: stage for end, stage in ends.items() if stage}
        return funnel.moved(
            queryset, **{end: None if stage == CREATED_THERE else stage for end, stage in asked.items()}
        )

    def filter_won_within(self, queryset: DealQuerySet, name: str, value: Decimal) -> DealQuerySet:
        return queryset.filter(funnel.is_won_within(int(value)))

    def filter_next(self, queryset: DealQuerySet, name: str, value: list[str]) -> DealQuerySet:
        if not value:
            return queryset
        condition = Q(pk__in=[])
        for part in value:
            condition |= next_step_condition(part, timezone.now())
        return queryset.open().filter(condition)
