"""What a lead's calls make of it: a pure function of the calls, so the order of their events is no matter."""

from __future__ import annotations

import datetime as dt

from activities.models import Activity, Call
from leads import quality
from leads.clock import minutes_to_answer
from leads.models import Lead
from leads.routing import AUTOMATIC, give, remember, route
from leads.routing.watching import MOVING, watch
from leads.services.callbacks import talks_since
from leads.services.common import lock_contact, tell
from tenants.hours import current_book

_NATURE = (
    "call",
    "received_at",
    "last_inquiry_at",
    "kind",
    "responsible",
    "responsible_role",
    "assignment_reason",
    "assignment_params",
    "routing_rule",
    "step_started_at",
)
_CALL_KINDS = (Lead.Kind.CALL, Lead.Kind.MISSED_CALL)


def refresh_from_calls(lead: Lead, *, now: dt.datetime) -> None:
    """Write anew what calls tell about the lead: when, answered or missed, by whom, who waits since when."""
    current = Lead.objects.select_related("call", "channel", "contact", "taken_by", "responsible").get(
        pk=lead.pk
    )
    calls = _calls_of(lead)
    if not calls:
        return
    before = (current.received_at, current.first_response_at)
    changed = _answers(current, calls)
    if current.kind in _CALL_KINDS:
        changed += _nature(current, calls, now=now)
    if (current.received_at, current.first_response_at) != before:
        changed += _measured(current)
    current.save(update_fields=changed)


def recount_answers(*, lead: Lead, now: dt.datetime) -> None:
    """Decide anew since when the client waits: an answer of ours did not arrive, or is tried again."""
    lock_contact(lead.contact_id)
    current = Lead.objects.select_related("taken_by", "responsible").get(pk=lead.pk)
    before, current.first_response_at = current.first_response_at, None
    changed = _answers(current, _calls_of(lead))
    if current.first_response_at != before:
        changed += _measured(current)
    watch(current, now=now)
    current.save(update_fields=[*changed, *MOVING])
    quality.reclassify(current)
    tell(current)


def kind_of(call: Call) -> str:
    """Say whether a call is a missed one, as far as its events tell."""
    is_missed = call.direction == "in" and call.state == Call.State.FINISHED and not _is_answered(call)
    return Lead.Kind.MISSED_CALL if is_missed else Lead.Kind.CALL


def _calls_of(lead: Lead) -> list[Call]:
    calls = Call.objects.filter(activity__lead=lead).order_by("started_at", "external_id")
    return [call for call in calls if call.direction in ("in", "out") and call.started_at]


def _nature(lead: Lead, calls: list[Call], *, now: dt.datetime) -> list[str]:
    """Kind, moment, the call that stands for all (the longest talk in the direction of the first), who talked."""
    alike = [call for call in calls if call.direction == calls[0].direction]
    best = max(alike, key=lambda call: (_is_answered(call), call.talk_s or 0, _start(call), call.external_id))
    lead.call = best
    lead.received_at = _start(calls[0])
    lead.last_inquiry_at = max(_start(call) for call in alike)
    had, lead.kind = lead.kind, kind_of(best)
    if lead.taken_by_id is None and lead.assignment_reason in AUTOMATIC:
        _hand_to_whoever_talked(lead, best, is_other_kind=had != lead.kind, now=now)
    return list(_NATURE)


def _hand_to_whoever_talked(lead: Lead, call: Call, *, is_other_kind: bool, now: dt.datetime) -> None:
    if call.answered_by_id is not None:
        lead.responsible_id, lead.responsible_role_id = call.answered_by_id, None
        lead.assignment_reason, lead.assignment_params = "answered", {}
    elif lead.assignment_reason == "answered" or is_other_kind:
        # An early event said that somebody talked, or that it rings; the whole call says otherwise.
        _hand_out_again(lead, now=now)


def _hand_out_again(lead: Lead, *, now: dt.datetime) -> None:
    """Ask the rules again; where the same one decides, whom it chose before keeps the lead."""
    chosen = route(lead, book=current_book(now=now), now=now)
    rule_id = chosen.rule.id if chosen.rule else None
    if lead.assignment_reason == "answered" or rule_id != lead.routing_rule_id:
        give(lead, chosen, now=now)
        remember(lead, chosen, now=now)


def _answers(lead: Lead, calls: list[Call]) -> list[str]:
    """When we first spoke to the client, and since when the client waits again."""
    answers = sorted([*_talks(calls), *_talks_elsewhere(calls), *_written(lead)])
    lead.first_response_at = answers[0] if answers else lead.first_response_at
    last = answers[-1] if answers else None
    missed = [_start(call) for call in calls if call.direction == "in" and not _is_answered(call)]
    asked = [*missed, *_asked(lead)]
    lead.waiting_since = min((at for at in asked if last is None or at > last), default=None)
    return ["first_response_at", "waiting_since"]


def _measured(lead: Lead) -> list[str]:
    """Count in how many working minutes we answered, by the hours of who answers for the lead now."""
    lead.response_min = minutes_to_answer(lead)
    return ["response_min"]


def _talks(calls: list[Call]) -> list[dt.datetime]:
    return [call.answered_at or _start(call) for call in calls if _is_answered(call)]


def _talks_elsewhere(calls: list[Call]) -> list[dt.datetime]:
    """When we spoke to the client of a missed call through another channel, or about another inquiry."""
    missed = [call for call in calls if call.direction == "in" and call.phone and not _is_answered(call)]
    if not missed:
        return []
    first = min(missed, key=_start)
    talks = talks_since(first).exclude(pk__in=[call.pk for call in calls])
    return _talks(list(talks.order_by("started_at")))


def _written(lead: Lead) -> list[dt.datetime]:
    kinds = (Activity.Kind.EMAIL, Activity.Kind.MESSAGE)
    rows = Activity.objects.done().filter(lead=lead, direction="out", kind__in=kinds)
    # Nobody has read those that failed, and what is sent by itself answers nothing
    rows = rows.exclude(message__state="failed").exclude(data__has_key="automatic")
    return list(rows.values_list("occurred_at", flat=True))


def _asked(lead: Lead) -> list[dt.datetime]:
    rows = Activity.objects.done().filter(lead=lead, direction="in").exclude(kind=Activity.Kind.CALL)
    return list(rows.exclude(data__has_key="automatic").values_list("occurred_at", flat=True))


def _start(call: Call) -> dt.datetime:
    assert call.started_at is not None  # those without are no calls yet
    return call.started_at


def _is_answered(call: Call) -> bool:
    return call.result == Call.Result.ANSWERED or (not call.result and call.answered_at is not None)
