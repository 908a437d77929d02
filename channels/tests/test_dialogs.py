"""How dialogs stand as messages come and go, and what may be decided about them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from activities.models import Activity, Call, Notification
from channels import bell, tasks
from channels.dialogs import progress
from channels.dialogs.refill import refill_dialogs
from channels.dialogs.starters import create_starter_outcomes
from channels.journal.items import handle
from channels.models import Channel, Dialog, DialogOutcome, Message
from channels.services import (
    CreatedChannel,
    DialogClosed,
    DialogTaken,
    NotAcceptedYet,
    WrongOutcome,
    assign_dialog,
    close_dialog,
    read_dialog,
    reopen_dialog,
    send_reply,
    take_dialog,
    undo_decision,
)
from channels.services.dialogs import Done
from channels.tests.conftest import post_update, telegram_message, work
from conftest import make_member
from contacts.identity import Key
from contacts.services import add_key
from core.tenancy import tenant_scope
from core.tests.filling import fill
from deals.models import Pipeline, RejectionReason
from deals.setup import create_starter_pipeline, create_starter_reasons
from leads.errors import CannotUndo, LeadTakenByOther, NotAllowed, ReasonRequired
from leads.inquiry import CallUpdate
from leads.models import Lead
from leads.services import DealPlan, assign_lead, convert_lead, exclude
from tenants.models import Membership, Role

pytestmark = pytest.mark.django_db
Effect = DialogOutcome.Effect


@pytest.fixture(autouse=True)
def silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bell, "ring", lambda tenant_id: None)


@pytest.fixture
def hear(bot: CreatedChannel) -> Callable[..., Dialog]:
    """Return a function that brings the next message of Anna's chat and gives its dialog."""
    numbers = iter(range(1, 100))

    def message(text: str = "Hello", **fields: Any) -> Dialog:
        number = next(numbers)
        at = int((timezone.now() - dt.timedelta(minutes=100 - number)).timestamp())
        post_update(bot, telegram_message(number, text=text, date=at, **fields))
        work(bot.channel)
        with tenant_scope(bot.channel.tenant_id):
            return Dialog.objects.get()

    return message


def fresh(dialog: Dialog) -> Dialog:
    found: Dialog = Dialog.objects.select_related(
        "lead__taken_by", "lead__responsible", "lead__deal__owner", "assignee", "channel", "contact"
    ).get(pk=dialog.pk)
    return found


def outcome(effect: str, **fields: Any) -> DialogOutcome:
    made: DialogOutcome = DialogOutcome.objects.create(name=f"Outcome {effect}", effect=effect, **fields)
    return made


def undo(done: Done, by: Membership) -> Dialog:
    kept = {
        "dialog": done.dialog,
        "version": done.dialog.version,
        "before": done.before,
        "action": done.action,
    }
    return undo_decision(**kept, by=by, now=timezone.now())


# --- How it stands -----------------------------------------------------------------------------------
def test_a_message_waits_for_an_answer_and_belongs_to_its_lead(hear, tenant):
    dialog = hear("How much is it?")
    with tenant_scope(tenant):
        assert (dialog.preview, dialog.last_direction, dialog.unread_count) == ("How much is it?", "in", 1)
        assert dialog.waiting_since == Activity.objects.get(kind="message").occurred_at
        assert dialog.lead == Lead.objects.get()
        assert dialog.closed_at is None


def test_a_second_message_leaves_the_beginning_of_the_wait(hear, tenant):
    since = hear("One").waiting_since
    dialog = hear("Two")
    with tenant_scope(tenant):
        assert (dialog.waiting_since, dialog.unread_count, dialog.preview) == (since, 2, "Two")


def test_an_answer_ends_the_wait(hear, tenant, admin):
    dialog = hear()
    with tenant_scope(tenant):
        send_reply(dialog=fresh(dialog), by=admin, text="Good day", now=timezone.now())
        now = fresh(dialog)
        assert (now.waiting_since, now.unread_count, now.preview, now.last_direction) == (
            None,
            0,
            "Good day",
            "out",
        )


def ring(line: Channel, after: dt.timedelta, **fields: Any) -> None:
    """Let Anna's phone be talked with, and do what that asks of the workers."""
    at = timezone.now() + after
    facts = {
        "state": "finished",
        "result": "answered",
        "talk_s": 60,
        "started_at": at,
        "answered_at": at,
    } | fields
    facts = {"direction": "out", "phone": "+79160000001", "line": "+74951204011"} | facts
    update = CallUpdate(f"{at}", at, f"call {at}", **facts)
    with tenant_scope(line.tenant_id):
        handle(update, channel=line, received_at=at, now=at)
        called = Call.objects.latest("started_at")
    tasks.note_talk(tenant_id=line.tenant_id, call_id=str(called.pk))


