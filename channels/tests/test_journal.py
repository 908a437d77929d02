"""Working off the journal: exactly one outcome an item, in order, whatever fails or dies on the way."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from activities.models import Activity, Attachment
from channels import bell, tasks
from channels.adapters import ADAPTERS
from channels.adapters.base import Unparseable
from channels.journal import drain, ledger, replay
from channels.journal import work as journal_work
from channels.journal.work import drain_channel
from channels.models import Channel, Dialog, Event, EventItem, FileFetch, Message
from channels.services import CreatedChannel
from channels.tests.conftest import post_form, post_update, telegram_message, work
from core.tenancy import tenant_scope
from leads.inquiry import CallUpdate, DeliveryStatus, File, Ignored, Inquiry, MessageEdit, Person
from leads.models import Lead

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bell, "ring", lambda tenant_id: None)


def inquiry(key: str, **fields: Any) -> Inquiry:
    usual = {"occurred_at": NOW, "person": Person(name="Anna", phone="+79161234567"), "text": f"text {key}"}
    return Inquiry(key=key, **usual | fields)


@pytest.fixture
def parsed(form: CreatedChannel, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let the form adapter answer what the test says, one list (or exception) a delivery."""
    answers: list[Any] = []

    def parse(self: Any, delivery: Any, settings: Any) -> Any:
        answer = answers[int(delivery.body)]
        if isinstance(answer, Exception):
            raise answer
        return answer() if callable(answer) else answer

    monkeypatch.setattr(type(ADAPTERS["form"]), "parse", parse)

    def deliver(*contents: Any) -> None:
        for content in contents:
            answers.append(content)
            assert post_form(form, str(len(answers) - 1).encode()).status_code == 200

    return deliver


def in_scope(made: CreatedChannel) -> Any:
    return tenant_scope(made.channel.tenant_id)


def outcomes(made: CreatedChannel) -> dict[str, str]:
    with in_scope(made):
        return dict(
            EventItem.objects.filter(channel=made.channel).order_by("id").values_list("key", "outcome")
        )


def test_event_becomes_a_lead_with_its_entry(form: CreatedChannel) -> None:
    post_form(form, "name=Анна&phone=8 916 123-45-67&message=Нужна кофемашина".encode())
    assert work(form.channel) == 1
    with in_scope(form):
        event, lead = Event.objects.get(), Lead.objects.get()
        (item,) = event.items.all()
        assert (event.state, item.outcome, item.lead) == ("processed", "lead", lead)
        assert (lead.name, lead.phone, lead.kind) == ("Анна", "+79161234567", "request")
        assert Activity.objects.get(lead=lead, kind="request").text == "Нужна кофемашина"
        assert Channel.objects.get().last_event_at == event.received_at


def test_event_of_a_bot_opens_a_dialog(bot: CreatedChannel) -> None:
    post_update(bot, telegram_message(1, text="Здравствуйте"))
    post_update(bot, telegram_message(2, text="Есть вопрос"))
    work(bot.channel)
    with in_scope(bot):
        dialog, lead = Dialog.objects.get(), Lead.objects.get()
        assert (dialog.external_id, dialog.recipient, dialog.contact) == ("500", "500", lead.contact)
        assert [m.external_id for m in Message.objects.order_by("id")] == ["1", "2"]
        assert lead.dialog == dialog
    assert Counter(outcomes(bot).values()) == {"lead": 1, "joined": 1}


def test_same_message_id_in_two_chats_is_two_messages(bot: CreatedChannel) -> None:
    post_update(bot, telegram_message(7, chat=1))
    second = telegram_message(8, chat=2)
    second["message"]["message_id"] = 7
    post_update(bot, second)
    work(bot.channel)
    with in_scope(bot):
        assert Message.objects.filter(external_id="7").count() == 2


def test_same_message_under_another_key_is_a_duplicate(bot: CreatedChannel) -> None:
    update = telegram_message(1)
    post_update(bot, update)
    post_update(bot, {"update_id": 2, "business_message": update["message"]})
    work(bot.channel)
    assert Counter(outcomes(bot).values()) == {"lead": 1, "duplicate": 1}


