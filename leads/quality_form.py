"""The rules of quality as an administrator writes them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from contacts.models import Source
from leads.internal_numbers import NoNumber, Numbers, OwnNumbers, Range, own_numbers, read_lines, write_lines
from leads.quality import Rules
from tenants.models import Membership

MAX_CALL_S = 3600


class RulesForm(forms.Form):
    """The shortest call that counts, the sources that don't, and our own numbers."""

    min_call_s = forms.IntegerField(
        label=_("Shortest talk that counts, seconds"),
        min_value=0,
        max_value=MAX_CALL_S,
        help_text=_("A shorter talk is non-targeted, unless a deal was saved from it. 0: every talk counts."),
    )
    quiet_sources: Any = forms.ModelMultipleChoiceField(
        Source.objects.none(),
        label=_("Sources that do not count in statistics"),
        required=False,
        widget=forms.SelectMultiple(attrs={"data-select": ""}),
        help_text=_(
            "Friends, partners, your own staff. Their inquiries are kept and worked on, but are no advertising leads."
        ),
    )
    internal_numbers = forms.CharField(
        label=_("Internal numbers"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "autocomplete": "off"}),
        help_text=_(
            "One number or range a line, with a note if you like: 101, 200-249 sales, +7 495 123-45-60 – 69 office. "
            "A call with such a number is a call between colleagues and never becomes a lead. The extensions of people "
            "who work here count by themselves."
        ),
    )

    def __init__(self, *args: Any, member: Membership, **kwargs: Any) -> None:
        self.member = member
        super().__init__(*args, initial=_in_force(member), **kwargs)
        fields: Any = self.fields
        fields["quiet_sources"].queryset = Source.objects.filter(is_archived=False)

    def clean_internal_numbers(self) -> list[Range]:
        try:
            return read_lines(self.cleaned_data["internal_numbers"], self.member.tenant.phone_region)
        except NoNumber as error:
            raise forms.ValidationError(str(error)) from error

    def values(self) -> dict[str, Any]:
        """Return the arguments of save_rules."""
        data = self.cleaned_data
        return {
            "min_call_s": data["min_call_s"],
            "quiet_sources": list(data["quiet_sources"]),
            "numbers": data["internal_numbers"],
        }

    def rules(self) -> Rules:
        """Return the rules as they would be."""
        data = self.cleaned_data
        archived = Source.objects.filter(is_archived=True, is_advertising=False).values_list("pk", flat=True)
        quiet = frozenset([*archived, *(source.pk for source in data["quiet_sources"])])
        numbers = Numbers(tuple(data["internal_numbers"]), own_numbers().extensions)
        return Rules(data["min_call_s"], numbers, quiet)


def rules_now(member: Membership) -> Rules:
    """Return the rules in force, for comparing."""
    return Rules(member.tenant.min_call_s, OwnNumbers())


def _in_force(member: Membership) -> dict[str, Any]:
    quiet = Source.objects.filter(is_archived=False, is_advertising=False)
    return {
        "min_call_s": member.tenant.min_call_s,
        "quiet_sources": list(quiet.values_list("pk", flat=True)),
        "internal_numbers": write_lines(own_numbers().ranges),
    }
