"""The client beside the talk: how to reach them, what they asked for before, what is open with them."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence

from channels.dialogs.reading import with_cards
from channels.dialogs.rows import title_of
from channels.models import Dialog
from contacts.identity import Match
from contacts.models import Contact, IdentityKey
from deals.models import Deal
from leads.card import Card, Point, card_of, matches_of, open_deals_of, point_of, profile_url_of
from leads.models import Lead
from leads.services.common import RELATED
from tenants.models import Membership

OTHERS = 6


@dataclasses.dataclass(frozen=True, slots=True)
class OtherDialog:
    """Another dialog of the same client."""

    dialog: Dialog
    title: str


@dataclasses.dataclass(frozen=True, slots=True)
class Panel:
    """Everything the right pane prints."""

    title: str
    contact: Contact | None  # only where the member may open the card
    card: Card | None  # of the inquiry behind the dialog, where the member may see it
    matches: Sequence[Match]
    points: Sequence[Point]
    profile_url: str
    deals: Sequence[Deal]
    dialogs: Sequence[OtherDialog]


def read_panel(dialog: Dialog, member: Membership, *, now: dt.datetime) -> Panel:
    """Gather what is known of a dialog's client; a constant number of queries."""
    lead = _lead(dialog, member)
    card = card_of(lead, member, now=now) if lead is not None else None
    contact = dialog.contact
    keys = list(IdentityKey.objects.filter(contact=contact)) if contact is not None and card is None else []
    is_seen = contact is not None and Contact.objects.visible_to(member).filter(pk=contact.pk).exists()
    return Panel(
        title=card.title if card else title_of(dialog),
        contact=contact if is_seen else None,
        card=card,
        matches=matches_of(lead, member) if lead is not None and lead.is_open else (),
        points=card.points if card else [point_of(key) for key in keys],
        profile_url=card.profile_url if card else profile_url_of(keys),
        deals=card.open_deals if card else open_deals_of(contact, member),
        dialogs=_others(dialog, member),
    )


def _lead(dialog: Dialog, member: Membership) -> Lead | None:
    if dialog.lead_id is None:
        return None
    rows = Lead.objects.present().visible_to(member).select_related(*RELATED)
    found: Lead | None = rows.filter(pk=dialog.lead_id).first()
    return found


def _others(dialog: Dialog, member: Membership) -> list[OtherDialog]:
    if dialog.contact_id is None:
        return []
    rows = Dialog.objects.visible_to(member).filter(contact=dialog.contact_id).exclude(pk=dialog.pk)
    found = with_cards(rows.order_by("-last_message_at", "-id"))[:OTHERS]
    return [OtherDialog(other, other.subject or other.channel.name) for other in found]
