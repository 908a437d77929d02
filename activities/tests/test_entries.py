"""What happened, in the timelines of everything it is about."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from activities.models import Activity, Notification
from activities.services import (
    add_note,
    adopt_activities,
    change_note,
    delete_note,
    log_activity,
    restore_activity,
)
from activities.tests.factories import make_company, make_contact, make_deal, make_lead

NOW = timezone.now().replace(microsecond=0)


def test_log_activity_reaches_everything_the_lead_is_tied_to(scope):
    contact, company = make_contact(), make_company()
    deal = make_deal()
    lead = make_lead(contact=contact, company=company, deal=deal)
    entry = log_activity(
        kind="email", direction="in", occurred_at=NOW, subject="Hi", text="a\x00b\ud800c", lead=lead
    )
    assert (entry.contact, entry.company, entry.deal, entry.text) == (contact, company, deal, "abc")
    for row in (contact, company, deal, lead):
        assert type(row).objects.get(pk=row.pk).last_activity_at == NOW


def test_log_activity_never_moves_last_activity_back(scope):
    contact = make_contact(last_activity_at=NOW)
    log_activity(kind="email", occurred_at=NOW - dt.timedelta(days=1), contact=contact)
    contact.refresh_from_db()
    assert contact.last_activity_at == NOW


def test_log_activity_of_a_change_is_no_activity_with_the_client(scope):
    contact = make_contact()
    log_activity(kind="change", occurred_at=NOW, contact=contact, data={"code": "stage_moved"})
    contact.refresh_from_db()
    assert contact.last_activity_at is None


def test_log_activity_cuts_a_long_subject(scope):
    assert len(log_activity(kind="email", occurred_at=NOW, subject="x" * 5000).subject) == 300


def test_adopt_activities_shows_the_leads_entries_on_what_it_became(scope, alice):
    lead = make_lead()
    log_activity(kind="email", occurred_at=NOW, lead=lead)
    from activities.services import plan_activity

    plan_activity(kind="call", subject="Call", due_at=NOW, owner=alice, by=alice, now=NOW, lead=lead)
    contact, company, deal = make_contact(), make_company(), make_deal()
    other = make_contact("Other")
    kept = log_activity(kind="email", occurred_at=NOW, lead=lead, contact=other)
    assert adopt_activities(lead=lead, contact=contact, company=company, deal=deal) == 3
    deal.refresh_from_db()
    contact.refresh_from_db()
    assert Activity.objects.filter(deal=deal, company=company).count() == 3
    assert Activity.objects.filter(contact=contact).count() == 2
    assert Activity.objects.get(pk=kept.pk).contact == other
    assert (deal.next_activity_title, deal.last_activity_at) == ("Call", NOW)


def test_add_note_tells_the_colleagues_it_names(scope, alice, bob):
    deal = make_deal()
    note = add_note(text="@Bob look, and @Alice too, not bob@example.com", by=alice, now=NOW, deal=deal)
    [notice] = Notification.objects.all()
    assert (notice.member, notice.code, notice.params["by"]) == (bob, "mentioned", "Alice")
    assert sorted(note.data["mentions"]) == ["Alice", "Bob"]
    assert note.author == alice


def test_add_note_needs_the_full_name_where_first_names_are_shared(scope, tenant, alice, sales):
    from conftest import make_member

    maria = make_member(tenant, "Мария Белова", "manager", sales)
    make_member(tenant, "Мария Петрова", "manager", sales)
    add_note(text="@Мария посмотри", by=alice, now=NOW)
    assert not Notification.objects.exists()
    add_note(text="@мария белова, посмотри", by=alice, now=NOW)
    assert Notification.objects.get().member == maria


def test_change_note_tells_only_the_newly_named(scope, alice, bob, head):
    note = add_note(text="@Bob look", by=alice, now=NOW)
    change_note(note=note, text="@Bob @Helen look", by=alice, now=NOW)
    assert sorted(n.member.name for n in Notification.objects.all()) == ["Bob", "Helen"]


def test_delete_note_can_be_undone(scope, alice):
    note = add_note(text="secret", by=alice, now=NOW)
    delete_note(note=note, by=alice, now=NOW)
    assert (note.kind, note.text, note.data["code"]) == ("change", "", "note_deleted")
    restore_activity(activity=note, by=alice, now=NOW)
    note = Activity.objects.get(pk=note.pk)
    assert (note.kind, note.text, note.author) == ("note", "secret", alice)
