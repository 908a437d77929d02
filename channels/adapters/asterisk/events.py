"""Read events of Asterisk's manager interface (AMI, versions 11 to 22) and of its REST interface (ARI).

A call is all channels of one Linkedid; its own channel, the caller's, has that as its Uniqueid. The other channels
are the phones that ring. Versions before 13 tell no Linkedid: there the call's records tell how it ended.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from channels.adapters.asterisk.parties import Parties, Place, is_local, parties
from channels.adapters.calls import LONGEST, Result, is_extension, number_of
from channels.adapters.text import as_dict, as_int, as_list, clean_line, digest, moment
from leads.inquiry import CallUpdate

_BEGINNING = re.compile(r"(?im)^(?:event|action|response)\s*:")
_EPOCH = re.compile(r"(?:^|-)(\d{10})\.\d+$")
_CAUSES: dict[int, Result] = {
    17: "busy",
    **dict.fromkeys((1, 2, 3, 22, 27, 28, 34, 38, 41, 42, 44, 58, 66, 127), "failed"),
}
Block = Mapping[str, str]


@dataclasses.dataclass(frozen=True, slots=True)
class Leg:
    """One channel of Asterisk, whichever interface tells of it."""

    name: str
    id: str
    call_id: str
    dialled: str = ""
    context: str = ""
    caller: str | None = None  # None: not told, "": withheld

    @property
    def is_callers(self) -> bool:
        """Say whether it is the channel that the call began with."""
        return bool(self.id) and not is_local(self.name) and self.id == self.call_id

    @property
    def is_nobodys(self) -> bool:
        """Say whether it belongs to no call of ours; inner channels count where they name the call they serve."""
        return not self.call_id or (is_local(self.name) and self.id == self.call_id)


def is_ami(text: str) -> bool:
    """Say whether it is a dialogue of the manager interface, or a part of one."""
    return bool(_BEGINNING.search(text[:4000]))


def blocks(text: str) -> Iterator[dict[str, str]]:
    """Split a dialogue into its messages; names in lower case."""
    for part in re.split(r"\r?\n[ \t]*\r?\n", text):
        pairs = (line.partition(":") for line in part.splitlines())
        if block := {name.strip().lower(): value.strip() for name, colon, value in pairs if colon}:
            yield block


def read_ami(block: Block, place: Place) -> CallUpdate | None:
    """Make an update of one message; None when it tells nothing about a call of ours."""
    reader = _AMI.get(block.get("event", "").lower())
    update = reader(block, _told(block, place)) if reader is not None else None
    if update is None:
        return None
    at = moment(block.get("timestamp", "").partition(".")[0]) or place.received_at
    key = f"ami:{block['event'].lower()}:{update.key}:{digest(*sorted(block.items()))[:16]}"
    return dataclasses.replace(update, key=key[:300], occurred_at=at)


def read_ari(event: Mapping[str, Any], place: Place) -> CallUpdate | None:
    """Make an update of one event of the REST interface; None when it tells nothing about a call of ours."""
    reader = _ARI.get(clean_line(event.get("type"), 60).lower())
    update = reader(event, place) if reader is not None else None
    if update is None:
        return None
    at = _iso(event.get("timestamp")) or place.received_at
    name = clean_line(event.get("type"), 60).lower()
    key = f"ari:{name}:{update.key}:{digest(event.get('timestamp'), name)[:16]}"
    return dataclasses.replace(update, key=key[:300], occurred_at=at)


# --- What an event means -----------------------------------------------------------------------------
def _began(leg: Leg, place: Place) -> CallUpdate | None:
    if not leg.is_callers or not (leg.dialled or leg.caller):
        return None
    who = _parties(leg, place)
    own = "" if who.direction == "in" else place.extension_of(leg.name)
    return _update(leg, who, place, sequence=1, state="ringing", extension=own)


def _rings(leg: Leg, to: str, place: Place) -> CallUpdate | None:
    """A phone of the call rings; who calls is told too by most versions."""
    if leg.is_nobodys:
        return None
    rung = place.extension_of(to)
    return _update(leg, _parties(leg, place), place, sequence=2, state="ringing", extension=rung)


def _answered(leg: Leg, by: str, place: Place) -> CallUpdate | None:
    if leg.is_nobodys:
        return None
    return _update(leg, Parties(""), place, sequence=3, state="answered", extension=place.extension_of(by))


def _ended(leg: Leg, cause: object, place: Place) -> CallUpdate | None:
    """The caller's channel is gone. It is a word of a leg: the records, when they come, know better."""
    if not leg.is_callers:
        return None
    result = _CAUSES.get(as_int(cause) or 0, "")
    return _update(leg, Parties(""), place, sequence=4, state="finished", result=result, leg=leg.id)


def _parties(leg: Leg, place: Place) -> Parties:
    if leg.caller is None or is_local(leg.name):
        return Parties("")
    return parties(place, caller=leg.caller, dialled=leg.dialled, channel=leg.name, context=leg.context)


def _update(channel: Leg, who: Parties, place: Place, **told: Any) -> CallUpdate:
    """Key and moment are the reader's business."""
    return CallUpdate(
        key=channel.id or channel.call_id,
        occurred_at=place.received_at,
        call_id=channel.call_id,
        direction=who.direction,
        phone=who.phone,
        line=who.line,
        started_at=_epoch(channel.call_id, place.received_at),
        **told,
    )


