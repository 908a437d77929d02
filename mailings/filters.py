"""By what mailings know of them, contacts can be found."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from channels.models import Channel, Dialog
from contacts.filters import offer_filter
from contacts.models import IdentityKey
from core.listing.filters import Flag
from mailings.models import Subscription


class TakesNone(Flag):
    """Those to whom nothing goes: an address of theirs is unsubscribed or leads nowhere."""

    def filter(self, qs: QuerySet[Any], value: bool | None) -> QuerySet[Any]:
        return qs.filter(_takes_none()) if value else qs


def _takes_none() -> Q:
    """Build the condition; as services.subscriptions.addresses_of, of all contacts at once."""
    emails = IdentityKey.objects.filter(contact=OuterRef("pk"), kind=IdentityKey.Kind.EMAIL)
    dialogs = Dialog.objects.filter(contact=OuterRef("pk"), channel__channel_kind=Channel.Kind.MESSENGER)
    return Q(Exists(emails.filter(_stopped("kind", "value")))) | Q(
        Exists(dialogs.filter(_stopped("channel__kind", "external_id")))
    )


def _stopped(kind: str, value: str) -> Exists:
    return Exists(Subscription.objects.stopped().filter(kind=OuterRef(kind), value=OuterRef(value)))


def register() -> None:
    """Offer the filters; called once the apps are loaded."""
    offer_filter("no_mailings", TakesNone(label=_("Takes no mailings")))
