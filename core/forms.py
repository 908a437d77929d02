"""What forms of tenants' rows share."""

from __future__ import annotations

from typing import Any

from django import forms


class TenantModelForm(forms.ModelForm):
    """A model form whose unique names are checked within the tenant.

    Django skips a constraint when one of its fields isn't on the form, and the tenant never is:
    'name already taken' would arrive as a database error.
    """

    def _get_validation_exclusions(self) -> Any:
        return super()._get_validation_exclusions() - {"tenant"}
