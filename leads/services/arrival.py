"""What every arriving inquiry goes through: contact, source, responsible, the lead itself."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Any, cast

from django.db.models import F, Q
from django.db.models.functions import Lower
from django.urls import reverse

from activities.models import Activity
from activities.services import Notice, notify_all, write_entries
from contacts.identity import (
    Key,
    email_keys,
    get_or_create_contact,
    messenger_key,
    phone_keys,
    tenant_region,
)
from contacts.models import Contact, IdentityKey, Source
from core import live
from core.remembering import forget, remembered_for_a_while
from core.tenancy import current_tenant_id
from deals import happenings
from deals.models import Deal
from deals.services import visible_deal
from leads import quality
from leads.inquiry import Marks, Person
from leads.models import Lead
from leads.routing import Decision, give, region_of, remember_all, route_all
from leads.routing.watching import MOVING, watch
from leads.seams import LeadChannel, LeadDialog
from leads.services.common import RELATED, entry_of, lock_contact, search_text, tell
from tenants.current import current_tenant
from tenants.hours import current_book
from tenants.models import Membership, Role
from tenants.numbering import next_number

SUMMARY = 300


@dataclasses.dataclass(frozen=True, slots=True)
class Receipt:
    """What became of an arrival, as the journal writes it down.

    `outcome` is 'lead', 'joined' or 'ignored'; `activity` is the timeline entry, also of what was ignored
    but stored; `reason` is translated. `is_held` says that the sender is on the exclusion list.
    """

    outcome: str
    lead: Lead | None = None
    activity: Activity | None = None
    reason: str = ""
    contact: Contact | None = None
    is_held: bool = False


def keys_of(person: Person, channel_kind: str) -> list[Key]:
    """Make the keys of a person who came by a channel of this kind; the messenger's own id comes first.

    Whose key is met first decides who it is: what was told beside comes last.
    """
    region = tenant_region() if person.phone or person.other_phones else ""
    own = person.messenger or channel_kind
    own = own if own in IdentityKey.Kind.values else ""
    keys: list[Key] = []
    if own and person.messenger_id:
        keys += messenger_key(
            own, person.messenger_id, username=person.username, profile_url=person.profile_url
        )
    others = zip_longest(person.other_phones, person.other_emails, fillvalue="")
    for phone, email in ((person.phone, person.email), *others):
        keys += [*(phone_keys(phone, region) if phone else []), *email_keys(email)]
    once: dict[tuple[str, str], Key] = {}
    for key in keys:
        once.setdefault((key.kind, key.value), key)
    return [*once.values()]


def contact_of(
    person: Person, keys: Sequence[Key], *, source: Source | None, at: dt.datetime, now: dt.datetime
) -> tuple[Contact | None, bool]:
    """Find or make the contact, and say whether it was made; None where nothing tells who it is."""
    if not keys:
        return None, False
    return get_or_create_contact(
        name=person.name,
        keys=keys,
        source=source,
        now=now,
        language=person.language,
        company_name=person.company,
        position=person.position,
        heard_at=at,
    )


def source_of(marks: Marks, channel: LeadChannel) -> Source | None:
    """Choose the source the marks name, else the channel's."""
    mark = marks.source.lower()
    named = remembered_for_a_while(("source", mark), lambda: _named(mark)) if mark else None
    return named or channel.source


def _named(mark: str) -> Source | None:
    found = Source.objects.annotate(mark=Lower("utm_source")).filter(mark=mark, is_archived=False)
    source: Source | None = found.first()
    return source


def marks_of(marks: Marks) -> dict[str, Any]:
    """Return the columns of a lead that say where the client came from."""
    return {
        "utm_source": marks.source,
        "medium": marks.medium,
        "campaign": marks.campaign,
        "ad_content": marks.content,
        "term": marks.term,
        "page_url": marks.page_url,
        "referrer": marks.referrer,
        "click_ids": dict(marks.click_ids),
        "first_page_url": marks.first_page,
        "first_marks": dict(marks.first),
    }


# --- Joining (L4) ------------------------------------------------------------------------------------
def open_lead_of(
    channel: LeadChannel, contact: Contact | None, dialog: LeadDialog | None, *, at: dt.datetime
) -> Lead | None:
    """Find the open lead a new message belongs to: of the same dialog, or of the contact in this channel.

    After the channel's hours of silence a new lead starts.
    """
    same = Q()
    if dialog is not None:
        same |= Q(dialog_id=dialog.pk)
    if contact is not None:
        same |= Q(contact=contact, channel_id=channel.pk)
    if not same:
        return None
    silence = dt.timedelta(hours=channel.new_lead_after_h)
    found = Lead.objects.open().filter(same, last_inquiry_at__gte=at - silence)
    return found.order_by("-last_inquiry_at", "-id").first()


