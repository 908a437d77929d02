"""Cards of calls that go on, as their reader sees them: a constant number of queries, however many ring."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence

from django.urls import reverse
from django.utils.translation import gettext as _

from activities.models import Activity, Call
from contacts.models import CompanyMember, Contact
from core import formats
from core.addresses import row_url
from deals.models import Deal
from leads.card import page_if
from leads.models import CallCard, Lead
from leads.queue.rows import call_text
from leads.services.call_cards import RINGS
from tenants.access import Action, Section, may
from tenants.models import Membership

MOST = 5  # more than a hand can hold
KEPT = dt.timedelta(minutes=15)  # after the end, for whom it concerns: to write down what was agreed
LINGERS = dt.timedelta(minutes=2)  # for everybody else: to see who has it
TALKS = dt.timedelta(hours=4)
NOTE = 160
DEALS = 3
_RELATED = (
    "call__channel", "call__answered_by", "call__activity__contact__owner", "call__activity__lead__source",
    "call__activity__lead__taken_by", "call__activity__lead__responsible", "call__activity__deal",
)  # fmt: skip


@dataclasses.dataclass(frozen=True, slots=True)
class DealLine:
    """A deal of the client, in a line."""

    url: str
    title: str
    stage: str
    amount: str


@dataclasses.dataclass(frozen=True, slots=True)
class CardView:
    """One call on the reader's pages, ready to print."""

    id: str
    state: str  # ringing, talking, ended
    is_out: bool
    is_missed: bool
    heading: str
    since: int | None  # when the talk began, as milliseconds: the page counts
    until: int  # when the card goes by itself
    name: str
    phone: str
    tel: str
    company: str
    remark: str  # why there is no name
    card_url: str
    line: str
    source: str
    deals: Sequence[DealLine]
    note: str
    note_at: dt.datetime | None
    lead_id: str
    lead_number: int | None
    lead_state: str
    holder: str  # a colleague who has taken it, or talks
    is_mine: bool
    may_take: bool
    may_decide: bool
    may_plan: bool
    may_note: bool
    target: str  # names the card in addresses of plans: "lead=…"
    result: str
    duration: str
    recording_url: str
    seconds: int | None

    @property
    def said(self) -> str:
        """What a screen reader is told once."""
        who = ", ".join(filter(None, (self.name or self.remark, self.phone if self.name else "")))
        return f"{self.heading}: {who or self.phone}"


@dataclasses.dataclass(frozen=True, slots=True)
class _Reach:
    """What of the calls at hand the reader may see and do."""

    contacts: frozenset[uuid.UUID]
    leads: frozenset[uuid.UUID]
    editable: frozenset[uuid.UUID]
    deals: Mapping[uuid.UUID, Sequence[DealLine]]
    companies: Mapping[uuid.UUID, str]
    notes: Mapping[uuid.UUID, Activity]
    own_deals: frozenset[uuid.UUID]


def cards_of(member: Membership, *, now: dt.datetime) -> list[CardView]:
    """List the member's calls of the last minutes, the newest last. Eight queries at most."""
    rows = CallCard.objects.filter(member=member, dismissed_at=None, created_at__gt=now - TALKS - KEPT)
    recent = rows.select_related(*_RELATED).order_by("-created_at")[: MOST * 4]
    shown = [card for card in recent if until_of(card, member) > now][:MOST]
    if not shown:
        return []
    reach = _reach(shown, member)
    return [_view(card, member, reach) for card in reversed(shown)]


def until_of(card: CallCard, member: Membership) -> dt.datetime:
    """Say until when a card is shown: phones don't ring for ever, and what a colleague has is soon no news."""
    call, lead = card.call, card.call.activity.lead
    began = call.started_at or card.created_at
    holder = _holder(call, lead)
    is_own = holder == member or (holder is None and _waits_for(lead, member))
    if call.state == Call.State.FINISHED:
        return (call.ended_at or began) + (KEPT if is_own else LINGERS)
    if call.answered_at is not None and not is_own:
        return call.answered_at + LINGERS
    if holder == member or call.answered_at is not None:
        return began + TALKS
    taken_at = lead.taken_at if lead is not None and lead.taken_by is not None else None
    if taken_at is not None and taken_at >= began:  # else a colleague's client calls again
        return taken_at + LINGERS
    return began + RINGS


def _holder(call: Call, lead: Lead | None) -> Membership | None:
    """Who talks, or has taken the inquiry."""
    if call.answered_by is not None:
        return call.answered_by
    return lead.taken_by if lead is not None else None


def _waits_for(lead: Lead | None, member: Membership) -> bool:
    return lead is not None and lead.responsible_id == member.pk


# --- Reads -------------------------------------------------------------------------------------------
def _reach(cards: Sequence[CallCard], member: Membership) -> _Reach:
    lines = [card.call.activity for card in cards]
    contacts = {line.contact_id for line in lines if line.contact_id}
    leads = {line.lead_id for line in lines if line.lead_id}
    seen = Contact.objects.visible_to(member).filter(pk__in=contacts).values_list("pk", flat=True)
    visible = Lead.objects.present().visible_to(member).filter(pk__in=leads).values_list("pk", flat=True)
    editable = Lead.objects.present().visible_to(member, Action.EDIT).filter(pk__in=leads)
    deal_ids = {line.deal_id for line in lines if line.deal_id}
    own_deals = Deal.objects.present().visible_to(member).filter(pk__in=deal_ids)
    places = CompanyMember.objects.working().filter(contact__in=contacts).order_by("is_main_company", "id")
    return _Reach(
        contacts=frozenset(seen),
        leads=frozenset(visible),
        editable=frozenset(editable.values_list("pk", flat=True)),
        deals=_deals(contacts, member),
        companies=dict(places.values_list("contact_id", "company__name")),
        notes=_notes(contacts),
        own_deals=frozenset(own_deals.values_list("pk", flat=True)),
    )


