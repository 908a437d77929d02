"""Deliveries that come again and in any order end as they do when each comes once, in its turn."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import random
from collections import Counter
from typing import Any

import pytest

from activities.models import Activity, Call
from channels import bell
from channels.adapters import ADAPTERS
from channels.adapters.base import RawDelivery
from channels.journal import drain, ledger, record
from channels.models import Dialog, Message
from channels.services import CreatedChannel
from channels.tests.adapters.test_meta_leads import ANSWERS
from channels.tests.conftest import make_channel  # noqa: F401  (fixture)
from contacts.models import Contact, IdentityKey
from core.tenancy import tenant_scope
from crm_project.tests.trust.streams import STREAMS, deliveries_of
from leads.models import Lead

pytestmark = pytest.mark.django_db
NOT_POSTED = {"numbers"}  # nobody delivers there
TIMES = 5


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No bell, and no provider to ask."""
    monkeypatch.setattr(bell, "ring", lambda tenant_id: None)
    for kind, adapter in ADAPTERS.items():
        if adapter.looks_up:
            kept = json.dumps({"leads": {"444": ANSWERS}}).encode() if kind == "meta_leads" else None
            monkeypatch.setattr(type(adapter), "look_up", lambda self, raw, keys, kept=kept: kept)


def take(made: CreatedChannel, deliveries: list[RawDelivery]) -> dict[str, Any]:
    """Let deliveries arrive one by one, each worked off before the next; return what is there afterwards."""
    for raw in deliveries:
        with tenant_scope(made.channel.tenant_id):
            record(channel=made.channel, delivery=raw, now=raw.received_at)
        drain(made.channel.tenant_id)
    with tenant_scope(made.channel.tenant_id):
        return state()


def state() -> dict[str, Any]:
    """Everything a person would see, without ids and the moments at which it came to us."""
    return {
        "leads": rows(Lead, "name", "phone", "email", "company_name", "channel_kind", "missed_call_count"),
        "contacts": rows(Contact, "name"),
        "keys": rows(IdentityKey, "kind", "value"),
        "timeline": rows(Activity, "kind", "direction", "text", "subject"),
        "calls": rows(
            Call, "external_id", "direction", "phone", "line", "state", "result", "talk_s", "duration_s"
        ),
        "dialogs": rows(Dialog, "external_id", "recipient"),
        "messages": rows(Message, "external_id", "state"),
    }


def rows(model: Any, *names: str) -> Counter[Any]:
    names = tuple(name for name in names if name in {field.name for field in model._meta.get_fields()})
    return Counter(model.objects.values_list(*names))


def timed(deliveries: list[RawDelivery]) -> list[RawDelivery]:
    """A repeat says the same as the first: also the moment where the body tells none."""
    start = deliveries[0].received_at
    return [
        dataclasses.replace(raw, received_at=start + dt.timedelta(seconds=number))
        for number, raw in enumerate(deliveries)
    ]


def test_every_kind_has_a_stream() -> None:
    assert set(ADAPTERS) - NOT_POSTED == set(STREAMS)


@pytest.mark.parametrize("kind", STREAMS)
def test_five_times_in_any_order_is_once_in_order(make_channel: Any, other_tenant: Any, kind: str) -> None:  # noqa: F811
    once, often = make_channel(kind), make_channel(kind, tenant=other_tenant)
    deliveries = timed(deliveries_of(kind))
    expected = take(once, deliveries)
    assert expected["leads"], "the stream tells of nobody"
    shuffled = deliveries * TIMES
    random.Random(kind).shuffle(shuffled)
    assert take(often, shuffled) == expected
    with tenant_scope(other_tenant):
        figures = ledger(channel=often.channel)
    assert (figures.pending, figures.failed) == (0, 0)