@pytest.fixture
def annas_phone(hear, tenant, admin) -> Dialog:
    dialog: Dialog = hear()
    with tenant_scope(tenant):
        add_key(contact=dialog.contact, key=Key("phone", "+79160000001"), by=admin, now=timezone.now())
    return dialog


def test_a_talk_by_phone_ends_the_wait_and_a_missed_call_does_not(annas_phone, make_channel, tenant):
    line = make_channel("mango").channel
    ring(line, dt.timedelta(minutes=1), result="missed", answered_at=None, talk_s=0)
    with tenant_scope(tenant):
        assert fresh(annas_phone).waiting_since is not None
    ring(line, dt.timedelta(minutes=2))
    with tenant_scope(tenant):
        now = fresh(annas_phone)
        assert (now.waiting_since, now.unread_count) == (None, 1)  # nobody has read it, though
        progress.recount(now)
        assert fresh(now).waiting_since is None
        assert now.open_lead.waiting_since is None


def test_a_talk_before_the_message_answers_nothing(annas_phone, make_channel, tenant):
    ring(make_channel("mango").channel, -dt.timedelta(hours=3))
    with tenant_scope(tenant):
        assert fresh(annas_phone).waiting_since is not None


def test_a_talk_about_one_inquiry_leaves_another_open_one_waiting(annas_phone, make_channel, tenant):
    line = make_channel("mango").channel
    with tenant_scope(tenant):
        other = fill(
            Dialog,
            channel=annas_phone.channel,
            contact=annas_phone.contact,
            lead=fill(Lead, state="new", number=900),
        )
        free = fill(Dialog, channel=annas_phone.channel, contact=annas_phone.contact)
        since = timezone.now()
        Dialog.objects.filter(pk__in=[other.pk, free.pk]).update(waiting_since=since)
    ring(line, dt.timedelta(minutes=2))
    with tenant_scope(tenant):
        assert fresh(other).waiting_since == since
        assert fresh(free).waiting_since is None


def test_an_answer_that_failed_lets_the_client_wait_again(hear, tenant, admin):
    dialog = hear()
    with tenant_scope(tenant):
        message = send_reply(dialog=fresh(dialog), by=admin, text="Good day", now=timezone.now())
        Message.objects.filter(pk=message.pk).update(state=Message.State.FAILED)
        progress.recount(dialog)
        assert fresh(dialog).waiting_since == dialog.waiting_since


def test_who_is_excluded_begins_no_open_dialog(hear, tenant, admin):
    with tenant_scope(tenant):
        exclude(key=Key("telegram", "500"), by=admin, now=timezone.now())
    dialog = hear("Buy followers")
    with tenant_scope(tenant):
        assert dialog.closed_at is not None
        assert (dialog.unread_count, dialog.waiting_since) == (0, None)
        assert not Lead.objects.exists()


def test_a_mailbox_that_is_no_source_of_leads_has_dialogs_all_the_same(make_channel, tenant):
    made = make_channel("telegram", is_lead_source=False)
    post_update(made, telegram_message(1))
    work(made.channel)
    with tenant_scope(tenant):
        dialog = Dialog.objects.get()
        assert (dialog.lead, dialog.unread_count, dialog.closed_at) == (None, 1, None)


def test_an_edit_of_the_search_text_finds_what_was_said_and_who_said_it(hear, tenant):
    hear("Нужен ёлочный станок")
    with tenant_scope(tenant):
        assert Dialog.objects.search("елочный").count() == 1
        assert Dialog.objects.search("Anna").count() == 1
        assert Dialog.objects.search("токарный").count() == 0


def test_the_end_of_a_phone_finds_the_dialog(hear, tenant, other_tenant):
    dialog = hear()
    with tenant_scope(tenant):
        add_key(contact=dialog.contact, key=Key("phone", "+79162041877"), by=None, now=timezone.now())
        assert Dialog.objects.search("18-77").count() == 1
    with tenant_scope(other_tenant):
        assert Dialog.objects.search("Anna").count() == 0


def test_refilling_gives_what_was_noted_message_by_message(hear, tenant, admin):
    dialog = hear("First line\nsecond")
    with tenant_scope(tenant):
        noted = fresh(dialog)
        Dialog.objects.update(
            last_direction="", preview="", lead=None, waiting_since=None, unread_count=0, search_text=""
        )
        assert refill_dialogs(now=timezone.now()) == 1
        filled = fresh(dialog)
        for name in ("preview", "last_direction", "lead_id", "waiting_since", "unread_count", "closed_at"):
            assert getattr(filled, name) == getattr(noted, name), name
        assert filled.search_text == noted.search_text


