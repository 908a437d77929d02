"""Lead quality: the one place that knows the rules (Q1-Q4), for a single lead and for a whole table."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import itertools
import uuid
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from contacts.models import Contact
from core import formats
from deals.models import Deal
from leads.internal_numbers import Numbers, OwnNumbers
from leads.models import Lead, LeadQuerySet
from leads.suspicion import words_of
from tenants.current import current_tenant

Quality = Lead.Quality
CHUNK = 500  # contacts read at once in a bulk recomputation


@dataclasses.dataclass(frozen=True, slots=True)
class Rules:
    """What a tenant sets about quality; a preview asks with others than are in force."""

    min_call_s: int
    numbers: Numbers | OwnNumbers  # a call with one of them is a call between colleagues
    quiet_sources: frozenset[uuid.UUID] | None = None  # None: as the sources themselves say

    def counts(self, source_id: uuid.UUID | None, said: bool | None) -> bool:
        """Say whether a source counts in statistics; no source does."""
        if source_id is None:
            return True
        return bool(said) if self.quiet_sources is None else source_id not in self.quiet_sources


def rules_in_force() -> Rules:
    """Read the active tenant's rules."""
    return Rules(current_tenant().min_call_s, OwnNumbers())


@dataclasses.dataclass(frozen=True, slots=True)
class Facts:
    """What the rules look at: plain values, so that a test or a report can ask without a database."""

    has_contact: bool = True
    is_opened: bool = True
    is_answered: bool = False  # one of us has talked or written to the client
    has_deal: bool = False
    source: str = ""
    is_source_advertising: bool = True
    direction: str = ""  # of the call: in, out, internal
    call_state: str = ""
    call_result: str = ""
    talk_s: int | None = None
    rejection: str = ""  # name of the reason, when it makes the lead non-targeted
    suspicion: str = ""  # why it looks like spam: a code of leads.suspicion
    manual: str = ""  # quality marked by hand
    manual_reason: str = ""
    manual_params: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    received_at: dt.datetime | None = None


class Verdict(NamedTuple):
    """What a lead is, and why: `code` and `params` make the text in the reader's language."""

    quality: str
    code: str
    params: dict[str, Any]
    is_advertising: bool = True

    @property
    def guess(self) -> str:
        """The quality without regard to whether anybody has opened the lead."""
        return str(self.params["guess"]) if self.code == "not_opened" else self.quality

    @property
    def counts(self) -> bool:
        """Say whether later inquiries of the contact are repeats of this one."""
        return self.is_advertising and self.guess in (Quality.TARGETED, Quality.REPEAT)


def classify(facts: Facts, *, min_call_s: int, first: Facts | None = None) -> Verdict:
    """Decide about one lead. `first` is the contact's earlier inquiry that counts, if there is one."""
    is_advertising = counts_in_advertising(facts)
    if facts.manual:
        return Verdict(facts.manual, facts.manual_reason, dict(facts.manual_params), is_advertising)
    quality, code, params = _decide(facts, min_call_s, first, is_advertising)
    if not facts.is_opened and quality != Quality.NON_TARGETED:
        return Verdict(
            Quality.UNSORTED, "not_opened", {"guess": quality, "code": code} | params, is_advertising
        )
    return Verdict(quality, code, params, is_advertising)


def classify_in_order(rows: Iterable[Facts], *, min_call_s: int) -> list[Verdict]:
    """Decide about all leads of one contact, given oldest first."""
    first: Facts | None = None
    verdicts = []
    for facts in rows:
        verdict = classify(facts, min_call_s=min_call_s, first=first)
        verdicts.append(verdict)
        if first is None and verdict.counts:
            first = facts
    return verdicts


def counts_in_advertising(facts: Facts) -> bool:
    """Q2, L3: not outgoing calls unless a deal was saved from them, not sources marked so."""
    if facts.direction == "out" and not facts.has_deal:
        return False
    return facts.is_source_advertising


def _decide(
    facts: Facts, min_call_s: int, first: Facts | None, is_advertising: bool
) -> tuple[str, str, dict[str, Any]]:
    if facts.direction == "internal":
        return Quality.NON_TARGETED, "internal_call", {}
    if facts.rejection:
        return Quality.NON_TARGETED, "rejected_as", {"reason": facts.rejection}
    if facts.suspicion and not (facts.is_answered or facts.has_deal):  # whoever answered knew better
        return Quality.NON_TARGETED, "suspicious", {"sign": facts.suspicion}
    if _is_short(facts, min_call_s):
        return Quality.NON_TARGETED, "short_call", {"seconds": facts.talk_s, "limit": min_call_s}
    if not facts.has_contact:
        return Quality.UNVERIFIED, "no_contact", {}
    if facts.direction and not (facts.is_answered or facts.has_deal):
        return Quality.UNVERIFIED, "ringing" if facts.call_state == "ringing" else "missed_call", {}
    if first is not None:
        since = first.received_at.isoformat() if first.received_at else ""
        return Quality.REPEAT, "repeat", {"since": since}
    if not is_advertising:
        code = "outgoing_call" if facts.direction == "out" else "other_source"
        return Quality.UNVERIFIED, code, {"source": facts.source}
    return Quality.TARGETED, "first", {"source": facts.source}


