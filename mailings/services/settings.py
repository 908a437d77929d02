"""What holds for all mailings of a tenant."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from mailings.models import MailingSettings
from tenants.models import Membership


def mailing_settings() -> MailingSettings:
    """Return the tenant's settings; those of a tenant that has never changed them are not stored."""
    return MailingSettings.objects.first() or MailingSettings()


@transaction.atomic
def save_settings(*, by: Membership, **values: Any) -> MailingSettings:
    """Change the tenant's settings of mailings."""
    current, _is_new = MailingSettings.objects.select_for_update().get_or_create()
    for name, value in values.items():
        setattr(current, name, value)
    current.save()
    return current
