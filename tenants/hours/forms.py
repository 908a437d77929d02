"""Forms of hours: they validate and convert, tenants.services decides."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tenants.forms import REGIONS, time_zone_choices
from tenants.hours.calendar import DAY_MIN, Span, Week, clock_of
from tenants.models import Absence, Holiday, Membership, WorkInterval, WorkSchedule

STRETCHES = (1, 2)  # of a day: before and after a break
MOST_LEADS = 10_000


class TimeField(forms.TimeField):
    """A time of day as minutes since midnight."""

    def __init__(self, *, label: str) -> None:
        attrs = {"type": "time", "aria-label": label}
        super().__init__(required=False, label=label, widget=forms.TimeInput(attrs=attrs, format="%H:%M"))

    def clean(self, value: Any) -> Any:
        time = super().clean(value)
        return None if time is None else time.hour * 60 + time.minute


class SpansMixin:
    """Reading stretches of a day from pairs of fields; an end at or before its start is on the next day."""

    cleaned_data: dict[str, Any]

    def span(self: Any, prefix: str) -> Span | None:
        """Return the stretch of two fields, or None where both are empty; one alone is a mistake."""
        starts, ends = self.cleaned_data.get(f"{prefix}_from"), self.cleaned_data.get(f"{prefix}_to")
        if starts is None and ends is None:
            return None
        if starts is None or ends is None:
            missing = f"{prefix}_from" if starts is None else f"{prefix}_to"
            if missing not in self.errors:
                self.add_error(missing, _("From when until when?"))
            return None
        return starts, ends if ends > starts else ends + DAY_MIN

    @staticmethod
    def written(span: Span | None) -> tuple[str, str]:
        """Write a stretch as two fields show it."""
        if span is None:
            return "", ""
        return clock_of(span[0]), clock_of(span[1] % DAY_MIN)


class HoursForm(SpansMixin, forms.Form):
    """How the company, a department or a person works: two stretches a day, so there may be a break."""

    hours = forms.ChoiceField(label=_("Hours"), widget=forms.RadioSelect)
    time_zone = forms.ChoiceField(label=_("Time zone"), required=False)
    lead_capacity = forms.IntegerField(
        label=_("At most so many open inquiries at once"),
        required=False,
        min_value=1,
        max_value=MOST_LEADS,
        help_text=_("Who has as many gets no more by the rules. Empty: no limit."),
    )

    def __init__(
        self,
        data: Any = None,
        *,
        schedule: WorkSchedule,
        week: Week,
        is_company: bool = False,
        inherited: str = "",
    ) -> None:
        initial = {
            "hours": schedule.hours,
            "time_zone": schedule.time_zone,
            "lead_capacity": schedule.lead_capacity,
        }
        super().__init__(data, initial=initial)
        self.is_company = is_company
        fields: Any = self.fields
        fields["hours"].choices = [
            (
                value,
                _("As one level above: %(hours)s") % {"hours": inherited} if value == "inherited" else label,
            )
            for value, label in WorkSchedule.Hours.choices
        ]
        fields["time_zone"].choices = [("", gettext("As one level above")), *time_zone_choices()]
        if is_company:
            del self.fields["hours"], self.fields["time_zone"]
        self._add_days(week)

    def _add_days(self, week: Week) -> None:
        for weekday, day in WorkInterval.Weekday.choices:
            for place in STRETCHES:
                spans = week[weekday]
                shown = self.written(spans[place - 1] if len(spans) >= place else None)
                sides = (("from", _("%(day)s, from")), ("to", _("%(day)s, to")))
                for (side, label), value in zip(sides, shown, strict=True):
                    name = f"d{weekday}_{place}_{side}"
                    self.fields[name] = TimeField(label=label % {"day": day})
                    self.initial[name] = value

    def rows(self) -> list[tuple[Any, list[list[forms.BoundField]]]]:
        """Return the days as the template draws them: label, and from and to of each stretch."""
        return [
            (day, [[self[f"d{weekday}_{place}_{side}"] for side in ("from", "to")] for place in STRETCHES])
            for weekday, day in WorkInterval.Weekday.choices
        ]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        week = []
        for weekday in range(7):
            spans = (self.span(f"d{weekday}_{place}") for place in STRETCHES)
            week.append(tuple(span for span in spans if span is not None))
        data["week"] = tuple(week)
        return data

    def values(self) -> dict[str, Any]:
        """Return the arguments of set_hours."""
        data = self.cleaned_data
        return {
            "hours": WorkSchedule.Hours.WEEK if self.is_company else data["hours"],
            "week": data["week"],
            "time_zone": data.get("time_zone", ""),
            "lead_capacity": data["lead_capacity"],
        }


class ShiftForm(SpansMixin, forms.Form):
    """Somebody's duty on one day; empty is none."""

    lead_capacity = forms.IntegerField(
        label=_("At most so many open inquiries at once"),
        required=False,
        min_value=1,
        max_value=MOST_LEADS,
        help_text=_("Empty: as on other days."),
    )

    def __init__(self, data: Any = None, *, spans: list[Span], lead_capacity: int | None) -> None:
        super().__init__(data, initial={"lead_capacity": lead_capacity})
        labels = {1: (_("From"), _("To")), 2: (_("And from"), _("To"))}
        for place in STRETCHES:
            shown = self.written(spans[place - 1] if len(spans) >= place else None)
            for side, label, value in zip(("from", "to"), labels[place], shown, strict=True):
                name = f"s{place}_{side}"
                self.fields[name] = TimeField(label=str(label))
                self.initial[name] = value
        self.order_fields([f"s{place}_{side}" for place in STRETCHES for side in ("from", "to")])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        spans = (self.span(f"s{place}") for place in STRETCHES)
        data["spans"] = [span for span in spans if span is not None]
        return data


