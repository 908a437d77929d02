"""Forms of channels: their own fields, and those their adapter declares."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from channels import services
from channels.adapter_settings import InvalidSettings
from channels.adapters.base import Adapter, Field
from channels.models import Channel, EventItem, MissedCallPlan
from contacts.models import Source
from core.placeholders import UnknownField
from deals.models import Pipeline
from leads.suspicion import WORDS
from tenants.models import Membership, Role

PERSON, ROLE = "person", "role"


class ChannelForm(forms.Form):
    """One channel. The adapter's fields come after the channel's own, under the adapter's names."""

    name = forms.CharField(label=_("Name of the channel"), max_length=100)
    responsible = forms.ChoiceField(label=_("Responsible"), required=False)
    response_limit_min = forms.IntegerField(
        label=_("Answer within, working minutes"), min_value=1, max_value=10_000
    )
    new_lead_after_h = forms.IntegerField(
        label=_("A new lead after hours of silence"), min_value=1, max_value=10_000
    )
    source: Any = forms.ModelChoiceField(
        Source.objects.none(),
        label=_("Source of its leads"),
        required=False,
        empty_label=_("As the inquiry says"),
    )
    pipeline: Any = forms.ModelChoiceField(
        Pipeline.objects.none(),
        label=_("Straight into a pipeline"),
        required=False,
        empty_label=_("No, a person decides in Unsorted"),
        help_text=_(
            "Each inquiry becomes a deal in its first stage at once, or joins the one open deal there."
        ),
    )
    is_lead_source = forms.BooleanField(label=_("Lead source"), required=False)
    is_reason_required = forms.BooleanField(label=_("Rejection reason is mandatory"), required=False)

    own_names = (
        "name",
        "responsible",
        "response_limit_min",
        "new_lead_after_h",
        "source",
        "pipeline",
        "is_lead_source",
        "is_reason_required",
    )

    def __init__(
        self,
        data: Any = None,
        *,
        adapter: Adapter,
        channel: Channel | None = None,
        known: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__(data, initial=self._initial(adapter, channel))
        self.adapter, self.channel = adapter, channel
        self.fields["source"].queryset = Source.objects.filter(is_archived=False)  # type: ignore[attr-defined]
        chosen = channel.pipeline_id if channel is not None else None
        self.fields["pipeline"].queryset = Pipeline.objects.filter(  # type: ignore[attr-defined]
            Q(is_archived=False) | Q(pk=chosen)
        )
        self.fields["responsible"].choices = responsible_choices()  # type: ignore[attr-defined]
        for declared in adapter.fields:
            self.fields[declared.name] = _form_field(declared, is_known=declared.name in known)
            if self.is_bound and not declared.is_asked(self.data):
                self.fields[declared.name].required = False
            if _can_be_forgotten(declared, known):
                self.fields[f"forget_{declared.name}"] = forms.BooleanField(
                    label=_("Forget it"), required=False
                )

    @staticmethod
    def _initial(adapter: Adapter, channel: Channel | None) -> dict[str, Any]:
        defaults = {field.name: field.default for field in adapter.fields if field.kind != "secret"}
        source = channel or Channel(name=str(adapter.label))
        own = {
            "name": source.name if channel else "",
            "responsible": _responsible_key(source),
            "response_limit_min": source.response_limit_min,
            "new_lead_after_h": source.new_lead_after_h,
            "source": source.source_id,
            "pipeline": source.pipeline_id,
            "is_lead_source": source.is_lead_source,
            "is_reason_required": source.is_reason_required,
        }
        return own | defaults | source.settings

    @property
    def adapter_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name not in self.own_names]

    @property
    def is_folded(self) -> bool:
        """Whether the adapter's settings stand behind a fold: a form works without any of them."""
        return self.adapter.kind == "form"

    @property
    def is_fold_open(self) -> bool:
        """Whether something behind the fold is wrong, and has to be seen."""
        return any(bound.errors for bound in self.adapter_fields)

    def operation_values(self) -> dict[str, Any]:
        """Return what create_channel() and update_channel() take."""
        values = {name: self.cleaned_data[name] for name in self.own_names}
        values |= _responsible(values.pop("responsible"))
        settings = {field.name: self.cleaned_data[field.name] for field in self.adapter.fields}
        for declared in self.adapter.fields:
            if self.cleaned_data.get(f"forget_{declared.name}") and not settings[declared.name]:
                settings[declared.name] = None
        return values | {"settings": settings}

    def add_refusal(self, refusal: InvalidSettings) -> None:
        """Put what the service refused at its fields."""
        for name, text in refusal.errors.items():
            self.add_error(name if name in self.fields else None, str(text))