def _is_short(facts: Facts, min_call_s: int) -> bool:
    """A talk below the tenant's limit; one from which a deal was saved was long enough."""
    is_talk = facts.call_result == "answered" and facts.talk_s is not None and facts.call_state == "finished"
    return is_talk and not facts.has_deal and (facts.talk_s or 0) < min_call_s


# --- Words -------------------------------------------------------------------------------------------
def reason_text(code: str, params: Mapping[str, Any]) -> str:
    """Say a reason in the reader's language; a code nobody knows says nothing."""
    match code:
        case "not_opened":
            guess = reason_text(str(params.get("code", "")), params)
            return (
                _("nobody has opened it; %(guess)s") % {"guess": guess}
                if guess
                else _("nobody has opened it")
            )
        case "first" if params.get("source"):
            return _("first inquiry, source %(source)s") % {"source": params["source"]}
        case "first":
            return _("first inquiry")
        case "repeat" if params.get("since"):
            since = formats.short_date(dt.datetime.fromisoformat(params["since"]))
            return _("wrote or called before, first on %(date)s") % {"date": since}
        case "repeat":
            return _("wrote or called before")
        case "short_call":
            return _("talked %(seconds)s s, shorter than %(limit)s s") % params
        case "rejected_as":
            return _("rejected: %(reason)s") % params
        case "other_source":
            return _("source %(source)s does not count in statistics") % params
        case "manual":
            return _("marked by hand: %(who)s") % {"who": params.get("who", "")}
    return _plain_reason(code, params)


def _plain_reason(code: str, params: Mapping[str, Any]) -> str:
    texts = {
        "internal_call": _("a call between colleagues"),
        "no_contact": _("no phone, address or profile to know the client by"),
        "ringing": _("the phone is ringing"),
        "missed_call": _("nobody answered"),
        "outgoing_call": _("an outgoing call"),
        "suspicious": _("looks like spam: %(why)s") % {"why": words_of(str(params.get("sign", "")))},
    }
    return texts.get(code, "")


def shown(lead: Lead) -> tuple[str, str]:
    """Return the quality a queue shows, the guess where nobody has opened the lead, with its reason."""
    params = lead.quality_params
    if lead.quality_reason == "not_opened":
        return str(params["guess"]), reason_text(str(params["code"]), params)
    return lead.quality, reason_text(lead.quality_reason, params)


# --- Rows --------------------------------------------------------------------------------------------
Row = Mapping[str, Any]
_STORED = ("quality", "quality_reason", "quality_params", "is_advertising")
_READS = (
    "id", "contact_id", "deal_id", "opened_at", "state", "first_response_at", "received_at", "is_quality_manual", "suspicion",
    *_STORED, "source_id", "source__name", "source__is_advertising", "call_id", "call__direction", "call__state",
    "call__result", "call__talk_s", "call__phone", "rejection_reason__name", "rejection_reason__is_non_targeted",
)  # fmt: skip


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """What the rules say about one stored lead."""

    row: Row
    verdict: Verdict

    @property
    def is_changed(self) -> bool:
        return tuple(self.verdict) != tuple(self.row[name] for name in _STORED)

    def as_lead(self) -> Lead:
        """The lead as far as it has to be written."""
        row = self.row
        return Lead(pk=row["id"], deal_id=row["deal_id"], **dict(zip(_STORED, self.verdict, strict=True)))


def facts_of(row: Row, rules: Rules) -> Facts:
    """Read the facts of a stored lead."""
    is_manual = row["is_quality_manual"]
    is_junk = row["state"] == Lead.State.REJECTED and row["rejection_reason__is_non_targeted"]
    has_call = row["call_id"] is not None
    is_internal = has_call and rules.numbers.hold(row["call__phone"] or "")
    return Facts(
        has_contact=row["contact_id"] is not None,
        is_opened=_is_opened(row),
        is_answered=row["first_response_at"] is not None,
        has_deal=row["deal_id"] is not None,
        source=row["source__name"] or "",
        is_source_advertising=rules.counts(row["source_id"], row["source__is_advertising"]),
        direction="internal" if is_internal else row["call__direction"] or "",
        call_state=row["call__state"] or "",
        call_result=row["call__result"] or "",
        talk_s=row["call__talk_s"],
        rejection=row["rejection_reason__name"] if is_junk else "",
        suspicion=row["suspicion"],
        manual=row["quality"] if is_manual else "",
        manual_reason=row["quality_reason"] if is_manual else "",
        manual_params=row["quality_params"] if is_manual else {},
        received_at=row["received_at"],
    )


def _is_opened(row: Row) -> bool:
    """Whoever picked up the phone has opened the inquiry."""
    is_answered = row["call__result"] == "answered"
    return row["opened_at"] is not None or row["state"] != Lead.State.NEW or is_answered


