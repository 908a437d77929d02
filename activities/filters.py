"""What narrows the list of activities: all of it in the URL. Reports link into the list with these parameters."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from activities.access import visible_cards
from activities.counting import led_to_meeting, was_held, was_talk
from activities.models import TARGETS, Activity, Call
from activities.models.activities import LISTED_KINDS, ActivityQuerySet
from core.listing.filters import Flag, MultiChoice, MultiModel, PeriodFilterSet
from tenants.models import Department, Membership

DATES = [
    ("when", _("Done, else due")),
    ("done", _("Done")),
    ("due", _("Due")),
    ("created", _("Written down")),
]
DATE_FIELDS = {"done": "occurred_at", "due": "due_at", "created": "created_at"}
STATES = [("done", _("Done")), ("planned", _("Planned")), ("late", _("Overdue"))]
DIRECTIONS = [choice for choice in Activity.Direction.choices if choice[0]]
OUTCOMES = [choice for choice in Activity.Outcome.choices if choice[0]]
CALL_RESULTS = [choice for choice in Call.Result.choices if choice[0]]
ABOUT = [
    ("deal", _("A deal")),
    ("lead", _("A lead")),
    ("contact", _("A contact")),
    ("company", _("A company")),
    ("none", _("Nothing")),
]


class OneCard(django_filters.ModelChoiceFilter):
    """Narrowing by one card, which its own page links with; it must be the reader's to see."""

    def __init__(self, name: str, label: Any) -> None:
        super().__init__(queryset=None, field_name=name, label=label, widget=forms.HiddenInput)


class ActivityFilterSet(PeriodFilterSet):
    """Every narrowing of activities for one reader; the clock decides what is overdue."""

    usual = ("q", "period", "first", "last", "dates", "kind", "state", "owner", "department", "outcome")
    defaults = {"period": "all", "dates": "when"}

    q = django_filters.CharFilter(
        method="filter_text",
        label=_("Text"),
        widget=forms.TextInput(attrs={"type": "search", "maxlength": "100"}),
    )
    dates = django_filters.ChoiceFilter(
        choices=DATES, method="filter_dates", label=_("By date"), empty_label=None, initial="when"
    )
    kind = MultiChoice(
        choices=[choice for choice in Activity.Kind.choices if choice[0] in LISTED_KINDS],
        label=_("Kind of activity"),
    )
    state = MultiChoice(choices=STATES, method="filter_state", label=_("State"))
    owner = MultiModel(queryset=Membership.objects.order_by("-is_active", "name"), label=_("Who does it"))
    no_owner = Flag(field_name="owner", lookup_expr="isnull", label=_("Nobody does it"))
    department = MultiModel(
        queryset=Department.objects.all(), field_name="owner__department", label=_("Department")
    )
    no_department = Flag(field_name="owner__department", lookup_expr="isnull", label=_("No department"))
    outcome = MultiChoice(choices=OUTCOMES, label=_("Outcome"))
    held = Flag(method="filter_held", label=_("Meetings that took place"))
    direction = MultiChoice(choices=DIRECTIONS, label=_("Direction"))
    talk_from = django_filters.NumberFilter(
        method="filter_talk",
        label=_("Calls from, seconds of talk"),
        min_value=0,
        max_value=86_400,
        decimal_places=0,
    )
    call_result = MultiChoice(choices=CALL_RESULTS, field_name="call__result", label=_("Result of the call"))
    led_to_meeting = Flag(method="filter_led_to_meeting", label=_("Calls that led to a meeting"))
    about = MultiChoice(choices=ABOUT, method="filter_about", label=_("What it is about"))
    deal = OneCard("deal", _("Deal"))
    lead = OneCard("lead", _("Lead"))
    contact = OneCard("contact", _("Contact"))
    company = OneCard("company", _("Company"))

    class Meta:
        model = Activity
        fields: list[str] = []

    def __init__(self, *args: Any, member: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.member = member
        for name in TARGETS:
            self.filters[name].queryset = lambda _request, name=name: visible_cards(name, member)

    def moment_field(self) -> str:
        """What the period is about; without a choice, when it was done, else when it is due."""
        return DATE_FIELDS.get(self.data.get("dates", ""), "stands_at")

    def filter_text(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        for word in value.split()[:8]:
            queryset = queryset.filter(
                Q(subject__icontains=word) | Q(text__icontains=word) | Q(result__icontains=word)
            )
        return queryset

    def filter_dates(self, queryset: ActivityQuerySet, name: str, value: str) -> QuerySet[Any]:
        """Leave what has such a date."""
        if value == "done":
            return queryset.done()
        return queryset.filter(due_at__isnull=False) if value == "due" else queryset

    def filter_state(self, queryset: QuerySet[Any], name: str, value: list[str]) -> QuerySet[Any]:
        states = {
            "done": Q(is_done=True),
            "planned": Q(is_done=False),
            "late": Q(is_done=False, due_at__lt=timezone.now()),
        }
        return _any_of(queryset, [states[key] for key in value])

    def filter_held(self, queryset: QuerySet[Any], name: str, value: bool) -> QuerySet[Any]:
        return queryset.filter(was_held()) if value else queryset

    def filter_talk(self, queryset: QuerySet[Any], name: str, value: Any) -> QuerySet[Any]:
        """An unanswered call has no second of talk, so it takes one at least."""
        return queryset if value is None else queryset.filter(was_talk(max(1, int(value))))

    def filter_led_to_meeting(self, queryset: QuerySet[Any], name: str, value: bool) -> QuerySet[Any]:
        if not value:
            return queryset
        meetings = Activity.objects.visible_to(self.member)
        return queryset.filter(led_to_meeting(meetings), kind=Activity.Kind.CALL)

    def filter_about(self, queryset: QuerySet[Any], name: str, value: list[str]) -> QuerySet[Any]:
        nothing = Q(**{f"{target}__isnull": True for target in TARGETS})
        return _any_of(
            queryset, [nothing if key == "none" else Q(**{f"{key}__isnull": False}) for key in value]
        )


def _any_of(queryset: QuerySet[Any], conditions: list[Q]) -> QuerySet[Any]:
    whole = Q()
    for condition in conditions:
        whole |= condition
    return queryset.filter(whole)
