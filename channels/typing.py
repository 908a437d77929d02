"""Who is typing in which dialog: said by pages and by whatever hears the client's side, told to open pages.

A colleague's page and a chat on a website say it through one function, note_typing(). It is kept in Redis for
a few seconds, for pages that open meanwhile (typists_at), and told to open pages of the tenant by the topic
TOPIC of the live stream: {"id": the dialog, "who": the member's id or CLIENT, "name": the member's name or "",
"is_typing": true or false}. Whoever types says so again every three seconds; silence means that they have
stopped. Without Redis nobody is seen typing, and nothing waits for it.
"""

from __future__ import annotations

import dataclasses
import time
import uuid

from django.core.cache import cache
from redis.exceptions import RedisError

from core import live
from core.tenancy import current_tenant_id
from tenants.models import Membership

TOPIC = "dialog.typing"
CLIENT = "client"
STAYS_S = 6
_PAUSE_S = 5.0
_away_until = 0.0  # after a failure nobody waits for Redis before this moment

Noted = dict[str, tuple[str, float]]  # member id or CLIENT: name, until when


@dataclasses.dataclass(frozen=True, slots=True)
class Typist:
    """Somebody who is writing; a client has no name here, the dialog tells it."""

    who: str
    name: str

    @property
    def is_client(self) -> bool:
        return self.who == CLIENT


def note_typing(dialog_id: uuid.UUID, who: Membership | None, *, is_typing: bool = True) -> None:
    """Note that somebody types in a dialog, or has stopped; `who` is a member, None the client.

    Call it inside the dialog's tenant; rights are the caller's business.
    """
    key, name = (str(who.pk), who.name) if who is not None else (CLIENT, "")
    noted = _read(dialog_id)
    if is_typing:
        noted[key] = (name, time.time() + STAYS_S)
    else:
        noted.pop(key, None)
    _write(dialog_id, noted)
    payload = {"id": str(dialog_id), "who": key, "name": name, "is_typing": is_typing}
    live.publish(tenant_id=current_tenant_id(), topic=TOPIC, payload=payload)


def typists_at(dialog_id: uuid.UUID, *, but: Membership | None = None) -> list[Typist]:
    """List who types in a dialog now, without the one who asks."""
    own = str(but.pk) if but is not None else ""
    return [Typist(who, name) for who, (name, _until) in _read(dialog_id).items() if who != own]


def _key(dialog_id: uuid.UUID) -> str:
    return f"typing:{dialog_id}"


def _read(dialog_id: uuid.UUID) -> Noted:
    if time.monotonic() < _away_until:
        return {}
    try:
        noted: Noted = cache.get(_key(dialog_id)) or {}
    except (RedisError, OSError):
        _lost()
        return {}
    now = time.time()
    return {who: (name, until) for who, (name, until) in noted.items() if until > now}


def _write(dialog_id: uuid.UUID, noted: Noted) -> None:
    if time.monotonic() < _away_until:
        return
    try:
        cache.set(_key(dialog_id), noted, STAYS_S)
    except (RedisError, OSError):
        _lost()


def _lost() -> None:
    global _away_until
    _away_until = time.monotonic() + _PAUSE_S