# --- Who has it --------------------------------------------------------------------------------------
def test_taking_a_dialog_takes_its_open_lead(hear, tenant, alice):
    dialog = hear()
    with tenant_scope(tenant):
        assign_lead(lead=dialog.lead, role=alice.role, by=None, now=timezone.now())
        take_dialog(dialog=dialog, by=alice, now=timezone.now())
        now = fresh(dialog)
        assert (now.lead.taken_by, now.holder, now.assignee) == (alice, alice, None)


def test_the_second_to_take_it_hears_who_was_first(hear, tenant, alice, bob):
    dialog = hear()
    with tenant_scope(tenant):
        assign_lead(lead=dialog.lead, role=alice.role, by=None, now=timezone.now())
        take_dialog(dialog=dialog, by=alice, now=timezone.now())
        with pytest.raises(LeadTakenByOther, match="Alice"):
            take_dialog(dialog=dialog, by=bob, now=timezone.now())


def test_without_a_lead_the_dialog_has_an_assignee_of_its_own(make_channel, tenant, admin, alice):
    made = make_channel("telegram", is_lead_source=False)
    post_update(made, telegram_message(1))
    work(made.channel)
    with tenant_scope(tenant):
        dialog = Dialog.objects.get()
        take_dialog(dialog=dialog, by=admin, now=timezone.now())
        assert fresh(dialog).holder == admin
        done = assign_dialog(dialog=dialog, member=alice, by=admin, now=timezone.now())
        assert fresh(dialog).holder == alice
        assert Notification.objects.filter(member=alice, code="dialog_assigned").exists()
        with pytest.raises(DialogTaken, match="Alice"):
            take_dialog(dialog=dialog, by=admin, now=timezone.now())
        undo(done, admin)
        assert fresh(dialog).holder == admin


def test_a_manager_sees_what_is_theirs_and_the_head_what_the_department_has(hear, tenant, alice, bob, head):
    dialog = hear()
    with tenant_scope(tenant):
        dispatcher = make_member(tenant, "Dora", Role.Code.DISPATCHER)
        assign_lead(lead=dialog.lead, member=bob, by=None, now=timezone.now())
        seen = {m.name: Dialog.objects.visible_to(m).exists() for m in (alice, bob, head, dispatcher)}
        assert seen == {"Alice": False, "Bob": True, "Helen": True, "Dora": True}
        with pytest.raises(NotAllowed):
            close_dialog(dialog=dialog, outcome=None, by=alice, now=timezone.now())


def test_holder_in_the_database_is_the_holder_in_python(hear, tenant, alice, bob):
    dialog = hear()
    with tenant_scope(tenant):

        def both() -> tuple[Any, Any]:
            row = Dialog.objects.with_holder().get(pk=dialog.pk)
            return row.holder_pk, fresh(dialog).holder

        assert both() == (None, None)
        assign_lead(lead=dialog.lead, member=bob, by=None, now=timezone.now())
        assert both() == (bob.pk, bob)
        create_starter_pipeline()
        convert_lead(lead=dialog.lead, by=bob, now=timezone.now(), plan=DealPlan(_pipeline()), owner=alice)
        assert both() == (alice.pk, alice)
        Dialog.objects.update(assignee=bob)
        assert both() == (bob.pk, bob)


def _pipeline() -> Any:
    return Pipeline.objects.first()


# --- Closing -----------------------------------------------------------------------------------------
def test_closing_as_answered_keeps_the_lead_where_nobody_waits(hear, tenant, admin):
    dialog = hear()
    with tenant_scope(tenant):
        close_dialog(dialog=dialog, outcome=outcome(Effect.KEEP), by=admin, now=timezone.now())
        now = fresh(dialog)
        assert now.closed_at and now.closed_by == admin and now.outcome.effect == Effect.KEEP
        assert (now.waiting_since, now.unread_count) == (None, 0)
        lead = Lead.objects.get()
        assert (lead.is_open, lead.waiting_since, lead.first_response_at) == (True, None, None)
        assert Activity.objects.filter(kind="change", data__code="dialog_closed", lead=lead).count() == 1


def test_the_clients_next_word_opens_the_dialog_and_joins_the_lead_that_stayed(hear, tenant, admin):
    dialog = hear()
    with tenant_scope(tenant):
        close_dialog(dialog=dialog, outcome=outcome(Effect.KEEP), by=admin, now=timezone.now())
    again = hear("And the price?")
    with tenant_scope(tenant):
        assert (again.closed_at, again.outcome, again.unread_count) == (None, None, 1)
        assert Lead.objects.count() == 1
        assert Lead.objects.get().waiting_since is not None


