"""Where a site's visitor comes in: whose channel an address is, and who the visitor proves to be."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Mapping

from django.conf import settings as django_settings

from channels import hooks
from channels.adapter_settings import settings_of
from channels.adapters.base import Settings
from channels.adapters.chat import session
from channels.adapters.chat.fields import is_allowed_site
from channels.models import Channel
from core.tenancy import tenant_scope

KINDS = ("chat", "callback")
_BEARER = "Bearer "


@dataclasses.dataclass(frozen=True, slots=True)
class Door:
    """An open channel of a site, read without holding anything."""

    tenant_id: int
    channel_id: uuid.UUID
    kind: str
    settings: Settings
    language: str  # the company's

    def visitor_of(self, authorization: str) -> str:
        """Return the visitor whose session the header proves, or nothing."""
        key = str(self.settings.get("secret") or "")
        if not authorization.startswith(_BEARER):
            return ""
        return session.read_session(authorization.removeprefix(_BEARER).strip(), key)

    def session_of(self, visitor: str) -> str:
        """Return the proof a visitor's browser keeps."""
        return session.session_of(visitor, str(self.settings.get("secret") or ""))

    def lets_in(self, headers: Mapping[str, str]) -> bool:
        """Say whether a page that asks may use the widget; what is no browser names no origin."""
        origin = headers.get("origin", "")
        return origin in ("", django_settings.PUBLIC_URL) or is_allowed_site(origin, self.settings)


def find_door(token: str) -> Door | None:
    """Find the channel behind a token; None for what is unknown, of another kind, or switched off."""
    for kind in KINDS:
        if (route := hooks.find_route(kind, token)) is not None:
            with tenant_scope(route.tenant_id):
                channel = (
                    Channel.objects.active().select_related("tenant").filter(pk=route.channel_id).first()
                )
                if channel is None or not channel.tenant.is_active:
                    return None
                return Door(route.tenant_id, channel.pk, kind, settings_of(channel), channel.tenant.language)
    return None
