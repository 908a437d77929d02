"""Connected accounts, the inbox journal, and the correspondence."""

from channels.models.channel import Channel, HookRoute
from channels.models.dialogs import Dialog, FileFetch, Message
from channels.models.journal import Event, EventItem
from channels.models.missed import MissedCallPlan

__all__ = [
    "Channel",
    "Dialog",
    "Event",
    "EventItem",
    "FileFetch",
    "HookRoute",
    "Message",
    "MissedCallPlan",
]
