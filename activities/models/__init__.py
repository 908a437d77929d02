"""What was done and what is planned; the one timeline of every client."""

from activities.models.activities import Activity, Attachment, Call
from activities.models.notifications import Notification

__all__ = ["Activity", "Attachment", "Call", "Notification"]
