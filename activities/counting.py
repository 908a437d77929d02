"""What counts as work done: one definition for norms, the list of activities and reports (A3, R7)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from activities.models import Activity, Call

Kind, Outcome = Activity.Kind, Activity.Outcome
# Nobody was spoken to: such a call is no call
_IN_VAIN = (Outcome.NO_ANSWER, Outcome.WRONG)
NOT_ANSWERED = (Call.Result.MISSED, Call.Result.BUSY, Call.Result.FAILED)
# A meeting agreed upon so many days after a call is taken for its fruit
MEETING_WITHIN = dt.timedelta(days=14)


def was_talk(least_s: Any) -> Q:
    """Build the condition of a call with somebody at the other end: `least_s` seconds of talk or more.

    A call written down by hand has no seconds: it counts unless its outcome says that nobody was reached. Colleagues
    calling one another don't count.
    """
    by_hand = Q(call=None) & ~Q(outcome__in=_IN_VAIN)
    by_telephony = Q(call__talk_s__gte=least_s) & ~Q(call__direction="internal")
    return Q(kind=Kind.CALL, is_done=True) & (by_hand | by_telephony)


def was_held() -> Q:
    """Build the condition of a meeting that took place."""
    not_held = (Outcome.ABSENT, Outcome.POSTPONED)
    return Q(kind=Kind.MEETING, is_done=True) & ~Q(outcome__in=not_held)


def led_to_meeting(meetings: QuerySet[Any]) -> Exists:
    """Build the condition of a call after which the same person agreed upon a meeting with the same client.

    The same contact or deal, written down from the moment of the call to MEETING_WITHIN later; `meetings` are the
    activities the reader may know of.
    """
    agreed = meetings.filter(
        Q(contact=OuterRef("contact")) | Q(deal=OuterRef("deal")),
        kind=Kind.MEETING,
        owner=OuterRef("owner"),
        created_at__gte=OuterRef("occurred_at"),
        created_at__lt=OuterRef("occurred_at") + MEETING_WITHIN,
    )
    return Exists(agreed.order_by())
