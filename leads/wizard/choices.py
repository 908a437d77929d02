"""Whom and what the wizard offers: likely contacts, their companies, their open deals."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Sequence

from django.db.models import Q
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contacts.models import Company, Contact, IdentityKey
from core import formats
from deals.models import Deal, Stage
from leads.card import matches_of
from leads.models import Lead
from leads.services.newcomers import is_only_of
from tenants.access import Action, Section, may
from tenants.models import Membership

OWN, NEW, NONE = "own", "new", "none"


@dataclasses.dataclass(frozen=True, slots=True)
class ContactChoice:
    """One person the inquiry may come from."""

    value: str
    title: str
    details: SafeString  # what is known, with what matches the inquiry marked
    reason: str
    is_sure: bool
    is_new: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Choices:
    """Everything the wizard lets choose from. Ids are text, as forms carry them."""

    contacts: Sequence[ContactChoice]
    companies: Sequence[Company]
    deals: Sequence[Deal]
    has_own_newcomer: bool  # the contact the lead came with was made by it
    may_add_deal: bool
    arriving: str  # phones and profiles that can be moved to a known contact


def choices_for(lead: Lead, member: Membership) -> Choices:
    """Gather what the wizard offers for a lead; about ten queries, whatever is found."""
    matches = matches_of(lead, member, limit=3)
    people = [match for match in matches if match.kind == "contact"]
    is_newcomer = lead.contact is not None and is_only_of(lead.contact, lead)
    contact_ids = [match.id for match in people] + ([lead.contact_id] if lead.contact_id else [])
    company_ids = [match.id for match in matches if match.kind == "company"]
    contacts = [
        ContactChoice(
            value=str(match.id),
            title=match.title,
            details=_marked(_with_deals(match.subtitle, match.open_deal_count), lead),
            reason=match.reason,
            is_sure=match.is_exact,
        )
        for match in people
    ]
    own = _own(lead, is_newcomer, member)
    fresh = [] if is_newcomer else [_new(lead)]
    known = contacts if own is None or own.is_new else [own, *contacts]
    return Choices(
        contacts=[*known, *([own] if own and own.is_new else []), *fresh],
        companies=_companies(contact_ids, company_ids, member),
        deals=_deals(contact_ids, member),
        has_own_newcomer=is_newcomer,
        may_add_deal=may(member, Section.DEALS, Action.ADD),
        arriving=_arriving(lead) if is_newcomer else "",
    )


def _own(lead: Lead, is_newcomer: bool, member: Membership) -> ContactChoice | None:
    """The contact the lead has: known, or made by its arrival."""
    contact = lead.contact
    if contact is None:
        return None
    if is_newcomer:
        return _new(lead, OWN)
    count = Deal.objects.open().visible_to(member).filter(contact=contact).count()
    shown = [_shown(key) for key in contact.keys.all()[:3]]
    companies = [
        company.name for company in contact.companies.filter(deleted_at=None, members__left_on=None)[:1]
    ]
    details = _with_deals(", ".join([*companies, *shown]), count)
    return ContactChoice(OWN, str(contact), _marked(details, lead), _("known to us"), is_sure=True)


def _new(lead: Lead, value: str = NEW) -> ContactChoice:
    details = format_html("{}", _told(lead))
    return ContactChoice(value, _("New contact"), details, "", is_sure=False, is_new=True)


def _told(lead: Lead) -> str:
    return ", ".join(filter(None, (lead.name, formats.phone(lead.phone) if lead.phone else "", lead.email)))


def _shown(key: IdentityKey) -> str:
    """A phone or address as it is, a messenger by its name: the number of an account says nothing."""
    if key.kind == IdentityKey.Kind.PHONE:
        return formats.phone(key.value)
    return key.value if key.kind == IdentityKey.Kind.EMAIL else str(key.get_kind_display())


def _with_deals(text: str, count: int) -> str:
    deals = (
        ngettext("%(n)s open deal", "%(n)s open deals", count) % {"n": count} if count else _("no open deals")
    )
    return " · ".join(filter(None, (text, deals)))


def _marked(text: str, lead: Lead) -> SafeString:
    """Mark in the text what the inquiry says too."""
    safe = str(conditional_escape(text))
    told = (formats.phone(lead.phone) if lead.phone else "", lead.email, lead.company_name)
    for value in {str(conditional_escape(value)) for value in told if len(value) > 2}:
        safe = safe.replace(value, str(format_html('<mark class="nw">{}</mark>', mark_safe(value))))
    return mark_safe(safe)


def _arriving(lead: Lead) -> str:
    """What the newcomer brings: it can be added to the contact it really is."""
    assert lead.contact is not None
    return ", ".join(_shown(key) for key in lead.contact.keys.all())


def _companies(
    contact_ids: list[uuid.UUID], company_ids: list[uuid.UUID], member: Membership
) -> list[Company]:
    wanted = Q(members__contact__in=contact_ids) | Q(pk__in=company_ids)
    return list(Company.objects.present().visible_to(member).filter(wanted).distinct().order_by("name")[:10])


def _deals(contact_ids: list[uuid.UUID], member: Membership) -> list[Deal]:
    """Open deals of these people; those of a pipeline that shows one deal a client come first."""
    rows = Deal.objects.open().visible_to(member).filter(contact__in=contact_ids)
    order = ("-pipeline__has_one_open_deal", "-created_at", "-id")
    return list(rows.select_related("stage", "contact", "pipeline").order_by(*order)[:5])


def one_open_deal(lead: Lead, chosen: str, stage: Stage | None, deals: Sequence[Deal]) -> Deal | None:
    """The deal of the chosen contact, where the pipeline of the stage shows one deal a client; None elsewhere."""
    contact = str(lead.contact_id) if chosen == OWN else chosen
    for deal in deals:
        if stage is not None and deal.pipeline_id == stage.pipeline_id and str(deal.contact_id) == contact:
            return deal if deal.pipeline.has_one_open_deal else None
    return None


def contact_by(value: str, member: Membership) -> Contact | None:
    """Find a contact by what the form sent."""
    try:
        pk = uuid.UUID(value)
    except ValueError:
        return None
    found: Contact | None = Contact.objects.present().visible_to(member).filter(pk=pk).first()
    return found
