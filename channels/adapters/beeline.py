"""Beeline's cloud exchange: XSI-Events of BroadWorks in XML, under a subscription that has to be renewed."""

from __future__ import annotations

import dataclasses
import datetime as dt
import urllib.parse
from collections.abc import Mapping
from typing import Any, ClassVar
from xml.etree.ElementTree import Element

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels.adapters import client as web
from channels.adapters import safe_xml
from channels.adapters.addresses import allowed_ips, check_sender
from channels.adapters.base import Adapter, Check, Field, RawDelivery, SendError, Settings, Unparseable
from channels.adapters.calls import Direction, Result, State, digits_of, is_yes, number_of
from channels.adapters.payload import read_json
from channels.adapters.safe_xml import text_of
from channels.adapters.text import as_dict, as_int, clean_line, digest, moment, received
from leads.inquiry import CallUpdate, File, Ignored, Item, SubscriptionEnded

API = "https://cloudpbx.beeline.ru/apis/portal"
EXPIRES_S = 86_400  # the longest the vendor allows
RENEWED_EARLIER_S = 6 * 3600
_STATES: dict[str, State] = {
    "alerting": "ringing",
    "initiating": "ringing",
    "active": "answered",
    "held": "answered",
    "remoteheld": "answered",
    "released": "finished",
    "detached": "finished",
}
_ORDER: dict[State, int] = {"ringing": 1, "answered": 2, "finished": 3, "": 0}


class BeelineAdapter(Adapter):
    kind: ClassVar[str] = "beeline"
    label = _("Beeline, cloud exchange")
    channel_kind = "call"
    icon = "phone"
    can_call = True
    fields: ClassVar[tuple[Field, ...]] = (
        Field("token", _("API token"), kind="secret", is_required=True),
        Field(
            "pattern",
            _("Only this number or extension"),
            help_text=_("Empty: calls of all employees."),
        ),
        Field("api_url", _("API address"), default=API),
        Field(
            "subscription_id",
            _("Subscription"),
            is_learned=True,
            help_text=_("Comes by itself, and is renewed daily."),
        ),
        allowed_ips(),
    )
    help_text = _(
        "In the exchange's account: Settings → API, make a token and copy it here; an employee's extension in the "
        "CRM is his mobile number at Beeline, ten digits. Events are asked for by ourselves, “Test” does it at once."
    )

    def verify(self, delivery: RawDelivery, settings: Settings) -> None:
        """Nothing is signed: the address is the secret, and the sender's may be narrowed."""
        check_sender(delivery, settings)

    def parse(self, delivery: RawDelivery, settings: Settings) -> list[Item]:
        """Read one event. Raises Unparseable."""
        body = delivery.body.strip()
        if not body:
            return []
        if body[:1] in (b"{", b"["):
            return [_json(body)]
        try:
            root = safe_xml.parse(body)
        except safe_xml.BrokenXml:
            raise Unparseable(gettext("Beeline sent XML that can't be read.")) from None
        return [_read(root, received(delivery.received_at))]

    # --- The vendor's API ----------------------------------------------------------------------------
    def keep_alive(self, settings: Settings, hook_url: str) -> Mapping[str, str]:
        """Subscribe to events for another day, unless the present subscription lasts. Raises SendError."""
        if _lasts(settings, hook_url):
            return {}
        wish: dict[str, Any] = {"expires": EXPIRES_S, "subscriptionType": "BASIC_CALL", "url": hook_url}
        if pattern := clean_line(settings.get("pattern"), 60):
            wish["pattern"] = pattern
        made = as_dict(_ask("PUT", "subscription", settings, json=wish))
        return {"subscription_id": clean_line(made.get("subscriptionId"), 100)}

    def fetch_file(self, ref: str, settings: Settings) -> File:
        """Download a recording by the call's tracking id and the employee; it is ready minutes later."""
        path = "/".join(urllib.parse.quote(part, safe="@:") for part in ref.split("|", 1))
        with web.open_client(timeout=web.DOWNLOAD_TIMEOUT) as client:
            try:
                file = web.download(
                    client, f"{_api(settings)}/v2/records/{path}/download", headers=_headers(settings)
                )
            except SendError as error:
                if not error.is_permanent:
                    raise
                raise SendError(str(error), is_permanent=False, retry_after_s=120) from None
        if file.content_type in ("application/json", "text/html"):
            raise SendError(gettext("The recording is not ready yet."), is_permanent=False, retry_after_s=120)
        return dataclasses.replace(file, name=f"{digits_of(ref) or 'recording'}.mp3")

    def start_call(
        self, *, extension: str, phone: str, line: str, command_id: str, settings: Settings
    ) -> None:
        """Ring the employee's phone, then the client's. Raises SendError."""
        path = f"abonents/{urllib.parse.quote(extension, safe='')}/call"
        _ask("POST", path, settings, params={"phoneNumber": digits_of(phone)[-10:]})

    def check(self, settings: Settings, hook_url: str) -> list[Check]:
        """Ask for the employees, and subscribe to events."""
        try:
            employees = _ask("GET", "abonents", settings)
            self.keep_alive(settings, hook_url)
        except SendError as exc:
            return [Check(False, str(exc))]
        count = len(employees) if isinstance(employees, list) else 0
        return [
            Check(True, _("Beeline accepted the token; employees: {count}.").format(count=count)),
            Check(
                True, _("Events are sent to {url}; the subscription is renewed daily.").format(url=hook_url)
            ),
        ]


