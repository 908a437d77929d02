"""Deciding the quality of all leads anew, in the background, with what was before and what is now (Q3, Q4).

The same rules as for a single lead: leads.quality. A report is kept with its job, the changed leads as rows.
"""

from __future__ import annotations

import dataclasses
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Q

from core.tenancy import tenant_scope
from leads import quality
from leads.models import Lead, LeadQuerySet, RecomputedLead
from leads.quality import Outcome, Rules
from tenants.jobs import Progress
from tenants.models import Job

KIND = "leads.recompute"
KEPT_REPORTS = 20  # rows behind older reports are dropped, their figures stay
CONTACTS = 300  # worked on in one transaction; they are locked meanwhile
PREVIEWED = 20_000  # touched leads; beyond them a preview says only how many it may be


@dataclasses.dataclass(slots=True)
class Tally:
    """What a recomputation did, or would do."""

    leads: int = 0
    moves: Counter[tuple[str, str]] = dataclasses.field(default_factory=Counter)  # (before, after) -> leads
    reasons: int = 0  # kept their quality and got another reason
    statistics: int = 0  # began or ceased to count in statistics
    manual: int = 0  # marked by hand, and so kept
    differing: int = 0  # of them, those the rules would have decided otherwise

    def add(self, outcome: Outcome, by_rules: str) -> None:
        """Count one lead; `by_rules` is its quality without the mark made by hand."""
        row, verdict = outcome.row, outcome.verdict
        self.leads += 1
        self.moves[row["quality"], verdict.quality] += 1
        if row["quality"] == verdict.quality and outcome.is_changed:
            self.reasons += 1
        if row["is_advertising"] != verdict.is_advertising:
            self.statistics += 1
        if row["is_quality_manual"]:
            self.manual += 1
            self.differing += by_rules != row["quality"]

    @property
    def changed(self) -> int:
        return sum(count for (before, after), count in self.moves.items() if before != after)

    def as_report(self) -> dict[str, Any]:
        """Write it as the job keeps it."""
        moves = [[before, after, count] for (before, after), count in sorted(self.moves.items())]
        return dataclasses.asdict(self) | {"moves": moves, "changed": self.changed}


# --- Before saving -----------------------------------------------------------------------------------
@dataclasses.dataclass(frozen=True, slots=True)
class Preview:
    """What other rules would change. `at_most`: too many leads to compute on a page, so only how many it may be."""

    tally: Tally
    at_most: int = 0


def preview(now: Rules, then: Rules) -> Preview:
    """Say what would change with other rules; nothing is written."""
    touched = _touched(now, then)
    count = touched.order_by().values("pk")[: PREVIEWED + 1].count()
    if count > PREVIEWED:
        return Preview(Tally(), touched.count())
    contacts = touched.exclude(contact=None).order_by().values_list("contact_id", flat=True).distinct()
    around = Lead.objects.present().filter(Q(contact__in=contacts) | Q(pk__in=touched.filter(contact=None)))
    tally = Tally()
    for outcome in quality.outcomes_of(around, then):
        tally.add(outcome, outcome.row["quality"])
    return Preview(tally)


def _touched(now: Rules, then: Rules) -> LeadQuerySet:
    """Leads whose own facts read otherwise by other rules."""
    condition = Q(pk__in=[])
    if now.min_call_s != then.min_call_s:
        low, high = sorted((now.min_call_s, then.min_call_s))
        condition |= Q(call__talk_s__gte=low, call__talk_s__lt=high)
    if turned := _turned_sources(now, then):
        condition |= Q(source__in=turned)
    phones = [
        phone
        for phone in Lead.objects.exclude(call=None)
        .order_by()
        .values_list("call__phone", flat=True)
        .distinct()
        if now.numbers.hold(phone) != then.numbers.hold(phone)
    ]
    if phones:
        condition |= Q(call__phone__in=phones)
    found: LeadQuerySet = Lead.objects.present().filter(condition)
    return found


