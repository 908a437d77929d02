"""Adding numbers to those a site shows."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from tenants.forms import time_zone_choices


class NumberForm(forms.Form):
    """Numbers, and to whom they are shown."""

    text = forms.CharField(
        label=_("Phone numbers, one a line"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )
    utm_source = forms.CharField(label=_("Source, as in utm_source"), max_length=100, required=False)
    campaign = forms.CharField(label=_("Campaign, as in utm_campaign"), max_length=200, required=False)
    region = forms.CharField(
        label=_("Region, as the page says"),
        max_length=100,
        required=False,
        help_text=_("Pages of a region say it themselves: data-region of the script."),
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone of the visitor"),
        choices=lambda: [("", _("Any")), *time_zone_choices()],
        required=False,
        help_text=_(
            "As the visitor's browser tells it. It says less than a region: most of European Russia has Moscow's."
        ),
    )
