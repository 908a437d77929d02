"""What the widget on a site asks us: how it looks, who the visitor is, the talk. No cookies, exact CORS."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from typing import Any

from django.core.files.storage import default_storage
from django.db import DatabaseError, InterfaceError, transaction
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.views.decorators.csrf import csrf_exempt

from channels import hooks
from channels.adapters import adapter_for
from channels.adapters.base import RawDelivery, Unparseable
from channels.adapters.chat import session
from channels.adapters.chat.adapter import MAX_TEXT, SORTS, VISITOR_HEADER, read_post
from channels.adapters.chat.callback import phone_in
from channels.adapters.text import as_dict, as_int, clean_line, iso_moment
from channels.models import Channel, Dialog, Talk
from channels.typing import note_typing
from channels.webhooks import TooLarge, database_away, read_delivery, take, unknown, unlogged
from channels.widget import config, files, limits, reading, talks
from channels.widget.door import Door, find_door
from channels.widget.staffing import staffing_of
from core.errors import Refusal
from core.live import guest_url
from core.tenancy import tenant_scope
from core.visitors import address_of
from tenants.middleware import public

MAX_SIGNAL = 10_000  # bytes of what is no message
Serve = Callable[..., HttpResponseBase]  # of the request, the door, and the rest of the address
Act = Callable[[Dialog, Channel, dict[str, Any]], None]


def _public(method: str, serve: Serve) -> Callable[..., HttpResponseBase]:
    """Make a view of what a page of any site may ask: 404 unknown, 403 of a foreign site, 503 without the database."""

    @public  # type: ignore[arg-type]
    @csrf_exempt
    @transaction.non_atomic_requests
    def view(request: HttpRequest, token: str, **kwargs: Any) -> HttpResponseBase:
        try:
            response = _serve(request, token, method, lambda request, door: serve(request, door, **kwargs))
        except (DatabaseError, InterfaceError):
            response = database_away()
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return unlogged(response)  # type: ignore[arg-type]

    return view


def _serve(request: HttpRequest, token: str, method: str, serve: Serve) -> HttpResponseBase:
    door = find_door(token)
    if door is None:
        return unknown(request)
    headers = {name.lower(): value for name, value in request.headers.items()}
    if not door.lets_in(headers):
        return HttpResponse(status=403)
    if request.method == "OPTIONS":
        response: HttpResponseBase = HttpResponse(status=204)
    elif request.method != method:
        response = HttpResponse(status=405, headers={"Allow": f"{method}, OPTIONS"})
    else:
        response = serve(request, door)
    return _with_cors(response, headers.get("origin", ""))


def _with_cors(response: HttpResponseBase, origin: str) -> HttpResponseBase:
    """Let the page that asked read the answer, and no other. No cookie is involved."""
    response.headers["Vary"] = "Origin"
    if origin:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Allow-Methods"] = "GET, POST, OPTIONS"
        response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
        response.headers["Access-Control-Max-Age"] = "7200"
    return response


# --- Before a word is said ---------------------------------------------------------------------------
def _config(request: HttpRequest, door: Door) -> HttpResponseBase:
    """Tell how the widget looks and what it says; ?lang= is the page's language, ?zone= the visitor's clock."""
    if limits.is_flood(limits.LOOKS, door.channel_id, address_of(request)):
        return _refused("busy", 429)
    with tenant_scope(door.tenant_id):
        asked = {"language": request.GET.get("lang", ""), "zone": request.GET.get("zone", "")[:64]}
        facts = config.config_of(_channel(door), door, now=timezone.now(), **asked)
    token = request.path.split("/")[-2]
    return JsonResponse(facts | {"stream": guest_url(request, token)})


def _start(request: HttpRequest, door: Door) -> HttpResponseBase:
    """Give a visitor nobody has met a session. Nothing is stored."""
    if limits.is_flood(limits.STARTS, door.channel_id, address_of(request)):
        return _refused("busy", 429)
    return JsonResponse({"session": door.session_of(session.new_visitor())})


@public
@transaction.non_atomic_requests
def trial(request: HttpRequest, token: str) -> HttpResponse:
    """Show a page of ours with the widget on it, to try it before it stands on a site."""
    door = find_door(token) if request.method == "GET" else None
    if door is None:
        return unlogged(unknown(request))
    with translation.override(door.language):
        facts = {"token": token, "script": hooks.widget_script()}
        return unlogged(render(request, "channels/widget_trial.html", facts))


# --- Words -------------------------------------------------------------------------------------------
def _say(request: HttpRequest, door: Door) -> HttpResponseBase:
    """Write down what the visitor says; a 2xx means that it is committed."""
    visitor = door.visitor_of(request.headers.get("Authorization", ""))
    if door.kind != "chat" or not visitor:
        return _refused("session", 401)
    counted = ((limits.WORDS, visitor), (limits.WORDS_OF_ADDRESS, address_of(request)))
    if any(limits.is_flood(limit, door.channel_id, who) for limit, who in counted):
        return _refused("busy", 429)
    try:
        delivery = read_delivery(request)
        wrong = _what_is_wrong(delivery)
    except TooLarge:
        return _refused("too_large", 413)
    except Unparseable:
        return _refused("unreadable", 400)
    if wrong:
        return _refused(wrong, 413 if wrong == "too_large" else 422)
    adapter = adapter_for(door.kind)
    named = dataclasses.replace(delivery, headers={**delivery.headers, VISITOR_HEADER: visitor})
    taken = take(door.tenant_id, door.channel_id, adapter, adapter.sign(named, door.settings))
    return taken if taken.status_code == 200 else _refused("broken", taken.status_code)


def _what_is_wrong(delivery: RawDelivery) -> str:
    """Say why a post of the widget is not taken; "" where it is. Raises Unparseable."""
    body, sent = read_post(delivery)
    if clean_line(body.get("type"), 20) not in SORTS or not clean_line(body.get("id"), 80):
        return "unreadable"
    if len(str(body.get("text") or "")) > MAX_TEXT or not files.are_small(sent):
        return "too_large"
    return "" if files.are_welcome(sent) else "wrong_file"


# --- A call --------------------------------------------------------------------------------------
def _order(request: HttpRequest, door: Door) -> HttpResponseBase:
    """Write an ordered call down; says when it will come, where that is not now."""
    if door.kind != "callback":
        return unknown(request)
    try:
        delivery = read_delivery(request)
        body, _files = read_post(delivery)
    except (TooLarge, Unparseable):
        return _refused("unreadable", 400)
    now = timezone.now()
    with tenant_scope(door.tenant_id):
        staffing = staffing_of(_channel(door), now=now)
    asked = iso_moment(body.get("at")) if body.get("at") else None
    if wrong := _why_no_call(request, door, body):
        return _refused(wrong, 429 if wrong == "busy" else 422)
    if body.get("at") and (asked is None or not staffing.offers(asked, now)):
        return _refused("wrong_time", 422)
    adapter = adapter_for(door.kind)
    taken = take(door.tenant_id, door.channel_id, adapter, adapter.sign(delivery, door.settings))
    if taken.status_code != 200:
        return _refused("broken", taken.status_code)
    due = asked or staffing.next_at(now)
    return JsonResponse({"ok": True, "at": due.isoformat() if due and due > now else None})


def _why_no_call(request: HttpRequest, door: Door, body: dict[str, Any]) -> str:
    """Say why nobody will call: there is no number, or too many were left from here or of this one."""
    phone = phone_in(body)
    if not phone or not clean_line(body.get("id"), 80):
        return "needs_phone"
    digits = "".join(filter(str.isdigit, phone))[-10:]
    counted = ((limits.CALLS_OF_ADDRESS, address_of(request)), (limits.CALLS_OF_PHONE, digits))
    return "busy" if any(limits.is_flood(limit, door.channel_id, who) for limit, who in counted) else ""


# --- The talk ----------------------------------------------------------------------------------------
def _sync(request: HttpRequest, door: Door) -> HttpResponseBase:
    """Tell what is new in the visitor's talk; take along that it was read."""
    visitor, asked = door.visitor_of(request.headers.get("Authorization", "")), _signal(request)
    if door.kind != "chat" or not visitor:
        return _refused("session", 401)
    if limits.is_flood(limits.LOOKS, door.channel_id, visitor):
        return _refused("busy", 429)
    now = timezone.now()
    with tenant_scope(door.tenant_id):
        channel = _channel(door)
        dialog = reading.dialog_of(channel, visitor)
        if dialog is not None:
            talks.note_seen(dialog=dialog, is_read=asked.get("is_read") is True, now=now)
        facts = {
            "messages": reading.talk_so_far(dialog, after=clean_line(asked.get("after"), 40)),
            "state": reading.standing(channel, dialog, now=now),
        }
    return JsonResponse(facts)


