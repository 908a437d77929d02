"""Whom an inquiry probably comes from: exact keys first, then those most like it, then names alike."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Sequence
from typing import Any, Literal

from django.db import connection
from django.db.models import Count, Q
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from contacts.duplicates.finding import FIRMS, PEOPLE, alike
from contacts.duplicates.profiles import firm, person, person_name
from contacts.duplicates.scoring import Score
from contacts.duplicates.wording import reasons_text
from contacts.folding import bare_company_name, fold
from contacts.identity.keys import Key, any_of, email_keys, phone_keys, tenant_region
from contacts.keys_shown import employers
from contacts.models import Company, CompanyPoint, Contact, IdentityKey
from contacts.names import split_name
from core import formats
from tenants.models import Membership

_MIN_NAME = 3
_WORTH_A_HINT = 25  # points; fewer than a pair of stored cards needs, for a person looks at it anyway
_OPEN_DEALS = Count("deals", filter=Q(deals__state="open", deals__deleted_at=None), distinct=True)


@dataclasses.dataclass(frozen=True, slots=True)
class Match:
    """A contact or company the person may be, and why we think so."""

    kind: Literal["contact", "company"]
    id: uuid.UUID
    title: str
    subtitle: str
    reason: str  # in the reader's language
    is_exact: bool  # the same phone, address or company name, not just a name alike
    open_deal_count: int
    points: int = 0  # how likely, of contacts.duplicates.scoring; 0 for a name that only looks alike


@dataclasses.dataclass(frozen=True, slots=True)
class Said:
    """What is known of a client that may have a card already."""

    name: str = ""
    keys: Sequence[Key] = ()
    inn: str = ""
    kpp: str = ""
    site: str = ""


def likely_matches(
    *,
    name: str = "",
    phone: str = "",
    email: str = "",
    company_name: str = "",
    inn: str = "",
    kpp: str = "",
    site: str = "",
    limit: int = 5,
    member: Membership | None = None,
) -> list[Match]:
    """List the likeliest contacts and companies, exact ones first; only those the member may see."""
    region = tenant_region() if phone else ""
    keys = [*(phone_keys(phone, region) if phone else []), *email_keys(email)]
    found = _contacts(Said(name, keys), limit, member)
    found += _companies(Said(company_name, keys, inn, kpp, site), limit, member)
    found.sort(key=_likeliest)
    return found[:limit]


def _likeliest(match: Match) -> tuple[bool, int]:
    return not match.is_exact, -match.points


def _contacts(said: Said, limit: int, member: Membership | None) -> list[Match]:
    reasons = _contact_reasons(said.keys)
    scores = dict(_alike_people(said, limit))
    similar = _similar(fold(said.name), is_company=False, limit=limit)
    allowed = Contact.objects.visible_to(member) if member else Contact.objects.present()
    rows = (
        allowed.filter(pk__in=[*reasons, *scores, *similar])
        .annotate(open_deal_count=_OPEN_DEALS)
        .prefetch_related("keys", "memberships__company")[: limit * 3]
    )
    matches = [_contact_match(row, reasons.get(row.pk, ""), scores.get(row.pk)) for row in rows]
    return sorted(matches, key=_likeliest)[:limit]


def _alike_people(said: Said, limit: int) -> list[tuple[uuid.UUID, Score]]:
    """Compare with the cards that have something in common; nothing is asked where nothing could be."""
    parts = split_name(said.name)
    heard = person_name(parts.last, parts.first, parts.middle, said.name)
    typed = person(heard, [(key.kind, key.value, key.raw) for key in said.keys])
    return alike(PEOPLE, typed, least=_WORTH_A_HINT, limit=limit)


def _contact_reasons(keys: Sequence[Key]) -> dict[uuid.UUID, str]:
    """Map owners of the keys to the reason, the first key's where several point to one."""
    if not keys:
        return {}
    found = list(IdentityKey.objects.filter(any_of(keys)))
    order = {(key.kind, key.value): place for place, key in enumerate(keys)}
    found.sort(key=lambda row: order[row.kind, row.value], reverse=True)
    return {row.contact_id: _same(row.kind, row.value) for row in found}


def _same(kind: str, value: str) -> str:
    if kind == IdentityKey.Kind.PHONE:
        return _("Same phone, %(value)s") % {"value": formats.phone(value)}
    return _("Same address, %(value)s") % {"value": value}


def _similar(text: str, *, is_company: bool, limit: int) -> list[uuid.UUID]:
    """Find the cards of names alike, by themselves: beside other conditions all cards would be asked for it."""
    if len(text) < _MIN_NAME:
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM search.similar_names(%s, %s, %s)", [text[:100], is_company, limit])
        return [row[0] for row in cursor.fetchall()]


def _contact_match(contact: Any, reason: str, score: Score | None) -> Match:
    keys = [key for key in contact.keys.all() if key.kind in ("phone", "email")]
    shown = [formats.phone(key.value) if key.kind == "phone" else key.value for key in keys[:2]]
    companies = employers(contact)
    return Match(
        kind="contact",
        id=contact.pk,
        title=str(contact),
        subtitle=", ".join([*companies[:1], *shown]),
        reason=reason or _told(score) or _("Similar name"),
        is_exact=bool(reason),
        open_deal_count=contact.open_deal_count,
        points=score.points if score else 0,
    )


def _told(score: Score | None) -> str:
    return capfirst(reasons_text(score.reasons)) if score else ""


def _companies(said: Said, limit: int, member: Membership | None) -> list[Match]:
    bare = bare_company_name(said.name)
    points = (
        {p.company_id: _same(p.kind, p.value) for p in CompanyPoint.objects.filter(any_of(said.keys))}
        if said.keys
        else {}
    )
    legal = [(said.inn, said.kpp)] if said.inn else []
    typed = firm(said.name, [(key.kind, key.value) for key in said.keys], legal, site=said.site)
    scores = dict(alike(FIRMS, typed, least=_WORTH_A_HINT, limit=limit))
    if not bare and not points and not scores:
        return []
    allowed = Company.objects.visible_to(member) if member else Company.objects.present()
    same_name = Q(bare_name=bare) if bare else Q(pk__in=[])
    rows = (
        allowed.filter(
            Q(pk__in=[*points, *scores, *_similar(bare, is_company=True, limit=limit)]) | same_name
        )
        .annotate(open_deal_count=_OPEN_DEALS)
        .prefetch_related("legal_details")[: limit * 3]
    )
    matches = [_company_match(row, points.get(row.pk, ""), bare, scores.get(row.pk)) for row in rows]
    return sorted(matches, key=_likeliest)[:limit]


def _company_match(company: Any, reason: str, bare: str, score: Score | None) -> Match:
    is_same_name = bool(bare) and company.bare_name == bare
    inns = [_("INN %(inn)s") % {"inn": details.inn} for details in company.legal_details.all() if details.inn]
    return Match(
        kind="company",
        id=company.pk,
        title=company.name,
        subtitle=", ".join(part for part in (*inns[:1], company.address) if part),
        reason=reason or (_("Same name") if is_same_name else _told(score) or _("Similar name")),
        is_exact=bool(reason) or is_same_name,
        open_deal_count=company.open_deal_count,
        points=score.points if score else 0,
    )
