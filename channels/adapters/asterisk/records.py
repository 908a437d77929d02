"""Read call records (CDR): the event Cdr, rows of Master.csv and of tables, a form posted by a script."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterator, Mapping
from typing import Any

from channels.adapters.asterisk.parties import Place, is_local, parties
from channels.adapters.calls import Result, first_of, local_moment, number_of, seconds
from channels.adapters.text import clean_line, digest
from leads.inquiry import CallUpdate

# The order of cdr_csv; uniqueid and userfield are there if switched on, the rest with newcdrcolumns.
COLUMNS = (
    "accountcode", "src", "dst", "dcontext", "clid", "channel", "dstchannel", "lastapp", "lastdata", "start",
    "answer", "end", "duration", "billsec", "disposition", "amaflags", "uniqueid", "userfield", "peeraccount",
    "linkedid", "sequence",
)  # fmt: skip
LEAST_COLUMNS = 16
_AMI_NAMES = {
    "source": "src",
    "destination": "dst",
    "destinationcontext": "dcontext",
    "callerid": "clid",
    "destinationchannel": "dstchannel",
    "lastapplication": "lastapp",
    "starttime": "start",
    "calldate": "start",
    "answertime": "answer",
    "endtime": "end",
    "billableseconds": "billsec",
}
_RESULTS: dict[str, Result] = {
    "answered": "answered",
    "no answer": "missed",
    "noanswer": "missed",
    "cancel": "missed",
    "busy": "busy",
    "failed": "failed",
    "congestion": "failed",
}
_MACHINES = frozenset({"voicemail", "voicemailmain", "minivmrecord"})  # they answer, nobody else does
_FILE = re.compile(r"^[\w.+\-/]{1,200}\.(?:wav|mp3|gsm|ogg|wav49)$", re.I)
_NO_MOMENT = re.compile(r"^(?:0000|1970)-")


def is_record(row: Mapping[str, Any]) -> bool:
    """Say whether these are fields of a call record."""
    names = {_AMI_NAMES.get(str(name).lower(), str(name).lower()) for name in row}
    return {"src", "dst", "disposition"} <= names and bool(names & {"uniqueid", "linkedid", "start"})


def rows(text: str) -> Iterator[dict[str, str]]:
    """Read CSV with or without a line of names; what has too few columns is left out."""
    delimiter = ";" if text.partition("\n")[0].count(";") >= LEAST_COLUMNS - 1 else ","
    names: tuple[str, ...] = COLUMNS
    try:
        for row in csv.reader(io.StringIO(text.replace("\x00", "")), delimiter=delimiter):
            header = tuple(cell.strip().lower() for cell in row)
            if is_record(dict.fromkeys(header)):
                names = header
            elif names is not COLUMNS or (len(row) >= LEAST_COLUMNS and row[14].lower() in _RESULTS):
                yield dict(zip(names, row, strict=False))
    except csv.Error:
        return


def read_record(row: Mapping[str, Any], place: Place) -> CallUpdate | None:
    """Make an update of one record; None when it tells nothing of a call between people.

    A call has a record for each phone that was tried: it tells how that leg fared.
    """
    told = {_AMI_NAMES.get(str(name).lower(), str(name).lower()): value for name, value in row.items()}
    channel, to = clean_line(told.get("channel"), 120), clean_line(told.get("dstchannel"), 120)
    start = _moment(told.get("start"), place)
    unique = first_of(told, "uniqueid", limit=120) or (digest(channel, start) if channel and start else "")
    if is_local(channel) or not unique:
        return None
    duration, talk = seconds(told.get("duration")), seconds(told.get("billsec"))
    end = _moment(told.get("end"), place) or _later(start, duration)
    result = _result(told, to)
    answer = _moment(told.get("answer"), place) or _later(end, -talk if talk else None)
    return CallUpdate(
        key=f"cdr:{unique}:{digest(channel, to, start, end, told.get('disposition'))[:16]}",
        occurred_at=end or start or place.received_at,
        call_id=first_of(told, "linkedid", limit=120) or unique,
        **_who(told, channel, to, place),
        leg=to or unique,
        sequence=5,
        state="finished",
        result=result,
        started_at=start,
        answered_at=answer if result == "answered" else None,
        ended_at=end,
        duration_s=duration,
        talk_s=talk if result == "answered" else 0,
        recording_url=_recording(told, start, place) if result == "answered" else "",
    )


def _who(told: Mapping[str, Any], channel: str, to: str, place: Place) -> dict[str, Any]:
    caller = number_of(told.get("src")) or _in_brackets(told.get("clid"))
    dialled = number_of(first_of(told, "did")) or number_of(told.get("dst"))
    who = parties(
        place, caller=caller, dialled=dialled, channel=channel, context=clean_line(told.get("dcontext"), 120)
    )
    if who.direction == "in":
        line = who.line if place.is_phone(who.line) or told.get("did") else ""
        return {"direction": "in", "phone": who.phone, "line": line, "extension": place.extension_of(to)}
    return {
        "direction": who.direction,
        "phone": who.phone,
        "line": who.line,
        "extension": place.extension_of(channel) or caller,
    }


def _in_brackets(value: object) -> str:
    """Take the number of `"Anna" <79991234567>`."""
    match = re.search(r"<([^<>]*)>\s*$", clean_line(value, 200))
    return number_of(match.group(1)) if match else ""


def _result(told: Mapping[str, Any], to: str) -> Result:
    """The exchange itself picks up for a menu or voice mail: for the client nobody has answered."""
    result = _RESULTS.get(clean_line(told.get("disposition"), 20).lower(), "missed")
    is_machine = not to or clean_line(told.get("lastapp"), 40).lower() in _MACHINES
    return "missed" if result == "answered" and is_machine else result


def _moment(value: object, place: Place) -> dt.datetime | None:
    text = clean_line(value, 60)
    return None if not text or _NO_MOMENT.match(text) else local_moment(text, place.zone)


def _later(at: dt.datetime | None, by_s: int | None) -> dt.datetime | None:
    return at + dt.timedelta(seconds=by_s) if at is not None and by_s is not None else None


def _recording(told: Mapping[str, Any], start: dt.datetime | None, place: Place) -> str:
    """Write the address of a recording by the channel's pattern, when the record names the file."""
    file = first_of(told, "recordingfile", "userfield", limit=250)
    if not place.recordings or start is None or not _FILE.match(file) or ".." in file:
        return ""
    day = start.astimezone(place.zone)
    parts = {"{year}": f"{day:%Y}", "{month}": f"{day:%m}", "{day}": f"{day:%d}", "{file}": file.lstrip("/")}
    return re.sub(r"\{(?:year|month|day|file)\}", lambda match: parts[match.group()], place.recordings)
