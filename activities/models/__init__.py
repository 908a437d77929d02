"""What was done and what is planned; the one timeline of every client."""

from activities.models.activities import TARGETS, Activity, Attachment, Call
from activities.models.feeds import CalendarFeed
from activities.models.norms import DayNorm
from activities.models.notifications import NoticeSettings, Notification, Watch
from activities.models.participants import Participant
from activities.models.processes import Process, ProcessStep, ProcessTemplate

__all__ = [
    "TARGETS",
    "Activity",
    "Attachment",
    "CalendarFeed",
    "Call",
    "DayNorm",
    "NoticeSettings",
    "Notification",
    "Participant",
    "Process",
    "ProcessStep",
    "ProcessTemplate",
    "Watch",
]
