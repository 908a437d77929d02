"""What the report of managers counts: each figure with the list it opens and the filters that find its rows there."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db.models import Case, F, Q, When
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from activities.counting import NOT_ANSWERED, led_to_meeting, was_held, was_talk
from activities.models import Activity, Call
from deals.buyers import Clients
from reports.lengths import step_of
from tenants.access import Section
from tenants.models import Membership

Kind, Direction = Activity.Kind, Activity.Direction
Narrowing = dict[str, Any]
WITH_CLIENTS = (Direction.IN, Direction.OUT)  # calls between colleagues have no direction
PLANNED_KINDS = (Kind.CALL, Kind.MEETING, Kind.TASK)


@dataclasses.dataclass(frozen=True, slots=True)
class Asked:
    """What conditions depend on: who looks, and how long a talk makes a call."""

    member: Membership
    talk_from: int


@dataclasses.dataclass(frozen=True, slots=True)
class Measure:
    """A figure: the condition that counts rows of its source, and the filters of the list that say the same."""

    key: str
    label: str | Promise
    condition: Callable[[Asked], Q]
    narrowing: Callable[[Asked], Narrowing]


def _measure(key: str, label: Any, condition: Q, **narrowing: Any) -> Measure:
    return Measure(key, label, lambda _asked: condition, lambda _asked: narrowing)


@dataclasses.dataclass(frozen=True, slots=True)
class Source:
    """Rows that several measures count at once.

    `params` are the filters of the list `page` that all of them share, `person` and `moment` the paths to who did it
    and when; without a moment the rows are those of now, whatever the period. `told` is one more thing to group by.
    """

    page: str
    section: str
    params: Mapping[str, str]
    person: str
    moment: str
    measures: Sequence[Measure]
    told: Any = None

    @property
    def person_param(self) -> str:
        return "manager" if self.page == "leads:list" else "owner"


def _led(asked: Asked) -> Q:
    meetings = Activity.objects.visible_to(asked.member)
    return was_talk(max(1, asked.talk_from)) & Q(led_to_meeting(meetings))


CALLS = Measure(
    "calls",
    _("Calls"),
    lambda asked: was_talk(max(1, asked.talk_from)),
    lambda asked: {"talk_from": asked.talk_from},
)
LED = Measure(
    "led",
    _("Calls that led to a meeting"),
    _led,
    lambda asked: {"talk_from": asked.talk_from, "led_to_meeting": "on"},
)
ANSWERED = _measure(
    "answered",
    _("Picked up"),
    Q(kind=Kind.CALL, direction__in=WITH_CLIENTS, call__result=Call.Result.ANSWERED),
    kind=Kind.CALL,
    direction=WITH_CLIENTS,
    call_result=Call.Result.ANSWERED,
)
MISSED = _measure(
    "missed",
    pgettext_lazy("calls", "Missed"),
    Q(kind=Kind.CALL, direction=Direction.IN, call__result__in=NOT_ANSWERED),
    kind=Kind.CALL,
    direction=Direction.IN,
    call_result=NOT_ANSWERED,
)
MEETINGS = _measure("meetings", _("Meetings"), was_held(), held="on")
MAILS = _measure(
    "mails",
    _("Letters"),
    Q(kind=Kind.EMAIL, direction=Direction.OUT),
    kind=Kind.EMAIL,
    direction=Direction.OUT,
)
MESSAGES = _measure(
    "messages",
    _("Messages"),
    Q(kind=Kind.MESSAGE, direction=Direction.OUT),
    kind=Kind.MESSAGE,
    direction=Direction.OUT,
)
TASKS = _measure("tasks", _("Tasks"), Q(kind=Kind.TASK), kind=Kind.TASK)
PLANNED = _measure("planned", _("Planned"), Q(kind__in=PLANNED_KINDS), kind=PLANNED_KINDS)
KEPT = _measure(
    "kept", _("Of them done"), Q(kind__in=PLANNED_KINDS, is_done=True), kind=PLANNED_KINDS, state="done"
)
LATE = _measure("late", _("Overdue now"), Q(kind__in=PLANNED_KINDS), kind=PLANNED_KINDS)
PROPOSALS = _measure("proposals", _("Proposals"), Q())
TAKEN = _measure("taken", _("Leads taken"), Q())
CONVERTED = _measure(
    "converted", pgettext_lazy("leads", "Converted"), Q(state="converted"), state="converted"
)
WON = _measure("won", _("Deals won"), Q(state="won"), state="won")
LOST = _measure("lost", _("Deals lost"), Q(state="lost"), state="lost")

DONE = Source(
    "activities:all_list",
    Section.ACTIVITIES,
    {"dates": "done"},
    "owner",
    "occurred_at",
    (CALLS, ANSWERED, MISSED, MEETINGS, MAILS, MESSAGES, TASKS),
)
CALLS_WITH_FRUIT = dataclasses.replace(DONE, measures=(LED,))  # a sheet's own: a look-up for each call
DUE = Source("activities:all_list", Section.ACTIVITIES, {"dates": "due"}, "owner", "due_at", (PLANNED, KEPT))
OVERDUE = Source("activities:all_list", Section.ACTIVITIES, {"state": "late"}, "owner", "", (LATE,))
LEADS = Source(
    "leads:list",
    Section.LEADS,
    {"dates": "taken", "whose": "taker"},
    "taken_by",
    "taken_at",
    (TAKEN, CONVERTED),
    told=Case(When(response_min__isnull=False, then=step_of("response_min"))),
)
DEALS = Source(
    "deals:list", Section.DEALS, {"dates": "closed"}, "owner", "closed_at", (WON, LOST), told=F("currency")
)
OFFERS = Source("deals:proposals", Section.DEALS, {"dates": "sent"}, "deal__owner", "sent_at", (PROPOSALS,))
OF_PERIOD = (DONE, DUE, LEADS, DEALS, OFFERS)

# Clients are counted from the deals that were closed; each of their lists has a row a client
CLIENTS = tuple(
    _measure(which, label, Q(), client=which)
    for which, label in (
        (Clients.NEW.value, _("New clients")),
        (Clients.AGAIN.value, _("Current clients")),
        (Clients.LOST.value, _("Lost clients")),
    )
)
WON_SUM = "won_sum"
NORM, OF_NORM = "norm", "of_norm"  # calls expected, and those made by whom they are expected of
# What people are ranked by, the first unless another is chosen
RANKED_BY = {
    WON_SUM: _("Sum won"),
    WON.key: WON.label,
    CALLS.key: CALLS.label,
    CONVERTED.key: _("Leads converted"),
}
# The rows of the sheets of weeks and months, and the source of each
SHEET: tuple[tuple[Measure, Source], ...] = (
    *((one, DEALS) for one in CLIENTS),
    (CALLS, DONE),
    (LED, DONE),
    (MEETINGS, DONE),
    (PROPOSALS, OFFERS),
    (TAKEN, LEADS),
    (CONVERTED, LEADS),
    (WON, DEALS),
    (LOST, DEALS),
)
