"""The ledger balances whatever arrives, in whatever state it is looked at."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.adapters import ADAPTERS
from channels.adapters.base import RawDelivery, Unparseable
from channels.journal import drain, ledger, record, replay
from channels.models import Event, EventItem
from channels.services import CreatedChannel
from core.tenancy import tenant_scope
from leads.inquiry import Ignored, Inquiry, Person
from leads.models import Lead

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.UTC)
_serial = itertools.count()

KEYS = st.sampled_from(["a", "b", "c", "d"])
ITEMS = st.tuples(st.sampled_from(["lead", "ignored", "bad"]), KEYS)
DELIVERIES = st.lists(
    st.one_of(st.lists(ITEMS, max_size=4), st.sampled_from(["unparseable", "poison"])), min_size=1, max_size=6
)


def item(kind: str, key: str) -> Any:
    if kind == "ignored":
        return Ignored(key, "of no consequence")
    when = NOW if kind == "lead" else None  # no moment: the services can't take it
    return Inquiry(key, when, Person(name=key, phone=f"+7916000000{ord(key) % 10}"), text=key)  # type: ignore[arg-type]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deliveries=DELIVERIES, hours=st.integers(0, 6), replays=st.booleans())
def test_ledger_balances(
    deliveries: list[Any], hours: int, replays: bool, make_channel: Callable[..., CreatedChannel],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    made = make_channel("form", name=f"ledger {next(_serial)}")

    def parse(self: Any, delivery: RawDelivery, channel_settings: Any) -> Any:
        content = deliveries[int(delivery.body.partition(b" ")[0])]
        if content == "unparseable":
            raise Unparseable("no form")
        if content == "poison":
            raise ValueError("poison")
        return [item(*one) for one in content]

    monkeypatch.setattr(type(ADAPTERS["form"]), "parse", parse)
    serial = next(_serial)
    with tenant_scope(made.channel.tenant_id):
        for number in range(len(deliveries)):
            record(
                channel=made.channel, delivery=RawDelivery(f"{number} {serial}".encode()), now=timezone.now()
            )
        assert ledger(channel=made.channel).pending == len(deliveries)
    for hour in range(hours):
        with time_machine.travel(timezone.now() + dt.timedelta(hours=hour)):
            drain(made.channel.tenant_id)
    if replays:
        with tenant_scope(made.channel.tenant_id):
            replay(now=timezone.now())
        drain(made.channel.tenant_id)
    check_balance(made, deliveries)


def check_balance(made: CreatedChannel, deliveries: list[Any]) -> None:
    with tenant_scope(made.channel.tenant_id):
        figures = ledger(channel=made.channel)
        items = EventItem.objects.filter(channel=made.channel)
        unsplit = Event.objects.filter(channel=made.channel, state="received", items=None).count()
        assert figures.received == items.count() + unsplit
        assert figures.received >= len(deliveries)
        assert figures.leads == Lead.objects.filter(channel=made.channel).count()
        keys = items.exclude(outcome="duplicate").values_list("key", flat=True)
        assert len(keys) == len(set(keys))
        assert not Event.objects.filter(channel=made.channel, state="processed", items=None).exists()
        assert not items.filter(outcome="pending").exclude(event__state="received").exists()


def test_ledger_counts_one_channel_or_all(make_channel: Callable[..., CreatedChannel]) -> None:
    one, two = make_channel("form"), make_channel("form")
    with tenant_scope(one.channel.tenant_id):
        for made in (one, one, two):
            record(channel=made.channel, delivery=RawDelivery(b""), now=timezone.now())
        assert (ledger(channel=one.channel).received, ledger().received) == (2, 3)
        assert list(ledger().as_dict()) == [
            "received", "leads", "joined", "duplicates", "ignored", "failed", "pending",
        ]  # fmt: skip


def test_ledger_since_a_moment_leaves_older_out(make_channel: Callable[..., CreatedChannel]) -> None:
    made = make_channel("form")
    now = timezone.now()
    with tenant_scope(made.channel.tenant_id):
        record(channel=made.channel, delivery=RawDelivery(b""), now=now - dt.timedelta(days=2))
        assert ledger(since=now - dt.timedelta(days=1)).received == 0