class MissedCallForm(forms.Form):
    """What follows a missed call of a channel by itself."""

    callback_within_min = forms.IntegerField(
        label=_("Task to call back, due in working minutes"),
        required=False,
        min_value=1,
        max_value=10_000,
        help_text=_("Empty: no task. It is done by itself once the client is spoken to."),
    )
    sms_channel: Any = forms.ModelChoiceField(
        Channel.objects.none(), label=_("Through"), required=False, empty_label=_("No texts")
    )
    sms_pause_h = forms.IntegerField(
        label=_("One text to a number in so many hours"), min_value=1, max_value=10_000, initial=24
    )
    sms_text = forms.CharField(
        label=_("In working hours"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )
    sms_text_closed = forms.CharField(
        label=_("Outside working hours"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("A field left empty: no text is sent then."),
    )

    def __init__(self, data: Any = None, *, plan: MissedCallPlan | None = None) -> None:
        super().__init__(data)
        if plan is not None:
            self.initial.update({name: getattr(plan, name) for name in self.fields if name != "sms_channel"})
            self.initial["sms_channel"] = plan.sms_channel_id
        self.has_senders = self._offer_senders(plan.sms_channel_id if plan is not None else None)

    def _offer_senders(self, chosen: uuid.UUID | None) -> bool:
        """Offer what can send now, and what was chosen, though it may be switched off."""
        ids = [channel.pk for channel in services.texting_channels()] + ([chosen] if chosen else [])
        self.fields["sms_channel"].queryset = Channel.objects.filter(pk__in=ids)  # type: ignore[attr-defined]
        if not ids:
            for name in ("sms_channel", "sms_pause_h", "sms_text", "sms_text_closed"):
                self.fields[name].required = False
        return bool(ids)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for name in ("sms_text", "sms_text_closed"):
            try:
                services.check_text(data.get(name) or "")
            except UnknownField as refusal:
                self.add_error(name, str(refusal.message))
        if (data.get("sms_text") or data.get("sms_text_closed")) and not data.get("sms_channel"):
            self.add_error("sms_channel", str(services.NoSender().message))
        data["sms_pause_h"] = data.get("sms_pause_h") or 24
        return data


class JournalFilter(forms.Form):
    """What the journal page is narrowed to."""

    STATES = [
        ("", _("Everything")),
        ("dead", _("Dead letters")),
        ("received", _("Waiting")),
        ("processed", _("Processed")),
    ]

    channel: Any = forms.ModelChoiceField(
        Channel.objects.none(), label=_("Channel"), required=False, empty_label=_("All channels")
    )
    state = forms.ChoiceField(label=_("State"), choices=STATES, required=False)
    outcome = forms.ChoiceField(
        label=_("What became of it"),
        choices=[("", _("All outcomes")), *EventItem.Outcome.choices],
        required=False,
    )
    suspicion = forms.ChoiceField(
        label=_("Looks like spam"),
        choices=[("", _("Spam or not")), *WORDS.items()],
        required=False,
        widget=forms.HiddenInput,
    )
    hours = forms.IntegerField(required=False, min_value=1, max_value=24 * 366, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["channel"].queryset = Channel.objects.all()  # type: ignore[attr-defined]


def responsible_choices() -> list[tuple[Any, Any]]:
    """List people and roles a channel can hand its leads to."""
    people = [(f"{PERSON}:{pk}", name) for pk, name in Membership.objects.active().values_list("pk", "name")]
    roles = [(f"{ROLE}:{pk}", name) for pk, name in Role.objects.values_list("pk", "name")]
    return [
        ("", _("Managers, whoever takes it")),
        (_("A role, whoever takes it"), roles),
        (_("A person"), people),
    ]


def _responsible_key(channel: Channel) -> str:
    if channel.responsible_id:
        return f"{PERSON}:{channel.responsible_id}"
    return f"{ROLE}:{channel.responsible_role_id}" if channel.responsible_role_id else ""


def _responsible(key: str) -> dict[str, Any]:
    """Turn a choice into the two references; the form has checked that it is one of the tenant's."""
    kind, _sep, pk = key.partition(":")
    person = Membership.objects.get(pk=uuid.UUID(pk)) if kind == PERSON else None
    role = Role.objects.get(pk=uuid.UUID(pk)) if kind == ROLE else None
    return {"responsible": person, "responsible_role": role}


def _can_be_forgotten(declared: Field, known: frozenset[str]) -> bool:
    return (
        declared.kind == "secret"
        and declared.name in known
        and not declared.is_required
        and not declared.is_generated
    )


def _form_field(declared: Field, *, is_known: bool) -> forms.Field:
    is_needed = (
        declared.is_required and not is_known and not declared.is_generated and declared.kind != "bool"
    )
    common: dict[str, Any] = {"label": declared.label, "help_text": declared.help_text, "required": is_needed}
    made = _control(declared, common, is_known=is_known)
    if declared.only_with is not None:
        name, values = declared.only_with
        made.widget.attrs |= {"data-only-with": name, "data-only-values": " ".join(values)}
    return made


def _control(declared: Field, common: dict[str, Any], *, is_known: bool) -> forms.Field:
    match declared.kind:
        case "secret":
            if is_known:
                common["help_text"] = _("Kept, and not shown again. Leave it empty to keep it.")
            placeholder = "••••••••" if is_known else ""
            widget = forms.PasswordInput(attrs={"autocomplete": "new-password", "placeholder": placeholder})
            return forms.CharField(widget=widget, **common)
        case "bool":
            return forms.BooleanField(**common)
        case "number":
            return forms.IntegerField(**common)
        case "choice":
            return forms.ChoiceField(choices=declared.choices, **common)
        case "lines":
            return forms.CharField(
                max_length=4000, widget=forms.Textarea(attrs={"rows": declared.rows}), **common
            )
    return forms.CharField(max_length=4000, **common)
