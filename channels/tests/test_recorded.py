"""Everything that was recorded of each kind goes through, the ledger balances, a second pass adds duplicates."""

from __future__ import annotations

import pathlib
from collections.abc import Callable

import pytest
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
    "vk": "vk",
    "max": "max",
    "avito": "avito",
    "viber": "viber",
    "form": "webforms",
    "tilda": "webforms",
    "mango": "telephony-mango",
    "email": "email",
}
TRIALS = {"tilda": 1, "vk": 2}  # Tilda's trial post, VK's confirmations
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not DATA.is_dir(), reason="the recorded deliveries are not here"),
]


@pytest.fixture(autouse=True)
def silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bell, "ring", lambda tenant_id: None)


def recorded(folder: str) -> list[pathlib.Path]:
    return sorted(p for p in (DATA / folder).rglob("*") if p.is_file() and p.name != "SOURCES.md")


def signed_delivery(made: CreatedChannel, path: pathlib.Path) -> RawDelivery:
    body, adapter = path.read_bytes(), adapter_for(made.channel.kind)
    bare = RawDelivery(body, headers={"content-type": content_type(path.name, body)}, url=made.hook_url)
    return adapter.sign(bare, settings_of(made.channel))


def is_trial(made: CreatedChannel, path: pathlib.Path) -> bool:
    """Whether a file is a trial of the address, which is answered and not journaled."""
    delivery = signed_delivery(made, path)
    return adapter_for(made.channel.kind).handshake(delivery, settings_of(made.channel)) is not None


def deliver(made: CreatedChannel, path: pathlib.Path) -> None:
    """Hand a recorded file over as its provider would."""
    body, adapter = path.read_bytes(), adapter_for(made.channel.kind)
    if not adapter.has_hook:
        with tenant_scope(made.channel.tenant_id):
            record(channel=made.channel, delivery=RawDelivery(body, method="IMAP"), now=timezone.now())
        return
    signed = signed_delivery(made, path)
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
    trials = [path.name for path in files if is_trial(made, path)]
    assert len(trials) == TRIALS.get(kind, 0), trials
    assert first.received >= len(files) - len(trials)
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
