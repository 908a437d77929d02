"""What a line does about missed calls: the task, the text, and calls nobody told the end of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from activities.models import Activity, Attachment, Call
from activities.services import store_attachment
from channels import bell, outbox, silence, tasks
from channels.adapters.base import SendError
from channels.adapters.mango import MangoAdapter
from channels.journal.items import handle
from channels.missed import is_mobile
from channels.models import Channel, Message, MissedCallPlan
from channels.services import (
    CreatedChannel,
    NoSender,
    retry_message,
    set_missed_call_plan,
    switch_channel,
)
from core.placeholders import UnknownField
from core.tenancy import tenant_scope
from deals.models import Deal
from deals.setup import create_starter_pipeline
from leads.inquiry import CallUpdate
from leads.models import Lead
from leads.services import reject_lead
from tenants.models import Membership, Tenant

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 17, 8, 0, tzinfo=dt.UTC)  # a Tuesday, 11:00 in Moscow
NIGHT = NOW.replace(hour=20)
SECOND = dt.timedelta(seconds=1)
HOUR = dt.timedelta(hours=1)
PHONE, LANDLINE, LINE = "+79160000001", "+74951112233", "+74951204011"
TEXT = "{company}: we missed you. {manager} calls back from {number}."


@pytest.fixture(autouse=True)
def silence_bell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bell, "ring", lambda tenant_id: None)


@pytest.fixture
def clock() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


class Provider:
    """Mango's texts, as the test says."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.errors: list[Exception] = []

    def send(self, *, phone: str, text: str, settings: Any) -> str:
        if self.errors:
            raise self.errors.pop(0)
        self.sent.append((phone, text))
        return f"sms-{len(self.sent)}"


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Provider:
    made = Provider()
    monkeypatch.setattr(MangoAdapter, "send_sms", lambda self, **told: made.send(**told))
    return made


@pytest.fixture
def line(make_channel: Callable[..., CreatedChannel], alice: Membership, admin: Membership) -> Channel:
    made = make_channel("mango", {"sms_extension": "100"}, responsible=alice).channel
    with tenant_scope(made.tenant_id):
        set_missed_call_plan(
            channel=made,
            by=admin,
            callback_within_min=15,
            sms_channel=made,
            sms_text=TEXT,
            sms_text_closed="We are closed.",
            sms_pause_h=24,
        )
    return made


def call(channel: Channel, at: dt.datetime = NOW, call_id: str = "one", **fields: Any) -> None:
    told = {"direction": "in", "phone": PHONE, "line": LINE, "state": "finished", "result": "missed"} | fields
    update = CallUpdate(f"{call_id}:{told['state']}:{at}", at, call_id, started_at=at, **told)
    with tenant_scope(channel.tenant_id):
        handle(update, channel=channel, received_at=at, now=at)


def texts(channel: Channel) -> list[Message]:
    with tenant_scope(channel.tenant_id):
        rows = Message.objects.select_related("activity", "dialog", "missed_call").order_by("id")
        return list(rows)


def leave(channel: Channel) -> None:
    tasks.flush_outbox(tenant_id=channel.tenant_id)


# --- The text -------------------------------------------------------------------------------------------
def test_missed_call_gets_a_task_and_a_text(
    line: Channel, alice: Membership, provider: Provider, clock: Any, tenant: Tenant
) -> None:
    call(line)
    with tenant_scope(tenant):
        task = Activity.objects.planned().get()
        assert (task.owner_id, task.due_at) == (alice.pk, NOW + dt.timedelta(minutes=15))
    (message,) = texts(line)
    assert (message.state, message.is_automatic, message.dialog.recipient) == ("queued", True, PHONE)
    assert message.activity.text == f"{tenant.name}: we missed you. Alice calls back from +7 495 120-40-11."
    leave(line)
    assert provider.sent == []  # half a minute is left to call back
    clock.shift(31)
    leave(line)
    assert provider.sent == [(PHONE, message.activity.text)]
    (message,) = texts(line)
    assert (message.state, message.external_id) == ("sent", "sms-1")
    call(line, state="", recording_ref="rec-1")  # what the lead's calls make of it is computed anew
    with tenant_scope(tenant):  # the text answers nobody
        lead = Lead.objects.get()
        assert lead.waiting_since == NOW and lead.first_response_at is None and lead.is_missed


