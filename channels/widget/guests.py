"""What a visitor's open page is told, and who may listen: each hears of the own talk only."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from asgiref.sync import sync_to_async
from django.db import close_old_connections

from channels.models import Dialog
from channels.typing import note_typing
from channels.widget.door import find_door
from core.live import publish
from core.live.hub import Guest
from core.tenancy import current_tenant_id
from tenants.models import Membership

KIND = "chat"


def key_of(channel_id: uuid.UUID, visitor: str) -> str:
    """Name a visitor for the live stream."""
    return f"{channel_id}:{visitor}"


def tell_visitor(dialog: Dialog, *, topic: str = "talk.changed", **payload: Any) -> None:
    """Let the visitor's page look for what is new, once it is committed."""
    guest = key_of(dialog.channel_id, dialog.external_id)
    publish(tenant_id=current_tenant_id(), topic=topic, payload=payload, guest=guest)


def note_answering(dialog: Dialog, by: Membership, *, is_typing: bool = True) -> None:
    """Let colleagues see who writes an answer, or has stopped; and the visitor of a site, where one waits for it."""
    note_typing(dialog.pk, by, is_typing=is_typing)
    if is_typing and dialog.channel.kind == KIND:
        tell_visitor(dialog, topic="typing", name=by.name)


@sync_to_async
def admit(token: str, headers: Mapping[str, str]) -> Guest | None:
    """Return who listens at this address, or None for whoever may not; for LiveStream."""
    close_old_connections()
    try:
        return guest_of(token, headers)
    finally:
        close_old_connections()


def guest_of(token: str, headers: Mapping[str, str]) -> Guest | None:
    """Read channel and session afresh."""
    door = find_door(token)
    if door is None or door.kind != KIND or not door.lets_in(headers):
        return None
    visitor = door.visitor_of(headers.get("authorization", ""))
    return Guest(door.tenant_id, key_of(door.channel_id, visitor)) if visitor else None
