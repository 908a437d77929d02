"""What needs committed rows and several connections: races, lost bells, brokers and workers that are away."""

from __future__ import annotations

import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from channels import bell, hooks, tasks
from channels.journal import drain, ledger
from channels.journal.settle import settle as settle_event
from channels.journal.waves import Foresight, Wave, settle_wave
from channels.journal.work import LEASE, MAX_TRIES, drain_channel
from channels.models import Channel, Dialog, Event, EventItem, Message
from channels.services import CreatedChannel
from channels.tests.conftest import post_form, post_update, telegram_message
from core.tenancy import tenant_scope
from leads.models import Lead

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """No bell rings; what would have rung is heard."""
    heard: list[int] = []
    monkeypatch.setattr(bell, "ring", heard.append)
    yield heard


def at_once(count: int, act: Callable[[int], Any]) -> list[Any]:
    """Do the same in many threads at the same moment; return what each gave."""
    barrier, results = threading.Barrier(count), [None] * count

    def run(index: int) -> None:
        try:
            barrier.wait(20)
            results[index] = act(index)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def test_sixteen_posts_of_one_update_make_one_lead(bot: CreatedChannel, silent: list[int]) -> None:
    update = telegram_message(1)
    answers = at_once(16, lambda index: post_update(bot, update).status_code)
    assert answers == [200] * 16
    at_once(4, lambda index: drain(bot.channel.tenant_id))
    with tenant_scope(bot.channel.tenant_id):
        figures = ledger(channel=bot.channel)
        assert (figures.leads, figures.duplicates, figures.received) == (1, 15, 16)
        assert Lead.objects.count() == 1


def test_first_contact_by_two_channels_at_once_is_one_contact(
    make_channel: Callable[..., CreatedChannel], silent: list[int]
) -> None:
    forms = [make_channel("form") for _number in range(4)]
    for number, made in enumerate(forms):
        post_form(made, f"name=Anna&phone=%2B79160009900&message=m{number}".encode())
    at_once(4, lambda index: drain_channel(forms[index].channel.tenant_id, forms[index].channel.pk))
    with tenant_scope(forms[0].channel.tenant_id):
        contacts = Lead.objects.values_list("contact", flat=True)
        assert len(contacts) == 4
        assert len(set(contacts)) == 1
        assert ledger().leads == 4


def test_many_workers_keep_the_order_of_one_channel(form: CreatedChannel, silent: list[int]) -> None:
    for number in range(12):
        post_form(form, f"phone=%2B7916111{number:04}".encode())
    at_once(6, lambda index: drain(form.channel.tenant_id))
    with tenant_scope(form.channel.tenant_id):
        phones = list(Lead.objects.order_by("number").values_list("phone", flat=True))
    assert phones == [f"+7916111{number:04}" for number in range(12)]


