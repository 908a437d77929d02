"""Deliveries for tests: written here, or recorded ones from ../shared when it is there."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import json
import pathlib
import urllib.parse
from collections.abc import Iterator
from typing import Any

import pytest

from channels.adapters.base import RawDelivery
from leads.inquiry import (
    CallMark,
    CallUpdate,
    DeliveryStatus,
    Ignored,
    Inquiry,
    Item,
    MessageEdit,
    SubscriptionEnded,
)
from leads.services.call_facts import CallFacts, fold

ROOT = pathlib.Path(__file__).resolve().parents[3]
SHARED = ROOT.parent / "shared" / "data"
NOW = dt.datetime(2026, 11, 20, 9, 30, 12, tzinfo=dt.UTC)
FORM = "application/x-www-form-urlencoded"
SORTS = (CallMark, CallUpdate, DeliveryStatus, Ignored, Inquiry, MessageEdit, SubscriptionEnded)


def recorded(folder: str, pattern: str = "*") -> list[Any]:
    """List recorded bodies as test parameters; one skipped parameter when there are none."""
    found = sorted(
        path for path in (SHARED / folder).rglob(pattern) if path.is_file() and path.suffix != ".md"
    )
    if not found:
        reason = f"../shared/data/{folder} is not here"
        return [pytest.param(None, marks=pytest.mark.skip(reason=reason))]
    return [pytest.param(path, id=path.name) for path in found]


def delivery(
    body: bytes | str | dict[str, Any] | list[Any], content_type: str = "", **kwargs: Any
) -> RawDelivery:
    """Make a delivery; dicts and lists become JSON."""
    if isinstance(body, dict | list):
        body, content_type = json.dumps(body), content_type or "application/json"
    raw = body.encode() if isinstance(body, str) else body
    headers = {"content-type": content_type} if content_type else {}
    headers.update(kwargs.pop("headers", {}))
    return RawDelivery(raw, headers=headers, received_at=kwargs.pop("received_at", NOW), **kwargs)


def content_type_of(path: pathlib.Path) -> str:
    return "application/json" if path.suffix == ".json" else FORM


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from _strings(getattr(value, field.name))
    elif isinstance(value, tuple | list):
        for inner in value:
            yield from _strings(inner)
    elif isinstance(value, dict):
        yield from _strings([*value.keys(), *value.values()])


def assert_sound(items: list[Item]) -> None:
    """Check what every item must hold: a key, an aware moment, text that Postgres stores."""
    assert items
    for item in items:
        assert isinstance(item, SORTS)
        assert item.key and len(item.key) <= 300
        if isinstance(item, Ignored | SubscriptionEnded):
            assert item.reason
        else:
            assert item.occurred_at.tzinfo is not None
        for text in _strings(item):
            assert "\x00" not in text
            text.encode()  # no lone surrogates
    assert len({item.key for item in items}) == len(items)


def form(fields: dict[str, Any], **kwargs: Any) -> RawDelivery:
    """Make a delivery of form fields."""
    return delivery(urllib.parse.urlencode(fields), FORM, **kwargs)


def multipart(fields: dict[str, Any], files: dict[str, tuple[str, bytes, str]]) -> tuple[bytes, str]:
    """Make a body of multipart/form-data and its content type; a file is its name, bytes and type."""
    parts = [f'form-data; name="{name}"\r\n\r\n{value}'.encode() for name, value in fields.items()]
    for name, (filename, data, content_type) in files.items():
        head = f'form-data; name="{name}"; filename="{filename}"\r\nContent-Type: {content_type}\r\n\r\n'
        parts.append(head.encode() + data)
    body = b"".join(b"--edge\r\nContent-Disposition: " + part + b"\r\n" for part in parts)
    return body + b"--edge--\r\n", "multipart/form-data; boundary=edge"


def one_call(updates: list[CallUpdate]) -> CallFacts:
    """Fold the events of one call, and make sure that their order is no matter."""
    assert len({update.call_id for update in updates}) == 1
    facts = {fold(order) for order in itertools.islice(itertools.permutations(updates), 200)}
    assert len(facts) == 1
    return facts.pop()
