"""Telling open pages of a message: those of its dialog, and those of what it is about."""

from __future__ import annotations

from activities.models import Activity
from channels.dialogs import progress
from channels.models import Message
from core.live import publish
from core.tenancy import current_tenant_id


def tell(message: Message) -> None:
    """Let open pages show the message's new state."""
    progress.tell(message.dialog_id)
    tell_activity(message.activity)


def tell_activity(activity: Activity) -> None:
    """Let open pages show the entry anew."""
    if activity.lead_id is not None:
        publish(tenant_id=current_tenant_id(), topic="lead.changed", payload={"id": str(activity.lead_id)})
    elif activity.deal_id is not None:
        publish(tenant_id=current_tenant_id(), topic="deal.changed", payload={"id": str(activity.deal_id)})
