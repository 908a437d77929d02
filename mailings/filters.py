"""By what mailings know of them, contacts can be found."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from contacts.filters import offer_filter
from core.listing.filters import Flag
from mailings.services.subscriptions import takes_none


class TakesNone(Flag):
    """Those to whom nothing goes: an address of theirs is unsubscribed or leads nowhere."""

    def filter(self, qs: QuerySet[Any], value: bool | None) -> QuerySet[Any]:
        return qs.filter(takes_none()) if value else qs


def register() -> None:
    """Offer the filters; called once the apps are loaded."""
    offer_filter("no_mailings", TakesNone(label=_("Takes no mailings")))
