"""Connected accounts, the inbox journal, and the correspondence."""

from channels.models.canned import CannedReply
from channels.models.channel import Channel, HookRoute
from channels.models.dialogs import Dialog, DialogQuerySet, FileFetch, Message
from channels.models.journal import Event, EventItem
from channels.models.outcomes import DialogOutcome
from channels.models.scripts import Script, ScriptMark, ScriptStep

__all__ = [
    "CannedReply",
    "Channel",
    "Dialog",
    "DialogOutcome",
    "DialogQuerySet",
    "Event",
    "EventItem",
    "FileFetch",
    "HookRoute",
    "Message",
    "Script",
    "ScriptMark",
    "ScriptStep",
]
