"""Who is typing in which dialog: said by pages and by whatever hears the client's side, told to open pages.

A colleague's page and a chat on a website say it through one function, note_typing(). It is kept in Redis for
a few seconds, for pages that open meanwhile (typists_at), and told to open pages of the tenant by the topic
TOPIC of the live stream: {"id": the dialog, "who": the member's id or CLIENT, "name": the member's name or "",
"is_typing": true or false}. Whoever types says so again every three seconds; silence means that they have
stopped. Without Redis nobody is seen typing, and nothing waits for it.
"""

from __future__ import annotations

import dataclasses
import uuid

from core import live
from core.fleeting import Fleeting
from core.tenancy import current_tenant_id
from tenants.models import Membership

TOPIC = "dialog.typing"
CLIENT = "client"
_typing = Fleeting("typing", stays_s=6)


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
    if is_typing:
        _typing.note(dialog_id, key, name)
    else:
        _typing.drop(dialog_id, key)
    payload = {"id": str(dialog_id), "who": key, "name": name, "is_typing": is_typing}
    live.publish(tenant_id=current_tenant_id(), topic=TOPIC, payload=payload)


def typists_at(dialog_id: uuid.UUID, *, but: Membership | None = None) -> list[Typist]:
    """List who types in a dialog now, without the one who asks."""
    own = str(but.pk) if but is not None else ""
    noted = _typing.at([dialog_id]).get(dialog_id, {})
    return [Typist(who, name) for who, (name, _until) in noted.items() if who != own]
