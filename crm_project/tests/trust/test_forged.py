"""Forged deliveries: whatever is changed in what a provider signs, or signed with another's key, is 401 and not stored."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterator
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client

from channels import bell
from channels.adapter_settings import settings_of
from channels.adapters import ADAPTERS
from channels.adapters.base import RawDelivery
from channels.models import Event
from channels.services import CreatedChannel
from channels.tests.conftest import make_channel, path_of  # noqa: F401  (fixture)
from core.tenancy import tenant_scope
from crm_project.tests.trust.streams import deliveries_of

pytestmark = pytest.mark.django_db
# Who signs the very bytes: not one of them may change.
SIGNED = (
    "webhook",
    "whatsapp",
    "messenger",
    "instagram",
    "meta_leads",
    "viber",
    "mango",
    "twilio",
    "chat",
    "callback",
)
# Who signs some fields, or sends a key along: other bytes may change, the key may not.
KEYED = ("telegram", "vk", "max", "google_leads", "zadarma", "vats", "tilda", "form")
# Whose address is the secret: nothing is signed, some narrow the sender down. Mail services have tests of their own.
ADDRESS_ONLY = {
    "jivo",
    "avito",
    "uis",
    "beeline",
    "binotel",
    "exolve",
    "asterisk",
    "calltouch",
    "callibri",
    "numbers",
    "email",
}
KEYS_OF_FORMS = {"api_key": "key-of-the-form-0123456789"}
CHANGES = 40  # of a body, at places that a seed chooses


@pytest.fixture(autouse=True)
def _silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bell, "ring", lambda tenant_id: None)


def connect(make: Any, kind: str, tenant: Any = None, **settings: str) -> CreatedChannel:
    own = KEYS_OF_FORMS if kind in ("form", "tilda") else {}
    return make(kind, own | settings, **({"tenant": tenant} if tenant else {}))


def signed(made: CreatedChannel, raw: RawDelivery) -> RawDelivery:
    """Sign as the provider does, with the channel's own key, for its own address."""
    with tenant_scope(made.channel.tenant_id):
        keys = settings_of(made.channel)
    adapter = ADAPTERS[made.channel.kind]
    return adapter.sign(dataclasses.replace(raw, url=made.hook_url), keys)


def post(made: CreatedChannel, raw: RawDelivery) -> int:
    headers = {name: value for name, value in raw.headers.items() if name != "content-type"}
    content_type = raw.header("content-type") or "application/octet-stream"
    path = path_of(made.hook_url) + (f"?{raw.query}" if raw.query else "")
    return Client().post(path, raw.body, content_type=content_type, headers=headers).status_code


def stored(made: CreatedChannel) -> int:
    with tenant_scope(made.channel.tenant_id):
        return Event.objects.filter(channel=made.channel).count()


def spoiled(raw: RawDelivery) -> Iterator[RawDelivery]:
    """The delivery with one bit of a byte changed, cut off, and with more behind it."""
    chance, body = random.Random(len(raw.body)), raw.body
    for place in chance.sample(range(len(body)), min(CHANGES, len(body))):
        changed = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
        yield dataclasses.replace(raw, body=changed)
    for length in (0, 1, len(body) // 2, len(body) - 1):
        yield dataclasses.replace(raw, body=body[:length])
    yield dataclasses.replace(raw, body=body + b"0")


def without(raw: RawDelivery) -> Iterator[RawDelivery]:
    """The delivery without each of its headers, and with each cut short or empty."""
    for name, value in raw.headers.items():
        if name != "content-type":
            yield dataclasses.replace(raw, headers={k: v for k, v in raw.headers.items() if k != name})
            for other in ("", value[:-1], value + "0"):
                yield dataclasses.replace(raw, headers={**raw.headers, name: other})


def test_every_kind_says_how_it_is_told_from_a_forgery() -> None:
    assert {*SIGNED, *KEYED, *ADDRESS_ONLY} == set(ADAPTERS)
    assert len(SIGNED) + len(KEYED) + len(ADDRESS_ONLY) == len(ADAPTERS)


@pytest.mark.parametrize("kind", SIGNED)
def test_no_byte_of_what_is_signed_may_change(make_channel: Any, kind: str) -> None:  # noqa: F811
    made = connect(make_channel, kind)
    true = signed(made, deliveries_of(kind)[0])
    assert [
        post(made, changed) for changed in spoiled(true) if _says_something_else(kind, changed, true)
    ].count(200) == 0
    assert stored(made) == 0
    assert post(made, true) == 200
    assert stored(made) == 1


def _says_something_else(kind: str, changed: RawDelivery, true: RawDelivery) -> bool:
    """Of a form its fields are signed: bytes that spell the same field otherwise change nothing."""
    if "form" not in true.header("content-type"):
        return True
    return sorted(QueryDict(changed.body).lists()) != sorted(QueryDict(true.body).lists())


@pytest.mark.parametrize("kind", [*SIGNED, *KEYED])
def test_key_of_another_channel_opens_nothing(make_channel: Any, other_tenant: Any, kind: str) -> None:  # noqa: F811
    made, raw = connect(make_channel, kind), deliveries_of(kind)[0]
    with tenant_scope(made.channel.tenant_id):
        own = settings_of(made.channel)
    foreign = {name: f"other-{value}" if isinstance(value, str) else value for name, value in own.items()}
    adapter = ADAPTERS[kind]
    forged = adapter.sign(dataclasses.replace(raw, url=made.hook_url), foreign)
    bare = adapter.sign(dataclasses.replace(raw, url=made.hook_url), dict.fromkeys(own, ""))
    assert [post(made, one) for one in (forged, bare)] == [401, 401]
    assert stored(made) == 0
    assert post(made, signed(made, raw)) == 200


@pytest.mark.parametrize("kind", [*SIGNED, *KEYED])
def test_headers_of_a_signature_may_not_be_cut(make_channel: Any, kind: str) -> None:  # noqa: F811
    made = connect(make_channel, kind)
    true = signed(made, deliveries_of(kind)[0])
    carries_no_secret = {"idempotency-key"}  # only tells repeats apart
    for one in without(true):
        changed = {name for name in true.headers if one.headers.get(name) != true.headers[name]}
        if changed - carries_no_secret:
            assert post(made, one) == 401, changed
    assert stored(made) == 0
