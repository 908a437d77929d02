"""Rows of the list, formatted in Python: the markup only prints."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Sequence

from django.utils.translation import gettext as _

from channels.models import Dialog
from core import formats
from core.addresses import row_url
from deals.models import Deal
from leads import presence
from leads.card import open_deals_of
from leads.clock import Wait, wait_of
from tenants.hours import HoursBook, book_of
from tenants.models import Membership


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One dialog of the list, ready to print."""

    id: str
    url: str
    lead_id: str
    title: str
    glyph: str
    account: str
    line: str
    is_own_line: bool
    unread_count: int
    at: dt.datetime
    wait: Wait | None
    holder: str  # a person, or the role that waits for one of it
    is_person: bool
    is_mine: bool
    is_closed: bool
    outcome: str
    looker: str

    @property
    def looker_text(self) -> str:
        return _("%(name)s is looking") % {"name": self.looker.split(" ")[0]} if self.looker else ""

    @property
    def wait_text(self) -> str:
        return formats.minutes(self.wait.minutes) if self.wait else ""


def make_rows(dialogs: Sequence[Dialog], member: Membership, *, now: dt.datetime) -> list[Row]:
    """Format a portion of the list. No query but for the working hours, and one question to Redis."""
    book = book_of(member.tenant, now=now)
    lookers = presence.lookers_at([dialog.pk for dialog in dialogs], but=member)
    return [_row(dialog, member, book, lookers, now=now) for dialog in dialogs]


def title_of(dialog: Dialog) -> str:
    """Say who it is: the client's name, as they called themselves, or where answers go."""
    named = (dialog.contact.name if dialog.contact else "") or (dialog.lead.name if dialog.lead else "")
    if named:
        return str(named)
    return str(dialog.recipient if dialog.is_mail and dialog.recipient else _("Unknown client"))


def wait_for(dialog: Dialog, book: HoursBook, *, now: dt.datetime) -> Wait | None:
    """Measure how long the client waits, in the working minutes of whoever has the dialog."""
    return wait_of(
        book.of(dialog.holder),
        waiting_since=dialog.waiting_since,
        limit_min=dialog.channel.response_limit_min,
        now=now,
    )


def holder_text(dialog: Dialog) -> str:
    """Name who has it, or the role that it waits for."""
    if dialog.holder is not None:
        return str(dialog.holder.name)
    role = dialog.open_lead.responsible_role if dialog.open_lead is not None else None
    return str(role.name) if role is not None else ""


def deal_of(dialog: Dialog, member: Membership) -> Deal | None:
    """Give the deal the talk is about: the one its inquiry became, else the client's newest open one."""
    return dialog.deal or next(iter(open_deals_of(dialog.contact, member)), None)


def _row(
    dialog: Dialog,
    member: Membership,
    book: HoursBook,
    lookers: dict[uuid.UUID, list[str]],
    *,
    now: dt.datetime,
) -> Row:
    line = dialog.preview
    if dialog.is_mail and dialog.subject and dialog.subject != line:
        line = f"{dialog.subject}: {line}" if line else dialog.subject
    return Row(
        id=str(dialog.pk),
        url=row_url("channels:dialog", dialog.pk),
        lead_id=str(dialog.lead_id or ""),
        title=title_of(dialog),
        glyph=dialog.channel.kind,
        account=formats.phone(dialog.channel.name),
        line=line,
        is_own_line=dialog.last_direction == "out",
        unread_count=dialog.unread_count,
        at=dialog.last_message_at,
        wait=wait_for(dialog, book, now=now) if dialog.closed_at is None else None,
        holder=holder_text(dialog),
        is_person=dialog.holder is not None,
        is_mine=dialog.holder == member,
        is_closed=dialog.closed_at is not None,
        outcome=dialog.outcome.name if dialog.outcome is not None else "",
        looker=next(iter(lookers.get(dialog.pk, ())), ""),
    )
