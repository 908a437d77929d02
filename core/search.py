"""Search over everything: apps register providers, the palette asks them all."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

LIMIT = 6  # hits of one provider the palette shows
NEWEST = 300  # of what a common name finds a palette looks at the newest only
MIN_LENGTH = 2


@dataclasses.dataclass(frozen=True, slots=True)
class SearchHit:
    """One found record, ready to print."""

    kind: str  # key of KINDS
    title: str
    subtitle: str
    url: str
    icon: str


KINDS: dict[str, str | Promise] = {
    "contact": _("Contacts"),
    "company": _("Companies"),
    "deal": _("Deals"),
    "lead": _("Leads"),
    "activity": _("Activities"),
}
Provider = Callable[[str, Any, int], Iterable[SearchHit]]
_providers: list[Provider] = []


def newest(*, sees_all: bool) -> int | None:
    """How many finds a palette looks through; who sees few of them must not miss theirs among all."""
    return NEWEST if sees_all else None


def register(provider: Provider) -> None:
    """Add a provider: called with (query, member, limit) inside the tenant's scope, answers best hits first.

    Call it from AppConfig.ready(). A provider shows only what the member may see.
    """
    if provider not in _providers:
        _providers.append(provider)


def search_all(query: str, member: Any, *, limit: int = LIMIT) -> list[SearchHit]:
    """Ask every provider; one-letter queries find nothing."""
    text = " ".join(query.split())[:100]
    if len(text) < MIN_LENGTH:
        return []
    return [hit for provider in _providers for hit in list(provider(text, member, limit))[:limit]]


def grouped(hits: Iterable[SearchHit]) -> list[tuple[str | Promise, list[SearchHit]]]:
    """Group hits by kind in the order of KINDS, each with its heading."""
    by_kind: dict[str, list[SearchHit]] = {}
    for hit in hits:
        by_kind.setdefault(hit.kind, []).append(hit)
    return [(heading, by_kind[kind]) for kind, heading in KINDS.items() if kind in by_kind]