def _deals(contacts: set[uuid.UUID], member: Membership) -> dict[uuid.UUID, list[DealLine]]:
    """Read the last deals of each client that the member may see."""
    rows = Deal.objects.present().visible_to(member).filter(contact__in=contacts).select_related("stage")
    found: dict[uuid.UUID, list[DealLine]] = defaultdict(list)
    for deal in rows.order_by("-created_at", "-id")[: MOST * 20]:
        lines = found[deal.contact_id]
        if len(lines) < DEALS:
            amount = formats.money(deal.amount, deal.currency) if deal.amount else ""
            lines.append(DealLine(row_url("deals:detail", deal.pk), deal.title, deal.stage.name, amount))
    return found


def _notes(contacts: set[uuid.UUID]) -> dict[uuid.UUID, Activity]:
    rows = Activity.objects.done().filter(kind=Activity.Kind.NOTE, contact__in=contacts)
    last = rows.order_by("contact_id", "-occurred_at", "-id").distinct("contact_id")
    return {note.contact_id: note for note in last if note.contact_id}


# --- One card ----------------------------------------------------------------------------------------
def _view(card: CallCard, member: Membership, reach: _Reach) -> CardView:
    call, line = card.call, card.call.activity
    lead, contact, holder = line.lead, line.contact, _holder(card.call, card.call.activity.lead)
    sees = contact is not None and (contact.pk in reach.contacts or line.lead_id in reach.leads)
    contact_id = contact.pk if contact is not None and sees else None
    state = {"ringing": "ringing", "answered": "talking"}.get(call.state, "ended")
    is_open, is_editable = lead is not None and lead.is_open, line.lead_id in reach.editable
    note = reach.notes.get(contact_id) if contact_id else None
    is_talk = state == "talking" or call.result == Call.Result.ANSWERED
    return CardView(
        id=str(card.pk),
        state=state,
        is_out=call.direction == "out",
        is_missed=state == "ended" and not is_talk,
        heading=_heading(call, state),
        since=_ms(call.answered_at) if state == "talking" and call.answered_at else None,
        until=_ms(until_of(card, member)),
        name=contact.name if contact is not None and sees else "",
        phone=formats.phone(call.phone),
        tel=call.phone,
        company=reach.companies.get(contact_id, "") if contact_id else "",
        remark=_remark(call, contact, sees=sees),
        card_url=_card_url(line, reach),
        line=formats.phone(call.line) or (call.channel.name if call.channel else ""),
        source=lead.source.name if lead is not None and lead.source is not None else "",
        deals=reach.deals.get(contact_id, ()) if contact_id else (),
        note=note.text[:NOTE] if note else "",
        note_at=note.occurred_at if note else None,
        lead_id=str(line.lead_id or ""),
        lead_number=lead.number if lead is not None and line.lead_id in reach.leads else None,
        lead_state=str(lead.get_state_display()) if lead is not None else "",
        holder=holder.name if holder is not None and holder != member else "",
        is_mine=holder == member,
        may_take=bool(is_open and lead and lead.taken_by_id is None)
        and may(member, Section.LEADS, Action.EDIT),
        may_decide=is_open and is_editable,
        may_plan=may(member, Section.ACTIVITIES, Action.ADD) and bool(_target(line, reach)),
        may_note=may(member, Section.ACTIVITIES, Action.ADD),
        target=_target(line, reach),
        result=call_text(call) if state == "ended" else "",
        duration=formats.duration(call.talk_s) if call.talk_s else "",
        recording_url=_recording(call),
        seconds=call.talk_s,
    )


def _heading(call: Call, state: str) -> str:
    if state == "ended":
        return _("Call ended") if call.result == Call.Result.ANSWERED else call_text(call)
    if state == "talking":
        return _("Talking")
    return _("Outgoing call") if call.direction == "out" else _("Incoming call")


def _remark(call: Call, contact: Contact | None, *, sees: bool) -> str:
    if not call.phone:
        return _("Hidden number")
    if contact is not None and not sees:
        return _("A colleague's client")
    if contact is None or call.started_at is None or contact.created_at >= call.started_at:
        return _("Unknown caller")
    return (
        "" if contact.name else _("known since %(date)s") % {"date": formats.short_date(contact.created_at)}
    )


def _card_url(line: Activity, reach: _Reach) -> str:
    """Where the whole story is: the inquiry, the deal, else the client."""
    if line.lead_id in reach.leads:
        return reverse("leads:detail", args=[line.lead_id])
    if line.deal_id in reach.own_deals:
        return reverse("deals:detail", args=[line.deal_id])
    return page_if("contacts:detail", line.contact_id) if line.contact_id in reach.contacts else ""


def _target(line: Activity, reach: _Reach) -> str:
    if line.lead_id in reach.leads:
        return f"lead={line.lead_id}"
    if line.deal_id in reach.own_deals:
        return f"deal={line.deal_id}"
    return f"contact={line.contact_id}" if line.contact_id in reach.contacts else ""


def _recording(call: Call) -> str:
    has_one = call.recording_url or call.recording_ref
    return page_if("channels:recording", call.pk) if has_one else ""


def _ms(moment: dt.datetime) -> int:
    return int(moment.timestamp() * 1000)
