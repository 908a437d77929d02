"""What rules would have done with past inquiries: the same decision, asked again about every one of them.

Hours, duty and absences are those of each moment. How many inquiries everybody had, and whose turn it was, is
simulated from the first of them on. Who looks after a client is as it is today: nobody keeps who did before.
"""

from __future__ import annotations

import bisect
import dataclasses
import datetime as dt
import heapq
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import Q

from core.listing.keyset import beyond
from leads.models import Lead, LeadAction, LeadQuerySet, RoutingDecision
from leads.routing.decide import Decision, Fallback, decide
from leads.routing.facts import Facts, facts_of
from leads.routing.people import Roster, read_roster
from leads.routing.rules import Rule, needs_of
from tenants.hours import HoursBook

CHUNK = 300
SHOWN = 200  # changed inquiries that a report names
Holder = tuple[str, str]  # 'member' or 'role', and its id; ('', '') for nobody
NOBODY: Holder = ("", "")


@dataclasses.dataclass(frozen=True, slots=True)
class Change:
    """One inquiry that would have gone to somebody else."""

    lead_id: str
    number: int
    before: Holder
    after: Holder
    reason: str
    params: dict[str, Any]


@dataclasses.dataclass(slots=True)
class Trial:
    """What a dry run found."""

    total: int = 0
    changed: int = 0
    before: Counter[Holder] = dataclasses.field(default_factory=Counter)
    after: Counter[Holder] = dataclasses.field(default_factory=Counter)
    by_rule: Counter[str] = dataclasses.field(default_factory=Counter)  # rule id
    stuck: Counter[str] = dataclasses.field(default_factory=Counter)  # met, and found nobody
    changes: list[Change] = dataclasses.field(default_factory=list)

    def packed(self) -> dict[str, Any]:
        """Make plain JSON of it."""
        return {
            "total": self.total,
            "changed": self.changed,
            "people": [
                [*holder, self.before[holder], self.after[holder]]
                for holder in sorted({*self.before, *self.after})
            ],
            "by_rule": dict(self.by_rule),
            "stuck": dict(self.stuck),
            "changes": [dataclasses.astuple(change) for change in self.changes],
        }


def routed_leads(*, since: dt.datetime, until: dt.datetime) -> LeadQuerySet:
    """Select what came by itself and was handed out: not typed in, not called by us, not answered at once."""
    rows: LeadQuerySet = Lead.objects.present().filter(received_at__gte=since, received_at__lt=until)
    return rows.filter(created_by=None).exclude(Q(call__direction="out") | Q(call__answered_by__isnull=False))


class DryRun:
    """A dry run in portions: a background job opens a scope for each, and can say how far it is."""

    def __init__(
        self, rules: Sequence[Rule], *, book: HoursBook, since: dt.datetime, until: dt.datetime
    ) -> None:
        self.since, self.until = since, until
        self.total_count = routed_leads(since=since, until=until).count()
        self.trial = Trial()
        self._world = _World(rules, book, read_roster(book), since)
        self._last: tuple[dt.datetime, uuid.UUID] | None = None

    def step(self) -> bool:
        """Ask about the next portion, in the order they came; say whether there may be more."""
        batch = self._next_batch()
        before = _holders(batch)
        for lead, facts in zip(batch, self._world.facts(batch), strict=True):
            _count(self.trial, lead, before[lead.pk], self._world.decide(lead, facts))
        if batch:
            self._last = (batch[-1].received_at, batch[-1].pk)
        return len(batch) == CHUNK

    def _next_batch(self) -> list[Lead]:
        rows = routed_leads(since=self.since, until=self.until)
        if self._last is not None:
            at, pk = self._last
            rows = rows.filter(beyond("received_at", at, pk))
        return list(rows.select_related("contact", "channel").order_by("received_at", "id")[:CHUNK])


def try_rules(rules: Sequence[Rule], *, book: HoursBook, since: dt.datetime, until: dt.datetime) -> Trial:
    """Ask the rules about every inquiry of a period at once."""
    run = DryRun(rules, book=book, since=since, until=until)
    while run.step():
        pass
    return run.trial


def _count(trial: Trial, lead: Lead, before: Holder, decision: Decision) -> None:
    after = _holder(decision.member_id, decision.role_id)
    trial.total += 1
    trial.before[before] += 1
    trial.after[after] += 1
    if decision.rule is not None:
        trial.by_rule[str(decision.rule.id)] += 1
    trial.stuck.update(str(rule.id) for rule in decision.stuck)
    if before != after:
        trial.changed += 1
        if len(trial.changes) < SHOWN:
            change = Change(str(lead.pk), lead.number, before, after, decision.reason, decision.params)
            trial.changes.append(change)


