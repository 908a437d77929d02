"""Connected accounts, the inbox journal, and the correspondence."""

from channels.models.channel import Channel, HookRoute
from channels.models.dialogs import Dialog, FileFetch, Message
from channels.models.journal import Event, EventItem
from channels.models.missed import MissedCallPlan
from channels.models.sites import NumberLease, SiteCall, SiteForm, SiteNumber
from channels.models.talks import Talk

__all__ = [
    "Channel",
    "Dialog",
    "Event",
    "EventItem",
    "FileFetch",
    "HookRoute",
    "Message",
    "MissedCallPlan",
    "NumberLease",
    "SiteCall",
    "SiteForm",
    "SiteNumber",
    "Talk",
]
