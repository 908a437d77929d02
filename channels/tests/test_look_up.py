"""Asking the provider before parsing: outside transactions, kept, tried again, and never twice for nothing."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.urls import reverse
from django.utils import timezone, translation

from channels import bell
from channels.adapters import ADAPTERS
from channels.adapters.base import RawDelivery, SendError, Unparseable
from channels.journal import drain, ledger, replay
from channels.journal.looking import LEASE
from channels.journal.work import drain_channel
from channels.models import Channel, Event, EventItem
from channels.services import CreatedChannel, switch_channel
from channels.tests.conftest import post_form, work
from core.tenancy import tenant_scope
from leads.inquiry import Inquiry, Person
from leads.models import Lead
from tenants.models import Membership

NOW = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.UTC)
asking_in_tests = pytest.mark.django_db
asking_for_real = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bell, "ring", lambda tenant_id: None)


class Provider:
    """What the provider says when it is asked: bytes, an exception, or whatever a function gives."""

    def __init__(self) -> None:
        self.answer: Any = b'{"name": "Anna"}'
        self.asked: list[RawDelivery] = []
        self.parsed: list[RawDelivery] = []

    def look_up(self, delivery: RawDelivery, settings: Any) -> bytes | None:
        self.asked.append(delivery)
        answer = self.answer() if callable(self.answer) else self.answer
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def parse(self, delivery: RawDelivery, settings: Any) -> list[Inquiry]:
        self.parsed.append(delivery)
        if delivery.details_error:
            raise Unparseable(delivery.details_error)
        name = "from details" if delivery.details else "without"
        key = delivery.body.decode()
        return [Inquiry(key=key, occurred_at=NOW, person=Person(name=name, phone="+79161234567"), text=key)]


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """Let the form channel be one that looks up."""
    fake, kind = Provider(), type(ADAPTERS["form"])
    monkeypatch.setattr(kind, "looks_up", True)
    monkeypatch.setattr(kind, "look_up", lambda self, *args: fake.look_up(*args))
    monkeypatch.setattr(kind, "parse", lambda self, *args: fake.parse(*args))
    yield fake


def event_of(made: CreatedChannel) -> Event:
    with tenant_scope(made.channel.tenant_id):
        return Event.objects.get()


def passing(**fields: Any) -> SendError:
    return SendError("It does not answer now.", is_permanent=False, **fields)


@asking_in_tests
def test_details_are_kept_and_handed_to_parse(form: CreatedChannel, provider: Provider) -> None:
    post_form(form, b"k1")
    assert work(form.channel) == 1
    assert bytes(event_of(form).details) == b'{"name": "Anna"}'
    assert [(d.body, d.details) for d in provider.parsed] == [(b"k1", b'{"name": "Anna"}')]
    assert provider.asked[0].details is None
    with tenant_scope(form.channel.tenant_id):
        assert Lead.objects.get().name == "from details"


@asking_in_tests
def test_each_event_is_asked_about_in_its_turn(form: CreatedChannel, provider: Provider) -> None:
    for number in range(4):
        post_form(form, f"k{number}".encode())
    assert work(form.channel) == 4
    assert (
        [d.body for d in provider.asked] == [d.body for d in provider.parsed] == [b"k0", b"k1", b"k2", b"k3"]
    )


@asking_in_tests
def test_nothing_to_look_up_is_parsed_without_details(form: CreatedChannel, provider: Provider) -> None:
    provider.answer = None
    post_form(form, b"k1")
    work(form.channel)
    assert event_of(form).details is None
    assert provider.parsed[0].details is None
    assert event_of(form).state == Event.State.PROCESSED


@asking_in_tests
def test_other_kinds_are_not_asked(form: CreatedChannel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(ADAPTERS["form"]), "look_up", lambda *args: 1 / 0)
    post_form(form)
    assert work(form.channel) == 1
    assert event_of(form).state == Event.State.PROCESSED


@asking_in_tests
def test_passing_refusal_is_tried_again_and_then_a_dead_letter(
    form: CreatedChannel, provider: Provider
) -> None:
    provider.answer = passing()
    post_form(form, b"k1")
    now = timezone.now()
    assert work(form.channel) == 1
    with tenant_scope(form.channel.tenant_id):
        assert ledger(channel=form.channel).pending == 1
        assert Event.objects.get().next_try_at > now
    for _turn in range(8):
        now += dt.timedelta(hours=1)
        with time_machine.travel(now):
            work(form.channel)
    dead = event_of(form)
    assert (dead.state, dead.attempt_count, dead.error) == ("dead", 5, "It does not answer now.")
    assert (len(provider.asked), provider.parsed) == (5, [])
    with tenant_scope(form.channel.tenant_id):
        assert ledger(channel=form.channel).failed == 1


@asking_in_tests
def test_failed_look_up_stops_nobody(form: CreatedChannel, provider: Provider) -> None:
    answers = [passing(), b"{}", b"{}"]
    provider.answer = lambda: answers.pop(0)
    post_form(form, b"k1")
    post_form(form, b"k2")
    assert work(form.channel) == 2
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=1)):
        assert work(form.channel) == 1
    assert [d.body for d in provider.parsed] == [b"k2", b"k1"]


@asking_in_tests
def test_pause_the_provider_asks_for_is_kept(form: CreatedChannel, provider: Provider) -> None:
    provider.answer = passing(retry_after_s=900)
    post_form(form, b"k1")
    work(form.channel)
    assert event_of(form).next_try_at > timezone.now() + dt.timedelta(seconds=890)


@asking_in_tests
def test_final_refusal_is_handed_to_parse_and_shown_at_the_channel(
    form: CreatedChannel, provider: Provider
) -> None:
    provider.answer = SendError("The token is not valid any more.", is_permanent=True)
    post_form(form, b"k1")
    work(form.channel)
    assert (event_of(form).state, event_of(form).error) == ("dead", "The token is not valid any more.")
    with tenant_scope(form.channel.tenant_id):
        assert Channel.objects.get().last_error == "The token is not valid any more."
        provider.answer = b"{}"
        assert replay(now=timezone.now()) == 1
    work(form.channel)
    with tenant_scope(form.channel.tenant_id):
        assert Channel.objects.get().last_error == ""
        assert ledger(channel=form.channel).leads == 1


@asking_in_tests
def test_fault_of_an_adapter_is_a_failed_try(form: CreatedChannel, provider: Provider) -> None:
    provider.answer = ZeroDivisionError("oops")
    post_form(form, b"k1")
    work(form.channel)
    assert (event_of(form).state, event_of(form).error) == ("received", "ZeroDivisionError: oops")


@asking_in_tests
def test_replay_asks_again_only_where_nothing_is_kept(form: CreatedChannel, provider: Provider) -> None:
    def again() -> None:
        with tenant_scope(form.channel.tenant_id):
            replay(event_ids=list(Event.objects.values_list("pk", flat=True)), now=timezone.now())
        work(form.channel)

    provider.answer = None
    post_form(form, b"k1")
    work(form.channel)
    again()
    assert len(provider.asked) == 2
    provider.answer = b"{}"
    again()
    again()
    assert len(provider.asked) == 3
    assert provider.parsed[-1].details == b"{}"


@asking_in_tests
def test_channel_that_is_switched_off_asks_nobody(form: CreatedChannel, provider: Provider) -> None:
    post_form(form, b"k1")
    with tenant_scope(form.channel.tenant_id):
        switch_channel(channel=form.channel, is_active=False, now=timezone.now())
    work(form.channel)
    assert provider.asked == []
    with tenant_scope(form.channel.tenant_id):
        assert ledger(channel=form.channel).ignored == 1


@asking_in_tests
def test_refusal_is_written_in_the_tenants_language(form: CreatedChannel, provider: Provider) -> None:
    spoken: list[str | None] = []
    provider.answer = lambda: spoken.append(translation.get_language())
    post_form(form, b"k1")
    work(form.channel)
    assert spoken == ["ru"]


@asking_in_tests
def test_event_page_shows_what_was_looked_up(
    form: CreatedChannel, provider: Provider, admin: Membership, client_of: Callable[[Membership], Any]
) -> None:
    post_form(form, b"k1")
    work(form.channel)
    page = client_of(admin).get(reverse("channels:event", args=[event_of(form).pk])).content.decode()
    assert "{&quot;name&quot;: &quot;Anna&quot;}" in page


# --- Committed rows: what happens between the transactions --------------------------------------------
@asking_for_real
def test_no_transaction_is_open_while_the_provider_is_asked(form: CreatedChannel, provider: Provider) -> None:
    open_meanwhile: list[bool] = []
    provider.answer = lambda: open_meanwhile.append(connection.in_atomic_block)
    post_form(form, b"k1")
    drain(form.channel.tenant_id)
    assert open_meanwhile == [False]


@asking_for_real
def test_worker_killed_while_it_asks_leaves_the_event_to_the_next(
    form: CreatedChannel, provider: Provider
) -> None:
    class Killed(BaseException):
        pass

    provider.answer = Killed()
    post_form(form, b"k1")
    with pytest.raises(Killed):
        drain(form.channel.tenant_id)
    provider.answer = b"{}"
    with time_machine.travel(timezone.now() + LEASE / 2):
        assert drain(form.channel.tenant_id) == 0  # the dead worker's lease still holds
    with time_machine.travel(timezone.now() + LEASE):
        assert drain(form.channel.tenant_id) == 1
    assert event_of(form).attempt_count == 2
    with tenant_scope(form.channel.tenant_id):
        assert Lead.objects.count() == 1


@asking_for_real
def test_worker_that_asks_too_long_loses_its_channel_and_does_nothing(
    form: CreatedChannel, provider: Provider
) -> None:
    """Another worker takes over after the lease; what the slow one learns is thrown away."""
    done_meanwhile: list[int] = []

    def second_worker() -> None:
        try:
            with time_machine.travel(timezone.now() + LEASE):
                provider.answer = b'{"from": "second"}'
                done_meanwhile.append(drain_channel(form.channel.tenant_id, form.channel.pk))
        finally:
            connection.close()

    def slowly() -> bytes:
        thread = threading.Thread(target=second_worker)
        thread.start()
        thread.join(20)
        return b'{"from": "first"}'

    provider.answer = slowly
    post_form(form, b"k1")
    assert drain_channel(form.channel.tenant_id, form.channel.pk) == 0
    assert done_meanwhile == [1]
    assert bytes(event_of(form).details) == b'{"from": "second"}'
    with tenant_scope(form.channel.tenant_id):
        assert (Lead.objects.count(), EventItem.objects.count()) == (1, 1)


@asking_for_real
def test_hook_takes_deliveries_while_the_provider_is_asked(form: CreatedChannel, provider: Provider) -> None:
    answers: list[int] = []

    def post() -> None:
        try:
            answers.append(post_form(form, b"k2").status_code)
        finally:
            connection.close()

    def slowly() -> bytes:
        thread = threading.Thread(target=post)
        thread.start()
        thread.join(10)
        provider.answer = b"{}"
        return b"{}"

    provider.answer = slowly
    post_form(form, b"k1")
    assert drain(form.channel.tenant_id) == 2
    assert answers == [200]
