"""Binotel: form posts with PHP's brackets, known only by the addresses they come from."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels.adapters import client as web
from channels.adapters.addresses import allowed_ips, check_sender
from channels.adapters.base import (
    Adapter,
    Answer,
    Caller,
    Check,
    Field,
    RawDelivery,
    SendError,
    Settings,
    Unparseable,
)
from channels.adapters.calls import (
    Direction,
    Result,
    State,
    digits_of,
    first_of,
    is_extension,
    number_of,
    seconds,
)
from channels.adapters.marks import collect_marks
from channels.adapters.payload import read_body
from channels.adapters.text import as_dict, clean_line, digest, moment, received
from leads.inquiry import CallMark, CallUpdate, File, Ignored, Item, Marks

JSON = "application/json; charset=utf-8"
API = "https://api.binotel.com/api/4.0"
NETWORKS = "194.88.218.0/24, 194.88.219.0/24, 185.100.66.144/28"  # the vendor's list, gathered
_STATES: dict[str, State] = {
    "receivedthecall": "ringing",
    "answeredthecall": "answered",
    "transferredthecall": "answered",
    "hangupthecall": "finished",
    "apicallcompleted": "finished",
}
_ORDER = {name: place for place, name in enumerate(_STATES)}
_RESULTS: dict[str, Result] = {
    "ANSWER": "answered",
    "TRANSFER": "answered",
    "SUCCESS": "answered",
    "BUSY": "busy",
    "NOANSWER": "missed",
    "CANCEL": "missed",
    "VM": "missed",
    "VM-SUCCESS": "missed",
    "CONGESTION": "failed",
    "CHANUNAVAIL": "failed",
    "FAILED": "failed",
}


class BinotelAdapter(Adapter):
    kind: ClassVar[str] = "binotel"
    label = "Binotel"
    channel_kind = "call"
    icon = "phone"
    can_call = True
    call_needs = ("api_key", "api_secret")
    fields: ClassVar[tuple[Field, ...]] = (
        Field("api_key", _("API key"), kind="secret", help_text=_("For recordings and calls from here.")),
        Field("api_secret", _("API secret"), kind="secret"),
        Field(
            "country_code",
            _("Country code of local numbers"),
            default="380",
            help_text=_("Binotel writes numbers of its country as 0670000000."),
        ),
        allowed_ips(_("Nothing is signed. Binotel posts from {networks}.").format(networks=NETWORKS)),
    )
    help_text = _(
        "Ask Binotel's support to send the web hooks API CALL SETTINGS, API CALL COMPLETED and the events of calls "
        "to the address of this channel; they also give the API key and secret."
    )

    def verify(self, delivery: RawDelivery, settings: Settings) -> None:
        """Nothing is signed: the address is the secret, and the sender's may be narrowed."""
        check_sender(delivery, settings)

    def answer(self, delivery: RawDelivery, settings: Settings) -> Answer:
        """Exactly this, or the web hook is repeated for days."""
        return Answer('{"status":"success"}', content_type=JSON)

    def asks_about(self, delivery: RawDelivery, settings: Settings) -> str:
        """API CALL SETTINGS waits for the client's card."""
        event = _fields(delivery)
        is_question = clean_line(event.get("requestType"), 40).lower() == "apicallsettings"
        return _phone(event.get("externalNumber") or event.get("srcNumber"), settings) if is_question else ""

    def answer_caller(self, delivery: RawDelivery, settings: Settings, caller: Caller | None) -> Answer:
        """Name the client, the manager and the page to open; an empty object where nobody is known."""
        if caller is None:
            return Answer("{}", content_type=JSON)
        card = {
            "name": caller.name,
            "linkToCrmUrl": caller.url,
            "assignedToEmployeeNumber": caller.extension,
            "assignedToEmployeeEmail": caller.email if not caller.extension else "",
        }
        said = {"customerData": {name: value for name, value in card.items() if value}}
        return Answer(json.dumps(said, ensure_ascii=False), content_type=JSON)

    def parse(self, delivery: RawDelivery, settings: Settings) -> list[Item]:
        """Read one web hook. Raises Unparseable."""
        if not delivery.body.strip() and not delivery.query:
            return []
        return _read(read_body(delivery)[0], settings, received(delivery.received_at))

    # --- The vendor's API ----------------------------------------------------------------------------
    def fetch_file(self, ref: str, settings: Settings) -> File:
        """Ask for a link to the recording, and download it."""
        answer = _call_api("stats/call-record", {"generalCallID": ref}, settings)
        link = answer.get("url")
        if not isinstance(link, str) or not link:
            raise SendError(gettext("The recording is not ready yet."), is_permanent=False, retry_after_s=60)
        return dataclasses.replace(web.download_public(link), name=f"{digits_of(ref) or 'recording'}.mp3")

    def start_call(
        self, *, extension: str, phone: str, line: str, command_id: str, settings: Settings
    ) -> None:
        """Ring the employee's phone, then the client's. Raises SendError."""
        command = {"internalNumber": extension, "externalNumber": digits_of(phone)}
        if line:
            command["pbxNumber"] = digits_of(line)
        _call_api("calls/internal-number-to-external-number", command, settings)

    def check(self, settings: Settings, hook_url: str) -> list[Check]:
        """Ask for the employees: it needs right keys and changes nothing."""
        told = Check(True, _("Address for Binotel's web hooks: {url}").format(url=hook_url))
        if not settings.get("api_key"):
            return [told, Check(True, _("Calls come in; recordings and calls from here need the keys."))]
        try:
            answer = _call_api("settings/list-of-employees", {}, settings)
        except SendError as exc:
            return [told, Check(False, str(exc))]
        count = len(as_dict(answer.get("listOfEmployees")))
        return [told, Check(True, _("Binotel accepted the keys; employees: {count}.").format(count=count))]


