"""Asking a provider: what is new is journaled once, and asking goes on where it worked last."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator

import httpx
import pytest
import respx
from django.utils import timezone

from channels import bell
from channels.adapters.callibri import API
from channels.connections import Account
from channels.journal import ledger
from channels.models import Channel, Event
from channels.polling import poll, polled
from channels.services import CreatedChannel, switch_channel
from channels.tasks import poll_channels
from channels.tests.conftest import work
from core.tenancy import tenant_scope

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bell, "ring", lambda tenant_id: None)


@pytest.fixture
def made(make_channel: Callable[..., CreatedChannel]) -> CreatedChannel:
    return make_channel("callibri", {"site_id": 7})


@pytest.fixture
def answer() -> Iterator[respx.Route]:
    with respx.mock(base_url=API) as router:
        yield router.get("/site_get_statistics")


def statistics(*numbers: int) -> httpx.Response:
    rows = [
        {"id": number, "date": "2026-11-01T10:00:00Z", "phone": f"7999123456{number}"} for number in numbers
    ]
    return httpx.Response(200, json={"channels_statistics": [{"calls": rows}]})


def account_of(made: CreatedChannel) -> Account:
    return Account(made.channel.tenant_id, made.channel.pk, made.channel.updated_at)


def channel_of(made: CreatedChannel) -> Channel:
    with tenant_scope(made.channel.tenant_id):
        return Channel.objects.get(pk=made.channel.pk)


def test_what_is_known_is_not_journaled_again(made: CreatedChannel, answer: respx.Route) -> None:
    answer.mock(return_value=statistics(1, 2))
    assert poll(account_of(made)) == 2
    work(made.channel)
    answer.mock(return_value=statistics(1, 2, 3))
    assert poll(account_of(made)) == 1
    work(made.channel)
    with tenant_scope(made.channel.tenant_id):
        assert (Event.objects.count(), ledger().leads, ledger().duplicates) == (3, 3, 0)
        assert set(Event.objects.values_list("method", flat=True)) == {"POLL"}


def test_asking_goes_on_where_it_worked_last(made: CreatedChannel, answer: respx.Route) -> None:
    answer.mock(return_value=statistics())
    before = timezone.now()
    poll(account_of(made))
    told = channel_of(made).cursor["polled_at"]
    assert before <= dt.datetime.fromisoformat(told) <= timezone.now()
    answer.mock(return_value=httpx.Response(502))
    assert poll(account_of(made)) == 0
    broken = channel_of(made)
    assert broken.last_error and broken.cursor["polled_at"] == told
    answer.mock(return_value=statistics())
    poll(account_of(made))
    assert channel_of(made).last_error == ""


def test_fault_of_an_adapter_is_shown_on_the_channel(
    made: CreatedChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.adapters.callibri.CallibriAdapter.poll", lambda *_args: 1 / 0)
    assert poll(account_of(made)) == 0
    assert channel_of(made).last_error == "ZeroDivisionError"


def test_only_switched_on_channels_are_asked(
    made: CreatedChannel, make_channel: Callable[..., CreatedChannel], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_channel("calltouch")
    asked: list[str] = []
    monkeypatch.setattr(bell, "send", lambda task, tenant_id, channel_id: asked.append(channel_id))
    poll_channels()
    assert str(made.channel.pk) in asked
    with tenant_scope(made.channel.tenant_id):
        switch_channel(channel=made.channel, is_active=False, now=timezone.now())
    assert made.channel.pk not in [account.channel_id for account in polled()]
    assert poll(account_of(made)) == 0
    assert poll(Account(made.channel.tenant_id, uuid.uuid4(), timezone.now())) == 0
