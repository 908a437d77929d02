"""Form of a rejection reason."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from core.forms import TenantModelForm
from deals.models import RejectionReason
from deals.reasons.services import FIELDS


class ReasonForm(TenantModelForm):
    """A reason and what it is for."""

    class Meta:
        model = RejectionReason
        fields = FIELDS

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not (data.get("is_for_leads") or data.get("is_for_deals")):
            self.add_error(None, _("A reason is for leads, for deals or for both."))
        return data
