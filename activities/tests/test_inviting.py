"""Guests of a meeting: invitations by mail, changes, calling off, and what they answer."""

from __future__ import annotations

import datetime as dt

import vobject
from django.core import mail as outbox
from django.utils import timezone

from activities.models import Participant
from activities.services import (
    cancel_activity,
    change_activity,
    plan_activity,
    record_answer,
    reschedule_activity,
    restore_activity,
)
from activities.tests.factories import make_contact
from tenants import mail
from tenants.models import OutgoingLetter

NOW = timezone.now().replace(microsecond=0)
SOON = NOW + dt.timedelta(days=2)
ANN = "ann@example.com"


def plan(owner, **fields):
    values = {
        "kind": "meeting", "subject": "Visit", "due_at": SOON, "owner": owner, "by": owner, "now": NOW,
        "guests": [ANN], "text": "our limit is 100", "contact": make_contact(), "place": "Office",
    }  # fmt: skip
    return plan_activity(**values | fields)


def letters():
    rows = OutgoingLetter.objects.order_by("pk")
    return [(row.recipient, row.calendar_method, vobject.readOne(row.calendar).vevent) for row in rows]


def test_plan_invites_the_guests_and_tells_them_only_what_is_theirs(scope, alice):
    row = plan(alice, duration_min=60, remind_at=SOON - dt.timedelta(hours=1))
    [(recipient, method, event)] = letters()
    assert (recipient, method, event.uid.value.partition("@")[0]) == (ANN, "REQUEST", str(row.pk))
    assert (event.dtstart.value, event.dtend.value) == (SOON, SOON + dt.timedelta(hours=1))
    assert event.organizer.value == f"mailto:{alice.email}"
    assert event.attendee.value == f"mailto:{ANN}"
    text = OutgoingLetter.objects.get().calendar
    assert "limit" not in text and "VALARM" not in text and "Мария" not in text


def test_letter_carries_the_invitation_as_mail_programs_want_it(scope, alice):
    plan(alice)
    letter = OutgoingLetter.objects.get()
    mail._message(letter).send()
    sent = outbox.outbox[-1].message()
    parts = {part.get_content_type(): part for part in sent.walk()}
    assert parts["text/calendar"].get_param("method") == "REQUEST"
    assert parts["text/calendar"].get_content_charset() == "utf-8"
    assert sent["Reply-To"] == alice.email


def test_move_asks_again_with_a_higher_sequence_and_forgets_the_answers(scope, alice):
    row = plan(alice)
    Participant.objects.update(answer="accepted")
    reschedule_activity(activity=row, due_at=SOON + dt.timedelta(days=1), by=alice, now=NOW)
    sequences = [int(event.sequence.value) for _to, _method, event in letters()]
    assert sequences[1] > sequences[0]
    assert Participant.objects.get().answer == ""


def test_change_calls_off_those_who_are_out_and_asks_those_who_are_new(scope, alice):
    row = plan(alice)
    values = {"subject": "Visit", "owner": alice, "due_at": SOON, "by": alice, "now": NOW}
    change_activity(activity=row, participants=[], guests=["bert@example.com"], **values)
    assert [(to, method) for to, method, _event in letters()][1:] == [
        (ANN, "CANCEL"), ("bert@example.com", "REQUEST"),
    ]  # fmt: skip


def test_change_of_the_notes_writes_to_nobody(scope, alice):
    row = plan(alice)
    values = {"subject": "Visit", "owner": alice, "due_at": SOON, "by": alice, "now": NOW}
    change_activity(activity=row, text="other notes", participants=[], guests=[ANN], **values)
    assert len(letters()) == 1


def test_cancel_and_restore_tell_the_guests(scope, alice):
    row = cancel_activity(activity=plan(alice), by=alice, now=NOW)
    restore_activity(activity=row, by=alice, now=NOW)
    assert [method for _to, method, _event in letters()] == ["REQUEST", "CANCEL", "REQUEST"]
    assert letters()[1][2].status.value == "CANCELLED"


def test_what_is_over_undated_or_a_task_invites_nobody(scope, alice):
    plan(alice, due_at=NOW - dt.timedelta(hours=1))
    plan(alice, due_at=None)
    plan(alice, kind="task")
    assert letters() == []


def test_record_answer_of_guests_we_asked_only(scope, alice):
    row = plan(alice)
    assert record_answer(uid=f"{row.pk}@crm", email="ANN@example.com", answer="accepted")
    assert Participant.objects.get().answer == "accepted"
    assert not record_answer(uid=f"{row.pk}@crm", email="eve@example.com", answer="declined")
    assert not record_answer(uid="nonsense", email=ANN, answer="declined")
    assert not record_answer(uid=str(row.pk), email=ANN, answer="delegated")
    assert Participant.objects.get().answer == "accepted"
