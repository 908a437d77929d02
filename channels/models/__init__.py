"""Connected accounts, the inbox journal, and the correspondence."""

from channels.models.canned import CannedReply
from channels.models.channel import Channel, HookRoute
from channels.models.dialogs import Dialog, DialogQuerySet, FileFetch, Message
from channels.models.journal import Event, EventItem
from channels.models.missed import MissedCallPlan
from channels.models.outcomes import DialogOutcome
from channels.models.scripts import Script, ScriptMark, ScriptStep
from channels.models.sites import NumberLease, SiteCall, SiteForm, SiteNumber
from channels.models.talks import Talk

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
    "MissedCallPlan",
    "NumberLease",
    "Script",
    "ScriptMark",
    "ScriptStep",
    "SiteCall",
    "SiteForm",
    "SiteNumber",
    "Talk",
]
