"""Whom a mailing goes to: the people behind ticked rows, where each is reached, and why some are left out.

The same judgement is made when a draft is shown, when the mailing starts, and once more before each letter leaves.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Max, Q
from django.http import QueryDict

from activities.models import Activity
from channels.adapters import adapter_for
from channels.adapters.base import Adapter
from channels.models import Channel, Dialog, Message
from channels.services.replies import can_answer
from contacts.models import CompanyMember, Contact, IdentityKey
from core.listing.choosing import ChosenRows, chosen_rows
from deals.models import Deal
from leads.models import Exclusion, Lead
from leads.models.exclusions import DOMAIN
from mailings.models import Mailing, MailingSettings, Recipient, Subscription
from tenants.models import Membership

LIMIT = 20_000  # people of ticked rows; all that match a filter may be any number
AT_ONCE = 2000  # rows of a filter whose people are judged while somebody waits; of more the worker does it
CHUNK = 2000
EMAIL = IdentityKey.Kind.EMAIL
Reason = Recipient.Reason
LISTS = {
    Mailing.Card.CONTACTS: "contacts:list",
    Mailing.Card.COMPANIES: "contacts:company_list",
    Mailing.Card.DEALS: "deals:list",
    Mailing.Card.LEADS: "leads:list",
    Mailing.Card.RECIPIENTS: "mailings:recipients",
}


@dataclasses.dataclass(frozen=True, slots=True)
class People:
    """The contacts behind rows of a list, each once, and how many rows have none."""

    ids: list[uuid.UUID]
    without: int


@dataclasses.dataclass(frozen=True, slots=True)
class Verdict:
    """Where one contact is reached, or the reason why not."""

    contact_id: uuid.UUID
    address: str = ""
    dialog_id: uuid.UUID | None = None
    reason: str = ""


def chosen_of(card: str, member: Membership, data: QueryDict) -> ChosenRows:
    """Read which rows of a list were chosen: those ticked, or the first of all that match."""
    limit = AT_ONCE if data.get("all") else LIMIT
    return chosen_rows(LISTS[Mailing.Card(card)], member, data, limit=limit)


def people_of(card: str, ids: Sequence[uuid.UUID]) -> People:
    """Find the people behind rows: of a company who work there, of a deal its contact, else its company's people."""
    match card:
        case Mailing.Card.COMPANIES:
            return _people(_workers(ids), len(ids))
        case Mailing.Card.DEALS:
            rows = list(Deal.objects.filter(pk__in=ids).values_list("contact_id", "company_id"))
            of_firms = dict[uuid.UUID, list[uuid.UUID]]()
            for company, contact in _workers({firm for person, firm in rows if person is None and firm}):
                of_firms.setdefault(company, []).append(contact)
            pairs = [
                (number, contact)
                for number, (person, firm) in enumerate(rows)
                for contact in ([person] if person else of_firms.get(firm, []))
            ]
            return _people(pairs, len(rows))
        case Mailing.Card.LEADS:
            found = Lead.objects.filter(pk__in=ids).values_list("pk", "contact_id")
            return _people([(pk, contact) for pk, contact in found if contact], len(ids))
        case Mailing.Card.RECIPIENTS:
            rows_of = Recipient.objects.filter(pk__in=ids).order_by("pk")
            return People(list(dict.fromkeys(rows_of.values_list("contact_id", flat=True))), 0)
    return People(list(dict.fromkeys(ids)), 0)


def _workers(companies: Iterable[uuid.UUID]) -> list[tuple[Any, uuid.UUID]]:
    places = CompanyMember.objects.working().filter(company__in=list(companies))
    return list(places.order_by("pk").values_list("company_id", "contact_id"))


def _people(pairs: Sequence[tuple[Any, uuid.UUID]], rows: int) -> People:
    """Make the people of (row, contact) pairs."""
    return People(list(dict.fromkeys(c for _row, c in pairs)), rows - len({row for row, _c in pairs}))


