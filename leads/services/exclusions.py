"""The exclusion list: who never becomes a lead again, and marking an inquiry as spam."""

from __future__ import annotations

import datetime as dt
import functools
import itertools
import operator
import uuid
from collections.abc import Iterable, Iterator, Sequence

from django.db import transaction
from django.db.models import F, Q, QuerySet

from contacts.identity import Key, normalise_email, normalise_phone, tenant_region
from contacts.models import IdentityKey
from deals.models import RejectionReason
from leads.errors import NotAnExclusion, PublicDomain
from leads.models import Exclusion, Lead, LeadAction
from leads.models.exclusions import DOMAIN
from leads.services.decisions import reject_lead
from tenants.models import Membership

# Millions of strangers write from these: one of them is excluded, never all.
PUBLIC_DOMAINS = frozenset({
    "aol.com", "bk.ru", "gmail.com", "gmx.de", "gmx.net", "googlemail.com", "hotmail.com", "icloud.com",
    "inbox.ru", "internet.ru", "list.ru", "live.com", "mail.ru", "me.com", "msn.com", "outlook.com",
    "proton.me", "protonmail.com", "rambler.ru", "tut.by", "ukr.net", "vk.com", "web.de", "ya.ru",
    "yahoo.com", "yandex.by", "yandex.com", "yandex.kz", "yandex.ru",
})  # fmt: skip


def read_exclusion(text: str) -> Key:
    """Tell what somebody typed: a phone, an address, or a domain (with or without @).

    Raises NotAnExclusion and PublicDomain.
    """
    words = text.strip()
    if "@" in words.lstrip("@") and (email := normalise_email(words)):
        return Key(IdentityKey.Kind.EMAIL, email)
    if phone := normalise_phone(words, tenant_region()):
        return Key(IdentityKey.Kind.PHONE, phone)
    domain = normalise_email(f"anybody@{words.lstrip('@')}").rpartition("@")[2]
    if not domain:
        raise NotAnExclusion
    if domain in PUBLIC_DOMAINS:
        raise PublicDomain(domain=domain)
    return Key(DOMAIN, domain)


@transaction.atomic
def exclude(*, key: Key, by: Membership | None, now: dt.datetime, note: str = "") -> Exclusion:
    """Put a key on the list; one that is there already stays as it is."""
    found, _is_new = Exclusion.objects.get_or_create(
        kind=key.kind,
        value=key.value,
        defaults={"note": note.strip()[:200], "created_at": now, "created_by": by},
    )
    return found


def readmit(*, exclusion: Exclusion, by: Membership) -> None:
    """Take a key off the list: its next inquiry is a lead again."""
    exclusion.delete()


def find_exclusion(keys: Iterable[Key]) -> Exclusion | None:
    """Find the oldest exclusion that one of these keys of an arriving inquiry meets."""
    ways = itertools.chain.from_iterable(_ways_of(key) for key in keys)
    return _listed(ways).order_by("created_at", "id").first()


def excluded_among(keys: Iterable[Key]) -> set[tuple[str, str]]:
    """Tell which of many keys meet the list, by themselves or by their domain. One query."""
    ways = {(key.kind, key.value): set(_ways_of(key)) for key in keys}
    listed = set(_listed(itertools.chain(*ways.values())).values_list("kind", "value"))
    return {key for key, own in ways.items() if own & listed}


def count_held(exclusion: Exclusion, *, now: dt.datetime) -> None:
    """Count one more inquiry that the exclusion kept out of the queue."""
    Exclusion.objects.filter(pk=exclusion.pk).update(held_count=F("held_count") + 1, last_held_at=now)


def _listed(ways: Iterable[tuple[str, str]]) -> QuerySet[Exclusion]:
    """Find what stands on the list of these kinds and values."""
    by_kind: dict[str, set[str]] = {}
    for kind, value in ways:
        by_kind.setdefault(kind, set()).add(value)
    if not by_kind:
        return Exclusion.objects.none()
    conditions = (Q(kind=kind, value__in=values) for kind, values in by_kind.items())
    return Exclusion.objects.filter(functools.reduce(operator.or_, conditions))


def _ways_of(key: Key) -> Iterator[tuple[str, str]]:
    """List by what a key can be on the list: itself, and the domains of an address."""
    yield key.kind, key.value
    if key.kind == IdentityKey.Kind.EMAIL:
        yield from ((DOMAIN, domain) for domain in _domains_of(key.value))


def _domains_of(email: str) -> list[str]:
    """List a.b.example and b.example for somebody@a.b.example."""
    parts = email.rpartition("@")[2].split(".")
    return [".".join(parts[start:]) for start in range(len(parts) - 1)]


def spam_keys(lead: Lead) -> list[Key]:
    """List what the sender of this lead can be excluded by: its keys, and the mail's domain where it is their own."""
    keys = [Key(IdentityKey.Kind.PHONE, lead.phone)] if lead.phone.startswith("+") else []
    if email := normalise_email(lead.email):
        keys.append(Key(IdentityKey.Kind.EMAIL, email))
        domain = email.rpartition("@")[2]
        if domain not in PUBLIC_DOMAINS:
            keys.append(Key(DOMAIN, domain))
    if lead.contact_id is not None and lead.channel_kind == "messenger" and lead.channel is not None:
        profiles = IdentityKey.objects.filter(contact=lead.contact_id, kind=lead.channel.kind)
        keys += [Key(row.kind, row.value, row.raw) for row in profiles.order_by("id")[:5]]
    return keys


@transaction.atomic
def mark_spam(*, lead: Lead, keys: Sequence[Key], by: Membership, now: dt.datetime) -> LeadAction:
    """Reject the lead as spam and exclude the chosen keys of its sender; one undo takes both back.

    The reason is the directory's first that makes a lead non-targeted. Raises what reject_lead raises.
    """
    reasons = RejectionReason.objects.filter(is_for_leads=True, is_archived=False, is_non_targeted=True)
    action = reject_lead(lead=lead, by=by, now=now, reason=reasons.first())
    excluded = [exclude(key=key, by=by, now=now) for key in keys]
    new = [str(one.pk) for one in excluded if one.created_at == now]
    action.before = action.before | {"_excluded": new}
    action.save(update_fields=["before"])
    return action


def take_back(ids: Iterable[str]) -> None:
    """Undo what mark_spam excluded."""
    Exclusion.objects.filter(pk__in=[uuid.UUID(pk) for pk in ids]).delete()
