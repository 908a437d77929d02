"""Rows of the queue, formatted in Python: the template only prints."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Mapping, Sequence

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from activities.models import Call
from core import formats
from core.addresses import row_url
from deals.models import Deal
from leads import presence, quality
from leads.clock import Wait, calendar_for, wait_of
from leads.models import Lead
from leads.services import who_is
from tenants.access import Scope, scope_of
from tenants.hours import WorkCalendar, book_of
from tenants.models import Membership


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One lead of the queue, ready to print."""

    id: str
    url: str
    title: str
    glyph: str  # what the channel tag draws
    channel: str  # name and kind of the channel, for the tooltip
    account: str
    is_missed: bool
    line: str
    product: str
    recording_url: str
    seconds: int | None
    name: str  # of the recording, for screen readers
    quality: str
    quality_reason: str
    source: str
    campaign: str
    wait: Wait | None
    works_until: dt.datetime | None  # the waiting time goes on so long
    note: str  # under the wait: the limit, until when it sleeps, who rejected it
    match: str
    looker: str
    taker: str
    unread_count: int
    may_edit: bool
    is_mine: bool
    state: str

    @property
    def looker_text(self) -> str:
        return _("%(name)s is looking") % {"name": self.looker.split(" ")[0]} if self.looker else ""

    @property
    def wait_text(self) -> str:
        return formats.minutes(self.wait.minutes) if self.wait else ""


def make_rows(leads: Sequence[Lead], member: Membership, *, now: dt.datetime) -> list[Row]:
    """Format a portion of the queue. At most two queries more, and one question to Redis."""
    book = book_of(member.tenant, now=now)
    deals = _open_deals([lead.contact_id for lead in leads if lead.contact_id])
    editable = _editable(leads, member)
    lookers = presence.lookers_at([lead.pk for lead in leads], but=member)
    return [
        make_row(
            lead,
            member,
            calendar=calendar_for(lead, book),
            now=now,
            deal_count=deals.get(lead.contact_id, 0) if lead.contact_id else 0,
            may_edit=lead.pk in editable,
            lookers=lookers.get(lead.pk, ()),
        )
        for lead in leads
    ]


def make_row(
    lead: Lead,
    member: Membership,
    *,
    calendar: WorkCalendar,
    now: dt.datetime,
    deal_count: int,
    may_edit: bool,
    lookers: Sequence[str] = (),
) -> Row:
    """Format one lead that was read with its references."""
    guess, reason = quality.shown(lead)
    call, channel = lead.call, lead.channel
    has_recording = call is not None and bool(call.recording_url or call.recording_ref)
    wait = wait_of(calendar, waiting_since=lead.waiting_since, limit_min=lead.response_limit_min, now=now)
    return Row(
        id=str(lead.pk),
        url=row_url("leads:detail", lead.pk),
        title=title_of(lead),
        glyph=glyph_of(lead),
        channel=channel_text(lead),
        account=_account(lead),
        is_missed=lead.is_missed,
        line=line_of(lead),
        product=_product(lead),
        recording_url=row_url("channels:recording", call.pk) if call and has_recording else "",
        seconds=call.talk_s if call else None,
        name=title_of(lead),
        quality=guess,
        quality_reason=reason,
        source=lead.source.name if lead.source else lead.utm_source,
        campaign=" · ".join(filter(None, (lead.medium if lead.utm_source else "", lead.campaign))),
        wait=wait if lead.is_open else None,
        works_until=calendar.works_until(now) if wait else None,
        note=_note(lead, wait),
        match=match_text(lead, deal_count),
        looker=next(iter(lookers), ""),
        taker=lead.taken_by.name if lead.taken_by and lead.taken_by != member else "",
        unread_count=lead.unread_count if channel and lead.opened_at else 0,
        may_edit=may_edit,
        is_mine=lead.taken_by_id == member.pk,
        state=str(lead.state),
    )


