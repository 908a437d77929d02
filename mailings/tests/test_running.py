"""A mailing under way: pace, pauses, refusals, and a worker that dies in the middle."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from activities.models import Activity, Notification
from channels import outbox
from channels.models import Dialog, Message
from core.tenancy import tenant_scope
from mailings import services
from mailings.errors import NobodyToWriteTo, NothingWritten, NotUnderWay, StartsInThePast
from mailings.models import Mailing, Recipient
from mailings.pacing import turn
from mailings.services import running, subscriptions
from mailings.tests.conftest import NOW, recipient, states

MINUTE = dt.timedelta(minutes=1)


def test_each_gets_their_own_letter_and_it_is_an_activity_of_theirs(
    tenant, draft, person, start, post, server
):
    anna, boris = (
        person("Anna Brown", email="anna@client.example"),
        person("+7 916", email="b@client.example"),
    )
    mailing = start(draft(anna, boris))
    post.run(mailing)
    first, second = server[0].letters
    assert first["Subject"] == "News for Anna"
    assert second["Subject"] == "News for you"
    assert "Hello, Anna!" in first.get_body(("plain",)).get_content()
    assert "Hello, friend!" in second.get_body(("plain",)).get_content()
    with tenant_scope(tenant):
        entry = Activity.objects.get(contact=anna, kind="email")
        assert (entry.direction, entry.text, entry.data["mailing"]) == ("out", "Hello, Anna!", "Spring")
        mailing.refresh_from_db()
        assert mailing.state == Mailing.State.DONE
        assert Notification.objects.filter(code="mailing_done").count() == 1
        assert not Dialog.objects.open().exists()  # nobody has to look after a mailing
    assert states(mailing) == {"sent": 2}


def test_letters_say_how_to_leave(tenant, draft, person, start, post, server, settings):
    settings.PUBLIC_URL = "https://crm.example"
    post.run(start(draft(person("Anna"))))
    (letter,) = server[0].letters
    url = str(letter["List-Unsubscribe"]).strip("<>")
    assert url.startswith("https://crm.example/u/")
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert letter["Precedence"] == "bulk"
    assert letter["List-Id"].endswith(".crm.example>")
    assert letter["Auto-Submitted"] is None
    assert url in letter.get_body(("plain",)).get_content()
    assert f'href="{url}"' in letter.get_body(("html",)).get_content()


def test_without_https_no_one_click_is_promised(draft, person, start, post, server, settings):
    settings.PUBLIC_URL = "http://localhost:8000"
    post.run(start(draft(person("Anna"))))
    assert server[0].letters[0]["List-Unsubscribe-Post"] is None


def test_nothing_reaches_a_reader_as_markup(draft, person, start, post, server):
    evil = person("<img src=x onerror=alert(1)> [a](https://evil.example/)")
    post.run(
        start(draft(evil, text="Dear {client_name}, look: [here](https://ours.example/?n={client_name})"))
    )
    html = server[0].letters[0].get_body(("html",)).get_content()
    assert "<img src=x" not in html
    assert "https://evil.example" not in html.replace("[a](https://evil.example/)", "")


def test_the_pace_is_kept_and_what_was_missed_is_not_made_up_for():
    assert turn(due_at=NOW, now=NOW, per_hour=60) == (1, NOW + MINUTE)
    assert turn(due_at=NOW - 30 * MINUTE, now=NOW, per_hour=60).letters == 2
    count, next_at = turn(due_at=NOW - dt.timedelta(seconds=20), now=NOW, per_hour=1800)
    assert (count, next_at) == (11, NOW + dt.timedelta(seconds=2))


def test_letters_leave_one_after_the_other(tenant, draft, person, start, post):
    mailing = start(draft(*(person() for _number in range(3)), per_hour=60))
    assert post.step(mailing, now=NOW) == pytest.approx(60)
    assert states(mailing) == {"queued": 1, "waiting": 2}
    assert post.step(mailing, now=NOW + dt.timedelta(seconds=30)) is None  # not due
    post.step(mailing, now=NOW + MINUTE)
    assert states(mailing) == {"queued": 2, "waiting": 1}


def test_outside_working_time_it_waits_for_the_morning(tenant, draft, person, start, post):
    mailing = start(draft(person(), is_working_time=True))
    night = dt.datetime(2026, 11, 27, 22, tzinfo=dt.UTC)  # Saturday, 01:00 in Moscow
    post.step(mailing, now=night)
    assert states(mailing) == {"waiting": 1}
    with tenant_scope(tenant):
        mailing.refresh_from_db()
        assert mailing.due_at == dt.datetime(2026, 11, 30, 6, tzinfo=dt.UTC)  # Monday, 09:00
    post.step(mailing, now=mailing.due_at)
    assert states(mailing) == {"queued": 1}


def test_it_starts_at_its_moment_and_looks_at_everybody_again(tenant, draft, person, start, post, server):
    anna, boris = person("Anna", email="a@client.example"), person("Boris", email="b@client.example")
    mailing = start(draft(anna, boris), starts_at=NOW + 10 * MINUTE)
    assert post.step(mailing, now=NOW) is None
    with tenant_scope(tenant):
        subscriptions.unsubscribe(address=("email", "a@client.example"), how="link", now=NOW)
    post.run(mailing, now=NOW + 11 * MINUTE)
    assert server[0].addresses == ["Boris <b@client.example>"]
    assert states(mailing) == {"sent": 1, "excluded": 1}


def test_whoever_unsubscribes_meanwhile_gets_nothing(tenant, draft, person, start, post, server, alice):
    anna, boris = person("Anna"), person("Boris", email="b@client.example")
    mailing = start(draft(anna, boris, per_hour=60))
    post.step(mailing, now=NOW)
    with tenant_scope(tenant):
        services.unsubscribe_contact(contact=boris, by=alice, now=NOW)
    post.run(mailing, now=NOW + MINUTE)
    assert len(server[0].letters) == 1
    with tenant_scope(tenant):
        assert recipient(mailing, boris).reason == Recipient.Reason.UNSUBSCRIBED


def test_pause_go_on_call_off(tenant, draft, person, start, post, alice, server):
    mailing = start(draft(*(person() for _number in range(3)), per_hour=60))
    post.step(mailing, now=NOW)
    with tenant_scope(tenant):
        services.pause_mailing(mailing=mailing, by=alice, now=NOW)
        with pytest.raises(NotUnderWay):
            services.pause_mailing(mailing=mailing, by=alice, now=NOW)
    assert post.step(mailing, now=NOW + 5 * MINUTE) is None
    with tenant_scope(tenant):
        services.resume_mailing(mailing=mailing, by=alice, now=NOW + 6 * MINUTE)
    post.step(mailing, now=NOW + 6 * MINUTE)
    with tenant_scope(tenant):
        services.cancel_mailing(mailing=mailing, by=alice, now=NOW + 7 * MINUTE)
        with pytest.raises(NotUnderWay):
            services.resume_mailing(mailing=mailing, by=alice, now=NOW)
    assert post.step(mailing, now=NOW + 9 * MINUTE) is None
    post.leave()
    assert states(mailing) == {"sent": 2, "dropped": 1}


def test_a_worker_killed_before_the_letter_left_sends_it_once(draft, person, start, post, server):
    """Queued is queued: whoever comes next sends it, and the step that is asked again writes no second one."""
    mailing = start(draft(person()))
    post.step(mailing, now=NOW)
    post.step(mailing, now=NOW + MINUTE)
    post.leave()
    post.leave()
    assert len(server[0].letters) == 1


def test_a_worker_killed_while_sending_leaves_it_unknown(tenant, draft, person, start, post, server):
    anna = person()
    mailing = start(draft(anna))
    post.step(mailing, now=NOW)
    with tenant_scope(tenant):
        message = Message.objects.get(is_once=True)
        message.state, message.next_try_at = Message.State.SENDING, timezone.now() - MINUTE
        message.save(update_fields=["state", "next_try_at"])
    outbox.send(tenant.pk, message.pk)
    assert server[0].letters == []
    assert states(mailing) == {"unknown": 1}
    post.run(mailing, now=NOW + 2 * MINUTE)
    assert server[0].letters == []
    with tenant_scope(tenant):
        mailing.refresh_from_db()
        assert mailing.state == Mailing.State.DONE


def test_a_server_that_hangs_up_after_the_letter_leaves_it_unknown(draft, person, start, post, server):
    server[0].answer = "250 hang up"
    mailing = start(draft(person()))
    post.run(mailing, steps=4)
    assert len(server[0].letters) == 1
    assert states(mailing) == {"unknown": 1}


def test_a_refused_recipient_is_refused_and_the_others_go_on(
    tenant, draft, person, start, post, server, alice
):
    gone, good = person("Gone", email="gone@client.example"), person("Good")
    server[0].refused["gone@client.example"] = "550 5.1.1 No such user"
    mailing = start(draft(gone, good))
    post.run(mailing)
    assert states(mailing) == {"sent": 1, "refused": 1}
    with tenant_scope(tenant):
        assert "No such user" in recipient(mailing, gone).error
        server[0].refused.clear()
        assert services.send_to_refused(mailing=mailing, by=alice, now=NOW + 60 * MINUTE) == 1
    post.run(mailing, now=NOW + 61 * MINUTE)
    assert states(mailing) == {"sent": 2}
    with tenant_scope(tenant):
        assert Activity.objects.filter(contact=gone, kind="email").count() == 1


def test_a_server_that_asks_for_patience_holds_the_whole_mailing(tenant, draft, person, start, post, server):
    server[0].answer = "451 4.7.1 Try again later"
    mailing = start(draft(*(person() for _number in range(3)), per_hour=60))
    now = timezone.now()
    with tenant_scope(tenant):
        Mailing.objects.update(due_at=now)
    post.step(mailing, now=now)
    post.leave()
    with tenant_scope(tenant):
        message = Message.objects.get(is_once=True)
        assert (message.state, message.attempt_count) == (Message.State.QUEUED, 1)
        again_at = now + 90 * MINUTE
        Message.objects.update(next_try_at=again_at)
    post.step(mailing, now=now + MINUTE)
    with tenant_scope(tenant):
        mailing.refresh_from_db()
        assert mailing.due_at == again_at
    assert states(mailing) == {"queued": 1, "waiting": 2}


def test_many_refusals_in_a_row_stop_it_and_its_owner_hears(tenant, draft, person, start, post, server):
    server[0].answer = "554 5.7.1 Message rejected as spam"
    mailing = start(draft(*(person() for _number in range(8)), per_hour=60))
    post.run(mailing)
    assert states(mailing) == {"refused": running.MAX_IN_ROW, "waiting": 3}
    with tenant_scope(tenant):
        mailing.refresh_from_db()
        assert (mailing.state, mailing.stopped_why) == (Mailing.State.PAUSED, running.MANY_REFUSED)
        assert Notification.objects.filter(code="mailing_stopped").count() == 1


def test_a_channel_switched_off_stops_it(tenant, draft, person, start, post, mailbox):
    mailing = start(draft(person()))
    with tenant_scope(tenant):
        mailbox.is_active = False
        mailbox.save(update_fields=["is_active"])
    post.step(mailing, now=NOW)
    with tenant_scope(tenant):
        mailing.refresh_from_db()
        assert (mailing.state, mailing.stopped_why) == (Mailing.State.PAUSED, running.CHANNEL_OFF)


def test_what_is_not_ready_does_not_start(tenant, draft, person, start, alice):
    with pytest.raises(NothingWritten):
        start(draft(person(), subject=""))
    with pytest.raises(NothingWritten):
        start(draft(person(), text=" "))
    with pytest.raises(NobodyToWriteTo):
        start(draft(person(email=None)))
    with pytest.raises(StartsInThePast):
        start(draft(person()), starts_at=NOW - MINUTE)


def test_the_sweeper_finds_what_is_due_in_every_tenant(tenant, draft, person, start, monkeypatch):
    from mailings import bell, tasks

    start(draft(person()))
    rung: list[int] = []
    monkeypatch.setattr(bell, "send", lambda tenant_id, **kwargs: rung.append(tenant_id))
    with tenant_scope(tenant):
        Mailing.objects.update(due_at=timezone.now() - MINUTE)
    tasks.sweep_mailings()
    assert rung == [tenant.pk]


def test_a_step_costs_the_same_whoever_waits(tenant, draft, person, start, post):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def cost(count: int) -> int:
        mailing = start(draft(*(person() for _number in range(count)), per_hour=60))
        with CaptureQueriesContext(connection) as seen:
            post.step(mailing, now=NOW)
        return len(seen)

    cost(2)  # what is read once a process
    assert cost(3) == cost(40)


def test_files_go_with_every_letter_and_are_kept_once(tenant, draft, person, start, post, server, alice):
    from activities.models import Attachment
    from leads.inquiry import File

    mailing = draft(person(), person())
    with tenant_scope(tenant):
        services.add_file(mailing=mailing, file=File("price.txt", "text/plain", b"1 RUB"), by=alice)
    post.run(start(mailing))
    for letter in server[0].letters:
        (attached,) = letter.iter_attachments()
        assert attached.get_content() == "1 RUB"
    with tenant_scope(tenant):
        assert Attachment.objects.count() == 2
        assert len(set(Attachment.objects.values_list("key", flat=True))) == 1
