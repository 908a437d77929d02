"""Whom an inquiry probably comes from: exact keys first, then names alike."""

from __future__ import annotations

import dataclasses
import uuid
from typing import Any, Literal

from django.db.models import Count, Q
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _

from contacts.folding import bare_company_name, fold
from contacts.identity.keys import Key, any_of, email_keys, phone_keys, tenant_region
from contacts.models import Company, CompanyPoint, Contact, IdentityKey
from core import formats
from tenants.models import Membership

_MIN_NAME = 3
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


def likely_matches(
    *,
    name: str = "",
    phone: str = "",
    email: str = "",
    company_name: str = "",
    limit: int = 5,
    member: Membership | None = None,
) -> list[Match]:
    """List the likeliest contacts and companies, exact ones first; only those the member may see."""
    region = tenant_region() if phone else ""
    keys = [*(phone_keys(phone, region) if phone else []), *email_keys(email)]
    found = _contacts(keys, name, limit, member) + _companies(keys, company_name, limit, member)
    found.sort(key=lambda match: not match.is_exact)
    return found[:limit]


def _contacts(keys: list[Key], name: str, limit: int, member: Membership | None) -> list[Match]:
    reasons = _contact_reasons(keys)
    similar = _similar(fold(name), is_company=False, limit=limit)
    allowed = Contact.objects.visible_to(member) if member else Contact.objects.present()
    rows = (
        allowed.filter(Q(pk__in=list(reasons)) | similar)
        .annotate(open_deal_count=_OPEN_DEALS)
        .prefetch_related("keys", "companies")[: limit * 2]
    )
    matches = [_contact_match(row, reasons.get(row.pk, "")) for row in rows]
    return sorted(matches, key=lambda match: not match.is_exact)[:limit]


def _contact_reasons(keys: list[Key]) -> dict[uuid.UUID, str]:
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


def _similar(text: str, *, is_company: bool, limit: int) -> Q:
    if len(text) < _MIN_NAME:
        return Q(pk__in=[])
    rows = RawSQL("SELECT id FROM search.similar_names(%s, %s, %s)", (text[:100], is_company, limit))
    return Q(pk__in=rows)


def _contact_match(contact: Any, reason: str) -> Match:
    keys = [key for key in contact.keys.all() if key.kind in ("phone", "email")]
    shown = [formats.phone(key.value) if key.kind == "phone" else key.value for key in keys[:2]]
    companies = [company.name for company in contact.companies.all() if company.deleted_at is None]
    return Match(
        kind="contact",
        id=contact.pk,
        title=str(contact),
        subtitle=", ".join([*companies[:1], *shown]),
        reason=reason or _("Similar name"),
        is_exact=bool(reason),
        open_deal_count=contact.open_deal_count,
    )


def _companies(keys: list[Key], name: str, limit: int, member: Membership | None) -> list[Match]:
    bare = bare_company_name(name)
    points = (
        {p.company_id: _same(p.kind, p.value) for p in CompanyPoint.objects.filter(any_of(keys))}
        if keys
        else {}
    )
    if not bare and not points:
        return []
    allowed = Company.objects.visible_to(member) if member else Company.objects.present()
    same_name = Q(bare_name=bare) if bare else Q(pk__in=[])
    rows = (
        allowed.filter(Q(pk__in=list(points)) | same_name | _similar(bare, is_company=True, limit=limit))
        .annotate(open_deal_count=_OPEN_DEALS)
        .prefetch_related("legal_details")[: limit * 2]
    )
    matches = [_company_match(row, points.get(row.pk, ""), bare) for row in rows]
    return sorted(matches, key=lambda match: not match.is_exact)[:limit]


def _company_match(company: Any, reason: str, bare: str) -> Match:
    is_same_name = bool(bare) and company.bare_name == bare
    inns = [_("INN %(inn)s") % {"inn": details.inn} for details in company.legal_details.all() if details.inn]
    return Match(
        kind="company",
        id=company.pk,
        title=company.name,
        subtitle=", ".join(part for part in (*inns[:1], company.address) if part),
        reason=reason or (_("Same name") if is_same_name else _("Similar name")),
        is_exact=bool(reason) or is_same_name,
        open_deal_count=company.open_deal_count,
    )