class HolidayForm(forms.Form):
    """A day that differs from others."""

    on = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    name = forms.CharField(label=_("Name"), max_length=150)
    is_working = forms.BooleanField(
        label=_("A working day"),
        required=False,
        help_text=_("A day off that was made a working day: it has the usual hours."),
    )

    def __init__(self, data: Any = None, *, holiday: Holiday | None = None) -> None:
        names = ("on", "name", "is_working")
        super().__init__(data, initial={name: getattr(holiday, name) for name in names} if holiday else None)


class FillForm(forms.Form):
    """Whose public holidays to take, and of which year."""

    country = forms.ChoiceField(label=_("Country"), choices=REGIONS)
    year = forms.IntegerField(min_value=2000, max_value=2100, widget=forms.HiddenInput)


class AbsenceForm(forms.Form):
    """Who is away, from when until when, and who stands in."""

    member: Any = forms.ModelChoiceField(
        Membership.objects.none(), label=_("Who is away"), empty_label=_("Choose")
    )
    starts_on = forms.DateField(
        label=_("First day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    ends_on = forms.DateField(
        label=_("Last day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    kind = forms.ChoiceField(label=_("Why"), choices=Absence.Kind.choices)
    substitute: Any = forms.ModelChoiceField(
        Membership.objects.none(),
        label=_("Who stands in"),
        required=False,
        empty_label=_("Nobody"),
        help_text=_("New inquiries for the one who is away come to this person."),
    )
    comment = forms.CharField(label=_("Comment"), max_length=200, required=False)

    def __init__(self, data: Any = None, *, absence: Absence | None = None) -> None:
        names = ("starts_on", "ends_on", "kind", "comment")
        initial: dict[str, Any] = {"starts_on": timezone.localdate()}
        if absence is not None:
            initial = {name: getattr(absence, name) for name in names}
            initial |= {"member": absence.member_id, "substitute": absence.substitute_id}
        super().__init__(data, initial=initial)
        people = Membership.objects.active().order_by("name")
        for name in ("member", "substitute"):
            self.fields[name].queryset = people  # type: ignore[attr-defined]
        if absence is not None and not absence.member.is_active:
            self.fields["member"].queryset = Membership.objects.filter(pk=absence.member_id)  # type: ignore[attr-defined]


def monday_of(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=day.weekday())
