"""Form of an entry of the directory."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class CategoryForm(forms.Form):
    """What an entry is called."""

    name = forms.CharField(label=_("Name"), max_length=100)

    def clean_name(self) -> str:
        return " ".join(str(self.cleaned_data["name"]).split())
