"""Moving and handing over deals, one or many."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from deals import rights
from deals.forms.deals import StageField
from deals.forms.fields import ValuesForm
from deals.models import Deal, RejectionReason, Stage
from tenants.models import Membership


def deal_reasons() -> Any:
    """The reasons for losing a deal, in the tenant's order."""
    return RejectionReason.objects.filter(is_for_deals=True, is_archived=False)


class MoveForm(ValuesForm):
    """Just what this move still needs: missing fields, and the reason of a loss."""

    def __init__(
        self, *args: Any, member: Membership, deal: Deal, stage: Stage, names: Iterable[str], **kwargs: Any
    ) -> None:
        super().__init__(*args, member=member, names=names, deal=deal, **kwargs)
        self.stage = stage
        if stage.kind == Stage.Kind.LOST:
            self.fields["reason"] = forms.ModelChoiceField(
                deal_reasons(), label=_("Why is it lost?"), widget=forms.RadioSelect, empty_label=None
            )
            self.fields["comment"] = forms.CharField(
                label=_("Comment"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
            )


class AssignForm(forms.Form):
    """Who is responsible from now on."""

    owner = forms.ModelChoiceField(Membership.objects.filter(is_active=True), label=_("Responsible"))
    inquiries = forms.ChoiceField(
        label=_("Its inquiries"),
        required=False,
        initial="keep",
        widget=forms.RadioSelect,
        choices=[
            ("keep", _("Leave the true history: they stay with those who took them")),
            ("all", _("Pass them on as well: they count as the colleague’s")),
        ],
    )

    def __init__(self, *args: Any, has_inquiries: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not has_inquiries:
            del self.fields["inquiries"]

    def values(self) -> dict[str, Any]:
        """Return the owner, and whether the inquiries go along."""
        data = self.cleaned_data
        return {"owner": data["owner"], "with_inquiries": data.get("inquiries") == "all"}


class BulkMoveForm(forms.Form):
    """Where the ticked deals go."""

    def __init__(self, *args: Any, member: Membership, deals: Iterable[Deal], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Stage.objects.within_reach_of(deals)
        ordered = rows.order_by("pipeline__position", "pipeline__name", "position")
        stages = [stage for stage in ordered if rights.may_enter(member, stage)]
        self.fields["stage"] = StageField(stages, label=_("Move to"))
        self.fields["reason"] = forms.ModelChoiceField(
            deal_reasons(), label=_("Reason, when they are lost"), required=False, empty_label="—"
        )