def _lasts(settings: Settings, hook_url: str) -> bool:
    """Whether the subscription we know still brings events here for a while; one that Beeline forgot does not."""
    known = clean_line(settings.get("subscription_id"), 100)
    if not known:
        return False
    try:
        found = as_dict(_ask("GET", "subscription", settings, params={"subscriptionId": known}))
    except SendError as error:
        if not error.is_permanent:
            raise
        return False
    return found.get("url") == hook_url and (as_int(found.get("expires")) or 0) > RENEWED_EARLIER_S


# --- Events ------------------------------------------------------------------------------------------
def _json(body: bytes) -> Item:
    """Events are XML; the API's own answers and requests are put aside, what is about a call is not."""
    value = as_dict(read_json(body))
    if {"callId", "eventID", "extTrackingId"} & value.keys():
        raise Unparseable(gettext("Beeline's events are XML, this is not."))
    return Ignored(f"other:{digest(body)}", gettext("There is no event of a call in it."))


def _read(root: Element, received_at: dt.datetime) -> Item:
    data, event_id = safe_xml.find(root, "eventData"), text_of(root, "eventID")
    name = safe_xml.attribute(data, "type").rpartition(":")[2] if data is not None else ""
    name = name or safe_xml.attribute(root, "type").rpartition(":")[2] or safe_xml.name_of(root)
    key = f"{name}:{event_id or digest(*root.itertext())}"[:200]
    if name in ("SubscriptionTerminatedEvent", "ChannelTerminatedEvent"):
        return SubscriptionEnded(
            key, gettext("Beeline ended the subscription to events; it is asked for again.")
        )
    call = safe_xml.find(data, "call")
    if call is None:
        if not name.endswith("Event") and name != "Event":
            raise Unparseable(gettext("This XML is no event of Beeline's: {name}.").format(name=name[:60]))
        return Ignored(key, gettext("An event that is not about a call: {name}.").format(name=name))
    return _call(root, call, name, received_at)


