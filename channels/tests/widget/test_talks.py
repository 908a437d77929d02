"""What happens in a talk: the bot, off-hours words, contacts, the end, the rating and who hears of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail as outgoing
from django.urls import reverse
from django.utils import timezone

from activities.models import Activity, Notification
from channels.models import Dialog, DialogOutcome, Message, Talk
from channels.services import CreatedChannel, close_dialog, update_channel
from channels.silence import end_silent_talks
from channels.tests.widget.conftest import Visitor, answer, in_scope
from channels.typing import typists_at
from channels.widget import guests, talks
from contacts.identity import Key
from contacts.models import Contact
from contacts.services import create_contact
from leads.models import Lead
from leads.services import recount_answers
from tenants.models import Membership, OutgoingLetter

pytestmark = pytest.mark.django_db
SCENARIO = "name: What is your name?\nphone: Your phone?\nchoice: What is it about? = Delivery | Payment"
HOUR = dt.timedelta(hours=1)


def with_bot(made: CreatedChannel, scenario: str = SCENARIO, **settings: object) -> CreatedChannel:
    with in_scope(made):
        update_channel(channel=made.channel, now=timezone.now(), settings={"scenario": scenario, **settings})
    return made


# --- The bot ---------------------------------------------------------------------------------
def test_bot_asks_step_by_step_and_the_lead_learns(chat: CreatedChannel, visitor: Visitor) -> None:
    with_bot(chat)
    visitor.say("Have you any tables?")
    assert visitor.sync()["state"]["bot"] == {"step": 0, "kind": "name", "choices": [], "prompt": ""}
    visitor.say("Anna", step=0)
    visitor.say("8 916 123-45-67", step=1)
    assert visitor.sync()["state"]["bot"]["choices"] == ["Delivery", "Payment"]
    visitor.say("Delivery", step=2)
    assert visitor.sync()["state"]["bot"] is None
    assert visitor.texts == [
        "Have you any tables?",
        "What is your name?",
        "Anna",
        "Your phone?",
        "8 916 123-45-67",
        "What is it about?",
        "Delivery",
        "Спасибо! Коллега ответит вам здесь.",
    ]
    with in_scope(chat):
        lead = Lead.objects.get()
        assert (lead.name, lead.phone) == ("Anna", "+79161234567")
        assert ["What is it about?", "Delivery"] in lead.fields
        assert lead.contact == Dialog.objects.get().contact == Contact.objects.get()
        assert lead.contact.name == "Anna"


def test_bots_words_are_no_answer(chat: CreatedChannel, visitor: Visitor) -> None:
    with_bot(chat)
    visitor.say()
    with in_scope(chat):
        lead = Lead.objects.get()
        assert lead.first_response_at is None
        assert lead.waiting_since is not None
        recount_answers(lead=lead, now=timezone.now())
        lead = Lead.objects.get()
        assert lead.first_response_at is None
        assert lead.waiting_since is not None


def test_bot_asks_once_more_and_then_goes_on(chat: CreatedChannel, visitor: Visitor) -> None:
    with_bot(chat, "phone: Your phone?\ntext: What else?")
    visitor.say()
    visitor.say("why?", step=0)
    visitor.say("no", step=0)
    assert visitor.texts.count("Your phone?") == 2
    assert visitor.sync()["state"]["bot"]["step"] == 1


def test_word_between_is_no_answer_and_asks_nothing_again(chat: CreatedChannel, visitor: Visitor) -> None:
    with_bot(chat)
    visitor.say()
    visitor.say("Are you there?")
    assert visitor.texts.count("What is your name?") == 1
    with in_scope(chat):
        assert Lead.objects.get().name == ""


def test_bot_does_not_ask_what_is_known(chat: CreatedChannel, visitor: Visitor) -> None:
    with_bot(chat)
    visitor.say(contact={"name": "Anna", "phone": "+79161234567"})
    assert visitor.texts[-1] == "What is it about?"


def test_choice_is_offered_before_the_first_word(chat: CreatedChannel, visitor: Visitor) -> None:
    with_bot(chat, "choice: What is it about? = Delivery | Payment\nname: Your name?")
    visitor.start()
    assert visitor.sync()["state"]["bot"] == {
        "step": 0,
        "kind": "choice",
        "choices": ["Delivery", "Payment"],
        "prompt": "What is it about?",
    }
    visitor.say("Payment", step=0)
    assert visitor.texts == ["Payment", "Your name?"]
    passed = Visitor(chat, address="203.0.113.8")
    passed.say("Just a question")
    assert passed.texts == ["Just a question", "Your name?"]


def test_question_is_passed_over_and_a_person_called(chat: CreatedChannel, visitor: Visitor) -> None:
    with_bot(chat)
    visitor.say()
    visitor.act("skip")
    assert visitor.texts[-1] == "Your phone?"
    visitor.act("person")
    assert visitor.texts[-1] == "Зову коллегу. Подождите, пожалуйста."
    visitor.say("Hello?")
    assert visitor.texts[-1] == "Hello?"


def test_bot_is_silent_once_a_person_has_answered(
    chat: CreatedChannel, visitor: Visitor, alice: Membership
) -> None:
    with_bot(chat)
    visitor.say()
    answer(chat, alice, "Yes", timezone.now())
    visitor.say("Anna", step=0)
    assert visitor.texts == ["Have you any tables?", "What is your name?", "Yes", "Anna"]
    assert visitor.sync()["state"]["bot"] is None


def test_bot_speaks_the_visitors_language(chat: CreatedChannel, visitor: Visitor) -> None:
    with_bot(chat, "name: Name?")
    visitor.say(page={"lang": "en"})
    visitor.say("Anna", step=0, page={"lang": "en"})
    told = visitor.sync()["messages"][-1]
    assert (told["name"], told["text"]) == ("Assistant", "Thank you! A colleague will answer you here.")


# --- Contacts --------------------------------------------------------------------------------
def test_contact_left_later_joins_the_known_client(chat: CreatedChannel, visitor: Visitor, scope) -> None:
    known = create_contact(name="Anna", keys=[Key("phone", "+79161234567")], by=None, now=timezone.now())
    visitor.say()
    visitor.say(
        "", type="contact", contact={"phone": "8 916 123 45 67", "email": "anna@x.example"}, consent=True
    )
    lead = Lead.objects.get()
    assert lead.contact == known
    assert (lead.phone, lead.email) == ("+79161234567", "anna@x.example")
    assert Dialog.objects.get().contact == known
    assert set(known.keys.values_list("kind", flat=True)) == {"phone", "email", "chat"}
    assert ["Согласие на обработку данных", "есть"] in lead.fields
    visitor.say("And my other address", contact={"email": "second@x.example"})
    assert Contact.objects.count() == 1


def test_form_of_who_finds_nobody_is_a_request(chat: CreatedChannel, visitor: Visitor) -> None:
    with_bot(chat)
    visitor.say("Call me", type="offline", contact={"name": "Anna", "phone": "+79161234567"})
    with in_scope(chat):
        lead = Lead.objects.get()
        assert (lead.kind, lead.name, lead.summary) == ("request", "Anna", "Call me")
        assert not Talk.objects.exists()
        assert Message.objects.count() == 1


def test_robot_that_fills_the_trap_makes_nothing(chat: CreatedChannel, visitor: Visitor) -> None:
    assert visitor.say("Buy", website="http://spam.example").status_code == 200
    with in_scope(chat):
        assert not Lead.objects.exists()


# --- Hours -----------------------------------------------------------------------------------
def test_who_writes_out_of_hours_is_told_so_once(
    make_channel: Callable[..., CreatedChannel], alice: Membership
) -> None:
    made = make_channel("chat", {"when_away": "chat"}, responsible=alice)
    with in_scope(made):
        Membership.objects.filter(pk=alice.pk).update(is_active=False)
    visitor = Visitor(made)
    visitor.say("One")
    visitor.say("Two")
    assert len(visitor.texts) == 3
    assert visitor.texts[1].startswith("Сейчас никого нет.")
    assert visitor.sync()["state"]["is_online"] is False


# --- The end ---------------------------------------------------------------------------------
def test_talk_ends_by_silence_and_the_next_word_begins_another(
    chat: CreatedChannel, visitor: Visitor
) -> None:
    visitor.say()
    with in_scope(chat):
        now = timezone.now()
        assert end_silent_talks(chat.channel.tenant_id, now=now + HOUR / 2) == 0
        assert end_silent_talks(chat.channel.tenant_id, now=now + 2 * HOUR) == 1
        assert Talk.objects.get().ended_by == "silence"
    assert visitor.sync()["state"]["asks_rating"] is True
    visitor.say("Once more")
    assert visitor.sync()["state"]["is_open"] is True
    with in_scope(chat):
        assert Talk.objects.count() == 2
        assert Lead.objects.count() == Dialog.objects.count() == 1


def test_a_talk_that_goes_on_meanwhile_is_not_ended(chat: CreatedChannel, visitor: Visitor) -> None:
    visitor.say()
    with in_scope(chat):
        later = timezone.now() + 2 * HOUR
        found = talks.silent_talks(now=later)
        Talk.objects.update(last_word_at=later)
        assert [talks.end_silent_talk(pk, now=later) for pk in found] == [False]
        talks.end_talk(dialog=Dialog.objects.get(), ended_by=Talk.EndedBy.OPERATOR, now=later)
        assert [talks.end_silent_talk(pk, now=later + 2 * HOUR) for pk in found] == [False]
        assert Talk.objects.get().ended_by == "operator"


def test_rating_is_kept_shown_and_mailed_to_the_head(
    chat: CreatedChannel,
    visitor: Visitor,
    alice: Membership,
    head: Membership,
    django_capture_on_commit_callbacks,
) -> None:
    visitor.say()
    answer(chat, alice, "Yes", timezone.now())
    assert visitor.act("rate", stars=5).status_code == 422  # it has not ended yet
    visitor.act("end")
    assert visitor.act("rate", stars=4, comment="Quick\x00").status_code == 200
    assert visitor.act("rate", stars=1).status_code == 409
    with in_scope(chat):
        talk = Talk.objects.get()
        assert (talk.rating, talk.rating_comment, talk.operator) == (4, "Quick", alice)
        codes = list(
            Activity.objects.filter(kind="change").order_by("pk").values_list("data__code", flat=True)
        )
        assert codes[-2:] == ["chat_ended", "chat_rated"]
        notice = Notification.objects.get(code="chat_rated")
        assert notice.member == head
        lead = Lead.objects.get()
    letter = OutgoingLetter.objects.get()
    assert letter.recipient == head.email
    assert letter.subject == "Чат оценили на 4 из 5"
    assert f"/leads/{lead.pk}/" in letter.text
    assert "Alice" in letter.text and "Quick" in letter.text
    assert outgoing.outbox == []  # queued, not sent within the request


@pytest.mark.parametrize("stars", [0, 6, -1, "x", None, 10**30])
def test_odd_rating_is_refused(chat: CreatedChannel, visitor: Visitor, stars: object) -> None:
    visitor.say()
    visitor.act("end")
    assert visitor.act("rate", stars=stars).status_code == 422


def test_talks_of_another_company_are_left_alone(
    chat: CreatedChannel, visitor: Visitor, other_tenant, make_channel: Callable[..., CreatedChannel]
) -> None:
    visitor.say()
    assert end_silent_talks(other_tenant.pk, now=timezone.now() + 3 * HOUR) == 0


def test_manager_ends_the_talk_and_is_seen_typing(
    chat: CreatedChannel, visitor: Visitor, admin: Membership, charlie: Membership, client_of
) -> None:
    visitor.say()
    with in_scope(chat):
        lead, talk = Lead.objects.get(), Talk.objects.get()
        route = f"dialog:{talk.dialog_id}"
    boss, stranger = client_of(admin), client_of(charlie)
    page = boss.get("/replies/", {"lead": lead.pk}).content.decode()
    assert "data-typing" in page and f"/talks/{talk.pk}/end/" in page
    assert boss.post("/replies/typing/", {"lead": lead.pk, "route": route}).status_code == 204
    with in_scope(chat):
        assert [typist.name for typist in typists_at(lead.dialog_id)] != []  # colleagues see it too
    assert stranger.post("/replies/typing/", {"lead": lead.pk, "route": route}).status_code == 404
    assert stranger.post(f"/talks/{talk.pk}/end/", {"lead": lead.pk}).status_code == 404
    assert boss.post(f"/talks/{talk.pk}/end/", {"lead": lead.pk}).status_code == 200
    assert boss.post(f"/talks/{talk.pk}/end/", {"lead": lead.pk}).status_code == 422
    assert "data-typing" not in boss.get("/replies/", {"lead": lead.pk}).content.decode()


# --- The talk in the dialogs' workspace -------------------------------------------------------
def test_closed_dialog_is_a_talk_that_has_ended(
    chat: CreatedChannel, visitor: Visitor, admin: Membership
) -> None:
    visitor.say()
    with in_scope(chat):
        outcome = DialogOutcome.objects.offered().filter(effect="keep").first()
        close_dialog(dialog=Dialog.objects.get(), outcome=outcome, by=admin, now=timezone.now())
        talk = Talk.objects.get()
        assert (talk.ended_by, talk.operator) == (Talk.EndedBy.OPERATOR, admin)
    assert visitor.sync()["state"]["asks_rating"]


def test_either_side_sees_the_other_typing(
    chat: CreatedChannel,
    visitor: Visitor,
    admin: Membership,
    client_of: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    visitor.say()
    with in_scope(chat):
        dialog = Dialog.objects.get()
    visitor.act("typing")
    with in_scope(chat):
        assert [typist.is_client for typist in typists_at(dialog.pk)] == [True]
    told: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(
        guests, "tell_visitor", lambda dialog, **event: told.append((dialog.external_id, event))
    )
    client_of(admin).post(reverse("channels:dialog_typing", args=[dialog.pk]))
    client_of(admin).post(reverse("channels:dialog_typing", args=[dialog.pk]), {"stopped": "1"})
    assert told == [(dialog.external_id, {"topic": "typing", "name": admin.name})]
