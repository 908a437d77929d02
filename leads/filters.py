"""Filters of the lead list (L15); the reports link into the list with these same parameters."""

from __future__ import annotations

import dataclasses
import uuid
from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.db.models.functions import Upper
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from contacts.models import Source, SourceGroup
from core.listing.filters import Flag, MultiChoice, MultiModel, Without
from core.listing.rest import Held, referred, worded
from deals.filters import CHANNEL_KINDS
from deals.models import Pipeline, RejectionReason, Stage
from leads.models import Lead, RecomputedLead
from tenants.models import CustomField, Department, Membership, Tenant
from tenants.moment_filters import MomentFilterSet
from tenants.tags import tagged

DATES = [("received", _("Received")), ("taken", _("Taken")), ("closed", _("Decided"))]
DATE_FIELDS = {"received": "received_at", "taken": "taken_at", "closed": "closed_at"}
STAGE_GROUPS = Stage.Kind.choices
CALL_DIRECTIONS = [("in", _("Incoming")), ("out", _("Outgoing")), ("internal", _("Internal"))]
ADVERTISING = [("yes", _("Counts in advertising")), ("no", _("Doesn’t count"))]
HAS_DEAL = [("yes", _("With a deal")), ("no", _("Without a deal"))]


# Where leads keep what their filters look for
HELD = {
    "channel": referred("channel"),
    "source": referred("source"),
    "source_group": referred("source__group"),
    "campaign": worded("campaign"),
    "object": worded("object_of_interest"),
    "region": Held(Upper("region"), Q(region="")),
    "reason": referred("rejection_reason"),
    "pipeline": referred("deal__pipeline"),
    "stage": referred("deal__stage"),
    "tags": Held("tags", Q(tags=[]), "unnest"),
}


@dataclasses.dataclass(frozen=True, slots=True)
class Moved:
    """Leads a recomputation took from one quality to another; written job:before:after."""

    job: uuid.UUID
    before: str
    after: str

    def __str__(self) -> str:
        return f"{Lead.Quality(self.before).label} → {Lead.Quality(self.after).label}"


class MovedField(forms.CharField):
    """A figure of a recomputation's report, as the report links to it."""

    widget = forms.HiddenInput

    def clean(self, value: Any) -> Moved | None:
        job, *qualities = str(super().clean(value)).split(":")
        if not job:
            return None
        try:
            before, after = (Lead.Quality(quality).value for quality in qualities)
            return Moved(uuid.UUID(job), before, after)
        except ValueError as error:
            raise forms.ValidationError(_("No such recomputation.")) from error


class MovedFilter(django_filters.Filter):
    field_class = MovedField

    def filter(self, qs: QuerySet[Lead], value: Moved | None) -> QuerySet[Lead]:
        if value is None:
            return qs
        rows = RecomputedLead.objects.filter(job=value.job, before=value.before, after=value.after)
        return qs.filter(pk__in=rows.values("lead"))


def _channels(request: Any) -> QuerySet[Any]:
    """The channels app stands above this one: reach its rows through the reference."""
    channel: Any = Lead._meta.get_field("channel").related_model
    found: QuerySet[Any] = channel.objects.all()
    return found


