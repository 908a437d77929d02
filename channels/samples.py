"""Posting recorded bodies to a channel as its provider would, and seeing what becomes of them."""

from __future__ import annotations

import dataclasses
import re
import time
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import httpx

from channels.adapters import adapter_for
from channels.adapters.base import RawDelivery, Settings
from channels.models import Event, EventItem
from channels.models.journal import HEAVY
from core.tenancy import tenant_scope

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
_BY_SUFFIX = {".json": JSON, ".xml": "text/xml", ".eml": "message/rfc822", ".form": FORM}
# A recorded request, not only its body: "POST /path HTTP/1.1", headers, an empty line, the body.
_REQUEST = re.compile(rb"\A(GET|POST|PUT) (/\S*)(?: HTTP/[\d.]+| ->.*)?\r?\n?")
_HEADER = re.compile(r"^[A-Za-z][\w-]*:")
_BOUNDARY = re.compile(rb"--([^\r\n]{1,70})\r?\n(?i:content-disposition)")
TIMEOUT_S = 30.0
LOOK_EVERY_S = 0.2


@dataclasses.dataclass(slots=True)
class Posted:
    """One posted file: the answer, and what became of it."""

    file: str
    status: int
    answer: str = ""
    event: uuid.UUID | None = None
    state: str = ""
    reason: str = ""
    items: list[dict[str, Any]] = dataclasses.field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return it for --json."""
        return dataclasses.asdict(self) | {"event": str(self.event) if self.event else None}


def post(files: Iterable[Path], *, kind: str, settings: Settings, hook_url: str) -> list[Posted]:
    """Sign each body and post it over HTTP to the channel's address. Raises httpx.HTTPError."""
    adapter = adapter_for(kind)
    done = []
    with httpx.Client(timeout=TIMEOUT_S, trust_env=False) as client:
        for path in files:
            signed = adapter.sign(read_sample(path, hook_url), settings)
            url = (signed.url or hook_url) + (f"?{signed.query}" if signed.query else "")
            response = client.request(signed.method, url, content=signed.body, headers=dict(signed.headers))
            event = response.headers.get("x-event", "")
            done.append(
                Posted(
                    path.name, response.status_code, response.text[:200], uuid.UUID(event) if event else None
                )
            )
    return done


def read_sample(path: Path, hook_url: str) -> RawDelivery:
    """Read a recorded file as it was sent: a bare body, or a whole request with its head."""
    body, method, query = path.read_bytes(), "POST", ""
    told: dict[str, str] = {}
    if match := _REQUEST.match(body):
        method, query = match[1].decode(), match[2].decode("utf-8", "replace").partition("?")[2]
        head, _empty, body = body[match.end() :].replace(b"\r\n", b"\n").partition(b"\n\n")
        lines = head.decode("utf-8", "replace").splitlines()
        pairs = [line.split(":", 1) for line in lines if _HEADER.match(line)]
        told, body = {name.lower(): value.strip() for name, value in pairs}, body.strip()
    headers = {"content-type": content_type(path.name, body), **_sendable(told)}
    return RawDelivery(body, method=method, headers=headers, query=query, url=hook_url)


def _sendable(headers: dict[str, str]) -> dict[str, str]:
    """Leave out what belongs to the connection it was recorded on."""
    return {k: v for k, v in headers.items() if k not in ("host", "content-length", "connection")}


def content_type(name: str, body: bytes) -> str:
    """Guess how a recorded body was sent: by the file's name, else by how it looks."""
    if match := _BOUNDARY.match(body):
        return f"multipart/form-data; boundary={match[1].decode('latin-1')}"
    suffixes = [suffix.lower() for suffix in Path(name).suffixes]
    for suffix in reversed(suffixes):
        if suffix in _BY_SUFFIX:
            return _BY_SUFFIX[suffix]
    return JSON if body.lstrip()[:1] in (b"{", b"[") else FORM


def await_outcomes(tenant_id: int, posted: list[Posted], *, timeout_s: float) -> bool:
    """Wait until every posted event is settled and fill in what became of it; say if all are."""
    deadline = time.monotonic() + timeout_s
    while True:
        waiting = [one for one in posted if one.event and one.state in ("", Event.State.RECEIVED)]
        _look(tenant_id, waiting)
        if all(one.state != Event.State.RECEIVED for one in waiting):
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(LOOK_EVERY_S)


def _look(tenant_id: int, waiting: list[Posted]) -> None:
    with tenant_scope(tenant_id):
        events = Event.objects.defer(*HEAVY).in_bulk([one.event for one in waiting])
        items: dict[uuid.UUID, list[EventItem]] = {}
        for item in (
            EventItem.objects.filter(event__in=list(events)).select_related("lead").order_by("at", "id")
        ):
            items.setdefault(item.event_id, []).append(item)
        for one in waiting:
            if (event := events.get(one.event)) is not None:
                one.state, one.reason = event.state, event.error
                one.items = [_described(item) for item in items.get(event.pk, [])]


def _described(item: EventItem) -> dict[str, Any]:
    lead = item.lead
    return {
        "key": item.key,
        "outcome": item.outcome,
        "reason": item.reason,
        "lead": {"id": str(lead.pk), "number": lead.number} if lead else None,
    }
