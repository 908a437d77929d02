"""Callibri, call tracking: asked for its statistics; calls are marked, requests become inquiries."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any, ClassVar

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels.adapters import client as web
from channels.adapters.addresses import allowed_ips, check_sender
from channels.adapters.base import Adapter, Check, Field, RawDelivery, SendError, Settings, Unparseable
from channels.adapters.calls import TIME_ZONE, local_moment, number_of, seconds, zone_of
from channels.adapters.marks import collect_marks
from channels.adapters.payload import read_json
from channels.adapters.text import as_dict, as_int, as_list, clean_line, clean_text, digest, received
from leads.inquiry import CallMark, CallUpdate, Ignored, Inquiry, Item, Marks, Person

API = "https://api.callibri.ru"
WINDOW = dt.timedelta(days=6)  # the vendor gives no more than a week at once
MAX_WINDOWS = 5  # what was missed for longer is not asked for
_SORTS = ("calls", "feedbacks", "chats", "emails")


class CallibriAdapter(Adapter):
    kind: ClassVar[str] = "callibri"
    label = _("Callibri, call tracking")
    channel_kind = "call"
    icon = "phone-call"
    polls = True
    tracks_calls = True
    fields: ClassVar[tuple[Field, ...]] = (
        Field(
            "user_email", _("E-mail of the account"), help_text=_("Empty: only posted statistics are read.")
        ),
        Field("user_token", _("API token"), kind="secret"),
        Field(
            "site_id", _("Only this project"), kind="number", help_text=_("Its number; empty: all projects.")
        ),
        TIME_ZONE,
        allowed_ips(),
    )
    help_text = _(
        "In Callibri: Settings → API, copy the token. Callibri is asked every five minutes. A call that the exchange "
        "tells of too is not doubled: its lead learns where the client came from. The channel's address takes the same "
        "statistics when something posts them."
    )

    def verify(self, delivery: RawDelivery, settings: Settings) -> None:
        """Nothing is signed: the address is the secret, and the sender's may be narrowed."""
        check_sender(delivery, settings)

    def parse(self, delivery: RawDelivery, settings: Settings) -> list[Item]:
        """Read statistics, as asked for or as posted. Raises Unparseable."""
        if not delivery.body.strip():
            return []
        value = read_json(delivery.body)
        zone, now = zone_of(settings), received(delivery.received_at)
        items = [_item(sort, row, channel, zone, now) for sort, row, channel in _rows(value)]
        if not items and not (isinstance(value, dict) and "channels_statistics" in value):
            raise Unparseable(gettext("This is no statistics of Callibri."))
        return list({item.key: item for item in items}.values())

    def poll(self, settings: Settings, since: dt.datetime) -> list[RawDelivery]:
        """Ask for the days since a moment, project by project; each fact is a delivery of its own."""
        if not settings.get("user_email"):
            return []
        zone, now = zone_of(settings), dt.datetime.now(dt.UTC)
        deliveries = []
        for site in _sites(settings):
            for first, last in _windows(max(since, now - WINDOW * MAX_WINDOWS), now):
                days = {
                    f"date{n}": d.astimezone(zone).strftime("%d.%m.%Y") for n, d in ((1, first), (2, last))
                }
                answer = _ask("site_get_statistics", {"site_id": str(site), **days}, settings)
                deliveries += [_one(sort, row, channel) for sort, row, channel in _rows(answer)]
        return deliveries

    def check(self, settings: Settings, hook_url: str) -> list[Check]:
        """Ask for the projects: it needs a right token and changes nothing."""
        posts = Check(True, _("Statistics are taken at {url}").format(url=hook_url))
        if not settings.get("user_email"):
            return [posts]
        try:
            count = len(_all_sites(settings))
        except SendError as exc:
            return [Check(False, str(exc)), posts]
        return [Check(True, _("Callibri accepted the token; projects: {count}.").format(count=count)), posts]