def test_outside_working_hours_another_text_is_sent(line: Channel, clock: Any) -> None:
    clock.move_to(NIGHT)
    call(line, NIGHT)
    assert [message.activity.text for message in texts(line)] == ["We are closed."]


def test_empty_text_is_none(line: Channel, admin: Membership, clock: Any) -> None:
    with tenant_scope(line.tenant_id):
        set_missed_call_plan(channel=line, by=admin, sms_channel=line, sms_text_closed="Closed")
    call(line)
    assert texts(line) == []
    with tenant_scope(line.tenant_id):
        assert not Activity.objects.planned().exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"phone": LANDLINE},
        {"phone": LINE},  # one of our own lines
        {"phone": ""},
        {"direction": "out"},
        {"result": "answered", "answered_at": NOW, "talk_s": 30},
        {"state": "ringing", "result": ""},
    ],
)
def test_nobody_else_gets_a_text(line: Channel, clock: Any, fields: dict[str, Any]) -> None:
    call(line, **fields)
    assert texts(line) == []


@pytest.mark.parametrize(
    ("phone", "expected"),
    [
        (PHONE, True),
        (LANDLINE, False),
        ("+78001000001", False),
        ("+14155550123", True),
        ("101", False),
        ("", False),
    ],
)
def test_only_mobile_phones_read_texts(phone: str, expected: bool) -> None:
    assert is_mobile(phone) == expected


def test_one_text_a_call_and_one_a_number_within_the_pause(line: Channel, clock: Any) -> None:
    call(line)
    call(line, state="", recording_ref="rec-1")  # one more event of the same call
    call(line)  # told again
    assert len(texts(line)) == 1
    call(line, NOW + HOUR, "two")
    assert len(texts(line)) == 1
    clock.move_to(NOW + 25 * HOUR)
    call(line, NOW + 25 * HOUR, "three")
    assert len(texts(line)) == 2
    assert {message.dialog_id for message in texts(line)} == {texts(line)[0].dialog_id}


def test_client_spoken_to_meanwhile_gets_none(line: Channel, provider: Provider, clock: Any) -> None:
    call(line)
    call(line, NOW + 20 * SECOND, "back", direction="out", result="answered", answered_at=NOW + 25 * SECOND)
    clock.shift(40)
    leave(line)
    (message,) = texts(line)
    assert provider.sent == [] and message.state == "failed" and "успели поговорить" in message.error


def test_what_is_told_late_sends_nothing(line: Channel, clock: Any) -> None:
    clock.move_to(NOW + 2 * HOUR)
    update = CallUpdate("k", NOW, "old", "in", PHONE, LINE, state="finished", result="missed", started_at=NOW)
    with tenant_scope(line.tenant_id):
        handle(update, channel=line, received_at=NOW, now=NOW + 2 * HOUR)
        assert not Message.objects.exists() and not Activity.objects.planned().exists()


def test_switched_off_sender_and_closed_lead_send_nothing(
    line: Channel, admin: Membership, clock: Any
) -> None:
    with tenant_scope(line.tenant_id):
        switch_channel(channel=line, is_active=False, by=admin, now=NOW)
    call(line)
    assert texts(line) == []
    with tenant_scope(line.tenant_id):
        switch_channel(channel=line, is_active=True, by=admin, now=NOW)
        reject_lead(lead=Lead.objects.get(), by=admin, now=NOW)
    call(line, state="", recording_ref="rec-1")
    assert texts(line) == []


def test_inquiry_that_became_a_deal_at_once_is_followed_up_too(
    line: Channel, admin: Membership, clock: Any, tenant: Tenant
) -> None:
    with tenant_scope(tenant):
        Channel.objects.filter(pk=line.pk).update(pipeline=create_starter_pipeline(name="Sales"))
        channel = Channel.objects.get(pk=line.pk)
    call(channel)
    with tenant_scope(tenant):
        deal = Deal.objects.get()
        assert Activity.objects.planned().get().deal_id == deal.pk
    assert len(texts(line)) == 1