def test_repeated_delivery_is_a_duplicate(bot: CreatedChannel) -> None:
    for _turn in range(3):
        assert post_update(bot, telegram_message(1)).status_code == 200
    work(bot.channel)
    with in_scope(bot):
        assert Lead.objects.count() == 1
        figures = ledger(channel=bot.channel)
        assert (figures.leads, figures.duplicates, figures.received) == (1, 2, 3)
        assert EventItem.objects.filter(outcome="duplicate", lead=Lead.objects.get()).count() == 2


def test_same_key_twice_in_one_delivery_is_a_duplicate_also_after_retries(
    parsed: Callable[..., None], form: CreatedChannel
) -> None:
    flaky = inquiry("c", files=(File("x", data=None, ref="r"),))
    parsed([inquiry("a"), inquiry("a"), flaky])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("channels.journal.files.attach", _fail_for_files)
        work(form.channel)
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=1)):
        work(form.channel)
    with in_scope(form):
        found = Counter(EventItem.objects.values_list("key", "outcome"))
    assert found == {("a", "lead"): 1, ("a", "duplicate"): 1, ("c", "joined"): 1}


def _fail_for_files(files: Any, **kwargs: Any) -> None:
    if files:
        raise RuntimeError("no room")


def test_unparseable_event_is_a_dead_letter_at_once(
    parsed: Callable[..., None], form: CreatedChannel
) -> None:
    parsed(Unparseable("The body is no form."), [inquiry("b")])
    work(form.channel)
    with in_scope(form):
        dead = Event.objects.dead().get()
        assert (dead.error, dead.attempt_count) == ("The body is no form.", 1)
        assert ledger() == type(ledger())(leads=1, failed=1)


def test_repeated_dead_letter_is_a_duplicate(bot: CreatedChannel) -> None:
    for body in (b"no json", b"no json", b"other"):
        post_update(bot, body)
        work(bot.channel)
    with in_scope(bot):
        assert ledger() == type(ledger())(failed=2, duplicates=1)
        assert Event.objects.dead().count() == 2


def test_poison_is_tried_five_times_and_stops_nobody(
    parsed: Callable[..., None], form: CreatedChannel
) -> None:
    parsed(ValueError("poison"), [inquiry("after")])
    assert work(form.channel) == 2
    assert outcomes(form) == {"after": "lead"}
    now = timezone.now()
    for _turn in range(10):
        now += dt.timedelta(hours=1)
        with time_machine.travel(now):
            work(form.channel)
    with in_scope(form):
        dead = Event.objects.dead().get()
        assert (dead.attempt_count, dead.error) == (5, "ValueError: poison")
        assert ledger().failed == 1


def test_poison_waits_before_each_try(parsed: Callable[..., None], form: CreatedChannel) -> None:
    parsed(ValueError("poison"))
    assert [work(form.channel), work(form.channel)] == [1, 0]
    with in_scope(form):
        assert Event.objects.get().next_try_at > timezone.now()