def _act(request: HttpRequest, door: Door) -> HttpResponseBase:
    """Do what is no message: type, skip, call a person, end, rate."""
    visitor, asked = door.visitor_of(request.headers.get("Authorization", "")), _signal(request)
    act = _ACTS.get(clean_line(asked.get("do"), 20))
    if door.kind != "chat" or not visitor:
        return _refused("session", 401)
    if act is None:
        return _refused("unreadable", 400)
    if limits.is_flood(limits.LOOKS, door.channel_id, visitor):
        return _refused("busy", 429)
    with tenant_scope(door.tenant_id):
        channel = _channel(door)
        dialog = reading.dialog_of(channel, visitor)
        try:
            if dialog is None:
                raise talks.NoTalk
            act(dialog, channel, asked)
        except Refusal as refusal:
            return _refused(refusal.code, refusal.status)
    return JsonResponse({"ok": True})


def _typing(dialog: Dialog, channel: Channel, asked: dict[str, Any]) -> None:
    note_typing(dialog.pk, None)


def _skip(dialog: Dialog, channel: Channel, asked: dict[str, Any]) -> None:
    talks.skip_question(dialog=dialog, channel=channel, to_person=False, now=timezone.now())


def _call_person(dialog: Dialog, channel: Channel, asked: dict[str, Any]) -> None:
    talks.skip_question(dialog=dialog, channel=channel, to_person=True, now=timezone.now())