def test_switched_off_sender_keeps_its_texts(line: Channel, admin: Membership, client_of: Any) -> None:
    with tenant_scope(line.tenant_id):
        switch_channel(channel=line, is_active=False, by=admin, now=NOW)
    page = client_of(admin).get(reverse("channels:missed_calls", args=[line.pk])).content.decode()
    assert 'name="sms_text"' in page and f'value="{line.pk}" selected' in page


# --- How it leaves --------------------------------------------------------------------------------------
def test_refusal_that_passes_is_tried_again_when_the_provider_says(
    line: Channel, provider: Provider, clock: Any
) -> None:
    call(line)
    clock.shift(31)
    provider.errors = [SendError("busy", is_permanent=False, retry_after_s=120)]
    leave(line)
    (message,) = texts(line)
    assert message.state == "queued" and message.error == "busy"
    assert message.next_try_at is not None and message.next_try_at >= NOW + 151 * SECOND
    clock.shift(100)
    leave(line)
    assert provider.sent == []
    clock.shift(60)
    leave(line)
    assert len(provider.sent) == 1


def test_permanent_refusal_is_shown_and_can_be_tried_again(
    line: Channel, provider: Provider, clock: Any, alice: Membership, client_of: Any
) -> None:
    call(line)
    clock.shift(31)
    provider.errors = [SendError("no money left", is_permanent=True)]
    leave(line)
    with tenant_scope(line.tenant_id):
        lead = Lead.objects.get()
    page = client_of(alice).get(reverse("activities:timeline"), {"lead": lead.pk}).content.decode()
    assert "no money left" in page and "автоматически" in page
    (message,) = texts(line)
    with tenant_scope(line.tenant_id):
        retry_message(message=message, by=alice, now=NOW + 40 * SECOND)
    clock.shift(20)
    leave(line)
    assert len(provider.sent) == 1


def test_uncertain_text_is_not_repeated_by_itself(line: Channel, provider: Provider, clock: Any) -> None:
    call(line)
    clock.shift(31)
    provider.errors = [SendError("timeout", is_permanent=False, is_uncertain=True)]
    leave(line)
    (message,) = texts(line)
    assert message.state == "failed"
    assert outbox.due(line.tenant_id) == []


# --- The plan -------------------------------------------------------------------------------------------
def test_plan_refuses_unknown_fields_and_texts_without_a_sender(
    form: CreatedChannel, line: Channel, admin: Membership
) -> None:
    with tenant_scope(line.tenant_id):
        for text in ("Hello {name}", "{company.pk}", "{company:>999}", "{0}"):
            with pytest.raises(UnknownField):
                set_missed_call_plan(channel=line, by=admin, sms_channel=line, sms_text=text)
        for sender in (None, form.channel):
            with pytest.raises(NoSender):
                set_missed_call_plan(channel=line, by=admin, sms_channel=sender, sms_text="Hello")


def test_page_saves_the_plan_and_says_what_is_wrong(line: Channel, admin: Membership, client_of: Any) -> None:
    browser, url = client_of(admin), reverse("channels:missed_calls", args=[line.pk])
    assert TEXT.replace("'", "&#x27;") in browser.get(url).content.decode()
    values = {"callback_within_min": "20", "sms_channel": str(line.pk), "sms_pause_h": "12"}
    wrong = browser.post(url, values | {"sms_text": "Hi {who}"})
    assert wrong.status_code == 422 and 'id="id_sms_text_err"' in wrong.content.decode()
    assert browser.post(url, {"sms_pause_h": "1", "sms_text": "Hi"}).status_code == 422
    assert browser.post(url, values | {"sms_text": "Hi {company}"}).status_code == 302
    with tenant_scope(line.tenant_id):
        plan = MissedCallPlan.objects.get()
        assert (plan.callback_within_min, plan.sms_text, plan.sms_text_closed) == (20, "Hi {company}", "")
    assert "20" in browser.get(reverse("channels:detail", args=[line.pk])).content.decode()