def test_bad_item_fails_alone(
    parsed: Callable[..., None], form: CreatedChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed([inquiry("a"), inquiry("bad", occurred_at=None), inquiry("c")])
    work(form.channel)
    assert outcomes(form) == {"a": "lead", "bad": "pending", "c": "joined"}
    now = timezone.now()
    for hour in range(1, 8):
        with time_machine.travel(now + dt.timedelta(hours=hour)):
            work(form.channel)
    assert outcomes(form) == {"a": "lead", "bad": "failed", "c": "joined"}
    with in_scope(form):
        assert Event.objects.get().state == "dead"
        assert Lead.objects.count() == 1
        assert Activity.objects.filter(kind="request").count() == 2


def test_event_that_kills_its_worker_runs_out_of_tries(
    parsed: Callable[..., None], form: CreatedChannel
) -> None:
    class Killed(BaseException):
        """The process is gone: nothing after this runs."""

    def die() -> None:
        raise Killed

    parsed(die, [inquiry("innocent")])
    now = timezone.now()
    for turn in range(1, 6):
        with time_machine.travel(now + turn * dt.timedelta(minutes=1)), pytest.raises(Killed):
            work(form.channel)
    with time_machine.travel(now + dt.timedelta(minutes=10)):
        work(form.channel)
    assert set(outcomes(form).values()) == {"failed", "lead"}
    with in_scope(form):
        assert Event.objects.dead().get().error


def test_journal_keeps_the_order_of_arrival(parsed: Callable[..., None], form: CreatedChannel) -> None:
    parsed(*([inquiry(f"k{n}")] for n in range(5)))
    work(form.channel)
    assert list(outcomes(form)) == [f"k{n}" for n in range(5)]


def test_channel_that_a_worker_holds_is_left_alone(form: CreatedChannel) -> None:
    post_form(form)
    now = timezone.now()
    with in_scope(form):
        Channel.objects.update(drained_by=form.channel.pk, drained_until=now + dt.timedelta(seconds=8))
    assert drain_channel(form.channel.tenant_id, form.channel.pk) == 0
    with time_machine.travel(now + dt.timedelta(seconds=9)):
        assert work(form.channel) == 1
    with in_scope(form):
        assert Channel.objects.get().drained_by is None


def test_drain_claims_no_more_when_its_time_is_over(
    form: CreatedChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.journal.work.AHEAD", 2)
    for n in range(5):
        post_form(form, f"phone=8916000000{n}".encode())
    moments = iter([0.0, 0.0, *[10.0] * 50])  # over once the first two are claimed
    with monkeypatch.context() as patch:
        patch.setattr(journal_work, "time", SimpleNamespace(monotonic=lambda: next(moments)))
        assert drain(form.channel.tenant_id, until=5.0) == 2
    assert drain(form.channel.tenant_id) == 3


def test_task_whose_time_is_over_rings_for_the_rest(
    form: CreatedChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[str] = []
    monkeypatch.setattr("channels.bell.send", lambda task, **about: rung.append(task))
    post_form(form)
    tasks.process_inbox(tenant_id=form.channel.tenant_id)
    assert rung == []
    monkeypatch.setattr(tasks, "DRAIN_S", -1.0)
    tasks.process_inbox(tenant_id=form.channel.tenant_id)
    assert rung == ["process_inbox"]


def test_drain_stops_at_its_limit(form: CreatedChannel) -> None:
    for n in range(4):
        post_form(form, f"phone=8916000000{n}".encode())
    assert journal_work.drain(form.channel.tenant_id, limit=3) == 3
    assert journal_work.drain(form.channel.tenant_id, limit=3) == 1


def test_ignored_items_keep_their_reason(parsed: Callable[..., None], form: CreatedChannel) -> None:
    parsed([Ignored("a", "A service message.")], [])
    work(form.channel)
    with in_scope(form):
        assert EventItem.objects.get(key="a").reason == "A service message."
        assert ledger() == type(ledger())(ignored=2)


def test_replay_runs_a_dead_letter_once_more(parsed: Callable[..., None], form: CreatedChannel) -> None:
    content: list[Any] = [Unparseable("broken")]

    def answer() -> Any:
        if isinstance(content[0], Exception):
            raise content[0]
        return content[0]

    parsed(answer)
    work(form.channel)
    content[0] = [inquiry("mended")]
    with in_scope(form):
        assert replay(now=timezone.now()) == 1
        assert replay(now=timezone.now()) == 0
    work(form.channel)
    assert outcomes(form) == {"mended": "lead"}
    with in_scope(form):
        assert Event.objects.get().error == ""


def test_replay_of_what_was_processed_changes_nothing(bot: CreatedChannel) -> None:
    post_update(bot, telegram_message(1))
    post_update(bot, telegram_message(1))
    work(bot.channel)
    with in_scope(bot):
        before = ledger()
        replay(event_ids=list(Event.objects.values_list("pk", flat=True)), now=timezone.now())
    work(bot.channel)
    with in_scope(bot):
        assert (ledger(), Lead.objects.count(), Message.objects.count()) == (before, 1, 1)


def test_files_are_stored_or_waited_for(parsed: Callable[..., None], form: CreatedChannel) -> None:
    stored, referred = (
        File("plan.txt", "text/plain", data=b"plan"),
        File("photo.jpg", "image/jpeg", ref="abc"),
    )
    parsed([inquiry("a", files=(stored, referred))])
    work(form.channel)
    with in_scope(form):
        states = dict(Attachment.objects.values_list("name", "state"))
        assert states == {"plan.txt": "stored", "photo.jpg": "waiting"}
        assert FileFetch.objects.get().ref == "ref:abc"


def test_file_that_is_too_large_is_named_with_the_reason(
    parsed: Callable[..., None], form: CreatedChannel, settings: Any
) -> None:
    settings.ATTACHMENT_MAX_BYTES = 3
    parsed([inquiry("a", files=(File("big.bin", data=b"1234"),))])
    work(form.channel)
    with in_scope(form):
        kept = Attachment.objects.get()
        assert (kept.state, bool(kept.error), kept.name) == ("failed", True, "big.bin")
    assert outcomes(form) == {"a": "lead"}


def test_recording_of_a_call_is_fetched_once(
    make_channel: Callable[..., CreatedChannel], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_channel("mango")
    update = CallUpdate(
        "k1", NOW, "call-1", "in", phone="+79161234567", state="finished", result="answered", talk_s=60
    )
    told = CallUpdate("k2", NOW, "call-1", "", recording_ref="rec-1")
    monkeypatch.setattr(type(ADAPTERS["mango"]), "verify", lambda *args: None)
    monkeypatch.setattr(
        type(ADAPTERS["mango"]),
        "parse",
        lambda *args: [update, told, CallUpdate("k3", NOW, "call-1", "", recording_ref="rec-1")],
    )
    assert post_form(made, b"x").status_code == 200
    work(made.channel)
    with in_scope(made):
        assert Attachment.objects.get().content_id == "recording"
        assert FileFetch.objects.get().ref == "ref:rec-1"
    assert outcomes(made) == {"k1": "lead", "k2": "joined", "k3": "joined"}


# --- Messages that change, and what comes too early ----------------------------------------------------
def edited(update_id: int, message_id: int, text: str, at: int) -> dict[str, Any]:
    update = telegram_message(message_id, text=text)
    content = update["message"] | {"edit_date": 1_760_000_000 + at}
    return {"update_id": update_id, "edited_message": content}


def deliver_all(bot: CreatedChannel, updates: list[dict[str, Any]]) -> None:
    for update in updates:
        post_update(bot, update)
        work(bot.channel)


def state_of(bot: CreatedChannel) -> Any:
    with in_scope(bot):
        entry = Message.objects.select_related("activity").get()
        figures = ledger(channel=bot.channel)
        return (
            entry.activity.text,
            entry.edited_at,
            figures.leads,
            figures.joined,
            figures.pending,
            figures.ignored,
        )


@pytest.mark.parametrize("order", ["012", "021", "102", "120", "201", "210"])
def test_edits_give_the_same_message_in_any_order(bot: CreatedChannel, order: str) -> None:
    updates = [telegram_message(1, text="first"), edited(2, 1, "second", 10), edited(3, 1, "third", 20)]
    deliver_all(bot, [updates[int(index)] for index in order])
    text, edited_at, *counts = state_of(bot)
    assert (text, edited_at.timestamp()) == ("third", 1_760_000_020)
    assert counts == [1, 2, 0, 0]


def test_edit_of_an_unknown_message_is_ignored_not_pending(bot: CreatedChannel) -> None:
    post_update(bot, edited(2, 1, "second", 10))
    work(bot.channel)
    with in_scope(bot):
        figures = ledger()
        assert (figures.ignored, figures.pending, Event.objects.get().state) == (1, 0, "processed")


def test_edit_that_comes_before_its_message_in_one_delivery_is_applied(
    bot: CreatedChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = inquiry("m", external_id="1", thread_key="500", text="first", sort="message")
    edit = MessageEdit("e", NOW + dt.timedelta(minutes=1), "500", "1", text="second")
    monkeypatch.setattr(type(ADAPTERS["telegram"]), "parse", lambda *args: [edit, message])
    deliver_all(bot, [{"update_id": 1}])
    work(bot.channel)
    assert outcomes(bot) == {"e": "joined", "m": "lead"}
    with in_scope(bot):
        assert Message.objects.get().activity.text == "second"
        assert Event.objects.get().state == "processed"


def test_item_whose_row_cannot_be_written_leaves_no_lead(
    parsed: Callable[..., None], form: CreatedChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it led to and what is written down of it stand or fall together."""
    original = EventItem.save

    def save(self: EventItem, *args: Any, **kwargs: Any) -> None:
        if self.outcome == "lead":
            raise RuntimeError("no room")
        original(self, *args, **kwargs)

    parsed([inquiry("a")])
    with monkeypatch.context() as patch:
        patch.setattr(EventItem, "save", save)
        work(form.channel)
    assert outcomes(form) == {"a": "pending"}
    with in_scope(form):
        assert Lead.objects.count() == 0
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=1)):
        work(form.channel)
    assert outcomes(form) == {"a": "lead"}


def test_key_that_came_from_elsewhere_meanwhile_is_a_duplicate(
    parsed: Callable[..., None], form: CreatedChannel
) -> None:
    """Nobody else works on the channel; should it happen all the same, the first one stands."""
    parsed([inquiry("a")], lambda: [*first_again(), inquiry("b")])

    def first_again() -> list[Any]:
        return [inquiry("a", text="again")]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("channels.journal.rows.Rows.__init__", _knows_nothing)
        work(form.channel)
    with in_scope(form):
        found = Counter(EventItem.objects.values_list("key", "outcome"))
        assert found == {("a", "lead"): 1, ("a", "duplicate"): 1, ("b", "joined"): 1}
        assert Activity.objects.filter(kind="request").count() == 2


def _knows_nothing(self: Any, event: Event, keys: Any) -> None:
    self._event, self._known, self._taken = event, {}, set()


def test_edit_keeps_the_earlier_text(bot: CreatedChannel) -> None:
    deliver_all(bot, [telegram_message(1, text="5 pieces"), edited(2, 1, "50 pieces", 10)])
    with in_scope(bot):
        assert Message.objects.get().activity.data["earlier_texts"] == ["5 pieces"]


def test_deleted_message_keeps_its_text(
    parsed: Callable[..., None], bot: CreatedChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit = MessageEdit("del", NOW, "500", "1", is_deleted=True)
    deliver_all(bot, [telegram_message(1, text="secret wish")])
    monkeypatch.setattr(type(ADAPTERS["telegram"]), "parse", lambda *args: [edit])
    deliver_all(bot, [{"update_id": 2}])
    with in_scope(bot):
        message = Message.objects.get()
        assert (message.is_deleted, message.activity.text) == (True, "secret wish")


def test_statuses_only_move_forward(bot: CreatedChannel, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver_all(bot, [telegram_message(1)])
    with in_scope(bot):
        Message.objects.update(state="sent")
    for number, state in enumerate(["read", "delivered", "sent"]):
        monkeypatch.setattr(
            type(ADAPTERS["telegram"]),
            "parse",
            lambda *a, n=number, s=state: [DeliveryStatus(f"s{n}", NOW, "1", s)],
        )
        deliver_all(bot, [{"update_id": 10 + number}])
    with in_scope(bot):
        assert Message.objects.get().state == "read"


# --- Own and automatic messages ------------------------------------------------------------------------
def test_own_message_is_written_down_and_makes_no_lead(
    bot: CreatedChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = Inquiry(
        "own",
        NOW,
        Person(messenger_id="500"),
        text="We call you",
        thread_key="500",
        external_id="9",
        is_own=True,
    )
    monkeypatch.setattr(type(ADAPTERS["telegram"]), "parse", lambda *args: [own])
    deliver_all(bot, [{"update_id": 1}])
    with in_scope(bot):
        assert Lead.objects.count() == 0
        assert Message.objects.get().activity.direction == "out"


def test_channel_that_is_no_lead_source_only_stores(bot: CreatedChannel) -> None:
    with in_scope(bot):
        Channel.objects.update(is_lead_source=False)
    deliver_all(bot, [telegram_message(1)])
    with in_scope(bot):
        assert Lead.objects.count() == 0
        assert Message.objects.count() == 1
        assert ledger().ignored == 1


def test_raw_bodies_are_parsed_as_they_came(bot: CreatedChannel) -> None:
    post_update(bot, json.dumps(telegram_message(1, text="NUL \x00 here")).encode())
    work(bot.channel)
    with in_scope(bot):
        assert Message.objects.get().activity.text == "NUL  here"


def test_event_with_a_failed_item_stays_dead_when_another_is_done(form: CreatedChannel) -> None:
    post_form(form)
    with tenant_scope(form.channel.tenant_id):
        event = Event.objects.get()
        EventItem.objects.create(
            event=event, channel=form.channel, key="given up", outcome="failed", reason="poison"
        )
    work(form.channel)
    with tenant_scope(form.channel.tenant_id):
        event = Event.objects.get()
        assert (event.state, event.error) == ("dead", "poison")
        assert event.items.filter(outcome="lead").count() == 1
