"""How a person wants to hear of what."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from activities.hearing import BROWSER, GROUPS, MAIL, SOUND, WAYS, ways_of
from activities.models import NoticeSettings

TIME = {"type": "time", "class": "form-control"}


class NoticeForm(forms.ModelForm):
    """A row a kind of news, a column a way; letters at once or together; quiet hours."""

    class Meta:
        model = NoticeSettings
        fields = ("digest", "digest_at", "quiet_from", "quiet_until")
        labels = {
            "digest": _("Letters come"),
            "digest_at": _("Time of the daily letter"),
            "quiet_from": _("Quiet from"),
            "quiet_until": _("Quiet until"),
        }
        widgets = {name: forms.TimeInput(attrs=TIME) for name in ("digest_at", "quiet_from", "quiet_until")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = self.instance if self.instance.pk else None
        for group, (label, _codes) in GROUPS.items():
            chosen = ways_of(known, group)
            for way in WAYS:
                self.fields[f"{group}_{way}"] = forms.BooleanField(
                    label=label,  # type: ignore[arg-type]
                    required=False,
                    initial=way in chosen,
                )

    def clean(self) -> dict[str, Any]:
        """Quiet hours have two ends."""
        values: dict[str, Any] = super().clean() or {}
        if (values.get("quiet_from") is None) != (values.get("quiet_until") is None):
            self.add_error("quiet_until", _("Say when the quiet begins and when it ends."))
        return values

    @property
    def ways(self) -> dict[str, list[str]]:
        """What was ticked, as the settings keep it."""
        return {group: [way for way in WAYS if self.cleaned_data[f"{group}_{way}"]] for group in GROUPS}

    @property
    def rows(self) -> list[tuple[Any, list[tuple[Any, Any]]]]:
        """Print the table: the name of a group, and its boxes with the name of their way."""
        words = {BROWSER: _("in the browser"), SOUND: _("with a sound"), MAIL: _("by mail")}
        return [
            (label, [(self[f"{group}_{way}"], words[way]) for way in WAYS])
            for group, (label, _codes) in GROUPS.items()
        ]
