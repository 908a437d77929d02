"""What is asked about dialogs: to whom, how they end, what a canned reply says."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from channels.models import CannedReply, DialogOutcome
from channels.services import may_share_with_all, sharing_departments
from channels.services.outcomes import OUTCOME_FIELDS
from core.forms import TenantModelForm
from deals.models import RejectionReason
from leads.forms import lead_reasons
from tenants.access import Section, may
from tenants.models import Membership

OWN, COMPANY = "own", "company"
_SHORTCUT = re.compile(r"[\w.-]+")


class AssignForm(forms.Form):
    """The colleague a dialog is handed to: whoever sees leads."""

    member = forms.ChoiceField(label=_("To whom"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = Membership.objects.active().select_related("role", "tenant").order_by("name")
        self.people = {str(m.pk): m for m in people if may(m, Section.LEADS)}
        names = [(pk, member.name) for pk, member in self.people.items()]
        self.fields["member"].choices = [("", _("Choose")), *names]  # type: ignore[attr-defined]

    def clean_member(self) -> Membership:
        return self.people[self.cleaned_data["member"]]


class CloseForm(forms.Form):
    """How a dialog ends; reason and comment are of an inquiry that is rejected with it."""

    outcome = forms.ModelChoiceField(DialogOutcome.objects.none(), label=_("Outcome"), empty_label=None)
    reason = forms.ModelChoiceField(
        RejectionReason.objects.none(),
        label=_("Reason, where the inquiry is rejected"),
        required=False,
        empty_label=_("That of the outcome"),
    )
    comment = forms.CharField(
        label=_("Comment"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        outcome, reason = self.fields["outcome"], self.fields["reason"]
        outcome.queryset, reason.queryset = DialogOutcome.objects.offered(), lead_reasons()  # type: ignore[attr-defined]
        outcome.required = DialogOutcome.objects.offered().exists()


class OutcomeForm(TenantModelForm):
    """An outcome and what it does."""

    class Meta:
        model = DialogOutcome
        fields = OUTCOME_FIELDS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].queryset = lead_reasons()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("reason") and data.get("effect") != DialogOutcome.Effect.REJECT:
            self.add_error("reason", _("Only an outcome that rejects the inquiry has a reason."))
        return data


class CannedForm(forms.Form):
    """A canned reply and whose it is."""

    shortcut = forms.CharField(
        label=_("Shortcut"),
        max_length=40,
        help_text=_("Typed after / in the reply: letters, digits, - and _."),
    )
    holder = forms.ChoiceField(label=_("For whom"))
    subject = forms.CharField(
        label=_("Subject"),
        max_length=300,
        required=False,
        help_text=_("With a subject it is a template of a mail."),
    )
    text = forms.CharField(label=_("Text"), max_length=10_000, widget=forms.Textarea(attrs={"rows": 7}))

    def __init__(
        self, *args: Any, member: Membership, reply: CannedReply | None = None, **kwargs: Any
    ) -> None:
        kwargs.setdefault("initial", _initial(reply))
        super().__init__(*args, **kwargs)
        self.member = member
        self.departments = {str(d.pk): d for d in sharing_departments(member)}
        choices: list[Any] = [(OWN, _("Only for me"))]
        if self.departments:
            choices.append((_("A department"), [(pk, d.name) for pk, d in self.departments.items()]))
        if may_share_with_all(member):
            choices.append((COMPANY, _("The whole company")))
        self.fields["holder"].choices = choices  # type: ignore[attr-defined]

    def clean_shortcut(self) -> str:
        shortcut = str(self.cleaned_data["shortcut"]).strip().lstrip("/").lower()
        if not _SHORTCUT.fullmatch(shortcut):
            raise forms.ValidationError(_("Letters, digits, - and _ only."))
        return shortcut

    def values(self) -> dict[str, Any]:
        """Return the arguments of save_canned."""
        data = self.cleaned_data
        return {
            "shortcut": data["shortcut"],
            "subject": data["subject"],
            "text": data["text"],
            "owner": self.member if data["holder"] == OWN else None,
            "department": self.departments.get(data["holder"]),
        }


def _initial(reply: CannedReply | None) -> dict[str, Any]:
    if reply is None:
        return {"holder": OWN}
    holder = OWN if reply.owner_id else str(reply.department_id or COMPANY)
    return {"shortcut": reply.shortcut, "subject": reply.subject, "text": reply.text, "holder": holder}