def test_page_without_a_sender_offers_the_task_alone(
    make_channel: Callable[..., CreatedChannel], admin: Membership, client_of: Any
) -> None:
    made = make_channel("beeline").channel
    browser, url = client_of(admin), reverse("channels:missed_calls", args=[made.pk])
    assert 'name="sms_text"' not in browser.get(url).content.decode()
    assert browser.post(url, {"callback_within_min": "20"}).status_code == 302


def test_text_can_be_tried(
    line: Channel, provider: Provider, admin: Membership, alice: Membership, client_of: Any
) -> None:
    url = reverse("channels:try_text", args=[line.pk])
    answer = client_of(admin).post(url, {"phone": "8 916 000-00-01"}, headers={"HX-Request": "true"})
    assert "+7 916 000-00-01" in answer.getvalue().decode()
    assert [phone for phone, _text in provider.sent] == [PHONE]
    provider.errors = [SendError("wrong key", is_permanent=True)]
    refused = client_of(admin).post(url, {"phone": PHONE}, headers={"HX-Request": "true"})
    assert "wrong key" in refused.getvalue().decode()
    assert client_of(admin).post(url, {"phone": "x"}, headers={"HX-Request": "true"}).status_code == 422
    assert client_of(alice).post(url, {"phone": PHONE}).status_code == 403


# --- Calls without an end -------------------------------------------------------------------------------
def leg(channel: Channel, seconds: int, call_id: str = "silent", **fields: Any) -> None:
    at = NOW + seconds * SECOND
    update = CallUpdate(f"{call_id}:{seconds}", at, call_id, "in", PHONE, LINE, leg="a", **fields)
    with tenant_scope(channel.tenant_id):
        handle(update, channel=channel, received_at=at, now=at)


def test_sweeper_ends_a_call_that_fell_silent_and_follows_it_up(line: Channel, clock: Any) -> None:
    leg(line, 0, state="ringing", started_at=NOW)
    leg(line, 30, ended_at=NOW + 30 * SECOND)
    clock.move_to(NOW + 60 * SECOND)
    assert tasks.end_silent_calls() == 0
    clock.move_to(NOW + 200 * SECOND)
    assert tasks.end_silent_calls() == 1 and tasks.end_silent_calls() == 0
    with tenant_scope(line.tenant_id):
        ended = Call.objects.get()
        assert (ended.state, ended.result, ended.duration_s) == ("finished", "missed", 30)
        assert ended.is_end_derived and Activity.objects.planned().count() == 1
    assert len(texts(line)) == 1


def test_trouble_with_one_silent_call_keeps_no_other_going(
    line: Channel, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(2):
        leg(line, number, f"c{number}", state="ringing", started_at=NOW)
    real = silence.end_call
    with tenant_scope(line.tenant_id):
        poisoned = Call.objects.get(external_id="c0").pk

    def careful(call_id: Any, *, now: dt.datetime) -> bool:
        if call_id == poisoned:
            raise RuntimeError("poison")
        return real(call_id, now=now)

    monkeypatch.setattr(silence, "end_call", careful)
    clock.move_to(NOW + HOUR)
    assert tasks.end_silent_calls() == 1


# --- Recordings -----------------------------------------------------------------------------------------
def test_recording_is_downloaded_by_right(
    line: Channel, admin: Membership, alice: Membership, client_of: Any, tenant: Tenant
) -> None:
    call(line, result="answered", answered_at=NOW, talk_s=30)
    with tenant_scope(tenant):
        kept = Call.objects.get()
        store_attachment(
            activity=kept.activity,
            name="r.mp3",
            content_type="audio/mpeg",
            data=b"sound",
            content_id="recording",
        )
        assert Attachment.objects.count() == 1
    url = reverse("channels:recording_file", args=[kept.pk])
    answer = client_of(admin).get(url)
    assert answer.getvalue() == b"sound" and "attachment" in answer["Content-Disposition"]
    tenant.is_export_restricted = True
    tenant.save()
    assert client_of(alice).get(url).status_code == 403