def _end(dialog: Dialog, channel: Channel, asked: dict[str, Any]) -> None:
    talks.end_talk(dialog=dialog, ended_by=Talk.EndedBy.VISITOR, now=timezone.now())


def _rate(dialog: Dialog, channel: Channel, asked: dict[str, Any]) -> None:
    comment = str(asked.get("comment") or "")
    talks.rate_talk(dialog=dialog, stars=as_int(asked.get("stars")) or 0, comment=comment, now=timezone.now())


_ACTS: dict[str, Act] = {
    "typing": _typing,
    "skip": _skip,
    "person": _call_person,
    "end": _end,
    "rate": _rate,
}


def _file(request: HttpRequest, door: Door, name: str) -> HttpResponseBase:
    """Hand out a file of the visitor's own talk, to be saved."""
    visitor = door.visitor_of(request.headers.get("Authorization", ""))
    if door.kind != "chat" or not visitor:
        return _refused("session", 401)
    with tenant_scope(door.tenant_id):
        dialog = reading.dialog_of(_channel(door), visitor)
        file = reading.file_of(dialog, name)
        if file is None:
            return unknown(request)
        try:
            data = default_storage.open(file.key)
        except FileNotFoundError:
            return unknown(request)
        return FileResponse(
            data, as_attachment=True, filename=file.name, content_type="application/octet-stream"
        )


def _channel(door: Door) -> Channel:
    channel: Channel = Channel.objects.select_related("tenant").get(pk=door.channel_id)
    return channel


def _signal(request: HttpRequest) -> dict[str, Any]:
    """Read the small JSON of a post; an empty one of anything else."""
    try:
        return as_dict(json.loads(request.read(MAX_SIGNAL)))
    except (ValueError, RecursionError, OSError):
        return {}


def _refused(code: str, status: int) -> HttpResponse:
    return JsonResponse({"error": code}, status=status)


config_view = _public("GET", _config)
start_view = _public("POST", _start)
say_view = _public("POST", _say)
order_view = _public("POST", _order)
sync_view = _public("POST", _sync)
act_view = _public("POST", _act)
file_view = _public("GET", _file)