class LeadFilterSet(MomentFilterSet):
    """Every narrowing of leads; its rows come from LeadListing.

    `whose` says which person the manager filters mean: as the URL says, else as the tenant shows it (L16).
    """

    entity = CustomField.Entity.LEAD
    date_field = "received_at"
    held = HELD
    usual = (
        "q",
        "period",
        "first",
        "last",
        "state",
        "quality",
        "source",
        "channel",
        "manager",
        "reason",
        "non_advertising",
    )

    q = django_filters.CharFilter(method="filter_text", label=_("Search"))
    dates = django_filters.ChoiceFilter(
        choices=DATES, method="keep", label=_("By date"), empty_label=None, initial="received"
    )
    state = MultiChoice(choices=Lead.State.choices, label=_("State"))
    kind = MultiChoice(choices=Lead.Kind.choices, label=_("Type"))
    channel_kind = MultiChoice(choices=CHANNEL_KINDS, label=_("Channel kind"))
    channel = MultiModel(queryset=_channels, label=_("Channel"))
    no_channel = Flag(field_name="channel", lookup_expr="isnull", label=_("No channel"))
    quality = MultiChoice(choices=Lead.Quality.choices, label=_("Quality"))
    by_hand = Flag(field_name="is_quality_manual", label=_("Quality marked by hand"))
    recomputed = MovedFilter(label=_("Recomputed"))
    non_advertising = Flag(method="keep", label=_("Show non-advertising"))
    advertising = django_filters.ChoiceFilter(
        choices=ADVERTISING, method="filter_advertising", label=_("Advertising"), empty_label=_("All")
    )
    source_group = MultiModel(
        field_name="source__group", queryset=SourceGroup.objects.all(), label=_("Source group")
    )
    source = MultiModel(queryset=Source.objects.all(), label=_("Source"))
    no_source = Flag(method="filter_no_source", label=_("No source"))
    no_source_group = Flag(field_name="source__group", lookup_expr="isnull", label=_("No source group"))
    campaign = django_filters.CharFilter(label=_("Campaign"))
    no_campaign = Without(HELD["campaign"], label=_("No campaign"))
    whose = django_filters.ChoiceFilter(
        choices=Tenant.ShownManager.choices, method="keep", label=_("Whose manager"), empty_label=None
    )
    manager = MultiModel(queryset=Membership.objects.all(), method="filter_manager", label=_("Manager"))
    no_manager = Flag(method="filter_no_manager", label=_("Nobody took it"))
    department = MultiModel(
        queryset=Department.objects.all(), method="filter_department", label=_("Department")
    )
    no_department = Flag(method="filter_no_department", label=_("No department"))
    dismissed = Flag(method="keep", label=_("Offer dismissed managers too"))
    pipeline = MultiModel(field_name="deal__pipeline", queryset=Pipeline.objects.all(), label=_("Pipeline"))
    stage = MultiModel(
        field_name="deal__stage", queryset=Stage.objects.select_related("pipeline"), label=_("Stage")
    )
    has_deal = django_filters.ChoiceFilter(choices=HAS_DEAL, method="filter_has_deal", label=_("Deal"))
    stage_group = MultiChoice(field_name="deal__state", choices=STAGE_GROUPS, label=_("Stage group"))
    reason = MultiModel(
        field_name="rejection_reason", queryset=RejectionReason.objects.all(), label=_("Rejection reason")
    )
    no_reason = Flag(method="filter_no_reason", label=_("Rejected without a reason"))
    reasonless = Flag(field_name="rejection_reason", lookup_expr="isnull", label=_("No rejection reason"))
    answer = MultiChoice(choices=Lead.Answer.choices, method="filter_answer", label=_("Answer"))
    unprocessed = Flag(method="filter_unprocessed", label=_("Not processed"))
    unowned = Flag(method="filter_unowned", label=_("Nobody has it"))
    direction = MultiChoice(field_name="call__direction", choices=CALL_DIRECTIONS, label=_("Call direction"))
    tags = django_filters.CharFilter(method="filter_tags", label=_("Tag"))
    no_tags = Without(HELD["tags"], label=_("Without tags"))
    object = django_filters.CharFilter(field_name="object_of_interest", label=_("Object of interest"))
    no_object = Without(HELD["object"], label=_("No object of interest"))
    region = django_filters.CharFilter(lookup_expr="iexact", label=_("Region"))
    no_region = Without(HELD["region"], label=_("No region"))

    class Meta:
        model = Lead
        fields: list[str] = []

    def __init__(
        self,
        data: QueryDict | None = None,
        *args: Any,
        shown_manager: str = Tenant.ShownManager.TAKER,
        **kwargs: Any,
    ) -> None:
        given = QueryDict(mutable=True) if data is None else data.copy()
        self.whose = given.get("whose") or shown_manager
        given["whose"] = self.whose
        self.defaults = {**MomentFilterSet.defaults, "dates": "received", "whose": shown_manager}
        super().__init__(given, *args, **kwargs)

    @property
    def form(self) -> Any:
        """Offer the managers who work here and those chosen already; any may stand in an address."""
        is_new = not hasattr(self, "_form")
        form = super().form
        if is_new and not self.data.get("dismissed"):
            form.fields["manager"].widget.choices = lambda: [(m.pk, str(m)) for m in self._offered_managers()]
        return form

    def _offered_managers(self) -> QuerySet[Membership]:
        chosen = self.asked.cleaned_data.get("manager") if self.asked.is_valid() else None
        working: QuerySet[Membership] = Membership.objects.active().order_by()
        return (working | Membership.objects.filter(pk__in=[m.pk for m in chosen or ()])).order_by("name")

    def moment_field(self) -> str:
        return DATE_FIELDS.get(self.data.get("dates", ""), "received_at")

    def held_of(self, name: str) -> Held | None:
        if name == "manager":
            return referred(self.person_field())
        if name == "department":
            return referred(f"{self.person_field()}__department")
        return super().held_of(name)

    def person_field(self) -> str:
        """Who the manager filters mean."""
        return "deal__owner" if self.whose == Tenant.ShownManager.OWNER else "taken_by"

    def filter_queryset(self, queryset: QuerySet[Lead]) -> QuerySet[Lead]:
        queryset = super().filter_queryset(queryset)
        if not self.asks_for_non_advertising:
            queryset = queryset.filter(is_advertising=True)
        return queryset

    @property
    def asks_for_non_advertising(self) -> bool:
        """Whether rows that don't count in advertising are meant too."""
        given = self.asked.cleaned_data
        return bool(given.get("non_advertising") or given.get("advertising"))

    def keep(self, queryset: QuerySet[Lead], name: str, value: Any) -> QuerySet[Lead]:
        """Leave the rows as they are: this parameter steers another filter."""
        return queryset

    def filter_text(self, queryset: Any, name: str, value: str) -> QuerySet[Lead]:
        found: QuerySet[Lead] = queryset.search(value)
        return found

    def filter_no_source(self, queryset: QuerySet[Lead], name: str, value: bool) -> QuerySet[Lead]:
        return queryset.filter(source=None)

    def filter_manager(self, queryset: QuerySet[Lead], name: str, value: Any) -> QuerySet[Lead]:
        return queryset.filter(**{f"{self.person_field()}__in": list(value)}) if value else queryset

    def filter_no_manager(self, queryset: QuerySet[Lead], name: str, value: bool) -> QuerySet[Lead]:
        return queryset.filter(**{self.person_field(): None})

    def filter_department(self, queryset: QuerySet[Lead], name: str, value: Any) -> QuerySet[Lead]:
        return (
            queryset.filter(**{f"{self.person_field()}__department__in": list(value)}) if value else queryset
        )

    def filter_no_department(self, queryset: QuerySet[Lead], name: str, value: bool) -> QuerySet[Lead]:
        return queryset.filter(**{f"{self.person_field()}__department": None})

    def filter_has_deal(self, queryset: QuerySet[Lead], name: str, value: str) -> QuerySet[Lead]:
        """With a deal the reader sees; a deleted or hidden one makes a lead neither."""
        return queryset.filter(sees_deal=True) if value == "yes" else queryset.filter(deal=None)

    def filter_no_reason(self, queryset: QuerySet[Lead], name: str, value: bool) -> QuerySet[Lead]:
        return queryset.filter(state=Lead.State.REJECTED, rejection_reason=None)

    def filter_answer(self, queryset: Any, name: str, value: list[str]) -> QuerySet[Lead]:
        found: QuerySet[Lead] = queryset.with_answer().filter(answer__in=value) if value else queryset
        return found

    def filter_unprocessed(self, queryset: Any, name: str, value: bool) -> QuerySet[Lead]:
        found: QuerySet[Lead] = queryset.unprocessed()
        return found

    def filter_unowned(self, queryset: Any, name: str, value: bool) -> QuerySet[Lead]:
        found: QuerySet[Lead] = queryset.unowned()
        return found

    def filter_advertising(self, queryset: QuerySet[Lead], name: str, value: str) -> QuerySet[Lead]:
        return queryset.filter(is_advertising=value == "yes")

    def filter_tags(self, queryset: QuerySet[Lead], name: str, value: str) -> QuerySet[Lead]:
        return queryset.filter(tagged(self.entity, [value]))
