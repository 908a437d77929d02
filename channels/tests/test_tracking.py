"""Call tracking beside an exchange: marks find their call, wait for it, or become a call themselves."""

from __future__ import annotations

import datetime as dt
import itertools
import urllib.parse
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from channels import bell
from channels.adapters import adapter_for
from channels.adapters.base import RawDelivery
from channels.journal import Ledger, ledger, settings_of
from channels.journal.tracking import LATEST, PATIENCE
from channels.models import Event, EventItem
from channels.samples import FORM
from channels.services import CreatedChannel, switch_channel
from channels.tests.conftest import path_of, work
from core.tenancy import tenant_scope
from leads.models import Lead

pytestmark = pytest.mark.django_db
Made = Callable[..., CreatedChannel]
_ids = itertools.count(1)


@pytest.fixture(autouse=True)
def silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bell, "ring", lambda tenant_id: None)


@pytest.fixture
def exchange(make_channel: Made) -> CreatedChannel:
    return make_channel("vats")


@pytest.fixture
def tracker(make_channel: Made) -> CreatedChannel:
    return make_channel("calltouch")


def post(made: CreatedChannel, fields: dict[str, Any]) -> None:
    bare = RawDelivery(
        urllib.parse.urlencode(fields).encode(), headers={"content-type": FORM}, url=made.hook_url
    )
    signed = adapter_for(made.channel.kind).sign(bare, settings_of(made.channel))
    assert Client().post(path_of(made.hook_url), signed.body, content_type=FORM).status_code == 200


def ring(made: CreatedChannel, phone: str = "79991234567") -> None:
    post(
        made, {"cmd": "event", "type": "INCOMING", "user": "anna", "phone": phone, "callid": f"c{next(_ids)}"}
    )


def mark(made: CreatedChannel, at: dt.datetime | None = None, **fields: Any) -> None:
    when = (at or timezone.now()).timestamp()
    told = {
        "id": "481",
        "callerphone": "79991234567",
        "timestamp": int(when),
        "utm_source": "yandex",
        "duration": 9,
    }
    post(made, told | fields)


def figures(made: CreatedChannel) -> Ledger:
    with tenant_scope(made.channel.tenant_id):
        return ledger(channel=made.channel)


def leads_of(made: CreatedChannel) -> list[Lead]:
    with tenant_scope(made.channel.tenant_id):
        return list(Lead.objects.order_by("number"))


def test_mark_after_its_call_joins_it(exchange: CreatedChannel, tracker: CreatedChannel) -> None:
    ring(exchange)
    mark(tracker)
    work(tracker.channel)
    (lead,) = leads_of(tracker)
    assert lead.utm_source == "yandex"
    assert figures(tracker).as_dict() | {"received": 1, "joined": 1} == figures(tracker).as_dict()


def test_mark_before_its_call_waits_and_is_woken(exchange: CreatedChannel, tracker: CreatedChannel) -> None:
    mark(tracker)
    work(tracker.channel)
    waiting = figures(tracker)
    assert (waiting.pending, waiting.received, leads_of(tracker)) == (1, 1, [])
    with tenant_scope(tracker.channel.tenant_id):
        event = Event.objects.get()
        assert (event.state, event.attempt_count, event.error) == (Event.State.RECEIVED, 0, "")
        assert event.next_try_at > timezone.now() + PATIENCE / 2
        assert EventItem.objects.get().reason
    ring(exchange, "79990000000")  # another client's call wakes nobody
    ring(exchange)
    work(tracker.channel)
    assert (figures(tracker).joined, figures(tracker).pending) == (1, 0)
    assert [lead.utm_source for lead in leads_of(tracker)] == ["", "yandex"]


def test_mark_whose_call_never_comes_becomes_a_lead_of_its_own(
    exchange: CreatedChannel, tracker: CreatedChannel
) -> None:
    mark(tracker)
    work(tracker.channel)
    with time_machine.travel(timezone.now() + PATIENCE + dt.timedelta(seconds=1)):
        work(tracker.channel)
        (lead,) = leads_of(tracker)
        assert (lead.kind, lead.utm_source, figures(tracker).leads) == ("call", "yandex", 1)
        assert figures(tracker).pending == 0
        mark(tracker)
        work(tracker.channel)
    assert figures(tracker).duplicates == 1


def test_waiting_costs_no_tries(exchange: CreatedChannel, tracker: CreatedChannel) -> None:
    mark(tracker)
    for _turn in range(8):
        with tenant_scope(tracker.channel.tenant_id):
            Event.objects.update(next_try_at=timezone.now())
        work(tracker.channel)
    assert (figures(tracker).pending, figures(tracker).failed) == (1, 0)


def test_nothing_is_waited_for_where_nobody_else_tells_of_calls(
    exchange: CreatedChannel, tracker: CreatedChannel
) -> None:
    with tenant_scope(exchange.channel.tenant_id):
        switch_channel(channel=exchange.channel, is_active=False, now=timezone.now())
    mark(tracker)
    work(tracker.channel)
    assert (figures(tracker).leads, figures(tracker).pending) == (1, 0)


def test_old_call_is_not_waited_for(exchange: CreatedChannel, tracker: CreatedChannel) -> None:
    mark(tracker, at=timezone.now() - LATEST - dt.timedelta(seconds=1))
    work(tracker.channel)
    assert figures(tracker).leads == 1


def test_other_items_of_a_waiting_delivery_are_done_at_once(
    make_channel: Made, exchange: CreatedChannel
) -> None:
    made, now = make_channel("callibri"), timezone.now().isoformat()
    rows = {"calls": [{"id": 1, "date": now, "phone": "79991234567"}],
            "feedbacks": [{"id": 2, "date": now, "phone": "79990000002", "content": "Hi"}]}  # fmt: skip
    response = Client().post(
        path_of(made.hook_url), {"channels_statistics": [rows]}, content_type="application/json"
    )
    assert response.status_code == 200
    work(made.channel)
    assert (figures(made).pending, figures(made).leads) == (1, 1)
    ring(exchange)
    work(made.channel)
    assert (figures(made).pending, figures(made).joined) == (0, 1)
