"""Whether a provider can reach a channel's address, as far as its looks tell."""

from __future__ import annotations

import urllib.parse

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from channels.adapters import client as web
from channels.adapters.base import Settings


def is_local(url: str) -> bool:
    """Whether an address is of this machine or a private network, where no provider comes."""
    host = urllib.parse.urlsplit(url).hostname or ""
    is_number = host.replace(".", "").isdecimal() or ":" in host
    return not host or host == "localhost" or (is_number and not web.is_public_address(host))


def is_secure(url: str) -> bool:
    """Whether an address is https."""
    return url.startswith("https://")


def has_own_api(settings: Settings, default: str) -> bool:
    """Whether the channel speaks to a mirror or a stand-in, which may reach more than the provider does."""
    return str(settings.get("base_url") or default).rstrip("/") != default


def unreachable(provider: str | Promise, url: str) -> str | Promise:
    """Say that the provider can't come to the address."""
    return format_lazy(
        _("{provider} can't reach {url}: the CRM needs a public https address."), provider=provider, url=url
    )