def _fields(delivery: RawDelivery) -> dict[str, Any]:
    try:
        return read_body(delivery)[0]
    except Unparseable:
        return {}


def _phone(value: object, settings: Settings) -> str:
    """Write a number of Binotel's country with its code: others could not tell 0670000000."""
    number = number_of(value)
    code = digits_of(str(settings.get("country_code") or ""))
    if number.startswith("00"):
        return f"+{number[2:]}"
    if code and number.startswith("0") and number.isdecimal() and len(number) >= 9:
        return f"+{code}{number[1:]}"
    return number


def _read(event: Mapping[str, Any], settings: Settings, received_at: dt.datetime) -> list[Item]:
    name = clean_line(event.get("requestType"), 40).lower()
    details = _details(event.get("callDetails"))
    about = {**event, **details}
    call_id = first_of(about, "generalCallID")
    if name == "apicallsettings":
        key = f"settings:{call_id or digest(sorted(event.items(), key=str))}"
        return [Ignored(key, gettext("The exchange asked who calls."))]
    if not name and not call_id:
        return [
            Ignored(
                f"other:{digest(sorted(event.items(), key=str))}",
                gettext("There is no event of a call in it."),
            )
        ]
    if name not in _STATES:
        raise Unparseable(
            gettext("Binotel sent an event of an unknown kind: {name}.").format(name=name or "—")
        )
    if not call_id:
        raise Unparseable(gettext("Binotel's event names no call."))
    if clean_line(details.get("disposition"), 20).upper().startswith("SMS"):
        return [Ignored(f"{name}:{call_id}", gettext("The result of sending an SMS."))]
    update = _call(about, name, call_id, settings, received_at)
    return [update, *_tracking(details, update)]


def _details(value: object) -> dict[str, Any]:
    """The card of the call; some accounts nest it under the call's id."""
    details = as_dict(value)
    if details and "generalCallID" not in details:
        inner = [one for one in details.values() if isinstance(one, dict) and "generalCallID" in one]
        return inner[0] if inner else details
    return details


