"""Calltouch, call tracking: GET or POST with fields the client chose; the call itself the exchange tells."""

from __future__ import annotations

import dataclasses
import datetime as dt
import urllib.parse
from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels.adapters import client as web
from channels.adapters.addresses import allowed_ips, check_sender
from channels.adapters.base import Adapter, Check, Field, RawDelivery, Settings, Unparseable
from channels.adapters.calls import (
    TIME_ZONE,
    Direction,
    Result,
    local_moment,
    number_of,
    seconds,
    zone_of,
)
from channels.adapters.mapping import Names, as_lines, names_of, pick, pick_line, validator
from channels.adapters.marks import collect_marks
from channels.adapters.payload import read_body
from channels.adapters.text import clean_line, clean_text, digest, moment, received
from leads.inquiry import CallMark, CallUpdate, File, Ignored, Inquiry, Item, Marks, Person

NETWORK = "92.118.66.0/23"  # https://www.calltouch.ru/support/…vebkhuki: where the vendor posts from
NAMES: Names = {
    "id": ("id", "callId", "call_id", "requestId", "requestNumber"),
    "phone": ("callerphone", "callerNumber", "phone", "requestPhone"),
    "line": ("phonenumber", "phoneNumber", "redirectNumber"),
    "time": ("calltime", "requestDate", "date"),
    "timestamp": ("timestamp",),
    "phase": ("callphase", "callPhase"),
    "status": ("status", "successful"),
    "duration": ("duration",),
    "wait": ("waiting_time", "waitingTime", "waitingConnect"),
    "recording": ("reclink", "callUrl", "recordUrl"),
    "lead_type": ("leadtype", "leadType"),
    "utm_source": ("utm_source", "utmSource", "source"),
    "utm_medium": ("utm_medium", "utmMedium", "medium"),
    "utm_campaign": ("utm_campaign", "utmCampaign"),
    "utm_content": ("utm_content", "utmContent"),
    "utm_term": ("utm_term", "utmTerm", "keyword"),
    "ym_client_id": ("yaClientId", "ya_client_id"),
    "ga_client_id": ("gaClientId", "ga_client_id", "clientId"),
    "ct_session": ("sessionId", "session_id", "ctSessionId"),
    "page": ("url", "sessionUrl", "requestUrl"),
    "referrer": ("ref", "referrer"),
    "city": ("city",),
    "device": ("device",),
    "tags": ("tags", "additionalTags"),
    "name": ("fio", "name"),
    "email": ("email",),
    "text": ("comment", "subject"),
}
_MARKS = (
    "utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term", "ym_client_id", "ga_client_id", "ct_session",
)  # fmt: skip
_NOTHING = frozenset(
    ("(not set)", "(none)", "(direct)", "none", "null", "undefined", "<не указано>", "<не заполнено>")
)
_BEGINNING = frozenset(("callconnected", "callstart", "start"))


class CalltouchAdapter(Adapter):
    kind: ClassVar[str] = "calltouch"
    label = _("Calltouch, call tracking")
    channel_kind = "call"
    icon = "phone-call"
    accepts_get = True
    tracks_calls = True
    fields: ClassVar[tuple[Field, ...]] = (
        Field(
            "mapping",
            _("Parameters of your webhook"),
            kind="lines",
            default=as_lines(NAMES),
            validate=validator(NAMES),
            help_text=_(
                "One line a field: the field of the CRM, “=”, the names your webhook gives it; of several the first "
                "that is filled in counts. Fields that are left out keep these names."
            ),
        ),
        Field(
            "api_token",
            _("API token"),
            kind="secret",
            help_text=_("For recordings of calls no exchange tells of."),
        ),
        TIME_ZONE,
        allowed_ips(_("Nothing is signed. Calltouch posts from {network}.").format(network=NETWORK)),
    )
    help_text = _(
        "In Calltouch: Integrations → Webhooks, add the address of this channel for the start and the end of a call and "
        "for requests, and tick at least the phone, the called number, the time and the UTM marks. A call that the "
        "exchange tells of too is not doubled: its lead learns where the client came from."
    )

    def verify(self, delivery: RawDelivery, settings: Settings) -> None:
        """Nothing is signed: the address is the secret, and the sender's may be narrowed."""
        check_sender(delivery, settings)

    def parse(self, delivery: RawDelivery, settings: Settings) -> list[Item]:
        """Read one webhook. Raises Unparseable."""
        if not delivery.body.strip() and not delivery.query:
            return []
        event = read_body(delivery)[0]
        names = names_of(settings.get("mapping"), NAMES)
        return [_read(event, names, zone_of(settings), received(delivery.received_at))]

    def fetch_file(self, ref: str, settings: Settings) -> File:
        """Download a recording; the vendor's API wants the token in the address."""
        parts = urllib.parse.urlsplit(ref)
        token = str(settings.get("api_token") or "")
        if token and (parts.hostname or "").endswith(".calltouch.ru"):
            query = urllib.parse.urlencode(
                {**dict(urllib.parse.parse_qsl(parts.query)), "clientApiId": token}
            )
            ref = parts._replace(query=query).geturl()
        return dataclasses.replace(web.download_public(ref), name="recording.mp3")

    def check(self, settings: Settings, hook_url: str) -> list[Check]:
        return [Check(True, _("Address for Calltouch's webhooks: {url}").format(url=hook_url))]


