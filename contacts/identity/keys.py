"""Keys by which a contact is known again."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable

from django.db.models import Q

from contacts.identity.normal import normalise_email, normalise_phones
from contacts.models import IdentityKey
from tenants.current import current_tenant

_NOT_PRINTED = re.compile(r"[\x00-\x1f\x7f]")


@dataclasses.dataclass(frozen=True, slots=True)
class Key:
    """A normalised phone, e-mail or messenger id, before it is stored. See normalise_phone and others."""

    kind: str  # IdentityKey.Kind
    value: str  # normalised
    raw: str = ""  # as received
    label: str = ""
    profile_url: str = ""


def phone_keys(raw: object, region: str, *, label: str = "") -> list[Key]:
    """Make keys of every phone in the text."""
    return [Key(IdentityKey.Kind.PHONE, value, clean(raw), label) for value in normalise_phones(raw, region)]


def email_keys(raw: object, *, label: str = "") -> list[Key]:
    """Make a key of the address in the text; an empty list where there is none."""
    value = normalise_email(raw)
    return [Key(IdentityKey.Kind.EMAIL, value, clean(raw), label)] if value else []


def messenger_key(kind: str, messenger_id: object, *, username: str = "", profile_url: str = "") -> list[Key]:
    """Make a key of a provider's id of a person; an empty list where there is none."""
    value = clean(messenger_id)
    return [Key(kind, value, clean(username) or value, profile_url=profile_url[:300])] if value else []


def clean(raw: object, limit: int = 254) -> str:
    """Make a provider's text storable: PostgreSQL takes no NUL, the column no more than its length."""
    return _NOT_PRINTED.sub("", str(raw if raw is not None else "")).strip()[:limit]


def tenant_region() -> str:
    """Return the country of the active tenant's phone numbers."""
    return current_tenant().phone_region


def any_of(keys: Iterable[Key]) -> Q:
    """Match stored keys equal to any of these; matches nothing for none."""
    condition = Q(pk__in=[])
    for key in keys:
        condition |= Q(kind=key.kind, value=key.value)
    return condition


def stored(key: Key, **fields: object) -> IdentityKey:
    """Build the row of a key, unsaved."""
    is_phone = key.kind == IdentityKey.Kind.PHONE
    return IdentityKey(
        kind=key.kind,
        value=key.value,
        reversed_value=reversed_digits(key.value) if is_phone else "",
        raw=key.raw[:254],
        label=key.label[:40],
        profile_url=key.profile_url[:300],
        **fields,
    )


def reversed_digits(phone: str) -> str:
    """Turn a phone round, so that a search by its last digits is a prefix."""
    return re.sub(r"\D", "", phone)[::-1]