def outcomes_of(leads: LeadQuerySet, rules: Rules) -> Iterator[Outcome]:
    """Decide about these leads, which must be all of their contacts'; one query, nothing is stored."""
    return decide(leads.order_by("contact_id", "received_at", "id").values(*_READS), rules)


def decide(rows: Iterable[Row], rules: Rules) -> Iterator[Outcome]:
    """Decide about rows that come contact by contact, each contact's oldest first."""
    for contact_id, group in itertools.groupby(rows, key=lambda row: row["contact_id"]):
        # Those of whom nothing is known belong to nobody together
        for mine in [list(group)] if contact_id is not None else [[row] for row in group]:
            facts = (facts_of(row, rules) for row in mine)
            verdicts = classify_in_order(facts, min_call_s=rules.min_call_s)
            yield from (Outcome(row, verdict) for row, verdict in zip(mine, verdicts, strict=True))


def classify_new(lead: Lead, *, is_first: bool) -> None:
    """Decide about a lead that is not stored yet, and anew about its contact's others; `is_first` says it has none."""
    rows = [_row_of(lead)]
    if lead.contact_id is not None and not is_first:
        rows += Lead.objects.present().filter(contact=lead.contact_id).values(*_READS)
        rows.sort(key=lambda row: (row["received_at"], row["id"]))
    outcomes = list(decide(rows, rules_in_force()))
    mine = next(outcome for outcome in outcomes if outcome.row["id"] == lead.pk)
    for name, value in zip(_STORED, mine.verdict, strict=True):
        setattr(lead, name, value)
    store(outcome for outcome in outcomes if outcome is not mine)


def _row_of(lead: Lead) -> dict[str, Any]:
    """Read of a lead in memory what a query reads of a stored one."""
    return {name: functools.reduce(_follow, name.split("__"), lead) for name in _READS}


def _follow(value: Any, name: str) -> Any:
    return None if value is None else getattr(value, name)


def reclassify_contact(contact: Contact) -> int:
    """Recompute all leads of one contact in order; return how many changed."""
    return reclassify_contacts([contact.pk])


def reclassify_contacts(contact_ids: Iterable[uuid.UUID]) -> int:
    """Recompute all leads of these contacts: after merges, changed sources, changed rules."""
    rules = rules_in_force()
    return sum(
        store(outcomes_of(Lead.objects.present().filter(contact__in=chunk), rules))
        for chunk in batched(contact_ids)
    )


def reclassify_source(source_id: uuid.UUID) -> int:
    """Recompute whoever ever came by a source: it began or ceased to count; return how many leads changed."""
    return _reclassify_around(Lead.objects.present().filter(source=source_id))


def reclassify_calls() -> int:
    """Recompute whoever ever called: the shortest call that counts has changed; return how many leads changed."""
    return _reclassify_around(Lead.objects.present().exclude(call=None))


def _reclassify_around(leads: LeadQuerySet) -> int:
    """Recompute the contacts of these leads, all their leads in order, and those leads nobody is known of."""
    known = leads.exclude(contact=None).order_by().values_list("contact_id", flat=True).distinct()
    changed = 0
    for chunk in batched(known):
        hold(chunk)
        changed += reclassify_contacts(chunk)
    return changed + store(outcomes_of(leads.filter(contact=None), rules_in_force()))


def reclassify(lead: Lead) -> None:
    """Recompute a lead and, because it may change what comes after, all leads of its contact."""
    if lead.contact_id is not None:
        reclassify_contacts([lead.contact_id])
    else:
        store(outcomes_of(Lead.objects.filter(pk=lead.pk), rules_in_force()))


def hold(contact_ids: Iterable[uuid.UUID]) -> None:
    """Make whoever decides about leads of these contacts wait: a mark made by hand must not be overwritten."""
    rows = Contact.objects.select_for_update(no_key=True).filter(pk__in=list(contact_ids))
    list(rows.order_by("pk").values_list("pk"))


def store(outcomes: Iterable[Outcome]) -> int:
    """Write what changed; return how many leads that were."""
    changed = [outcome.as_lead() for outcome in outcomes if outcome.is_changed]
    Lead.objects.bulk_update(changed, _STORED, batch_size=CHUNK)
    carry_to_deals(changed)
    return len(changed)


def carry_to_deals(leads: list[Lead]) -> None:
    """A deal shows the quality of the first inquiry it came from."""
    deal_ids = {lead.deal_id for lead in leads if lead.deal_id}
    if not deal_ids:
        return
    of_deals = Lead.objects.present().filter(deal__in=deal_ids).order_by("deal_id", "received_at", "id")
    for deal_id, quality in of_deals.distinct("deal_id").values_list("deal_id", "quality"):
        Deal.objects.filter(pk=deal_id).exclude(quality=quality).update(quality=quality)


def batched(ids: Iterable[uuid.UUID], size: int = CHUNK) -> Iterable[tuple[uuid.UUID, ...]]:
    """Give ids in bites."""
    iterator = iter(ids)
    while chunk := tuple(itertools.islice(iterator, size)):
        yield chunk