# --- The world as it goes on ---------------------------------------------------------------------------
class _World:
    """Loads and turns, from the first inquiry of the period on."""

    def __init__(self, rules: Sequence[Rule], book: HoursBook, roster: Roster, since: dt.datetime) -> None:
        self.rules, self.book, self.roster = rules, book, roster
        self.needs = needs_of(rules)
        self.turns: dict[tuple[uuid.UUID, uuid.UUID], int] = {}
        self.loads: Counter[uuid.UUID] = Counter()
        self._ends: list[tuple[dt.datetime, uuid.UUID]] = []  # when a load falls off somebody
        self._waiting: list[dt.datetime] = []  # until when inquiries before this one waited for a taker
        for person_id, end in _open_at(since):
            self._load(person_id, end)

    def facts(self, leads: Sequence[Lead]) -> list[Facts]:
        at = {lead.pk: lead.received_at for lead in leads}
        waiting = {lead.pk: self._waits(lead) for lead in leads} if "load" in self.needs else {}
        return facts_of(leads, needs=self.needs, book=self.book, at=at, waiting=waiting)

    def decide(self, lead: Lead, facts: Facts) -> Decision:
        while self._ends and self._ends[0][0] <= facts.at:
            self.loads[heapq.heappop(self._ends)[1]] -= 1
        met = [rule for rule in self.rules if rule.matches(facts)]
        staff = self.roster.at(facts.at, self.book, loads=self.loads, turns=self.turns)
        channel = lead.channel
        fallback = Fallback(channel.responsible_id, channel.responsible_role_id) if channel else Fallback()
        decision = decide(facts, met, staff, fallback)
        if decision.rule is not None and decision.member_id is not None and decision.turn is not None:
            self.turns[decision.rule.id, decision.member_id] = decision.turn
        # Whoever took it from a role had it from then on
        person_id = decision.member_id or lead.taken_by_id
        if person_id is not None:
            self._load(person_id, lead.closed_at)
        return decision

    def _load(self, person_id: uuid.UUID, end: dt.datetime | None) -> None:
        self.loads[person_id] += 1
        if end is not None:
            heapq.heappush(self._ends, (end, person_id))

    def _waits(self, lead: Lead) -> int:
        """Count the earlier inquiries of the period that nobody had taken when this one came."""
        taken = min(
            filter(None, (lead.taken_at, lead.closed_at)), default=dt.datetime.max.replace(tzinfo=dt.UTC)
        )
        count = len(self._waiting) - bisect.bisect_right(self._waiting, lead.received_at)
        bisect.insort(self._waiting, taken)
        return count


def _open_at(moment: dt.datetime) -> Iterator[tuple[uuid.UUID, dt.datetime | None]]:
    """Yield who had an inquiry from before the period, and until when."""
    earlier = Lead.objects.present().filter(received_at__lt=moment)
    still = earlier.filter(Q(closed_at=None) | Q(closed_at__gt=moment))
    for taker, responsible, end in still.values_list("taken_by_id", "responsible_id", "closed_at"):
        if (person_id := taker or responsible) is not None:
            yield person_id, end


# --- Reads ---------------------------------------------------------------------------------------------
def _holders(leads: Sequence[Lead]) -> dict[uuid.UUID, Holder]:
    """Say to whom the leads went when they came: as it was written down, else as the first decision found it.

    Two queries. Leads that came before anything was written down, and that nobody took or handed over, are
    still where they went.
    """
    ids = [lead.pk for lead in leads]
    found = {lead.pk: _holder(lead.responsible_id, lead.responsible_role_id) for lead in leads}
    actions = LeadAction.objects.filter(lead__in=ids, action__in=("take", "assign", "release", "convert"))
    first = actions.order_by("lead_id", "at", "id").distinct("lead_id")
    for lead_id, before in first.values_list("lead_id", "before"):
        if "responsible" in before:
            found[lead_id] = _holder(before["responsible"], before.get("responsible_role"))
    # A call is handed out when it begins, and perhaps again when it turns out missed: the last one counts.
    arrivals = RoutingDecision.objects.filter(lead__in=ids, step=0)
    decisions = arrivals.order_by("lead_id", "-at", "-id").distinct("lead_id")
    for lead_id, member_id, role_id in decisions.values_list("lead_id", "member_id", "role_id"):
        found[lead_id] = _holder(member_id, role_id)
    return found


def _holder(member_id: object, role_id: object) -> Holder:
    if member_id:
        return "member", str(member_id)
    return ("role", str(role_id)) if role_id else NOBODY
