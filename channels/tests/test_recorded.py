"""Everything that was recorded of the kinds goes through, the ledger balances, a second pass adds duplicates."""

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
from channels.samples import content_type
from channels.services import CreatedChannel
from channels.tests.conftest import path_of
from core.tenancy import tenant_scope

DATA = pathlib.Path(__file__).resolve().parents[3] / "shared" / "data"
KINDS = {
    "telegram": "telegram",
    "form": "webforms",
    "tilda": "webforms",
    "mango": "telephony-mango",
    "email": "email",
    "whatsapp": "whatsapp",
    "messenger": "messenger-instagram/fb_*",
    "instagram": "messenger-instagram/ig_*",
    "meta_leads": "messenger-instagram/leadgen_*",
    "google_leads": "webforms/google_*",
    "jivo": "jivo",
    "webhook": "webforms",
}  # a folder, or some of its files
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
        yield


def recorded(place: str) -> list[pathlib.Path]:
    folder, _slash, pattern = place.partition("/")
    found = (DATA / folder).rglob(pattern or "*")
    return sorted(p for p in found if p.is_file() and p.name != "SOURCES.md")


def deliver(made: CreatedChannel, path: pathlib.Path) -> None:
    """Hand a recorded file over as its provider would."""
    body, adapter = path.read_bytes(), adapter_for(made.channel.kind)
    if not adapter.has_hook:
        with tenant_scope(made.channel.tenant_id):
            record(channel=made.channel, delivery=RawDelivery(body, method="IMAP"), now=timezone.now())
        return
    bare = RawDelivery(body, headers={"content-type": content_type(path.name, body)}, url=made.hook_url)
    signed = adapter.sign(bare, settings_of(made.channel))
    headers = {name: value for name, value in signed.headers.items() if name != "content-type"}
    response = Client().post(
        path_of(signed.url), signed.body, content_type=signed.headers["content-type"], headers=headers
    )
    assert response.status_code == 200, path.name


@pytest.mark.parametrize("kind", KINDS)
def test_recorded_deliveries_go_through(kind: str, make_channel: Callable[..., CreatedChannel]) -> None:
    made = make_channel(kind)
    files = recorded(KINDS[kind])
    assert files
    for path in files:
        deliver(made, path)
    drain(made.channel.tenant_id)
    with tenant_scope(made.channel.tenant_id):
        first = ledger(channel=made.channel)
        dead = list(Event.objects.dead().values_list("error", flat=True))
    assert first.pending == 0, first
    assert first.received >= len(files) - (kind == "tilda")  # Tilda's trial post is answered, not journaled
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