def _turned_sources(now: Rules, then: Rules) -> list[uuid.UUID]:
    rows = Lead.objects.exclude(source=None).order_by().values_list("source_id", "source__is_advertising")
    return [pk for pk, said in rows.distinct() if now.counts(pk, said) != then.counts(pk, said)]


# --- In the background -------------------------------------------------------------------------------
def run(*, tenant_id: int, job_id: str, progress: Progress) -> dict[str, Any]:
    """Decide about every lead of a tenant in short transactions; return the report.

    The contacts of a bite are locked while it lasts, so a mark made by hand meanwhile is never overwritten.
    """
    with tenant_scope(tenant_id):
        total = Lead.objects.present().count()
        _forget_old_rows()
    tally = Tally()
    for _bite in _bites(tenant_id, job_id, tally):
        progress(min(tally.leads, total), total)
    return tally.as_report()


def _bites(tenant_id: int, job_id: str, tally: Tally) -> Iterator[None]:
    after = uuid.UUID(int=0)
    while True:
        with tenant_scope(tenant_id):
            rows = Lead.objects.present().filter(contact__gt=after).order_by("contact_id")
            contacts = list(rows.values_list("contact_id", flat=True).distinct()[:CONTACTS])
            if contacts:
                quality.hold(contacts)
                _decide(Lead.objects.present().filter(contact__in=contacts), job_id, tally)
        if not contacts:
            break
        after = contacts[-1]
        yield
    after = uuid.UUID(int=0)
    while True:
        with tenant_scope(tenant_id):
            nameless = Lead.objects.present().filter(contact=None, pk__gt=after).order_by("pk")
            ids = list(nameless.select_for_update(no_key=True).values_list("pk", flat=True)[:CONTACTS])
            _decide(Lead.objects.filter(pk__in=ids, contact=None), job_id, tally)
        if not ids:
            break
        after = ids[-1]
        yield


def _decide(leads: LeadQuerySet, job_id: str, tally: Tally) -> None:
    rules = quality.rules_in_force()
    outcomes = list(quality.outcomes_of(leads, rules))
    by_rules = _without_marks(outcomes, rules)
    for outcome in outcomes:
        tally.add(outcome, by_rules.get(outcome.row["id"], ""))
    quality.store(outcomes)
    RecomputedLead.objects.bulk_create(_rows(outcomes, job_id), batch_size=1000)


def _without_marks(outcomes: Iterable[Outcome], rules: Rules) -> dict[uuid.UUID, str]:
    """What the rules would say of leads marked by hand; the mark stays."""
    marked = {o.row["id"] for o in outcomes if o.row["is_quality_manual"]}
    people = {o.row["contact_id"] for o in outcomes if o.row["id"] in marked}
    rows = [o.row for o in outcomes if o.row["contact_id"] in people]
    bare = [row | {"is_quality_manual": False} if row["id"] in marked else row for row in rows]  # type: ignore[operator]
    return {o.row["id"]: o.verdict.quality for o in quality.decide(bare, rules) if o.row["id"] in marked}


def _rows(outcomes: Iterable[Outcome], job_id: str) -> Iterator[RecomputedLead]:
    for outcome in outcomes:
        if outcome.row["quality"] != outcome.verdict.quality:
            yield RecomputedLead(
                job_id=uuid.UUID(job_id),
                lead_id=outcome.row["id"],
                before=outcome.row["quality"],
                after=outcome.verdict.quality,
            )


def _forget_old_rows() -> None:
    kept = Job.objects.filter(kind=KIND).order_by("-created_at").values_list("pk", flat=True)[:KEPT_REPORTS]
    RecomputedLead.objects.exclude(job__in=list(kept)).delete()


def has_rows(job: Job) -> bool:
    """Say whether the leads behind a report are still known."""
    return RecomputedLead.objects.filter(job=job).exists()
