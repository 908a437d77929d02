"""What all events of one call say together: the same in whatever order they came (K3)."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from leads.inquiry import CallUpdate

T = TypeVar("T")
_MOMENTS = ("occurred_at", "started_at", "answered_at", "ended_at")
_DIRECTIONS = ("in", "out", "internal")
# How long nothing is heard of a call before it is taken to be over
AFTER_HANGING_UP = dt.timedelta(minutes=2)  # every phone that took part has hung up
RINGING = dt.timedelta(minutes=10)
TALKING = dt.timedelta(hours=4)


@dataclasses.dataclass(frozen=True, slots=True)
class CallFacts:
    """The columns of a call, made from its events alone."""

    direction: str
    phone: str  # as received
    line: str
    extension: str
    state: str
    result: str
    started_at: dt.datetime
    answered_at: dt.datetime | None
    ended_at: dt.datetime | None
    duration_s: int | None
    talk_s: int | None
    recording_url: str
    recording_ref: str
    last_sequence: int
    is_end_derived: bool

    @property
    def is_answered(self) -> bool:
        return self.result == "answered" or (not self.result and self.answered_at is not None)

    @property
    def is_missed(self) -> bool:
        return self.state == "finished" and not self.is_answered


def fold(updates: Iterable[CallUpdate]) -> CallFacts:
    """Make one call of its events. What the last event of a call tells weighs more than its legs' words."""
    events = _believable(sorted(updates, key=lambda u: (u.sequence, u.occurred_at, u.key)))
    trusted = [u for u in events if u.state == "finished"][::-1] + events
    started = _least(events, lambda u: u.started_at) or min(u.occurred_at for u in events)
    answered = _least(events, lambda u: u.answered_at) or _least(events, _when("answered"))
    is_finished = _is_finished(events)
    ended = _end(events) if is_finished else None
    result = _result(trusted, answered, is_finished=is_finished)
    talk = _most(events, lambda u: u.talk_s)
    if talk is None and result == "answered":
        talk = _seconds(answered, ended)
    duration = _most(events, lambda u: u.duration_s)
    return CallFacts(
        direction=_direction(trusted),
        phone=_first(u.phone for u in trusted),
        line=_first(u.line for u in trusted)[:64],
        extension=_extension(trusted)[:64],
        state="finished" if is_finished else "answered" if answered is not None else "ringing",
        result=result,
        started_at=started,
        answered_at=answered if result in ("", "answered") else None,
        ended_at=ended,
        duration_s=duration if duration is not None else _seconds(started, ended),
        talk_s=talk,
        recording_url=_first(u.recording_url for u in reversed(events)),
        recording_ref=_first(u.recording_ref for u in reversed(events))[:300],
        last_sequence=max(-(2**31), min(2**31 - 1, max(u.sequence for u in events))),
        is_end_derived=any(u.is_derived for u in events),
    )


def end_of_silence(updates: Iterable[CallUpdate], *, now: dt.datetime) -> CallUpdate | None:
    """Work out how a call ended whose exchange has fallen silent; None while it may still go on.

    When all its phones have hung up, the last of them ended it. One that only rang was missed; of a talk
    nobody ended it is known that it was, not how long.
    """
    events = sorted(updates, key=lambda u: (u.sequence, u.occurred_at, u.key))
    facts = fold(events)
    heard = max(u.occurred_at for u in events)
    hung_up = _most(events, lambda u: u.ended_at)
    is_hung_up = hung_up is not None and _legs(events) == _legs(u for u in events if u.ended_at)
    patience = AFTER_HANGING_UP if is_hung_up else RINGING if facts.state == "ringing" else TALKING
    if facts.state == "finished" or now - heard < patience:
        return None
    is_talk = facts.answered_at is not None
    return CallUpdate(
        key=f"derived:{heard.isoformat()}",
        occurred_at=heard,
        call_id="",
        direction="",
        sequence=max(u.sequence for u in events),
        state="finished",
        result="answered" if is_talk else "missed",
        ended_at=hung_up if is_hung_up else None if is_talk else heard,
        is_derived=True,
    )


