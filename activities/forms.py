"""What people type about activities."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from activities.models import Activity
from activities.when import preset_moment, presets
from contacts.models import Contact
from tenants.models import Membership

MAX_TEXT = 20_000
PLANNED_KINDS = [
    (Activity.Kind.TASK, _("Task")),
    (Activity.Kind.CALL, _("Call")),
    (Activity.Kind.MEETING, _("Meeting")),
]
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


class PlanForm(WhenForm):
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


class ChangeForm(WhenForm):
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
    """A new moment for a planned activity."""

    allows_never = False


class DoneForm(WhenForm):
    """What came of it, and what comes next."""

    result = forms.CharField(
        label=_("Result"), max_length=MAX_TEXT, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    next_subject = forms.CharField(label=_("Next step"), max_length=300, required=False)
    allows_never = False


def _uuid(raw: Any) -> uuid.UUID | None:
    try:
        return uuid.UUID(str(raw))
    except ValueError:
        return None
