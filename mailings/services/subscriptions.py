"""Who takes no mailings: said by themselves, by a colleague, or by a mail server that knows no such address."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Left
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from activities.models import Activity
from activities.services import log_activity
from channels.models import Channel, Dialog
from contacts.models import Contact, IdentityKey
from core.errors import Refusal
from mailings.models import Mailing, Subscription
from tenants.models import Membership

How = Subscription.How
EMAIL = IdentityKey.Kind.EMAIL
MAX_SOFT = 3  # bounces after which an address counts as one that does not exist
Address = tuple[str, str]  # kind and value


class NothingKnown(Refusal):
    """A contact without an address and without a dialog has nothing to unsubscribe."""

    code = "nothing_known"

    def default_message(self) -> str | Promise:
        return _("This contact has no address that a mailing could go to.")


@dataclasses.dataclass(frozen=True, slots=True)
class State:
    """How a contact stands to mailings, by all its addresses together."""

    has_addresses: bool
    unsubscribed: Subscription | None
    bounced: Sequence[Subscription]


def _emails(contact: Contact | OuterRef) -> QuerySet[IdentityKey]:
    return IdentityKey.objects.filter(contact=contact, kind=EMAIL)


def _dialogs(contact: Contact | OuterRef) -> QuerySet[Dialog]:
    return Dialog.objects.filter(contact=contact, channel__channel_kind=Channel.Kind.MESSENGER)


def addresses_of(contact: Contact) -> list[Address]:
    """List where mailings could reach a contact; two queries."""
    emails = _emails(contact).values_list("value", flat=True)
    keys = _dialogs(contact).values_list("channel__kind", "external_id")
    return [(str(EMAIL), value) for value in emails] + [(kind, key[:254]) for kind, key in keys]


def takes_none() -> Q:
    """Build the condition of contacts to one of whose addresses nothing goes."""
    stopped = Subscription.objects.stopped().filter(kind=OuterRef("kind"), value=OuterRef("address"))
    emails = _emails(OuterRef("pk")).annotate(address=F("value"))
    dialogs = _dialogs(OuterRef("pk")).annotate(kind=F("channel__kind"), address=Left("external_id", 254))
    return Q(Exists(emails.filter(Exists(stopped)))) | Q(Exists(dialogs.filter(Exists(stopped))))


def state_of(contact: Contact) -> State:
    """Say how a contact stands to mailings; three queries."""
    addresses = addresses_of(contact)
    wanted = set(addresses)
    rows = Subscription.objects.stopped().filter(value__in=[value for _kind, value in addresses])
    found = [row for row in rows.select_related("by", "mailing") if (row.kind, row.value) in wanted]
    stopped = sorted((row for row in found if row.unsubscribed_at), key=lambda row: row.changed_at)
    return State(bool(addresses), stopped[-1] if stopped else None, [row for row in found if row.bounced_at])


@transaction.atomic
def unsubscribe_contact(*, contact: Contact, by: Membership, now: dt.datetime) -> None:
    """Note that a client wants no mailings, at none of their addresses. Raises NothingKnown."""
    addresses = addresses_of(contact)
    if not addresses:
        raise NothingKnown
    changed = [unsubscribe(address=one, how=How.MANAGER, now=now, by=by) for one in addresses]
    if any(changed):
        _record(contact, "mailings_off", by=by, now=now)


@transaction.atomic
def subscribe_contact(*, contact: Contact, by: Membership, now: dt.datetime) -> None:
    """Note that a client wants mailings again, as they have told a colleague."""
    changed = [subscribe(address=one, now=now) for one in addresses_of(contact)]
    if any(changed):
        _record(contact, "mailings_on", by=by, now=now)


def unsubscribe(
    *,
    address: Address,
    how: str,
    now: dt.datetime,
    by: Membership | None = None,
    mailing: Mailing | None = None,
) -> bool:
    """Let no mailing go to an address; say whether it was a change."""
    row = _locked(address, now)
    if row.unsubscribed_at is not None:
        return False
    row.unsubscribed_at, row.how, row.by, row.mailing, row.changed_at = now, how, by, mailing, now
    row.save()
    return True


def subscribe(*, address: Address, now: dt.datetime) -> bool:
    """Let mailings go to an address again; say whether it was a change."""
    row = (
        Subscription.objects.select_for_update(of=("self",))
        .filter(kind=address[0], value=address[1], unsubscribed_at__isnull=False)
        .first()
    )
    if row is None:
        return False
    row.unsubscribed_at, row.how, row.by, row.mailing, row.changed_at = None, "", None, None, now
    row.save()
    return True


def note_bounce(*, address: Address, is_passing: bool, now: dt.datetime) -> None:
    """Note that mail came back: for good, or for the time being, which is believed three times."""
    row = _locked(address, now)
    row.soft_count += is_passing
    if not is_passing or row.soft_count >= MAX_SOFT:
        row.bounced_at = row.bounced_at or now
    row.changed_at = now
    row.save()


def record_of(contact: Contact, how: str, mailing: Mailing | None, *, now: dt.datetime) -> None:
    """Write into a contact's timeline that they have unsubscribed by themselves."""
    _record(contact, "mailings_left", now=now, how=how, mailing=mailing.name if mailing else "")


def record_return(contact: Contact, *, now: dt.datetime) -> None:
    """Write into a contact's timeline that they have subscribed again by themselves."""
    _record(contact, "mailings_back", now=now)


def _record(
    contact: Contact, code: str, *, now: dt.datetime, by: Membership | None = None, **values: str
) -> None:
    log_activity(
        kind=Activity.Kind.CHANGE,
        occurred_at=now,
        author=by,
        contact=contact,
        data={"code": code} | {name: value for name, value in values.items() if value},
    )


def _locked(address: Address, now: dt.datetime) -> Subscription:
    row, _is_new = Subscription.objects.select_for_update(of=("self",)).get_or_create(
        kind=address[0], value=address[1][:254], defaults={"changed_at": now}
    )
    return row