class Judge:
    """Judges the contacts of one mailing; a constant number of queries for each call."""

    def __init__(self, mailing: Mailing, *, owner: Membership, now: dt.datetime) -> None:
        self.channel, self.owner, self.now = mailing.channel, owner, now
        self.is_mail = mailing.is_mail
        settings = MailingSettings.objects.first()
        self.needs_consent = settings is not None and settings.is_consent_required
        self.excluded = set(Exclusion.objects.values_list("kind", "value"))

    def verdicts(self, ids: Sequence[uuid.UUID]) -> list[Verdict]:
        """Judge contacts in the order of their ids; whoever the mailing's owner can't see is gone."""
        seen = dict(
            Contact.objects.visible_to(self.owner).filter(pk__in=ids).values_list("pk", "consented_at")
        )
        found = self._by_mail(seen) if self.is_mail else self._by_dialog(seen)
        return [self._verdict(pk, seen, found) for pk in ids]

    def _verdict(self, pk: uuid.UUID, seen: dict[Any, Any], found: dict[Any, Verdict]) -> Verdict:
        if pk not in seen:
            return Verdict(pk, reason=Reason.GONE)
        verdict = found.get(pk) or Verdict(pk, reason=Reason.NO_ADDRESS if self.is_mail else Reason.NO_DIALOG)
        if not verdict.reason and self.needs_consent and seen[pk] is None:
            return dataclasses.replace(verdict, reason=Reason.NO_CONSENT)
        return verdict

    def _stopped(self, kind: str, values: Iterable[str]) -> dict[str, tuple[bool, bool]]:
        """Say of addresses whether they are unsubscribed, and whether they bounced."""
        rows = Subscription.objects.stopped().filter(kind=kind, value__in=list(values))
        return {
            value: (unsubscribed is not None, bounced is not None)
            for value, unsubscribed, bounced in rows.values_list("value", "unsubscribed_at", "bounced_at")
        }

    # --- By mail ---------------------------------------------------------------------------------------
    def _by_mail(self, seen: dict[Any, Any]) -> dict[Any, Verdict]:
        keys = IdentityKey.objects.filter(contact__in=list(seen), kind=EMAIL)
        rows = list(keys.order_by("-is_primary", "created_at", "pk").values_list("contact_id", "value"))
        stopped = self._stopped(EMAIL, {value for _pk, value in rows})
        of_contact: dict[Any, list[str]] = {}
        for pk, value in rows:
            of_contact.setdefault(pk, []).append(value)
        return {pk: self._mail_verdict(pk, values, stopped) for pk, values in of_contact.items()}

    def _mail_verdict(self, pk: Any, values: list[str], stopped: dict[str, tuple[bool, bool]]) -> Verdict:
        """Who has unsubscribed one address wants nothing at another; what bounced leaves the next one."""
        first = values[0]
        if any(stopped.get(value, (False, False))[0] for value in values):
            return Verdict(pk, first, reason=Reason.UNSUBSCRIBED)
        if any(self._is_excluded(value) for value in values):
            return Verdict(pk, first, reason=Reason.EXCLUSION)
        good = next((value for value in values if value not in stopped), None)
        return Verdict(pk, good) if good else Verdict(pk, first, reason=Reason.BOUNCED)

    def _is_excluded(self, email: str) -> bool:
        parts = email.rpartition("@")[2].split(".")
        domains = [".".join(parts[at:]) for at in range(len(parts) - 1)]
        return (EMAIL, email) in self.excluded or any((DOMAIN, name) in self.excluded for name in domains)

    # --- By dialogs ------------------------------------------------------------------------------------
    def _by_dialog(self, seen: dict[Any, Any]) -> dict[Any, Verdict]:
        """The dialog in which each wrote last; what the provider allows in it is the adapter's to say."""
        received = Q(messages__state=Message.State.RECEIVED, messages__is_automatic=False)
        incoming = Q(messages__activity__direction=Activity.Direction.IN)
        rows = (
            Dialog.objects.filter(channel=self.channel, contact__in=list(seen))
            .annotate(heard_at=Max("messages__activity__occurred_at", filter=received & incoming))
            .exclude(heard_at=None)
            .order_by("heard_at", "pk")
            .values_list("contact_id", "pk", "external_id", "heard_at")
        )
        newest = {contact: (dialog, key, heard) for contact, dialog, key, heard in rows}
        stopped = self._stopped(self.channel.kind, {key[:254] for _d, key, _h in newest.values()})
        return {pk: self._dialog_verdict(pk, *found, stopped) for pk, found in newest.items()}

    def _dialog_verdict(
        self, pk: Any, dialog: uuid.UUID, key: str, heard: dt.datetime, stopped: dict[str, tuple[bool, bool]]
    ) -> Verdict:
        value = key[:254]
        window = adapter_for(self.channel.kind).mailing_window(key)
        reason = Reason.NONE
        if stopped.get(value, (False, False))[0]:
            reason = Reason.UNSUBSCRIBED
        elif (self.channel.kind, value.partition("@")[0]) in self.excluded:
            reason = Reason.EXCLUSION
        elif window is not None and self.now - heard >= window:
            reason = Reason.WINDOW if window else Reason.NO_DIALOG
        return Verdict(pk, value, dialog, reason=reason)


def sending_channels() -> list[Channel]:
    """List the connected channels a mailing can be sent from: mailboxes that send, messengers that allow it."""
    rows = Channel.objects.active().order_by("channel_kind", "created_at")
    return [channel for channel in rows if can_send_from(channel)]


def can_send_from(channel: Channel) -> bool:
    """Say whether a channel is on, sends, and may reach somebody by a mailing at all."""
    takes_mailings = type(adapter_for(channel.kind)).mailing_window is not Adapter.mailing_window
    return bool(channel.is_active and takes_mailings and can_answer(channel))