def test_hook_does_not_wait_for_a_busy_worker(
    form: CreatedChannel, silent: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    working, go_on = threading.Event(), threading.Event()

    def slowly(event: Event, **kwargs: Any) -> None:
        working.set()
        go_on.wait(30)

    monkeypatch.setattr("channels.journal.work.settle", slowly)
    post_form(form)
    worker = threading.Thread(target=lambda: at_once(1, lambda index: drain(form.channel.tenant_id, limit=1)))
    worker.start()
    assert working.wait(10)
    answers = []
    hook = threading.Thread(
        target=lambda: answers.extend(at_once(1, lambda index: post_form(form).status_code))
    )
    hook.start()
    hook.join(10)
    go_on.set()
    answered_meanwhile = list(answers)
    worker.join(20)
    hook.join(20)
    assert answered_meanwhile == [200]


def test_worker_skips_a_channel_that_another_transaction_holds(
    form: CreatedChannel, silent: list[int]
) -> None:
    post_form(form)
    with tenant_scope(form.channel.tenant_id):
        list(Channel.objects.select_for_update(no_key=True).filter(pk=form.channel.pk))
        assert at_once(1, lambda index: drain(form.channel.tenant_id)) == [0]
    assert drain(form.channel.tenant_id) == 1


def test_worker_keeps_its_channel_though_another_looks(
    form: CreatedChannel, silent: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between two transactions of a worker another locks the row for a moment, to see whether it is free."""
    post_form(form)
    scopes: list[threading.Thread] = []

    def look(holding: threading.Event) -> None:
        with tenant_scope(form.channel.tenant_id):
            list(Channel.objects.select_for_update(no_key=True).filter(pk=form.channel.pk))
            holding.set()
            time.sleep(0.5)
        connection.close()

    def scope(tenant_id: int) -> Any:
        holding = threading.Event()
        scopes.append(threading.Thread(target=look, args=(holding,)))
        if len(scopes) == 2:  # its second transaction: the event is claimed and not settled yet
            scopes[-1].start()
            assert holding.wait(10)
        return tenant_scope(tenant_id)

    monkeypatch.setattr("channels.journal.work.tenant_scope", scope)
    assert drain_channel(form.channel.tenant_id, form.channel.pk) == 1
    scopes[1].join()


def test_worker_that_dies_before_commit_leaves_no_trace(
    bot: CreatedChannel, silent: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed after everything was done but before the commit: the next worker does it once."""

    post_update(bot, telegram_message(1))
    original = Event.save

    def die(self: Event, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        if self.state == Event.State.PROCESSED:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Event, "save", die)
        with pytest.raises(Killed):
            drain(bot.channel.tenant_id)
    with tenant_scope(bot.channel.tenant_id):
        assert (Lead.objects.count(), EventItem.objects.count()) == (0, 0)
        Channel.objects.update(drained_until=timezone.now())  # ten seconds later
    assert drain(bot.channel.tenant_id) == 1
    with tenant_scope(bot.channel.tenant_id):
        assert Lead.objects.count() == 1
        assert Event.objects.get().attempt_count == 2


class Killed(BaseException):
    """The process is gone: nothing after this runs."""


def die_at(monkeypatch: pytest.MonkeyPatch, phone: str) -> None:
    """Kill whoever works on the inquiry with this phone, after everything was done and before the commit."""

    def settle(event: Event, **kwargs: Any) -> None:
        settle_event(event, **kwargs)
        if phone.encode() in bytes(event.body):
            raise Killed

    def settle_together(wave: Wave, channel: Channel, **kwargs: Any) -> list[Event]:
        events = settle_wave(wave, channel, **kwargs)
        if any(phone in inquiry.person.phone for inquiry in wave.values()):
            raise Killed
        return events

    monkeypatch.setattr("channels.journal.work.settle", settle)
    monkeypatch.setattr("channels.journal.work.settle_wave", settle_together)


def one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no wave be seen, as where nothing that comes is a new person's inquiry."""
    monkeypatch.setattr("channels.journal.work.foresee", lambda ids, channel: Foresight(ids))


def ten_seconds_later() -> None:
    Channel.objects.update(drained_until=timezone.now())


@pytest.mark.parametrize(("is_wave", "before"), [(True, 0), (False, 2)])
def test_worker_that_dies_among_claimed_events_loses_and_doubles_nothing(
    form: CreatedChannel, silent: list[int], monkeypatch: pytest.MonkeyPatch, is_wave: bool, before: int
) -> None:
    if not is_wave:
        one_by_one(monkeypatch)
    for number in range(6):
        post_form(form, f"phone=%2B7916111{number:04}".encode())
    with monkeypatch.context() as patch, pytest.raises(Killed):
        die_at(patch, "1110002")
        drain(form.channel.tenant_id)
    with tenant_scope(form.channel.tenant_id):
        assert Lead.objects.count() == before
        ten_seconds_later()
    assert drain(form.channel.tenant_id) == 6 - before
    with tenant_scope(form.channel.tenant_id):
        phones = list(Lead.objects.order_by("number").values_list("phone", flat=True))
        assert phones == [f"+7916111{number:04}" for number in range(6)]
        assert list(Lead.objects.order_by("number").values_list("number", flat=True)) == [1, 2, 3, 4, 5, 6]
        assert (ledger().leads, ledger().received) == (6, 6)


def test_event_that_kills_its_workers_costs_its_neighbours_one_try(
    form: CreatedChannel, silent: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        post_form(form, f"phone=%2B7916111{number:04}".encode())
    die_at(monkeypatch, "1110001")
    for _turn in range(MAX_TRIES):
        with pytest.raises(Killed):
            drain(form.channel.tenant_id)
        with tenant_scope(form.channel.tenant_id):
            ten_seconds_later()
    assert drain(form.channel.tenant_id) == 2
    with tenant_scope(form.channel.tenant_id):
        tries = list(Event.objects.order_by("received_at", "id").values_list("attempt_count", "state"))
        assert tries == [(2, "processed"), (MAX_TRIES, "dead"), (2, "processed"), (2, "processed")]
        assert (ledger().leads, ledger().failed, ledger().received) == (3, 1, 4)


def test_many_workers_keep_the_order_of_one_persons_words(
    bot: CreatedChannel, make_channel: Callable[..., CreatedChannel], silent: list[int]
) -> None:
    """Two channels of one company, several people writing in turns, and more workers than channels."""
    other = make_channel("telegram")
    for number in range(1, 25):
        post_update(
            bot if number % 2 else other, telegram_message(number, chat=number % 4, text=f"{number:02}")
        )
    at_once(4, lambda index: drain(bot.channel.tenant_id))
    with tenant_scope(bot.channel.tenant_id):
        assert ledger().joined + ledger().leads == 24
        for dialog in Dialog.objects.all():
            texts = list(
                Message.objects.filter(dialog=dialog).order_by("id").values_list("activity__text", flat=True)
            )
            assert texts == sorted(texts) and len(texts) == 6
            assert (dialog.unread_count, dialog.preview) == (6, texts[-1])
            assert dialog.lead.unread_count == 6


def test_worker_whose_lease_was_taken_over_stops(
    form: CreatedChannel, silent: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was away for too long between two events: another one has gone on, with what both had claimed."""
    for number in range(4):
        post_form(form, f"phone=%2B7916111{number:04}".encode())
    others: list[int] = []

    def settle(event: Event, **kwargs: Any) -> None:
        settle_event(event, **kwargs)
        if not others:
            others.append(0)
            connection.on_commit(take_over)

    def take_over() -> None:
        with tenant_scope(form.channel.tenant_id):
            ten_seconds_later()
        others.extend(at_once(1, lambda index: drain(form.channel.tenant_id, limit=2)))
        with tenant_scope(form.channel.tenant_id):
            Channel.objects.update(drained_by=uuid.uuid4(), drained_until=timezone.now() + LEASE)

    one_by_one(monkeypatch)
    monkeypatch.setattr("channels.journal.work.settle", settle)
    assert drain_channel(form.channel.tenant_id, form.channel.pk) == 1
    with tenant_scope(form.channel.tenant_id):
        assert (others, ledger().leads, ledger().pending) == ([0, 2], 3, 1)
        ten_seconds_later()
    assert drain(form.channel.tenant_id) == 1


def test_sweeper_finds_what_lost_its_bell(
    form: CreatedChannel, make_channel: Callable[..., CreatedChannel], other_tenant: Any, silent: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    foreign = make_channel("form", tenant=other_tenant)
    queued: list[tuple[str, int]] = []
    monkeypatch.setattr(bell, "send", lambda task, tenant_id: queued.append((task, tenant_id)))
    post_form(form)
    tasks.sweep_inbox()
    mine = form.channel.tenant_id
    assert ("process_inbox", mine) in queued
    assert ("process_inbox", foreign.channel.tenant_id) not in queued
    tasks.process_inbox(tenant_id=mine)
    queued.clear()
    tasks.sweep_inbox()
    assert ("process_inbox", mine) not in queued


def test_sweeper_leaves_events_alone_that_wait_for_their_next_try(
    form: CreatedChannel, silent: list[int]
) -> None:
    post_form(form)
    with tenant_scope(form.channel.tenant_id):
        Event.objects.update(next_try_at=timezone.now() + timezone.timedelta(minutes=5))
    assert form.channel.tenant_id not in [tenant for tenant, _queue in tasks._due_work()]


def test_sweepers_question_leaves_no_tenant_behind(form: CreatedChannel, silent: list[int]) -> None:
    post_form(form)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT tenant_id FROM search.tenants_with_due_work()")
        assert form.channel.tenant_id in [row[0] for row in cursor.fetchall()]
        cursor.execute("SELECT current_setting('app.tenant_id', true), (SELECT count(*) FROM channels_event)")
        setting, visible = cursor.fetchone()
    assert (setting or "", visible) == ("", 0)


def test_hook_answers_while_the_broker_is_away(form: CreatedChannel, monkeypatch: pytest.MonkeyPatch) -> None:
    rung = threading.Event()

    def refuse(*args: Any, **kwargs: Any) -> None:
        rung.set()
        raise ConnectionRefusedError("broker")

    monkeypatch.setattr(tasks.process_inbox, "apply_async", refuse)
    assert post_form(form).status_code == 200
    assert rung.wait(5)
    with tenant_scope(form.channel.tenant_id):
        assert Event.objects.count() == 1


def test_hook_answers_at_once_while_the_broker_hangs(
    form: CreatedChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()
    monkeypatch.setattr(tasks.process_inbox, "apply_async", lambda **kwargs: go_on.wait(20))
    try:
        started = time.monotonic()
        assert [post_form(form).status_code for _turn in range(3)] == [200] * 3
        assert time.monotonic() - started < 10
    finally:
        go_on.set()


def test_bell_rings_for_the_tenant(form: CreatedChannel, monkeypatch: pytest.MonkeyPatch) -> None:
    heard, rung = [], threading.Event()

    def hear(*, kwargs: dict[str, Any], **options: Any) -> None:
        if kwargs["tenant_id"] == form.channel.tenant_id:  # bells of other tests may ring late
            heard.append(kwargs)
            rung.set()

    monkeypatch.setattr(bell, "_bell", bell._Bell())  # one that nobody has left a ring with
    monkeypatch.setattr(tasks.process_inbox, "apply_async", hear)
    post_form(form)
    assert rung.wait(5)
    assert heard == [{"tenant_id": form.channel.tenant_id}]


def test_another_tenants_worker_sees_nothing(
    form: CreatedChannel, make_channel: Callable[..., CreatedChannel], other_tenant: Any, silent: list[int]
) -> None:
    foreign = make_channel("form", tenant=other_tenant)
    post_form(form)
    assert drain(other_tenant.pk) == 0
    assert drain_channel(other_tenant.pk, form.channel.pk) == 0
    with tenant_scope(other_tenant):
        assert Counter(ledger().as_dict().values()) == {0: 7}
        assert hooks.find_route("form", foreign.hook_url.rpartition("/")[2]) is not None
