"""One inquiry as it arrives, and what a new lead keeps of it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Any

from activities.models import Activity
from activities.services import new_entry, write_entries
from contacts.identity import Key, normalise_phone, tenant_region
from contacts.models import Contact, Source
from deals.models import Deal
from leads import quality
from leads.inquiry import Inquiry, Person
from leads.models import Lead
from leads.routing.watching import watch
from leads.seams import LeadChannel, LeadDialog
from leads.services.arrival import first_line, marks_of, ongoing_deal_of, open_lead_of

_LEAD_KINDS = {
    "email": Lead.Kind.EMAIL,
    "messenger": Lead.Kind.MESSAGE,
    "message": Lead.Kind.MESSAGE,
    "chat": Lead.Kind.CHAT,
    "callback": Lead.Kind.CALLBACK,
    "request": Lead.Kind.REQUEST,
    "call": Lead.Kind.CALL,
}
_ENTRY_KINDS = {
    "email": Activity.Kind.EMAIL,
    "messenger": Activity.Kind.MESSAGE,
    "message": Activity.Kind.MESSAGE,
    "chat": Activity.Kind.MESSAGE,
}


@dataclasses.dataclass(frozen=True, slots=True)
class Arrival:
    """An inquiry and what was found out about it."""

    inquiry: Inquiry
    channel: LeadChannel
    dialog: LeadDialog | None
    keys: Sequence[Key]
    now: dt.datetime
    contact: Contact | None = None
    is_new_client: bool = False
    source: Source | None = None

    @property
    def sort(self) -> str:
        """What it is: as the inquiry says, else as everything of the channel is."""
        return self.inquiry.sort or self.channel.channel_kind

    @property
    def at(self) -> dt.datetime:
        return self.inquiry.occurred_at

    @property
    def waits_from(self) -> dt.datetime:
        """Since when the person waits for us: who asked for a call at a time waits from then on."""
        return self.inquiry.call_at or self.at

    def open_lead(self) -> Lead | None:
        """Find the lead it goes on with; of a new client, and of a dialog's first message, there is none."""
        known = None if self.is_new_client else self.contact
        return open_lead_of(self.channel, known, self._earlier, at=self.at)

    def ongoing_deal(self) -> Deal | None:
        return ongoing_deal_of(self.channel, self._earlier, at=self.at)

    @property
    def _earlier(self) -> LeadDialog | None:
        return self.dialog if self.dialog is not None and self.dialog.has_begun else None

    def log(self, *, direction: str = "in", **about: Any) -> Activity:
        """Write the timeline entry."""
        entry = self.entry(direction=direction, **about)
        write_entries([(entry, about.values())])
        return entry

    def entry(self, *, direction: str = "in", **about: Any) -> Activity:
        """Make the timeline entry; nothing is stored."""
        return new_entry(
            kind=_ENTRY_KINDS.get(self.sort, Activity.Kind.REQUEST),
            occurred_at=self.at,
            direction=direction,
            subject=self.inquiry.subject,
            text=self.inquiry.text,
            data=_entry_data(self.inquiry, self.channel),
            **about,
        )


def judge(lead: Lead, arrival: Arrival) -> None:
    """Decide what can be decided of a lead before it is stored."""
    lead.last_activity_at = arrival.at
    quality.classify_new(lead, is_first=arrival.is_new_client)
    watch(lead, now=arrival.now)


def about(arrival: Arrival) -> dict[str, Any]:
    """What new_lead() has to know."""
    inquiry, channel = arrival.inquiry, arrival.channel
    return dict(
        kind=_LEAD_KINDS.get(arrival.sort, Lead.Kind.REQUEST),
        channel=channel,
        channel_kind=channel.channel_kind,
        contact=arrival.contact,
        received_at=arrival.at,
        now=arrival.now,
        dialog_id=arrival.dialog.pk if arrival.dialog is not None else None,
        waiting_since=arrival.waits_from,
        unread_count=1,
        **words(inquiry),
        fields=[list(pair) for pair in inquiry.fields],
        **product_fields(inquiry),
        source=arrival.source,
        suspicion=inquiry.suspicion,
        **marks_of(inquiry.marks),
        **person_fields(inquiry.person, arrival.keys),
    )


def _entry_data(inquiry: Inquiry, channel: LeadChannel) -> dict[str, Any]:
    data: dict[str, Any] = {"channel": channel.name, "channel_kind": channel.kind}
    if inquiry.fields:
        data["fields"] = [list(pair) for pair in inquiry.fields]
    if inquiry.product:
        data["product"] = dict(inquiry.product)
    if inquiry.is_automatic:
        data["automatic"] = inquiry.automatic_reason
    return data


def words(inquiry: Inquiry) -> dict[str, Any]:
    """What the lead keeps of the first that was said."""
    summary = first_line(inquiry.gist, inquiry.text, inquiry.subject)
    return {"subject": inquiry.subject, "summary": summary}


def product_fields(inquiry: Inquiry) -> dict[str, Any]:
    """What the lead keeps of the product it is about (L20)."""
    return {"product": dict(inquiry.product), "object_of_interest": inquiry.product.get("title", "")}


def person_fields(person: Person, keys: Sequence[Key]) -> dict[str, Any]:
    """What the lead keeps of how the client called themselves."""
    found = {key.kind: key.value for key in reversed(keys)}
    told = person.phone or person.shown_phone
    shown = normalise_phone(person.shown_phone, tenant_region()) if person.shown_phone else ""
    return {
        "name": person.name.strip(),
        "phone": found.get("phone", "") or shown or told.strip()[:32],
        "email": found.get("email", "") or person.email.strip(),
        "company_name": person.company.strip(),
    }
