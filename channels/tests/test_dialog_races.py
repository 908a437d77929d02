"""Two people at one dialog, or a client who writes while somebody answers."""

from __future__ import annotations

import threading
from collections import Counter

import pytest
from django.db import connection
from django.utils import timezone

from channels import bell
from channels.dialogs import progress
from channels.journal import drain
from channels.models import Dialog, Message
from channels.services import DialogClosed, DialogTaken, close_dialog, send_reply, take_dialog
from channels.tests.conftest import post_update, telegram_message, work
from channels.tests.test_concurrency import at_once
from channels.texting import dialog_with
from conftest import make_member
from core.errors import Refusal
from core.tenancy import tenant_scope
from leads.models import Lead
from tenants.models import Role

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bell, "ring", lambda tenant_id: None)


def outcomes(results: list[object]) -> Counter[str]:
    return Counter(type(result).__name__ for result in results)


def test_of_four_who_close_at_once_one_does(bot, tenant, admin):
    post_update(bot, telegram_message(1))
    work(bot.channel)

    def close(_index: int) -> object:
        with tenant_scope(tenant):
            try:
                dialog = Dialog.objects.get()
                return close_dialog(dialog=dialog, outcome=None, by=admin, now=timezone.now())
            except Refusal as refusal:
                return refusal

    assert outcomes(at_once(4, close)) == {"Done": 1, DialogClosed.__name__: 3}


def test_of_four_who_take_a_dialog_without_a_lead_one_gets_it(make_channel, tenant):
    made = make_channel("telegram", is_lead_source=False)
    post_update(made, telegram_message(1))
    work(made.channel)
    people = [make_member(tenant, f"Admin {n}", Role.Code.ADMIN) for n in range(4)]

    def take(index: int) -> object:
        with tenant_scope(tenant):
            try:
                return take_dialog(dialog=Dialog.objects.get(), by=people[index], now=timezone.now())
            except Refusal as refusal:
                return refusal

    assert outcomes(at_once(4, take)) == {"Done": 1, DialogTaken.__name__: 3}


def test_answers_and_the_clients_words_meet_without_a_deadlock(bot, tenant, admin):
    post_update(bot, telegram_message(1))
    work(bot.channel)
    for number in range(2, 10):
        post_update(bot, telegram_message(number))

    def act(index: int) -> object:
        if index % 2:
            return drain(tenant.pk)
        for number in range(6):
            with tenant_scope(tenant):
                dialog = Dialog.objects.select_related("channel", "contact", "lead").get()
                send_reply(dialog=dialog, by=admin, text=f"Answer {index}.{number}", now=timezone.now())
        return "answered"

    assert Counter(at_once(4, act))["answered"] == 2
    with tenant_scope(tenant):
        assert Message.objects.filter(state="received").count() == 9
        assert Message.objects.filter(state="queued").count() == 12
        assert (Lead.objects.count(), Dialog.objects.count()) == (1, 1)


def test_text_after_a_missed_call_waits_for_nobody_who_answers_in_its_dialog(bot, tenant):
    """Answers hold the dialog and then the lead, the missed call the lead and then the dialog."""
    post_update(bot, telegram_message(1))
    work(bot.channel)
    with tenant_scope(tenant):
        Dialog.objects.update(recipient="+79161234567", last_message_at=timezone.now())
        dialog, lead = Dialog.objects.get(), Lead.objects.get()
    is_held, may_go = threading.Event(), threading.Event()

    def answer() -> None:
        with tenant_scope(tenant):
            progress.lock(dialog)
            is_held.set()
            may_go.wait(20)
        connection.close()

    holder = threading.Thread(target=answer)
    holder.start()
    try:
        assert is_held.wait(20)
        with tenant_scope(tenant), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '3s'")
            assert (
                dialog_with(bot.channel, "+79161234567", contact=lead.contact, now=timezone.now()) == dialog
            )
    finally:
        may_go.set()
        holder.join()
