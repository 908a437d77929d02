"""Phones, addresses and messenger ids as cards show them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from contacts.models import CompanyPoint, IdentityKey
from core import formats
from core.templatetags.ui import channel_icon

_ORDER = {"phone": 0, "email": 1}


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
    return sorted(rows, key=lambda key: (_ORDER.get(key.kind, 2), key.kind, not key.is_primary))


def _shown(key: IdentityKey | CompanyPoint) -> ShownKey:
    is_phone, is_email = key.kind == "phone", key.kind == "email"
    profile = getattr(key, "profile_url", "")
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
        icon="phone" if is_phone else "mail" if is_email else channel_icon(key.kind),
        text=text,
        url=f"tel:{key.value}" if is_phone else f"mailto:{key.value}" if is_email else _safe(profile),
        label=key.label,
        is_primary=getattr(key, "is_primary", False),
    )


def _safe(url: str) -> str:
    """Let only web addresses through: profiles come from providers."""
    return url if url.startswith(("https://", "http://")) else ""