def pack(update: CallUpdate) -> dict[str, Any]:
    """Keep an event in JSON; what it doesn't tell is left out."""
    values = {name: getattr(update, name) for name in CallUpdate.__slots__}
    plain = {name: v.isoformat() if isinstance(v, dt.datetime) else v for name, v in values.items()}
    return {name: v for name, v in plain.items() if v is not None and v is not False and v != ""}


def unpack(values: Mapping[str, Any]) -> CallUpdate:
    """Read an event kept by pack()."""
    moments = {name: dt.datetime.fromisoformat(values[name]) for name in _MOMENTS if name in values}
    return CallUpdate(**({"direction": ""} | dict(values) | moments))


def _believable(events: list[CallUpdate]) -> list[CallUpdate]:
    """Leave out an end we worked out once the exchange tells the end, or that the call went on."""
    told = [u for u in events if not u.is_derived]
    latest = max((u.occurred_at for u in told), default=None)
    if latest is None or _is_finished(told):
        return told or events
    return [u for u in events if not u.is_derived or u.occurred_at >= latest]


def _end(events: list[CallUpdate]) -> dt.datetime | None:
    """When the call ended; where we worked that out, what one of several phones did doesn't tell."""
    if derived := next((u for u in events if u.is_derived), None):
        return derived.ended_at
    return _most(events, lambda u: u.ended_at) or _most(events, _when("finished"))


def _legs(events: Iterable[CallUpdate]) -> set[str]:
    return {u.leg for u in events if u.leg}


def _direction(trusted: list[CallUpdate]) -> str:
    """A call with a client in it is a call with a client, whatever a leg between colleagues says."""
    told = {u.direction for u in trusted}
    if last := _first(u.direction for u in trusted if u.state == "finished"):
        return last
    return next((direction for direction in _DIRECTIONS if direction in told), "")


def _extension(trusted: list[CallUpdate]) -> str:
    """Whose phone it was: as the end of the call tells, else whoever answered, else whose rang last."""
    ends = [u for u in trusted if u.state == "finished" and (not u.leg or u.result == "answered")]
    last = _first(u.extension for u in ends)
    return (
        last
        or _first(u.extension for u in reversed(trusted) if u.state == "answered")
        or _first(u.extension for u in reversed(trusted))
    )


def _is_finished(events: list[CallUpdate]) -> bool:
    """Say whether the call is over: told of the whole call, or of each leg that is known."""
    ends = [u for u in events if u.state == "finished"]
    if any(not u.leg for u in ends):
        return True
    return bool(ends) and _legs(events) == {u.leg for u in ends}


def _result(trusted: list[CallUpdate], answered: dt.datetime | None, *, is_finished: bool) -> str:
    """What is told of the whole call counts; of its legs, one that was answered answers the call."""
    if whole := _first(u.result for u in trusted if not u.leg):
        return whole
    if not is_finished:
        return ""
    told = [u.result for u in trusted if u.result]
    if answered is not None or "answered" in told:
        return "answered"
    return told[0] if told else "missed"


def _when(state: str) -> Callable[[CallUpdate], dt.datetime | None]:
    return lambda update: update.occurred_at if update.state == state else None


def _first(values: Iterable[str]) -> str:
    return next((value for value in values if value), "")


def _least(events: list[CallUpdate], read: Callable[[CallUpdate], T | None]) -> T | None:
    return min((value for u in events if (value := read(u)) is not None), default=None)  # type: ignore[type-var]


def _most(events: list[CallUpdate], read: Callable[[CallUpdate], T | None]) -> T | None:
    return max((value for u in events if (value := read(u)) is not None), default=None)  # type: ignore[type-var]


def _seconds(start: dt.datetime | None, end: dt.datetime | None) -> int | None:
    if start is None or end is None:
        return None
    return max(0, int((end - start).total_seconds()))