def _read(event: Mapping[str, Any], names: Names, zone: dt.tzinfo, received_at: dt.datetime) -> Item:
    """Tell calls from requests; the button that tests a webhook leaves the placeholders as they are."""
    phone = number_of(pick(event, names, "phone"))
    number = pick_line(event, names, "id", 60)
    when = _when(event, names, zone)
    kind = pick_line(event, names, "lead_type", 20).lower()
    email = pick_line(event, names, "email", 254)
    is_call = not kind or "call" in kind or "звон" in kind
    if not is_call or (email and not phone):
        return _request(event, names, number, when or received_at)
    if not phone and not number:
        reason = gettext("There is no call in it: a trial of the webhook, or its parameters are not ticked.")
        return Ignored(f"other:{digest(sorted(event.items(), key=str))}", reason)
    if not phone and not pick_line(event, names, "line"):
        raise Unparseable(gettext("The webhook names neither the client's phone nor the called number."))
    return _mark(event, names, number, phone, when or received_at)


def _when(event: Mapping[str, Any], names: Names, zone: dt.tzinfo) -> dt.datetime | None:
    """Unix time needs no zone; where it is of another day than the written one, it is of something else."""
    exact = moment(pick(event, names, "timestamp"))
    written = local_moment(pick(event, names, "time"), zone)
    if exact is not None and written is not None and abs(exact - written) > dt.timedelta(days=1):
        return written
    return exact or written


def _mark(event: Mapping[str, Any], names: Names, number: str, phone: str, when: dt.datetime) -> CallMark:
    line = number_of(pick(event, names, "line"))
    about = number or digest(phone, line, when.isoformat())
    phase = pick_line(event, names, "phase", 30).lower() or pick_line(event, names, "status", 30).lower()
    return CallMark(
        key=f"call:{about}:{phase}".rstrip(":"),
        occurred_at=when,
        phone=phone,
        line=line,
        marks=_marks_of(event, names),
        region=pick_line(event, names, "city", 100),
        fields=_facts(event, names),
        call=_call(event, names, about, phase, phone, line, when),
    )


def _call(
    event: Mapping[str, Any], names: Names, about: str, phase: str, phone: str, line: str, when: dt.datetime
) -> CallUpdate:
    """What Calltouch itself heard of the call, for where no exchange tells of it."""
    talk, waited = seconds(pick(event, names, "duration")), seconds(pick(event, names, "wait"))
    is_over = phase not in _BEGINNING
    total = (talk or 0) + (waited or 0)
    direction: Direction = "in"
    result = _result(event, names, phase, talk) if is_over else ""
    link = pick_line(event, names, "recording", 1000)
    return CallUpdate(
        key=f"call:{about}:{phase}",
        occurred_at=when,
        call_id=about,
        direction=direction,
        phone=phone,
        line=line,
        sequence=int(is_over),
        state="finished" if is_over else "ringing",
        result=result,
        started_at=when,
        ended_at=when + dt.timedelta(seconds=total) if is_over else None,
        duration_s=total if is_over and talk is not None else None,
        talk_s=((talk or 0) if result == "answered" else 0) if is_over else None,
        recording_ref=link if link.startswith("https://") and result == "answered" else "",
    )


def _result(event: Mapping[str, Any], names: Names, phase: str, talk: int | None) -> Result:
    status = pick_line(event, names, "status", 30).lower()
    if phase == "calllost" or status in ("unsuccessful", "false", "0", "missed", "lost"):
        return "missed"
    if status in ("successful", "true", "1", "answered"):
        return "answered"
    return "answered" if talk else "missed"


def _marks_of(event: Mapping[str, Any], names: Names) -> Marks:
    pairs = [(name, pick_line(event, names, name, 300)) for name in _MARKS]
    told = [(name, value) for name, value in pairs if value and value.lower() not in _NOTHING]
    page, referrer = (pick_line(event, names, name, 2000) for name in ("page", "referrer"))
    return collect_marks(told, page_url=page, referrer=referrer)


def _facts(event: Mapping[str, Any], names: Names) -> tuple[tuple[str, str], ...]:
    """What else is worth showing of the visitor."""
    labels = {"device": gettext("Device"), "tags": gettext("Tags")}
    told = [(label, pick_line(event, names, name, 200)) for name, label in labels.items()]
    return tuple((label, value) for label, value in told if value and value.lower() not in _NOTHING)


def _request(event: Mapping[str, Any], names: Names, number: str, when: dt.datetime) -> Item:
    """A form or a callback that Calltouch took; nobody else tells of it."""
    person = Person(
        name=pick_line(event, names, "name"),
        phone=number_of(pick(event, names, "phone")),
        email=pick_line(event, names, "email", 254),
    )
    about = number or digest(sorted(event.items(), key=str))
    if not person.phone and not person.email:
        return Ignored(f"request:{about}", gettext("Nobody can be told from it: neither phone nor e-mail."))
    return Inquiry(
        key=f"request:{about}",
        occurred_at=when,
        person=person,
        text=clean_text(pick(event, names, "text"), 20_000),
        subject=clean_line(event.get("subject")),
        sort="request",
        marks=_marks_of(event, names),
        fields=_facts(event, names),
    )
