"""What is known about one lead, ready to print: for the preview, the wizard and the lead's own page."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from contacts.identity import Match, likely_matches
from contacts.models import Contact, IdentityKey
from core import formats
from deals.models import Deal
from leads import quality, routing
from leads.clock import Wait, calendar_for, wait_of
from leads.models import Lead
from leads.queue.rows import channel_text, glyph_of, title_of
from tenants.access import Action, Section, may
from tenants.hours import WorkCalendar, book_of
from tenants.models import Membership

UTM = (
    ("utm_source", "utm_source"),
    ("utm_medium", "medium"),
    ("utm_campaign", "campaign"),
    ("utm_content", "ad_content"),
    ("utm_term", "term"),
)


@dataclasses.dataclass(frozen=True, slots=True)
class Point:
    """A way to reach the client."""

    text: str
    url: str
    icon: str
    label: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Other:
    """Another inquiry of the same client."""

    url: str
    title: str
    glyph: str
    is_missed: bool
    quality: str
    received_at: dt.datetime
    state: str


@dataclasses.dataclass(frozen=True, slots=True)
class FirstVisit:
    """How the client first came to the site, where its script remembers it."""

    marks: str  # source, medium, campaign, or the site that led there
    at: dt.datetime | None


@dataclasses.dataclass(frozen=True, slots=True)
class Card:
    """A lead as people read it."""

    lead: Lead
    title: str
    has_name: bool
    glyph: str
    channel: str
    is_missed: bool
    profile_url: str
    wait: Wait | None
    wait_text: str
    first_answer: str  # how long the first answer took
    quality: str
    quality_reason: str
    source: str
    source_detail: str
    utm: str
    first_visit: FirstVisit | None
    assigned_to: str
    assigned_why: str
    contact_url: str
    match: str
    points: Sequence[Point]
    others: Sequence[Other]
    open_deals: Sequence[Deal]
    may_edit: bool
    may_delete: bool
    is_mine: bool


def card_of(lead: Lead, member: Membership, *, now: dt.datetime) -> Card:
    """Gather what a page shows of a lead; five queries at most."""
    guess, reason = quality.shown(lead)
    calendar = calendar_for(lead, book_of(member.tenant, now=now))
    wait = wait_of(calendar, waiting_since=lead.waiting_since, limit_min=lead.response_limit_min, now=now)
    keys = list(IdentityKey.objects.filter(contact=lead.contact)) if lead.contact else []
    deals = open_deals_of(lead.contact, member)
    return Card(
        lead=lead,
        title=title_of(lead),
        has_name=bool(lead.name or (lead.contact and lead.contact.name)),
        glyph=glyph_of(lead),
        channel=channel_text(lead),
        is_missed=lead.is_missed,
        profile_url=profile_url_of(keys),
        wait=wait if lead.is_open else None,
        wait_text=formats.minutes(wait.minutes) if wait and lead.is_open else "",
        first_answer=_first_answer(lead, calendar),
        quality=guess if lead.quality == Lead.Quality.UNSORTED else lead.quality,
        quality_reason=reason,
        source=lead.source.name if lead.source else lead.utm_source,
        source_detail=", ".join(filter(None, (lead.medium, lead.campaign))),
        utm=", ".join(f"{name}={value}" for name, field in UTM if (value := getattr(lead, field))),
        first_visit=_first_visit(lead),
        assigned_to=_assigned_to(lead),
        assigned_why=routing.reason_text(lead.assignment_reason, lead.assignment_params),
        contact_url=page_if("contacts:detail", lead.contact.pk) if lead.contact else "",
        match=_match(lead),
        points=[point_of(key) for key in keys] or _own_points(lead),
        others=_others(lead, member),
        open_deals=deals,
        may_edit=_may(lead, member, Action.EDIT),
        may_delete=may(member, Section.LEADS, Action.DELETE) and _may(lead, member, Action.DELETE),
        is_mine=lead.taken_by_id == member.pk,
    )


def matches_of(lead: Lead, member: Membership, *, limit: int = 5) -> list[Match]:
    """List whom the lead may come from beside the contact it has, companies too."""
    found = likely_matches(
        name=lead.name,
        phone=lead.phone,
        email=lead.email,
        company_name=lead.company_name,
        limit=limit + 1,
        member=member,
    )
    return [match for match in found if match.id != lead.contact_id][:limit]


def open_deals_of(contact: Contact | None, member: Membership) -> list[Deal]:
    """List the client's open deals the member may see: first those that are the only visible one, then the newest."""
    if contact is None:
        return []
    rows = Deal.objects.open().visible_to(member).filter(contact=contact)
    rows = rows.select_related("stage", "owner", "contact", "company")
    order = ("-pipeline__has_one_open_deal", "-created_at", "-id")
    return list(rows.order_by(*order)[:5])


