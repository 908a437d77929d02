"""Phones, addresses and messenger ids as cards show them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

from contacts.models import CompanyPoint, IdentityKey
from core import formats
from core.templatetags.ui import channel_icon

_ORDER = {"phone": 0, "email": 1, "site": 2, "address": 3}
_ICONS = {"phone": "phone", "email": "mail", "site": "world", "address": "map-pin"}


@dataclasses.dataclass(frozen=True, slots=True)
class ShownKey:
    """One way to reach a client: click to call, to write, or to open the profile."""

    id: str
    kind: str
    kind_label: str
    icon: str
    text: str
    url: str
    label: str
    is_primary: bool


def shown_keys(keys: Iterable[IdentityKey | CompanyPoint]) -> list[ShownKey]:
    """Put phones first, then addresses, then messengers; the primary one of each on top."""
    rows = [_shown(key) for key in keys]
    return sorted(rows, key=lambda key: (_ORDER.get(key.kind, 4), key.kind, not key.is_primary))


def employers(contact: Any) -> list[str]:
    """Name the companies a contact works in, the main one first; `memberships__company` is prefetched."""
    places = [p for p in contact.memberships.all() if p.left_on is None and p.company.deleted_at is None]
    return [place.company.name for place in sorted(places, key=lambda place: not place.is_main_company)]


def _shown(key: IdentityKey | CompanyPoint) -> ShownKey:
    is_phone, is_email = key.kind == "phone", key.kind == "email"
    text = (
        formats.phone(key.value)
        if is_phone
        else key.value
        if is_email
        else getattr(key, "raw", "") or key.value
    )
    return ShownKey(
        id=str(key.pk),
        kind=key.kind,
        kind_label=str(key.get_kind_display()),
        icon=_ICONS.get(key.kind) or channel_icon(key.kind),
        text=text,
        url=_url(key),
        label=key.label,
        is_primary=getattr(key, "is_primary", False),
    )


def _url(key: IdentityKey | CompanyPoint) -> str:
    """What a click does: call, write, open the site or the profile."""
    match key.kind:
        case "phone":
            return f"tel:{key.value}"
        case "email":
            return f"mailto:{key.value}"
        case "site":
            return _safe(key.value) or f"https://{key.value}"
    return _safe(getattr(key, "profile_url", ""))


def _safe(url: str) -> str:
    """Let only web addresses through: profiles come from providers."""
    return url if url.startswith(("https://", "http://")) else ""