def ongoing_deal_of(channel: LeadChannel, dialog: LeadDialog | None, *, at: dt.datetime) -> Deal | None:
    """Find the open deal a correspondence goes on about: its next message is no new inquiry."""
    if dialog is None:
        return None
    since = at - dt.timedelta(hours=channel.new_lead_after_h)
    lines = Activity.objects.done().filter(message__dialog=dialog.pk, occurred_at__gte=since)
    last = visible_deal(lines.order_by("-occurred_at", "-id").values_list("deal_id", flat=True).first())
    return last if last is not None and last.deleted_at is None and not last.is_closed else None


# --- A new lead --------------------------------------------------------------------------------------
@dataclasses.dataclass(frozen=True, slots=True)
class Draft:
    """A lead before it is stored, and who is to have it; nobody was asked where that was said."""

    lead: Lead
    chosen: Decision | None = None


def create_lead(*, now: dt.datetime, **about: Any) -> Lead:
    """Write a lead with its number, region, responsible and search text; quality is decided by settle()."""
    return store(draft_lead(now=now, **about), now=now)


def draft_lead(*, now: dt.datetime, text: str = "", **about: Any) -> Draft:
    """Make a lead with its number, region, responsible and search text; `about` as new_lead() takes it.

    `text` is what the inquiry says, for the rules that hand it out; a responsible given is not asked for.
    """
    lead = new_lead(number=next_number("lead"), now=now, **about)
    # After the number: whoever deals holds a queue, and must not wait for the series while others wait for it.
    return Draft(lead) if lead.responsible is not None else hand_out([lead], {lead.pk: text}, now=now)[0]


def new_lead(
    *,
    number: int,
    kind: str,
    channel: LeadChannel | None,
    channel_kind: str,
    contact: Contact | None,
    received_at: dt.datetime,
    now: dt.datetime,
    by: Membership | None = None,
    responsible: Membership | None = None,
    **fields: Any,
) -> Lead:
    """Make a lead of this number, with its region and search text; nobody has it yet unless that is said."""
    lead = Lead(
        number=number,
        kind=kind,
        channel=cast("Any", channel),
        channel_kind=channel_kind,
        contact=contact,
        received_at=received_at,
        last_inquiry_at=received_at,
        response_limit_min=channel.response_limit_min if channel else None,
        responsible=responsible,
        assignment_reason="created" if responsible else "",
        step_started_at=now,
        created_by=by,
        **fitted(fields),
    )
    tenant = current_tenant()
    lead.region = lead.region or region_of(
        phone=lead.phone, fields=lead.fields, home=tenant.phone_region, language=tenant.language
    )
    lead.search_text = search_text(lead)
    return lead


def hand_out(leads: Sequence[Lead], texts: Mapping[uuid.UUID, str], *, now: dt.datetime) -> list[Draft]:
    """Choose who is to have each lead, one after the other; `texts` is what the inquiries say, by the leads' ids."""
    chosen = _dealt(leads, texts, now=now)
    if not all(lead.responsible is None or lead.responsible.is_active for lead in leads):
        forget()  # dismissed since it was read who works here
        chosen = _dealt(leads, texts, now=now)
    return [Draft(lead, decision) for lead, decision in zip(leads, chosen, strict=True)]


def _dealt(leads: Sequence[Lead], texts: Mapping[uuid.UUID, str], *, now: dt.datetime) -> list[Decision]:
    chosen = route_all(leads, book=current_book(now=now), now=now, texts=texts)
    people = Membership.objects.in_bulk({one.member_id for one in chosen} - {None})
    roles = Role.objects.in_bulk({one.role_id for one in chosen if one.rule is not None} - {None})
    for lead, decision in zip(leads, chosen, strict=True):
        give(lead, decision, now=now)
        if decision.member_id in people:
            lead.responsible = people[decision.member_id]
        if decision.role_id in roles:
            lead.responsible_role = roles[decision.role_id]
    return chosen


def store(draft: Draft, *, now: dt.datetime) -> Lead:
    """Write a drafted lead, and down why it went to whom."""
    store_all([draft], now=now)
    return draft.lead


def store_all(drafts: Sequence[Draft], *, now: dt.datetime) -> None:
    """Write drafted leads, and down why they went to whom."""
    Lead.objects.bulk_create([draft.lead for draft in drafts])
    dealt = [(draft.lead, draft.chosen) for draft in drafts if draft.chosen is not None]
    if dealt:
        remember_all(dealt, now=now)
        write_entries([(_routed(*one, now=now), ()) for one in dealt if one[1].rule is not None])


