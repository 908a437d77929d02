"""What leads need of the apps above them: shapes instead of imports."""

from __future__ import annotations

import uuid
from typing import Any, Protocol

from contacts.models import Contact, Source
from deals.models import Pipeline


class LeadChannel(Protocol):
    """A channels.Channel, as far as an inquiry that came by it is concerned."""

    pk: uuid.UUID
    name: str
    kind: str
    channel_kind: str
    is_lead_source: bool
    responsible_id: uuid.UUID | None
    responsible_role_id: uuid.UUID | None
    source: Source | None
    pipeline: Pipeline | None
    response_limit_min: int
    new_lead_after_h: int
    is_reason_required: bool


class LeadDialog(Protocol):
    """A channels.Dialog: the correspondence an inquiry belongs to."""

    pk: Any
    contact: Contact | None
    has_begun: bool
