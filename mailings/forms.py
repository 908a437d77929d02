"""What is asked about a mailing: whom, from where, what, how fast, when."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from channels.models import Channel
from core.errors import Refusal
from core.forms import TenantModelForm
from mailings import audience, wording
from mailings.models import Mailing, MailingSettings
from mailings.models.mailings import MAX_PER_HOUR
from tenants.access import Section, may
from tenants.models import Membership, SavedView

SELECT = {"class": "form-select"}
_SECTIONS = {
    Mailing.Card.CONTACTS: Section.CONTACTS,
    Mailing.Card.COMPANIES: Section.COMPANIES,
    Mailing.Card.DEALS: Section.DEALS,
    Mailing.Card.LEADS: Section.LEADS,
}


class NewMailingForm(forms.Form):
    """A draft for people who are chosen already: its name, and from where it is sent."""

    name = forms.CharField(
        label=_("Name"), max_length=150, help_text=_("For yourselves: recipients do not see it.")
    )
    channel = forms.ModelChoiceField(Channel.objects.none(), label=_("Sent from"), empty_label=None)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer_channels(self.fields["channel"])


class FreshMailingForm(NewMailingForm):
    """A draft that begins on the page of mailings: its people are all contacts, or those of a saved view."""

    people = forms.ChoiceField(label=_("To whom"), widget=forms.Select(attrs=SELECT))

    field_order = ("name", "people", "channel")

    def __init__(self, *args: Any, member: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.views = _views_of(member)
        seen = [card for card, section in _SECTIONS.items() if may(member, section)]
        whole = [(str(card), _WHOLE[card]) for card in seen]
        saved = [(str(view.pk), view.name) for view in self.views if card_of(view.page) in seen]
        choices: list[Any] = [*whole, *([(_("Saved views"), saved)] if saved else [])]
        self.fields["people"].choices = choices  # type: ignore[attr-defined]

    def chosen(self) -> tuple[str, QueryDict]:
        """Return the list its people come from, and what was chosen there, as its page would send it."""
        value = self.cleaned_data["people"]
        view = next((view for view in self.views if str(view.pk) == value), None)
        card, query = (card_of(view.page), view.query) if view else (value, "")
        data = QueryDict(mutable=True)
        data["all"], data["query"] = "1", query
        return card, data


_WHOLE = {
    Mailing.Card.CONTACTS: _("All contacts"),
    Mailing.Card.COMPANIES: _("People of all companies"),
    Mailing.Card.DEALS: _("Clients of all deals"),
    Mailing.Card.LEADS: _("Clients of all leads"),
}


def card_of(page: str) -> str:
    """Name the card of a list's page; nothing for a list whose rows have no people."""
    return next((str(card) for card, name in audience.LISTS.items() if name == page), "")


def _views_of(member: Membership) -> list[SavedView]:
    own = SavedView.objects.filter(member=member) | SavedView.objects.filter(is_shared=True)
    pages = [audience.LISTS[card] for card in _SECTIONS]
    return list(own.filter(page__in=pages).order_by("name")[:200])


def _offer_channels(field: Any, *, present: Any = None) -> None:
    """Offer what a mailing can be sent from, the mailboxes first; and what it has, though that be off by now."""
    offered = [channel.pk for channel in audience.sending_channels()]
    rows = Channel.objects.filter(pk__in=[*offered, *([present] if present else [])])
    field.queryset = rows.order_by("channel_kind", "created_at")


class LetterForm(TenantModelForm):
    """The text of a draft, from where it leaves and how fast."""

    class Meta:
        model = Mailing
        fields = ("name", "channel", "subject", "text", "per_hour", "is_working_time", "is_tracked")
        widgets = {"text": forms.Textarea(attrs={"rows": 14, "data-insert-into": ""})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer_channels(self.fields["channel"], present=self.instance.channel_id)
        self.fields["channel"].empty_label = None  # type: ignore[attr-defined]
        self.fields["subject"].help_text = _("Of a letter; messengers show none.")
        self.fields["is_tracked"].help_text = _(
            "A letter then carries a picture of one dot, and its links lead through this CRM."
        )
        self.fields["per_hour"].help_text = _("Ordinary mailboxes take some 100 an hour and 500 a day.")

    def clean_subject(self) -> str:
        return self._checked("subject")

    def clean_text(self) -> str:
        return self._checked("text")

    def _checked(self, name: str) -> str:
        """Say at the field itself which name in braces nobody knows."""
        value = str(self.cleaned_data[name])
        try:
            wording.check(value)
        except Refusal as refusal:
            raise ValidationError(str(refusal.message)) from refusal
        return value


class PaceForm(forms.Form):
    """How fast a mailing that is under way goes."""

    per_hour = forms.IntegerField(label=_("At most an hour"), min_value=1, max_value=MAX_PER_HOUR)
    is_working_time = forms.BooleanField(label=_("In working time only"), required=False)


class StartForm(forms.Form):
    """When a mailing begins."""

    NOW, AT = "now", "at"

    when = forms.ChoiceField(
        label=_("When"), choices=[(NOW, _("Now")), (AT, _("At a moment"))], widget=forms.RadioSelect
    )
    starts_at = forms.DateTimeField(
        label=_("Date and time"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if values.get("when") == self.AT and "starts_at" not in self.errors:
            if not values.get("starts_at"):
                self.add_error("starts_at", _("Choose a date and time."))
            elif values["starts_at"] <= timezone.now():
                self.add_error("starts_at", _("This moment has passed. Choose a later one, or start now."))
        return values

    @property
    def moment(self) -> Any:
        """The moment chosen, or None for now."""
        return self.cleaned_data["starts_at"] if self.cleaned_data["when"] == self.AT else None


class MailingSettingsForm(TenantModelForm):
    """What holds for all mailings."""

    class Meta:
        model = MailingSettings
        fields = ("is_consent_required", "is_tracked", "per_hour", "footer")
        widgets = {"footer": forms.Textarea(attrs={"rows": 3})}