def _call(root: Element, call: Element, name: str, received_at: dt.datetime) -> CallUpdate:
    """One leg changes its state: every employee whose phone rings has one, a tracking id joins them."""
    leg = clean_line(text_of(call, "callId"), 120)
    call_id = clean_line(text_of(call, "extTrackingId") or text_of(call, "networkCallId"), 120) or leg
    if not call_id:
        raise Unparseable(gettext("Beeline's event names no call."))
    state = _state(name, text_of(call, "state"))
    times = [moment(text_of(call, at)) for at in ("startTime", "answerTime", "releaseTime")]
    started, answered, ended = times
    direction = _direction(call)
    user = clean_line(text_of(root, "targetId") or text_of(root, "userId"), 120)
    is_recorded = is_yes(text_of(call, "recorded")) or text_of(call, "recordingState").lower() in (
        "recorded", "started", "stopped",
    )  # fmt: skip
    return CallUpdate(
        key=":".join([name, leg or call_id, *(str(at.timestamp() if at else "") for at in times)]),
        occurred_at=(ended if state == "finished" else answered if state == "answered" else started)
        or received_at,
        call_id=call_id,
        direction=direction,
        phone=_client(call, direction),
        line=_line(call),
        extension=user.partition("@")[0][:64],
        leg=leg,
        sequence=_ORDER[state],
        state=state,
        result=_result(call, answered) if state == "finished" else "",
        started_at=started,
        answered_at=answered,
        ended_at=ended,
        talk_s=_seconds(answered, ended),
        recording_ref=f"{call_id}|{user}" if is_recorded and state == "finished" and answered else "",
    )


def _state(name: str, told: str) -> State:
    """The event's name tells it where the call's own state is missing."""
    if (state := _STATES.get(told.lower())) is not None:
        return state
    for word, state in (("Received", "ringing"), ("Originat", "ringing"), ("Answered", "answered"),
                        ("Released", "finished"), ("Retrieved", "answered"), ("Held", "answered")):  # fmt: skip
        if word in name:
            return state  # type: ignore[return-value]
    return ""


def _direction(call: Element) -> Direction:
    """The remote party is a colleague in calls within the group, whoever began them."""
    if text_of(call, "remoteParty", "callType").lower() == "group":
        return "internal"
    personality = text_of(call, "personality").lower()
    if personality == "terminator":
        return "in"
    return "out" if personality in ("originator", "click-to-dial") else ""


def _client(call: Element, direction: Direction) -> str:
    if direction == "internal" or text_of(call, "remoteParty", "privacy").lower() == "true":
        return ""
    return number_of(text_of(call, "remoteParty", "address"))


def _line(call: Element) -> str:
    """A call that was redirected names the number the client dialled first; its last entry is the outermost."""
    dialled = ""
    for redirection in safe_xml.find(call, "redirections") or ():
        dialled = text_of(redirection, "party", "address") or dialled
    return number_of(dialled or text_of(call, "endpoint", "addressOfRecord"))


def _result(call: Element, answered: dt.datetime | None) -> Result:
    if answered is not None:
        return "answered"
    cause = f"{text_of(call, 'releaseCause')} {text_of(call, 'internalReleaseCause')}".lower()
    return "busy" if "busy" in cause else ""


def _seconds(start: dt.datetime | None, end: dt.datetime | None) -> int | None:
    return max(0, int((end - start).total_seconds())) if start and end else None


# --- HTTP --------------------------------------------------------------------------------------------
def _api(settings: Settings) -> str:
    return str(settings.get("api_url") or API).rstrip("/")


def _headers(settings: Settings) -> dict[str, str]:
    return {"X-MPBX-API-AUTH-TOKEN": str(settings.get("token") or "")}


def _ask(method: str, path: str, settings: Settings, **kwargs: Any) -> Any:
    """Ask the portal's API; some answers are lists."""
    with web.open_client() as client:
        response = web.request(
            client, method, f"{_api(settings)}/{path}", headers=_headers(settings), **kwargs
        )
    try:
        answer = read_json(response.content) if response.content.strip() else {}
    except Unparseable:
        answer = {}
    said = as_dict(answer)
    detail = clean_line(said.get("description"), 200) if said.get("errorCode") else ""
    web.check_accepted(response, gettext("Beeline"), detail=detail)
    return answer