def page_if(name: str, *args: object) -> str:
    """Reverse the address of a page, or give nothing where it isn't installed."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def profile_url_of(keys: Sequence[IdentityKey]) -> str:
    """Give the address of the client's page in a messenger; empty where no key tells one."""
    found = next((key.profile_url for key in keys if key.profile_url), "")
    return found if found.startswith(("https://", "http://")) else ""


def point_of(key: IdentityKey) -> Point:
    """Make a key something to call, write to or open."""
    if key.kind == IdentityKey.Kind.PHONE:
        return Point(formats.phone(key.value), f"tel:{key.value}", "phone", key.label)
    if key.kind == IdentityKey.Kind.EMAIL:
        return Point(key.value, f"mailto:{key.value}", "mail", key.label)
    url = key.profile_url if key.profile_url.startswith(("https://", "http://")) else ""
    return Point(key.raw or key.value, url, "message", str(key.get_kind_display()))


# --- Parts -------------------------------------------------------------------------------------------
def _may(lead: Lead, member: Membership, action: str) -> bool:
    is_at_all = may(member, Section.LEADS, action)
    return is_at_all and Lead.objects.visible_to(member, action).filter(pk=lead.pk).exists()


def _own_points(lead: Lead) -> list[Point]:
    points = []
    if lead.phone:
        points.append(Point(formats.phone(lead.phone), f"tel:{lead.phone}", "phone"))
    if lead.email:
        points.append(Point(lead.email, f"mailto:{lead.email}", "mail"))
    return points


def _others(lead: Lead, member: Membership) -> list[Other]:
    if lead.contact_id is None:
        return []
    rows = Lead.objects.present().visible_to(member).filter(contact=lead.contact_id).exclude(pk=lead.pk)
    return [
        _other(row) for row in rows.select_related("call", "channel", "contact").order_by("-received_at")[:6]
    ]


def _other(lead: Lead) -> Other:
    return Other(
        url=reverse("leads:detail", args=[lead.pk]),
        title=lead.subject or lead.summary or channel_text(lead),
        glyph=glyph_of(lead),
        is_missed=lead.is_missed,
        quality=quality.shown(lead)[0],
        received_at=lead.received_at,
        state=str(lead.get_state_display()),
    )


def _assigned_to(lead: Lead) -> str:
    if lead.responsible is not None:
        return lead.responsible.name
    return (
        _("Everybody in the role “%(role)s”") % {"role": lead.responsible_role.name}
        if lead.responsible_role
        else ""
    )


def _first_visit(lead: Lead) -> FirstVisit | None:
    marks = lead.first_marks
    if not marks and not lead.first_page_url:
        return None
    said = ", ".join(filter(None, (marks.get(name, "") for name in ("source", "medium", "campaign"))))
    at = dt.datetime.fromisoformat(marks["at"]) if "at" in marks else None
    return FirstVisit(said or marks.get("referrer", ""), at)


def _match(lead: Lead) -> str:
    contact = lead.contact
    if contact is None or contact.created_at >= lead.received_at:
        return ""
    return _("known since %(date)s") % {"date": formats.short_date(contact.created_at)}


def _first_answer(lead: Lead, calendar: WorkCalendar) -> str:
    if lead.first_response_at is None:
        return ""
    kept = lead.response_min
    return formats.minutes(
        kept if kept is not None else calendar.minutes_between(lead.received_at, lead.first_response_at)
    )
