"""What people type about activities."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from typing import Any

from django import forms
from django.core.validators import validate_email
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from activities.models import Activity
from activities.when import preset_moment, presets
from contacts.models import Contact
from core import formats
from tenants.models import Membership, Role

MAX_TEXT = 20_000
PLANNED_KINDS = [
    (Activity.Kind.TASK, _("Task")),
    (Activity.Kind.CALL, _("Call")),
    (Activity.Kind.MEETING, _("Meeting")),
    (Activity.Kind.EMAIL, _("E-mail")),
    (Activity.Kind.MESSAGE, _("Message")),
]
DURATIONS = (0, 15, 30, 45, 60, 90, 120, 180, 240, 480)
MAX_DURATION_MIN = 24 * 60
MAX_GUESTS = 30
REMINDERS = [
    ("0", _("when it is due")),
    ("15", _("15 minutes before")),
    ("60", _("an hour before")),
    ("1440", _("a day before")),
]
AT, NEVER = "at", "never"
SELECT = {"class": "form-select"}


class NoteForm(forms.Form):
    """An internal comment."""

    text = forms.CharField(
        label=_("Note"), max_length=MAX_TEXT, strip=True, widget=forms.Textarea(attrs={"rows": 2})
    )


class DueField(forms.DateTimeField):
    """A moment chosen with the browser's own picker, in the reader's zone."""

    widget = forms.DateTimeInput(
        attrs={"type": "datetime-local", "class": "form-control"}, format="%Y-%m-%dT%H:%M"
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"], **kwargs)


class WhenForm(forms.Form):
    """When something is due: one of the presets, a moment of one's own, or no date."""

    when = forms.ChoiceField(label=_("When"), widget=forms.RadioSelect, required=False)
    due = DueField(label=_("Date and time"), required=False)
    allows_never = True

    def __init__(self, *args: Any, now: dt.datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        choices: list[tuple[str, Any]] = [(preset.key, preset.label) for preset in presets(now)]
        choices.append((AT, _("Date…")))
        if self.allows_never:
            choices.append((NEVER, _("No date")))
        field = self.fields["when"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def clean(self) -> dict[str, Any]:
        """Work out `due_at`."""
        values: dict[str, Any] = super().clean() or {}
        when = values.get("when") or (AT if values.get("due") else NEVER)
        if when == AT and not values.get("due") and "due" not in self.errors:
            self.add_error("due", _("Choose a date and time."))
        values["due_at"] = values.get("due") if when == AT else preset_moment(when, now=self.now)
        return values


class DetailsForm(WhenForm):
    """How long, where, with whom, and how often."""

    duration_min = forms.TypedChoiceField(
        label=_("Length"), coerce=int, empty_value=None, required=False, widget=forms.Select(attrs=SELECT)
    )
    place = forms.CharField(label=_("Place"), max_length=300, required=False)
    repeat = forms.ChoiceField(
        label=_("Repeat"), choices=Activity.Repeat.choices, required=False, widget=forms.Select(attrs=SELECT)
    )
    participants: Any = forms.ModelMultipleChoiceField(
        label=_("Colleagues who take part"),
        queryset=None,
        required=False,
        widget=forms.SelectMultiple(attrs=SELECT | {"data-select": ""}),
    )
    guests = forms.CharField(
        label=_("Guests by e-mail"),
        max_length=2000,
        required=False,
        help_text=_("Addresses, separated by commas."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        length, people = self.fields["duration_min"], self.fields["participants"]
        assert isinstance(length, forms.TypedChoiceField)
        assert isinstance(people, forms.ModelMultipleChoiceField)
        length.choices = self._lengths()
        people.queryset = Membership.objects.active().order_by("name")

    def _lengths(self) -> list[tuple[int, Any]]:
        """Offer the usual lengths, and the one it has: it may have been dragged to any."""
        asked = str(
            self.data.get("duration_min", "") if self.is_bound else self.initial.get("duration_min", "")
        )
        own = {int(asked)} if asked.isdecimal() and int(asked) <= MAX_DURATION_MIN else set()
        return [(n, formats.minutes(n) if n else _("not set")) for n in sorted({*DURATIONS, *own})]

    def clean_guests(self) -> list[str]:
        """Read the addresses of the guests."""
        found = [part.strip().lower() for part in re.split(r"[,;\s]+", self.cleaned_data["guests"]) if part]
        if len(found) > MAX_GUESTS:
            raise forms.ValidationError(_("No more than %(n)s guests.") % {"n": MAX_GUESTS})
        for address in found:
            validate_email(address)
        return list(dict.fromkeys(found))

    @property
    def has_details(self) -> bool:
        """Say whether any of it is filled in: the fold is open then."""
        return any(
            self[name].value() for name in ("place", "repeat", "participants", "guests", "duration_min")
        )

    @property
    def details(self) -> dict[str, Any]:
        """The values that describe the activity itself."""
        return {name: self.cleaned_data.get(name) or empty for name, empty in _NO_DETAILS.items()}


_NO_DETAILS: dict[str, Any] = {"duration_min": 0, "place": "", "repeat": ""}


class PlanForm(DetailsForm):
    """A task, call or meeting, planned or already done."""

    kind = forms.ChoiceField(label=_("What"), choices=PLANNED_KINDS, widget=forms.RadioSelect)
    subject = forms.CharField(label=_("What to do"), max_length=300, required=False)
    text = forms.CharField(
        label=_("Details"), max_length=MAX_TEXT, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    owner: Any = forms.ModelChoiceField(
        label=_("Who does it"),
        queryset=None,
        required=False,
        empty_label=None,
        widget=forms.Select(attrs=SELECT),
    )
    remind = forms.ChoiceField(
        label=_("Remind"), choices=REMINDERS, required=False, widget=forms.Select(attrs=SELECT)
    )
    is_done = forms.BooleanField(label=_("Already happened"), required=False)

    def __init__(self, *args: Any, member: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.member = member
        owner = self.fields["owner"]
        assert isinstance(owner, forms.ModelChoiceField)
        owner.queryset = Membership.objects.active().order_by("name")
        owner.initial = member.pk

    def clean(self) -> dict[str, Any]:
        """Ask for words where nothing says what to do; a call or meeting speaks for itself."""
        values = super().clean()
        if values.get("kind") == Activity.Kind.TASK and not values.get("subject"):
            self.add_error("subject", _("Say what to do."))
        if values.get("is_done") and not values.get("subject") and not values.get("text"):
            self.add_error("subject", _("Say what came of it."))
        values["owner"] = values.get("owner") or self.member
        values["remind_at"] = self._remind_at(values)
        return values

    def _remind_at(self, values: dict[str, Any]) -> dt.datetime | None:
        due_at: dt.datetime | None = values.get("due_at")
        minutes = int(values.get("remind") or 0)
        return due_at - dt.timedelta(minutes=minutes) if due_at else None


class CreateForm(PlanForm):
    """The same for no card in particular: the client may be chosen."""

    contact: Any = forms.ModelChoiceField(label=_("Client"), queryset=None, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        contact = self.fields["contact"]
        assert isinstance(contact, forms.ModelChoiceField)
        visible = Contact.objects.visible_to(self.member)
        contact.queryset = visible
        # Only the chosen one is offered: there may be a hundred thousand, the select asks the server for them.
        chosen = visible.filter(pk=_uuid(self.data.get("contact"))) if self.is_bound else visible.none()
        contact.choices = [("", ""), *((row.pk, str(row)) for row in chosen)]
        contact.widget.attrs |= {"data-select": "", "data-url": f"{reverse('contacts:options')}?kind=contact"}


class ChangeForm(DetailsForm):
    """Change of a planned activity."""

    subject = forms.CharField(label=_("What to do"), max_length=300, required=False)
    text = forms.CharField(
        label=_("Details"), max_length=MAX_TEXT, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    owner: Any = forms.ModelChoiceField(label=_("Who does it"), queryset=None, empty_label=None)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner = self.fields["owner"]
        assert isinstance(owner, forms.ModelChoiceField)
        owner.queryset = Membership.objects.active().order_by("name")


class MoveForm(WhenForm):
    """A new moment for a planned activity, and a new length where the calendar was dragged."""

    duration_min = forms.IntegerField(
        required=False, min_value=0, max_value=MAX_DURATION_MIN, widget=forms.HiddenInput
    )
    allows_never = False


OUTCOMES: dict[str, tuple[str, ...]] = {
    Activity.Kind.CALL: ("talked", "no_answer", "later", "wrong"),
    Activity.Kind.MEETING: ("held", "absent", "postponed"),
}


class DoneForm(WhenForm):
    """What came of it, and what comes next."""

    outcome = forms.ChoiceField(label=_("Outcome"), required=False, widget=forms.RadioSelect)
    result = forms.CharField(
        label=_("Result"), max_length=MAX_TEXT, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    next_subject = forms.CharField(label=_("Next step"), max_length=300, required=False)
    next_kind = forms.ChoiceField(
        label=_("What"), choices=PLANNED_KINDS, required=False, widget=forms.Select(attrs=SELECT)
    )
    allows_never = False

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        outcome = self.fields["outcome"]
        assert isinstance(outcome, forms.ChoiceField)
        words = dict(Activity.Outcome.choices)
        outcome.choices = [(key, words[key]) for key in OUTCOMES.get(kind, ())]
        self.initial.setdefault("next_kind", kind)


class NormForm(forms.Form):
    """What is expected a day, of a role or of a person."""

    role: Any = forms.ModelChoiceField(
        label=_("Role"), queryset=None, required=False, widget=forms.Select(attrs=SELECT)
    )
    member: Any = forms.ModelChoiceField(
        label=_("Person"), queryset=None, required=False, widget=forms.Select(attrs=SELECT)
    )
    calls = forms.IntegerField(label=_("Calls a day"), min_value=0, max_value=1000)
    meetings = forms.IntegerField(label=_("Meetings a day"), min_value=0, max_value=100)
    min_call_s = forms.IntegerField(
        label=_("A call counts from, seconds"), min_value=0, max_value=3600, initial=0
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        role, member = self.fields["role"], self.fields["member"]
        assert isinstance(role, forms.ModelChoiceField)
        assert isinstance(member, forms.ModelChoiceField)
        role.queryset = Role.objects.order_by("name")
        member.queryset = Membership.objects.active().order_by("name")

    def clean(self) -> dict[str, Any]:
        """Exactly one of the two is meant."""
        values: dict[str, Any] = super().clean() or {}
        if bool(values.get("role")) == bool(values.get("member")):
            self.add_error("role", _("Choose a role or a person."))
        return values


class FeedForm(forms.Form):
    """A new link for a calendar program."""

    name = forms.CharField(label=_("What will read it"), max_length=100, help_text=_("A phone, Outlook …"))
    kinds = forms.MultipleChoiceField(
        label=_("What it shows"),
        choices=PLANNED_KINDS,
        initial=[kind for kind, _label in PLANNED_KINDS],
        widget=forms.CheckboxSelectMultiple,
    )


def _uuid(raw: Any) -> uuid.UUID | None:
    try:
        return uuid.UUID(str(raw))
    except ValueError:
        return None
