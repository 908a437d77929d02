"""Streams with spam, poison or a jumping clock in them: what is meant in earnest arrives, once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
import respx
import time_machine
from django.test import Client
from django.utils import timezone

from activities.models import Call
from channels import bell
from channels.adapters import ADAPTERS
from channels.adapters import client as web
from channels.adapters.base import SendError
from channels.journal import drain, ledger, record
from channels.models import Event, EventItem
from channels.services import CreatedChannel
from channels.sites import shield
from channels.tests.adapters import test_mango as mango
from channels.tests.adapters.samples import FORM, delivery
from channels.tests.conftest import (
    form,  # noqa: F401  (fixtures)
    make_channel,  # noqa: F401
    post_form,
    telegram_message,
    work,
)
from channels.tests.sites.conftest import FILLED, _nobody_counted, address  # noqa: F401  (fixture)
from core.tenancy import tenant_scope
from crm_project.tests.trust.streams import deliveries_of
from crm_project.tests.trust.test_repeats import state, timed
from leads.models import Lead

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bell, "ring", lambda tenant_id: None)


# --- spam ----------------------------------------------------------------------------------------------
def post_from(made: CreatedChannel, ip: str, fields: dict[str, str]) -> int:
    body = urlencode(FILLED | fields)
    return Client(REMOTE_ADDR=ip).post(address(made), body, content_type=FORM).status_code


@time_machine.travel(
    dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC), tick=False
)  # robots are quick, however slow we are
def test_real_inquiries_pass_a_wave_of_spam(form: CreatedChannel) -> None:  # noqa: F811
    """Robots from a few addresses, people each from theirs."""
    old = shield.make_stamp(form.channel.pk, now=timezone.now() - dt.timedelta(seconds=20))
    new = shield.make_stamp(form.channel.pk, now=timezone.now())
    for number in range(60):
        ip, robot = f"203.0.113.{number % 4}", {"message": f"casino https://spam.example/{number}"}
        post_from(form, ip, robot | {"contact_me_by_fax": "1", "phone": f"+7 916 000-00-{number:02}"})
        post_from(form, ip, robot | {"form_stamp": new, "phone": f"+7 917 000-00-{number:02}"})
        if number % 3 == 0:
            person = {
                "phone": f"+7 903 555-44-{number:02}",
                "form_stamp": old,
                "message": f"Нужна цена {number}",
            }
            assert post_from(form, f"198.51.100.{number}", person) == 200
    work(form.channel)
    with tenant_scope(form.channel.tenant_id):
        real = Lead.objects.filter(phone__startswith="+7903555")
        assert real.count() == 20
        assert set(real.values_list("suspicion", flat=True)) == {""}
        # What was taken of a robot is kept, with its reason: nothing is thrown away.
        assert EventItem.objects.filter(suspicion="trap", outcome="ignored").exists()
        assert not EventItem.objects.filter(outcome="ignored", reason="").exists()
        assert not Lead.objects.exclude(phone__startswith="+7903555").filter(suspicion="").exists()


# --- poison --------------------------------------------------------------------------------------------
def test_poison_in_a_stream_ends_dead_and_holds_nobody_up(form: CreatedChannel, monkeypatch: Any) -> None:  # noqa: F811
    adapter, parse = type(ADAPTERS["form"]), ADAPTERS["form"].parse

    def poisoned(self: Any, delivery: Any, settings: Any) -> Any:
        if b"poison" in delivery.body:
            raise ZeroDivisionError("a mistake of ours")
        return parse(delivery, settings)

    monkeypatch.setattr(adapter, "parse", poisoned)
    for number in range(40):
        word = "poison" if number % 10 == 5 else "hello"
        post_form(form, f"name=A&phone=%2B7916222{number:04}&message={word}{number}".encode())
    for hours in range(6):
        with time_machine.travel(timezone.now() + dt.timedelta(hours=hours)):
            drain(form.channel.tenant_id)
            if hours == 0:
                with tenant_scope(form.channel.tenant_id):
                    assert Lead.objects.count() == 36  # the rest waited for none of the four
    with tenant_scope(form.channel.tenant_id):
        dead = Event.objects.filter(state=Event.State.DEAD)
        assert dead.count() == 4
        assert {(event.attempt_count, bool(event.error)) for event in dead} == {(5, True)}
        assert (ledger().leads, ledger().failed, ledger().pending) == (36, 4, 0)


# --- the clock -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["telegram", "mango", "form", "email"])
def test_jumping_clock_loses_and_doubles_nothing(make_channel: Any, other_tenant: Any, kind: str) -> None:  # noqa: F811
    """Clocks ten minutes ahead and behind, stepped back in the middle; each delivery comes twice."""
    steady, jumping = make_channel(kind), make_channel(kind, tenant=other_tenant)
    deliveries = timed(deliveries_of(kind))
    start = timezone.now()
    for made, skews in ((steady, (0,)), (jumping, (10, -10, 0, 10, -10))):
        for number, raw in enumerate(deliveries * 2):
            with time_machine.travel(
                start + dt.timedelta(minutes=skews[number % len(skews)], seconds=number), tick=False
            ):
                with tenant_scope(made.channel.tenant_id):
                    record(channel=made.channel, delivery=raw, now=timezone.now())
                drain(made.channel.tenant_id)
    with time_machine.travel(start + dt.timedelta(minutes=25)):
        drain(other_tenant.pk)
    states = []
    for made in (steady, jumping):
        with tenant_scope(made.channel.tenant_id):
            states.append(state())
            assert (ledger().pending, ledger().failed) == (0, 0)
    assert states[0] == states[1]


def arrived(made: CreatedChannel, raw: Any) -> Event:
    with tenant_scope(made.channel.tenant_id):
        event = record(channel=made.channel, delivery=raw, now=timezone.now())
    drain(made.channel.tenant_id)
    return event


@pytest.mark.parametrize(("ahead_s", "is_believed"), [(600, False), (61, False), (30, True)])
def test_providers_clock_that_is_ahead_makes_nobody_wait(
    make_channel: Any,  # noqa: F811
    ahead_s: int,
    is_believed: bool,
) -> None:
    made = make_channel("telegram")
    with time_machine.travel(dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC), tick=False):
        told = timezone.now() + dt.timedelta(seconds=ahead_s)
        event = arrived(made, delivery(telegram_message(1, date=int(told.timestamp()))))
    with tenant_scope(made.channel.tenant_id):
        lead = Lead.objects.get()
        expected = told if is_believed else event.received_at
        assert (lead.received_at, lead.waiting_since) == (expected, expected)
        assert str(int(told.timestamp())).encode() in bytes(Event.objects.get().body)  # what was said is kept


def test_exchange_whose_clock_is_ahead_tells_of_a_call_of_now(make_channel: Any) -> None:  # noqa: F811
    made = make_channel("mango")
    with time_machine.travel(dt.datetime.fromtimestamp(mango.START - 600, dt.UTC), tick=False):
        missed = mango.summary() | {"talk_time": 0, "entry_result": 0}
        event = arrived(made, mango.signed(missed, url="https://crm/hooks/mango/t/events/summary"))
    with tenant_scope(made.channel.tenant_id):
        call, lead = Call.objects.get(), Lead.objects.get()
        assert call.ended_at == event.received_at
        assert call.ended_at - call.started_at == dt.timedelta(
            seconds=missed["end_time"] - missed["create_time"]
        )
        assert lead.received_at == lead.waiting_since == call.started_at


# --- providers -----------------------------------------------------------------------------------------
ANSWERS: list[tuple[Callable[[Any], Any] | httpx.Response, bool, bool, int | None]] = [
    (httpx.Response(429, headers={"Retry-After": "17"}), False, False, 17),
    (httpx.Response(429, headers={"Retry-After": "999999"}), False, False, 3600),
    (httpx.Response(429, headers={"Retry-After": "soon"}), False, False, 60),
    (httpx.Response(429), False, False, 60),
    (httpx.Response(500), False, False, 60),
    (httpx.Response(503, headers={"Retry-After": "5"}), False, False, 5),
    (httpx.Response(403), True, False, None),
    (httpx.Response(400), True, False, None),
    (httpx.Response(302, headers={"Location": "http://127.0.0.1/"}), True, False, None),
    (httpx.ConnectTimeout, False, False, None),
    (httpx.ConnectError, False, False, None),
    (httpx.ReadTimeout, False, True, None),
    (httpx.ReadError, False, True, None),
    (httpx.RemoteProtocolError, False, True, None),
]


@pytest.mark.parametrize(("answer", "is_permanent", "is_uncertain", "pause_s"), ANSWERS)
def test_providers_trouble_says_whether_and_when_to_try_again(
    answer: Any, is_permanent: bool, is_uncertain: bool, pause_s: int | None
) -> None:
    with respx.mock as router, web.open_client() as client:
        route = router.post("https://api.vendor.test/send")
        if isinstance(answer, httpx.Response):
            route.mock(return_value=answer)
        else:
            route.mock(side_effect=answer)
        with pytest.raises(SendError) as caught:
            web.check_accepted(web.request(client, "POST", "https://api.vendor.test/send"), "Vendor")
    error = caught.value
    assert (error.is_permanent, error.is_uncertain, error.retry_after_s) == (
        is_permanent,
        is_uncertain,
        pause_s,
    )
