"""Everything that was recorded of each kind goes through, the ledger balances, a second pass adds duplicates."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Callable, Iterator

import httpx
import pytest
import respx
from django.test import Client
from django.utils import timezone

from channels import bell
from channels.adapters import adapter_for
from channels.adapters.base import RawDelivery
from channels.journal import drain, ledger, record, settings_of
from channels.models import Event
from channels.samples import read_sample
from channels.services import CreatedChannel
from channels.tests.conftest import path_of
from core.tenancy import tenant_scope

DATA = pathlib.Path(__file__).resolve().parents[3] / "shared" / "data"
KINDS = {
    "telegram": "telegram",
    "vk": "vk",
    "max": "max",
    "avito": "avito",
    "viber": "viber",
    "form": "webforms",
    "tilda": "webforms",
    "mango": "telephony-mango",
    "zadarma": "telephony-zadarma-novofon",
    "uis": "telephony-uis-comagic",
    "vats": "telephony-itoolabs-vats",
    "beeline": "telephony-beeline-xsi",
    "binotel": "telephony-binotel",
    "twilio": "telephony-twilio",
    "exolve": "telephony-exolve-mobilon",
    "asterisk": "telephony-asterisk",
    "calltouch": "telephony-calltracking",
    "callibri": "telephony-calltracking",
    "email": "email",
    "whatsapp": "whatsapp",
    "messenger": "messenger-instagram/fb_*",
    "instagram": "messenger-instagram/ig_*",
    "meta_leads": "messenger-instagram/leadgen_*",
    "google_leads": "webforms/google_*",
    "jivo": "jivo",
    "webhook": "webforms",
}  # a folder, or some of its files
# Trials of the address are answered, not journaled: Tilda's trial post, VK's confirmations, Zadarma's echo.
ANSWERED = {"tilda": 1, "vk": 2, "zadarma": 1}
GRAPH = "https://graph.facebook.com"
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not DATA.is_dir(), reason="the recorded deliveries are not here"),
]


@pytest.fixture(autouse=True)
def silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bell, "ring", lambda tenant_id: None)


@pytest.fixture(autouse=True)
def graph() -> Iterator[None]:
    """Meta, when it is asked for a lead's answers or a name."""
    answers = DATA / "messenger-instagram" / "leadgen_graph_lead.json"
    lead = json.loads(answers.read_bytes()) if answers.is_file() else {"id": "123123123123"}
    with respx.mock(assert_all_called=False) as router:
        router.get(url__regex=rf"{GRAPH}/v[\d.]+/{lead['id']}").mock(
            return_value=httpx.Response(200, json=lead)
        )
        router.get(url__regex=rf"{GRAPH}/.*").mock(return_value=httpx.Response(200, json={"name": "Anna"}))
        router.route().mock(side_effect=httpx.ConnectError("away"))  # the others; names can wait
        yield


def recorded(place: str) -> list[pathlib.Path]:
    folder, _slash, pattern = place.partition("/")
    found = (DATA / folder).rglob(pattern or "*")
    return sorted(p for p in found if p.is_file() and p.name != "SOURCES.md")


def deliver(made: CreatedChannel, path: pathlib.Path) -> bool:
    """Hand a recorded file over as its provider would; say whether it was journaled, not only answered."""
    adapter = adapter_for(made.channel.kind)
    if not made.hook_url:
        with tenant_scope(made.channel.tenant_id):
            delivery = RawDelivery(path.read_bytes(), method="IMAP")
            record(channel=made.channel, delivery=delivery, now=timezone.now())
        return True
    signed = adapter.sign(read_sample(path, made.hook_url), settings_of(made.channel))
    headers = {name: value for name, value in signed.headers.items() if name != "content-type"}
    response = Client().generic(
        signed.method,
        path_of(signed.url) + (f"?{signed.query}" if signed.query else ""),
        signed.body,
        content_type=signed.headers["content-type"],
        headers=headers,
    )
    assert response.status_code == 200, path.name
    return "X-Event" in response.headers


@pytest.mark.parametrize("kind", KINDS)
def test_recorded_deliveries_go_through(kind: str, make_channel: Callable[..., CreatedChannel]) -> None:
    made = make_channel(kind)
    files = recorded(KINDS[kind])
    assert files
    journaled = sum(deliver(made, path) for path in files)
    drain(made.channel.tenant_id)
    with tenant_scope(made.channel.tenant_id):
        first = ledger(channel=made.channel)
        dead = list(Event.objects.dead().values_list("error", flat=True))
    assert first.pending == 0, first
    assert journaled == len(files) - ANSWERED.get(kind, 0)
    assert first.received >= journaled
    assert first.leads > 0
    assert all(dead), "a dead letter without a reason"
    assert not [reason for reason in dead if "Error" in reason], dead
    for path in files:
        deliver(made, path)
    drain(made.channel.tenant_id)
    with tenant_scope(made.channel.tenant_id):
        second = ledger(channel=made.channel)
    assert second.pending == 0
    assert second.received > first.received
    assert second.duplicates - first.duplicates == second.received - first.received, (first, second)