def _rows(value: Any) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Walk through what happened: its sort, its facts, the advertising channel it came by."""
    for channel in as_list(as_dict(value).get("channels_statistics")):
        for sort in _SORTS:
            for row in as_list(as_dict(channel).get(sort)):
                if isinstance(row, dict):
                    yield sort, row, as_dict(channel)


def _one(sort: str, row: dict[str, Any], channel: dict[str, Any]) -> RawDelivery:
    about = {"channel_id": channel.get("channel_id"), "name_channel": channel.get("name_channel")}
    body = json.dumps({"channels_statistics": [{**about, sort: [row]}]}, ensure_ascii=False, sort_keys=True)
    return RawDelivery(body.encode(), method="POLL", headers={"content-type": "application/json"}, url=API)


def _windows(since: dt.datetime, now: dt.datetime) -> Iterator[tuple[dt.datetime, dt.datetime]]:
    while True:
        until = min(since + WINDOW, now)
        yield since, until
        if until >= now:
            return
        since = until


# --- Facts -------------------------------------------------------------------------------------------
def _item(sort: str, row: dict[str, Any], channel: dict[str, Any], zone: dt.tzinfo, now: dt.datetime) -> Item:
    number = clean_line(row.get("id"), 60) or digest(sort, sorted(row.items(), key=str))
    when = local_moment(row.get("date"), zone) or now
    if sort == "calls":
        return _call(number, row, channel, when)
    return _inquiry(sort, number, row, channel, when)


def _call(number: str, row: dict[str, Any], channel: dict[str, Any], when: dt.datetime) -> Item:
    phone, talk, total = (
        number_of(row.get("phone")),
        seconds(row.get("billsec")),
        seconds(row.get("duration")),
    )
    line = number_of(row.get("called_number") or row.get("tracking_number"))
    if not phone and not line:
        return Ignored(
            f"call:{number}", gettext("The call names neither the client's phone nor the called number.")
        )
    link = clean_line(row.get("recording") or row.get("link_download"), 1000)
    is_answered = bool(talk)
    call = CallUpdate(
        key=f"call:{number}",
        occurred_at=when,
        call_id=number,
        direction="in",
        phone=phone,
        line=line,
        state="finished",
        result="answered" if is_answered else "missed",
        started_at=when,
        ended_at=when + dt.timedelta(seconds=total or talk or 0),
        duration_s=total,
        talk_s=talk or 0,
        recording_url=link if is_answered and link.startswith("https://") else "",
    )
    return CallMark(
        key=f"call:{number}",
        occurred_at=when,
        phone=phone,
        line=line,
        marks=_marks(row),
        region=clean_line(row.get("region") or row.get("city"), 100),
        fields=_facts(row, channel),
        call=call,
    )


def _inquiry(sort: str, number: str, row: dict[str, Any], channel: dict[str, Any], when: dt.datetime) -> Item:
    """A request of a form, a chat or a letter that Callibri took."""
    person = Person(
        name=clean_line(row.get("name"), 200),
        phone=number_of(row.get("phone")),
        email=clean_line(row.get("email"), 254),
    )
    text = clean_text(row.get("content") or row.get("query") or row.get("message"), 20_000)
    key = f"{sort}:{number}"
    if not person.phone and not person.email and not text:
        return Ignored(key, gettext("Nobody can be told from it: neither phone nor e-mail nor text."))
    return Inquiry(
        key=key,
        occurred_at=when,
        person=person,
        text=text,
        subject=clean_line(row.get("form_name") or row.get("subject"), 200),
        sort="message" if sort == "chats" else "request",
        thread_key=f"chat:{number}" if sort == "chats" else "",
        marks=_marks(row),
        fields=_facts(row, channel),
    )


def _marks(row: dict[str, Any]) -> Marks:
    """The marks of the page; where it had none, what Callibri calls the source and the traffic."""
    pairs = [(name, clean_line(row.get(name), 300)) for name in row if name.startswith("utm_")]
    spare = [
        ("utm_source", clean_line(row.get("source"), 100)),
        ("utm_medium", clean_line(row.get("traffic_type"), 50)),
    ]
    told = [pair for pair in (*pairs, *spare, ("ym_client_id", clean_line(row.get("ym_uid"), 60))) if pair[1]]
    return collect_marks(
        told,
        page_url=clean_line(row.get("landing_page"), 2000),
        referrer=clean_line(row.get("referrer"), 2000),
    )


def _facts(row: dict[str, Any], channel: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    told = {
        gettext("Advertising channel"): clean_line(channel.get("name_channel"), 100),
        gettext("Mark in Callibri"): clean_line(row.get("call_status") or row.get("status"), 60),
    }
    return tuple((label, value) for label, value in told.items() if value)


# --- HTTP --------------------------------------------------------------------------------------------
def _sites(settings: Settings) -> list[int]:
    only = as_int(settings.get("site_id"))
    return [only] if only is not None else _all_sites(settings)


def _all_sites(settings: Settings) -> list[int]:
    answer = _ask("get_sites", {}, settings)
    numbers = [as_int(as_dict(site).get("site_id")) for site in as_list(answer.get("sites"))]
    return [number for number in numbers if number is not None]


def _ask(method: str, query: dict[str, str], settings: Settings) -> dict[str, Any]:
    keys = {
        "user_email": str(settings.get("user_email") or ""),
        "user_token": str(settings.get("user_token") or ""),
    }
    with web.open_client(timeout=web.DOWNLOAD_TIMEOUT) as client:
        response = web.request(client, "GET", f"{API}/{method}", params={**keys, **query})
    answer = web.read_json(response)
    detail = (
        clean_line(answer.get("error") or answer.get("message"), 200)
        if answer.get("code") not in (None, 200)
        else ""
    )
    web.check_accepted(response, "Callibri", detail=detail)
    return answer
