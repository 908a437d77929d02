"""What a lead's calls make of it: a pure function of the calls, so the order of their events is no matter."""

from __future__ import annotations

import datetime as dt

from activities.models import Activity, Call
from leads import quality
from leads.models import Lead
from leads.routing import responsible_for
from leads.services.common import lock_contact, tell

_NATURE = (
    "call",
    "received_at",
    "last_inquiry_at",
    "kind",
    "responsible",
    "responsible_role",
    "assignment_reason",
)
_CALL_KINDS = (Lead.Kind.CALL, Lead.Kind.MISSED_CALL)
# Why a lead went where it is, as long as nobody has decided about that by hand
_ROUTED = ("channel_person", "channel_role", "contact_owner", "default_role", "answered")


def refresh_from_calls(lead: Lead) -> None:
    """Write anew what calls tell about the lead: when, answered or missed, by whom, who waits since when."""
    current = Lead.objects.select_related("call", "channel", "contact").get(pk=lead.pk)
    calls = _calls_of(lead)
    if not calls:
        return
    changed = _answers(current, calls)
    if current.kind in _CALL_KINDS:
        changed += _nature(current, calls)
    current.save(update_fields=changed)


def recount_answers(*, lead: Lead) -> None:
    """Decide anew since when the client waits: an answer of ours did not arrive, or is tried again."""
    lock_contact(lead.contact_id)
    current = Lead.objects.get(pk=lead.pk)
    current.first_response_at = None
    current.save(update_fields=_answers(current, _calls_of(lead)))
    quality.reclassify(current)
    tell(current)


def _calls_of(lead: Lead) -> list[Call]:
    calls = Call.objects.filter(activity__lead=lead).order_by("started_at", "external_id")
    return [call for call in calls if call.direction in ("in", "out") and call.started_at]


def _nature(lead: Lead, calls: list[Call]) -> list[str]:
    """Kind, moment, the call that stands for all (the longest talk in the direction of the first), who talked."""
    alike = [call for call in calls if call.direction == calls[0].direction]
    best = max(alike, key=lambda call: (_is_answered(call), call.talk_s or 0, _start(call), call.external_id))
    lead.call = best
    lead.received_at = _start(calls[0])
    lead.last_inquiry_at = max(_start(call) for call in alike)
    is_missed = best.direction == "in" and best.state == Call.State.FINISHED and not _is_answered(best)
    lead.kind = Lead.Kind.MISSED_CALL if is_missed else Lead.Kind.CALL
    if lead.taken_by_id is None and lead.assignment_reason in _ROUTED:
        _hand_to_whoever_talked(lead, best)
    return list(_NATURE)


def _hand_to_whoever_talked(lead: Lead, call: Call) -> None:
    if call.answered_by_id is not None:
        lead.responsible_id, lead.responsible_role_id = call.answered_by_id, None
        lead.assignment_reason = "answered"
    elif lead.assignment_reason == "answered":  # an early event said so, the whole call says otherwise
        chosen = responsible_for(lead.channel, lead.contact)
        lead.responsible, lead.responsible_role, lead.assignment_reason = chosen


def _answers(lead: Lead, calls: list[Call]) -> list[str]:
    """When we first spoke to the client, and since when the client waits again."""
    answers = sorted([*_talks(calls), *_written(lead)])
    lead.first_response_at = answers[0] if answers else lead.first_response_at
    last = answers[-1] if answers else None
    missed = [_start(call) for call in calls if call.direction == "in" and not _is_answered(call)]
    asked = [*missed, *_asked(lead)]
    lead.waiting_since = min((at for at in asked if last is None or at > last), default=None)
    return ["first_response_at", "waiting_since"]


def _talks(calls: list[Call]) -> list[dt.datetime]:
    return [call.answered_at or _start(call) for call in calls if _is_answered(call)]


def _written(lead: Lead) -> list[dt.datetime]:
    kinds = (Activity.Kind.EMAIL, Activity.Kind.MESSAGE)
    rows = Activity.objects.done().filter(lead=lead, direction="out", kind__in=kinds)
    rows = rows.exclude(message__state="failed")  # nobody has read those
    return list(rows.values_list("occurred_at", flat=True))


def _asked(lead: Lead) -> list[dt.datetime]:
    rows = Activity.objects.done().filter(lead=lead, direction="in").exclude(kind=Activity.Kind.CALL)
    return list(rows.exclude(data__has_key="automatic").values_list("occurred_at", flat=True))


def _start(call: Call) -> dt.datetime:
    assert call.started_at is not None  # those without are no calls yet
    return call.started_at


def _is_answered(call: Call) -> bool:
    return call.result == Call.Result.ANSWERED or (not call.result and call.answered_at is not None)