def _routed(lead: Lead, decision: Decision, *, now: dt.datetime) -> Activity:
    """Tell in the lead's history to whom a rule gave it; what no rule decided is told by the lead itself."""
    to = lead.responsible or lead.responsible_role
    why = {"reason": decision.reason, "params": decision.params}
    return entry_of(lead, by=None, now=now, code="lead_routed", to=to.name if to else "", **why)


def settle(
    lead: Lead, *, now: dt.datetime, is_new: bool, by: Membership | None = None, is_quiet: bool = False
) -> Lead:
    """Decide the quality of a lead that came or grew, tell open pages and its responsible; read it anew."""
    quality.reclassify(lead)
    fresh = Lead.objects.select_related(*RELATED).get(pk=lead.pk)
    _watch(fresh, now=now)
    if is_quiet:
        tell(fresh, topic="lead.new" if is_new else "lead.changed")
    else:
        announce(fresh, now=now, is_new=is_new, by=by)
    return fresh


def announce(lead: Lead, *, now: dt.datetime, is_new: bool, by: Membership | None = None) -> None:
    """Tell open pages and whoever has to answer of a lead that came or grew."""
    announce_all([lead], now=now, is_new=is_new, by=by)


def announce_all(
    leads: Iterable[Lead], *, now: dt.datetime, is_new: bool, by: Membership | None = None
) -> None:
    """The same of several leads."""
    notices = []
    for lead in leads:
        tell(lead, topic="lead.new" if is_new else "lead.changed")
        person = lead.taken_by or lead.responsible
        if person is not None and person != by:
            notices.append(_notice(lead, [person], "lead_new" if is_new else "lead_reply"))
    if notices:
        notify_all(notices, now=now)


def _watch(lead: Lead, *, now: dt.datetime) -> None:
    before = [getattr(lead, name) for name in MOVING]
    watch(lead, now=now)
    if before != [getattr(lead, name) for name in MOVING]:
        lead.save(update_fields=MOVING)


def notify_about(
    lead: Lead, *, members: Sequence[Membership], code: str, now: dt.datetime, by: str = "", **more: Any
) -> None:
    """Put a line about the lead into the members' bells."""
    notify_all([_notice(lead, members, code, by=by, **more)], now=now)


def _notice(lead: Lead, members: Sequence[Membership], code: str, *, by: str = "", **more: Any) -> Notice:
    about = {"lead": who_is(lead), "number": lead.number, "text": lead.summary or lead.subject, "by": by}
    return Notice(members, code, about | more, reverse("leads:detail", args=[lead.pk]))


def mark_unread(deal: Deal, *, occasion: uuid.UUID, now: dt.datetime) -> None:
    """Count one unread message on the deal, tell open boards, and whoever listens that the client wrote.

    `occasion` is the entry or lead that came: the same for the same message.
    """
    Deal.objects.filter(pk=deal.pk).update(unread_count=F("unread_count") + 1)
    payload = {"id": str(deal.pk), "stage": str(deal.stage_id), "version": deal.version}
    live.publish(tenant_id=current_tenant_id(), topic="deal.changed", payload=payload)
    happenings.tell(happenings.Happening(happenings.What.CLIENT_WROTE, deal, now, None, str(occasion)))


def who_is(lead: Lead) -> str:
    """Name the client of a lead: the contact's name, else as they called themselves, else the number."""
    contact = lead.contact
    return (contact.name if contact is not None and contact.name else "") or str(lead)


def first_line(*texts: str) -> str:
    """Take the first line that says something."""
    for text in texts:
        for line in text.splitlines():
            if words := " ".join(line.split()):
                return words[:SUMMARY]
    return ""


def fitted(fields: dict[str, Any]) -> dict[str, Any]:
    """Cut texts to their columns and drop NUL, which PostgreSQL takes nowhere."""
    result = {}
    for name, value in fields.items():
        limit = getattr(Lead._meta.get_field(name), "max_length", None)
        result[name] = value.replace("\0", "")[:limit] if isinstance(value, str) else value
    return result


def wait_for(contact: Contact | None) -> Contact | None:
    """Let two arrivals of one contact come in one after the other: the second joins the first's lead.

    Return the contact, or whom it was merged into while we waited.
    """
    current = lock_contact(contact.pk) if contact is not None else None
    if contact is None or current == contact.pk:
        return contact
    found: Contact = Contact.objects.get(pk=current)
    return found