def test_after_a_rejecting_outcome_the_next_word_is_a_new_lead(hear, tenant, admin):
    dialog = hear()
    with tenant_scope(tenant):
        create_starter_reasons()
        spam = RejectionReason.objects.get(is_non_targeted=True, name="Спам")
        close_dialog(dialog=dialog, outcome=outcome(Effect.REJECT, reason=spam), by=admin, now=timezone.now())
        old = Lead.objects.get()
        assert (old.state, old.rejection_reason) == (Lead.State.REJECTED, spam)
    again = hear("Really, the price?")
    with tenant_scope(tenant):
        assert Lead.objects.count() == 2
        assert again.lead_id != old.pk


def test_a_mandatory_reason_is_asked_for_and_nothing_is_closed(make_channel, tenant, admin):
    made = make_channel("telegram", is_reason_required=True)
    post_update(made, telegram_message(1))
    work(made.channel)
    with tenant_scope(tenant):
        dialog, rejecting = Dialog.objects.get(), outcome(Effect.REJECT)
        with pytest.raises(ReasonRequired):
            close_dialog(dialog=dialog, outcome=rejecting, by=admin, now=timezone.now())
        assert fresh(dialog).closed_at is None
        create_starter_reasons()
        reason = RejectionReason.objects.filter(is_for_leads=True).first()
        close_dialog(dialog=dialog, outcome=rejecting, reason=reason, by=admin, now=timezone.now())
        assert Lead.objects.get().rejection_reason == reason


def test_moved_to_a_deal_wants_the_lead_accepted_first(hear, tenant, admin):
    dialog = hear()
    with tenant_scope(tenant):
        moved = outcome(Effect.ACCEPT)
        with pytest.raises(NotAcceptedYet):
            close_dialog(dialog=dialog, outcome=moved, by=admin, now=timezone.now())
        create_starter_pipeline()
        convert_lead(lead=dialog.lead, by=admin, now=timezone.now(), plan=DealPlan(_pipeline()), owner=admin)
        close_dialog(dialog=dialog, outcome=moved, by=admin, now=timezone.now())
        assert fresh(dialog).closed_at is not None


def test_closing_needs_an_outcome_in_use_where_there_are_any(hear, tenant, admin):
    dialog = hear()
    with tenant_scope(tenant):
        archived = outcome(Effect.KEEP, is_archived=True)
        with pytest.raises(WrongOutcome):
            close_dialog(dialog=dialog, outcome=archived, by=admin, now=timezone.now())
        close_dialog(dialog=dialog, outcome=None, by=admin, now=timezone.now())  # none is offered
        reopen_dialog(dialog=dialog, by=admin, now=timezone.now())
        DialogOutcome.objects.create(name="Answered")
        with pytest.raises(WrongOutcome):
            close_dialog(dialog=dialog, outcome=None, by=admin, now=timezone.now())


def test_a_second_close_hears_who_was_first(hear, tenant, admin):
    dialog = hear()
    with tenant_scope(tenant):
        close_dialog(dialog=dialog, outcome=None, by=admin, now=timezone.now())
        with pytest.raises(DialogClosed, match="Ada"):
            close_dialog(dialog=dialog, outcome=None, by=admin, now=timezone.now())


@pytest.mark.parametrize("effect", [Effect.KEEP, Effect.REJECT])
def test_closing_can_be_taken_back_once(hear, tenant, admin, effect):
    dialog = hear()
    with tenant_scope(tenant):
        read = fresh(dialog)
        done = close_dialog(dialog=dialog, outcome=outcome(effect), by=admin, now=timezone.now())
        undo(done, admin)
        now, lead = fresh(dialog), Lead.objects.get()
        assert (now.closed_at, now.outcome, now.waiting_since) == (None, None, read.waiting_since)
        assert (lead.state, lead.waiting_since) == (Lead.State.NEW, read.waiting_since)
        with pytest.raises(CannotUndo):
            undo(done, admin)


def test_reading_empties_the_unread_mark_and_opens_the_lead(hear, tenant, admin):
    dialog = hear()
    with tenant_scope(tenant):
        read_dialog(dialog=dialog, by=admin, now=timezone.now())
        assert fresh(dialog).unread_count == 0
        assert Lead.objects.get().opened_at is not None


def test_a_new_tenant_starts_with_outcomes_in_its_language(tenant):
    with tenant_scope(tenant):
        create_starter_reasons()
        made = create_starter_outcomes()
        assert [one.name for one in made][:2] == ["Ответили", "Ответ не нужен"]
        assert made[-1].reason.name == "Спам"
        assert create_starter_outcomes() == []