def _call(
    event: Mapping[str, Any], name: str, call_id: str, settings: Settings, received_at: dt.datetime
) -> CallUpdate:
    is_whole = name == "apicallcompleted"
    started = moment(event.get("startTime"))
    waited, talked = seconds(event.get("waitsec")), seconds(event.get("billsec"))
    result = _RESULTS.get(clean_line(event.get("disposition"), 20).upper(), "")
    phone = _phone(event.get("externalNumber") or event.get("srcNumber"), settings)
    direction = _direction(event)
    extension = first_of(event, "internalNumber", limit=64)
    total = (waited or 0) + (talked or 0)
    is_answered_whole = is_whole and result == "answered"
    has_keys = bool(settings.get("api_key") and settings.get("api_secret"))
    ended = started + dt.timedelta(seconds=total) if started is not None and is_whole else None
    return CallUpdate(
        key=f"{name}:{call_id}" + ("" if name in ("hangupthecall", "apicallcompleted") else f":{extension}"),
        occurred_at=ended or received_at,
        call_id=call_id,
        direction="internal" if is_extension(phone) else direction,
        phone="" if is_extension(phone) else phone,
        line=_phone(as_dict(event.get("pbxNumberData")).get("number"), settings)
        or _phone(event.get("pbxNumber") or event.get("didNumber") or event.get("did"), settings),
        extension=extension,
        sequence=_ORDER[name],
        state=_STATES[name],
        result=result,
        started_at=started or (received_at if name == "receivedthecall" else None),
        answered_at=_answered(name, started, waited, received_at)
        if is_answered_whole or not is_whole
        else None,
        ended_at=ended or (received_at if name == "hangupthecall" else None),
        duration_s=total if is_whole else None,
        talk_s=None if talked is None else talked if result == "answered" else 0,
        recording_ref=call_id if is_answered_whole and talked and has_keys else "",
    )


def _answered(
    name: str, started: dt.datetime | None, waited: int | None, received_at: dt.datetime
) -> dt.datetime | None:
    """The card of the call counts the seconds until somebody answered; the event is only as old as its arrival."""
    if started is not None and waited is not None:
        return started + dt.timedelta(seconds=waited)
    return received_at if name == "answeredthecall" else None


def _direction(event: Mapping[str, Any]) -> Direction:
    told = clean_line(event.get("callType"), 5)
    return "in" if told == "0" else "out" if told == "1" else ""


def _tracking(details: Mapping[str, Any], update: CallUpdate) -> list[Item]:
    """Binotel's own call tracking comes with the card of the call."""
    told = as_dict(details.get("callTrackingData")) or as_dict(details.get("getCallData"))
    fields = [
        (name, clean_line(value, 300)) for name, value in told.items() if not isinstance(value, dict | list)
    ]
    named = [("ga_client_id" if name == "gaClientId" else name, value) for name, value in fields if value]
    page = clean_line(told.get("fullUrl") or told.get("url") or told.get("domain"), 500)
    marks = collect_marks(named, page_url=page)
    if marks == Marks():
        return []
    mark = CallMark(
        key=f"mark:{update.call_id}",
        occurred_at=update.started_at or update.occurred_at,
        phone=update.phone,
        line=update.line,
        call_id=update.call_id,
        marks=marks,
        region=first_of(told, "geoipCity", "geoipRegion", limit=100),
    )
    return [mark]


def _call_api(method: str, command: Mapping[str, str], settings: Settings) -> dict[str, Any]:
    """Ask the vendor; refusals come with HTTP 200 and a code."""
    keys = {"key": str(settings.get("api_key") or ""), "secret": str(settings.get("api_secret") or "")}
    with web.open_client() as client:
        response = web.request(client, "POST", f"{API}/{method}.json", json={**command, **keys})
    answer = web.read_json(response)
    is_fine = answer.get("status") in ("success", None)
    detail = "" if is_fine else clean_line(answer.get("message") or answer.get("code"), 200) or "error"
    web.check_accepted(response, "Binotel", detail=detail)
    return answer