# --- Words -------------------------------------------------------------------------------------------
def title_of(lead: Lead) -> str:
    """Say who it is: the contact's name, as they called themselves, or how they are reached."""
    contact = lead.contact
    if (contact is not None and contact.name) or lead.name:
        return who_is(lead)
    return (
        formats.phone(lead.phone) if lead.phone else lead.email or _("Inquiry No. %(n)s") % {"n": lead.number}
    )


def line_of(lead: Lead) -> str:
    """Say in a line what they want, or how the call went."""
    if lead.call is not None:
        is_settled = lead.kind == Lead.Kind.MISSED_CALL and not lead.is_missed
        return _("Missed, spoken to since") if is_settled else call_text(lead.call)
    if lead.subject and lead.summary and lead.subject != lead.summary:
        return f"{lead.subject}: {lead.summary}"
    return lead.subject or lead.summary


def call_text(call: Call) -> str:
    """Say how a call went."""
    who = call.answered_by.name if call.answered_by else call.extension
    if call.state == Call.State.RINGING:
        return _("Ringing now")
    if call.state == Call.State.ANSWERED and not call.result:
        return _("Talking now: %(who)s") % {"who": who or call.line}
    if call.result == Call.Result.ANSWERED:
        return _("Answered: %(who)s") % {"who": who} if who else _("Answered")
    if call.direction == "out":
        return _("Called, nobody answered")
    rang = formats.duration(call.duration_s) if call.duration_s else ""
    return _("Missed, rang for %(time)s") % {"time": rang} if rang else _("Missed")


def match_text(lead: Lead, deal_count: int) -> str:
    """Say that the client is known, and what is open with them."""
    contact = lead.contact
    if deal_count:
        return ngettext("known, %(n)s open deal", "known, %(n)s open deals", deal_count) % {"n": deal_count}
    if contact is None or contact.created_at >= lead.received_at:
        return ""
    return _("known since %(date)s") % {"date": formats.short_date(contact.created_at)}


def glyph_of(lead: Lead) -> str:
    """Name what the channel tag draws."""
    if lead.call is not None:
        return "call_out" if lead.call.direction == "out" else "call_in"
    return lead.channel.kind if lead.channel else str(lead.kind)


def channel_text(lead: Lead) -> str:
    """Name the kind of inquiry and the account it came by."""
    return " · ".join(filter(None, (str(lead.get_kind_display()), _account(lead))))


def _account(lead: Lead) -> str:
    if lead.call is not None and lead.call.line:
        return formats.phone(lead.call.line)
    return lead.channel.name if lead.channel else ""


def _product(lead: Lead) -> str:
    return ", ".join(filter(None, (lead.product.get("title", ""), lead.product.get("price", ""))))


def _note(lead: Lead, wait: Wait | None) -> str:
    if lead.state == Lead.State.REJECTED:
        return lead.rejection_reason.name if lead.rejection_reason else _("no reason given")
    if lead.snoozed_until is not None:
        return _("until %(moment)s") % {"moment": formats.ago(lead.snoozed_until)}
    if wait is None:
        return _("answered")
    return _("limit %(n)s") % {"n": wait.limit_min} if wait.limit_min else ""


# --- Reads -------------------------------------------------------------------------------------------
def _open_deals(contact_ids: list[uuid.UUID]) -> Mapping[uuid.UUID, int]:
    rows = Deal.objects.open().filter(contact__in=contact_ids).order_by()
    return dict(rows.values_list("contact").annotate(Count("pk"))) if contact_ids else {}


def _editable(leads: Sequence[Lead], member: Membership) -> set[uuid.UUID]:
    """Tell which of the leads the member may decide about."""
    ids = [lead.pk for lead in leads]
    if (scope := scope_of(member, "leads", "edit")) == Scope.NONE:
        return set()
    if scope == scope_of(member, "leads", "view"):
        return set(ids)
    return set(Lead.objects.visible_to(member, "edit").filter(pk__in=ids).values_list("pk", flat=True))
