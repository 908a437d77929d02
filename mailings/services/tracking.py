"""What readers of letters do: open them, follow links, leave, come back. Outsiders' acts, by a secret link."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import F

from activities.models import Activity
from contacts.models import IdentityKey
from mailings.letter import pieces_of
from mailings.markup import links_of
from mailings.models import Click, Recipient, Subscription
from mailings.services import subscriptions

MAX_COUNT = 1000  # a robot that follows a link for ever is not counted for ever


@transaction.atomic
def note_opening(*, recipient: Recipient, now: dt.datetime) -> None:
    """Note that a letter was opened."""
    current = _locked(recipient)
    _open(current, now)
    Recipient.objects.filter(pk=current.pk, open_count__lt=MAX_COUNT).update(open_count=F("open_count") + 1)


@transaction.atomic
def note_click(*, recipient: Recipient, number: int, now: dt.datetime) -> str:
    """Note that a link of a letter was followed, and return its address; nothing where the letter has no such link.

    Only what stands in the letter is ever led on to.
    """
    message = recipient.message
    found = links_of(pieces_of(message)) if message is not None else []
    if not 1 <= number <= len(found):
        return ""
    current, url = _locked(recipient), found[number - 1]
    click, _is_new = Click.objects.get_or_create(
        recipient=current, position=number, defaults={"url": url, "clicked_at": now}
    )
    Click.objects.filter(pk=click.pk, count__lt=MAX_COUNT).update(count=F("count") + 1)
    _open(current, now)
    if current.clicked_at is None:
        current.clicked_at = now
        current.save(update_fields=["clicked_at"])
        _tell_timeline(current, "clicked_at", now)
    return url


@transaction.atomic
def leave_by_link(*, recipient: Recipient, how: str, now: dt.datetime) -> None:
    """Unsubscribe whoever the letter went to; a second time changes nothing."""
    current = _locked(recipient)
    address = (str(IdentityKey.Kind.EMAIL), current.address)
    if subscriptions.unsubscribe(address=address, how=how, now=now, mailing=current.mailing):
        subscriptions.record_of(current.contact, how, current.mailing, now=now)
    if current.unsubscribed_at is None:
        current.unsubscribed_at = now
        current.save(update_fields=["unsubscribed_at"])


@transaction.atomic
def return_by_link(*, recipient: Recipient, now: dt.datetime) -> None:
    """Subscribe again whoever the letter went to."""
    current = _locked(recipient)
    if subscriptions.subscribe(address=(str(IdentityKey.Kind.EMAIL), current.address), now=now):
        subscriptions.record_return(current.contact, now=now)
    current.unsubscribed_at = None
    current.save(update_fields=["unsubscribed_at"])


def is_unsubscribed(recipient: Recipient) -> bool:
    """Say whether the address takes no mailings."""
    rows = Subscription.objects.filter(kind=IdentityKey.Kind.EMAIL, value=recipient.address)
    return rows.exclude(unsubscribed_at=None).exists()


def _open(current: Recipient, now: dt.datetime) -> None:
    if current.opened_at is None:
        current.opened_at = now
        current.save(update_fields=["opened_at"])
        _tell_timeline(current, "opened_at", now)


def _tell_timeline(recipient: Recipient, what: str, now: dt.datetime) -> None:
    """Let the entry of the letter say it."""
    if recipient.message_id is None:
        return
    entry = Activity.objects.filter(message=recipient.message_id).select_for_update(of=("self",)).first()
    if entry is not None:
        entry.data = entry.data | {what: now.isoformat()}
        entry.save(update_fields=["data"])


def _locked(recipient: Recipient) -> Recipient:
    found: Recipient = (
        Recipient.objects.select_for_update(of=("self",))
        .select_related("mailing", "contact")
        .get(pk=recipient.pk)
    )
    return found