def _epoch(call_id: str, received_at: dt.datetime) -> dt.datetime | None:
    """A call's id begins with the second it began in, if the exchange's clock is anywhere near ours."""
    match = _EPOCH.search(call_id)
    began = moment(match.group(1)) if match else None
    return began if began is not None and abs(received_at - began) < LONGEST else None


# --- AMI ---------------------------------------------------------------------------------------------
@dataclasses.dataclass(frozen=True, slots=True)
class _Told:
    leg: Leg
    place: Place


def _told(block: Block, place: Place) -> _Told:
    """Read the channel an event is about; without a Linkedid only what dials is a caller's channel."""
    uniqueid = clean_line(block.get("uniqueid"), 120)
    dialled = clean_line(block.get("exten"), 60)
    linkedid = clean_line(block.get("linkedid"), 120) or (uniqueid if dialled else "")
    caller = number_of(block["calleridnum"]) if "calleridnum" in block else None
    name, context = clean_line(block.get("channel"), 120), clean_line(block.get("context"), 120)
    return _Told(Leg(name, uniqueid, linkedid, number_of(dialled), context, caller), place)


def _dial(block: Block, told: _Told) -> CallUpdate | None:
    """Dialling as versions before 13 told of it: the number an employee dials is in the string or shown to him."""
    caller, place = told.leg.caller or "", told.place
    is_ours = place.extension_of(told.leg.name) or is_extension(caller, place.extension_digits)
    last = number_of(block.get("dialstring", "").rpartition("/")[2])
    shown = number_of(block.get("connectedlinenum"))
    dialled = (last if place.is_phone(last) else shown) if is_ours else ""
    leg = dataclasses.replace(told.leg, call_id=told.leg.id, dialled=dialled)
    if block.get("subevent", "").lower() == "begin":
        return _rings(leg, block.get("destination", ""), place)
    return _dial_end(block, _Told(leg, place))


def _dial_end(block: Block, told: _Told) -> CallUpdate | None:
    """Only an answer is of interest: a phone that did not answer is no end of the call."""
    if block.get("dialstatus", "").upper() != "ANSWER":
        return None
    return _answered(told.leg, block.get("destchannel", ""), told.place)


def _bridge(block: Block, told: _Told) -> CallUpdate | None:
    """Two talk to each other; music on hold and parking are bridges too."""
    is_holding = "holding" in block.get("bridgetechnology", "").lower()
    if is_holding or (as_int(block.get("bridgenumchannels")) or 0) < 2 or "linkedid" not in block:
        return None
    return _answered(told.leg, told.leg.name if told.leg.id != told.leg.call_id else "", told.place)


_AMI: dict[str, Callable[[Block, _Told], CallUpdate | None]] = {
    "newchannel": lambda block, told: _began(told.leg, told.place),
    "dialbegin": lambda block, told: _rings(told.leg, block.get("destchannel", ""), told.place),
    "dial": _dial,
    "dialend": _dial_end,
    "agentconnect": lambda block, told: _answered(told.leg, block.get("destchannel", ""), told.place),
    "bridgeenter": _bridge,
    "hangup": lambda block, told: _ended(told.leg, block.get("cause"), told.place),
}


# --- ARI ---------------------------------------------------------------------------------------------
def _channel(value: object) -> Leg:
    channel = as_dict(value)
    plan, caller = as_dict(channel.get("dialplan")), as_dict(channel.get("caller"))
    number, dialled = clean_line(channel.get("id"), 120), clean_line(plan.get("exten"), 60)
    return Leg(
        clean_line(channel.get("name"), 120),
        number,
        number if dialled else "",
        number_of(dialled),
        clean_line(plan.get("context"), 120),
        number_of(caller.get("number")),
    )


def _ari_began(event: Mapping[str, Any], place: Place) -> CallUpdate | None:
    is_ours = "dialed" in as_list(event.get("args"))  # a channel that the application itself has made
    return None if is_ours else _began(_channel(event.get("channel")), place)


def _ari_dial(event: Mapping[str, Any], place: Place) -> CallUpdate | None:
    leg, peer = _channel(event.get("caller")), _channel(event.get("peer")).name
    status = clean_line(event.get("dialstatus"), 40).upper()
    if status == "ANSWER":
        return _answered(leg, peer, place)
    return _rings(leg, peer, place) if status in ("", "RINGING", "PROGRESS") else None


def _ari_bridge(event: Mapping[str, Any], place: Place) -> CallUpdate | None:
    bridge = as_dict(event.get("bridge"))
    is_holding = clean_line(bridge.get("bridge_type"), 40) == "holding"
    if is_holding or len(as_list(bridge.get("channels"))) < 2:
        return None
    return _answered(_channel(event.get("channel")), "", place)


_ARI: dict[str, Callable[[Mapping[str, Any], Place], CallUpdate | None]] = {
    "stasisstart": _ari_began,
    "channelcreated": _ari_began,
    "dial": _ari_dial,
    "channelenteredbridge": _ari_bridge,
    "channeldestroyed": lambda event, place: _ended(
        _channel(event.get("channel")), event.get("cause"), place
    ),
}


def _iso(value: object) -> dt.datetime | None:
    try:
        when = dt.datetime.fromisoformat(clean_line(value, 60))
    except ValueError:
        return None
    return when if when.tzinfo is not None and moment(int(when.timestamp())) is not None else None
