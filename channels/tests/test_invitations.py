"""An invitation that came by mail: on the timeline, and planned from there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import time_machine
from django.test import Client
from django.utils import timezone

from activities.models import Activity
from activities.services import plan_activity
from channels.adapters.base import RawDelivery
from channels.journal.intake import record
from channels.services import CreatedChannel
from channels.tests.adapters.test_mail_calendars import EVENT, letter
from channels.tests.conftest import work
from core.tenancy import tenant_scope
from leads.models import Lead
from tenants.models import Membership

NOW = dt.datetime(2026, 11, 25, 9, 0, tzinfo=dt.UTC)


def receive(made: CreatedChannel, raw: bytes) -> Lead:
    with tenant_scope(made.channel.tenant_id):
        record(channel=made.channel, delivery=RawDelivery(raw, method="IMAP"), now=timezone.now())
    work(made.channel)
    with tenant_scope(made.channel.tenant_id):
        return Lead.objects.get()


def test_invitation_is_shown_and_planned(
    make_channel: Callable[..., CreatedChannel], admin: Membership, client: Client
) -> None:
    with time_machine.travel(NOW, tick=False):
        lead = receive(make_channel("email"), letter(EVENT))
        client.force_login(admin.user)
        page = client.get(f"/activities/timeline/?lead={lead.pk}").content.decode()
        assert "Показ станка" in page
        assert "1 декабря 2026, 10:00–11:30" in page
        thread = client.get(f"/dialogs/{lead.dialog_id}/").content.decode()
        assert "1 декабря 2026, 10:00–11:30" in thread.partition("tl-meeting")[2]
        url = f"/activities/new/?lead={lead.pk}&kind=meeting&subject=Показ станка&at=2026-12-01T10:00"
        form = client.get(url)
        assert 'value="2026-12-01T10:00"' in form.content.decode()
        assert 'value="Показ станка"' in form.content.decode()
        told = {
            "kind": "meeting",
            "subject": "Показ станка",
            "when": "at",
            "due": "2026-12-01T10:00",
            "remind": "15",
        }
        client.post(url, told)
    with tenant_scope(lead.tenant_id):
        meeting = Activity.objects.get(kind=Activity.Kind.MEETING)
    assert (meeting.lead_id, meeting.due_at) == (lead.pk, dt.datetime(2026, 12, 1, 7, tzinfo=dt.UTC))


def test_meeting_that_is_over_or_called_off_is_not_offered(
    make_channel: Callable[..., CreatedChannel], admin: Membership, client: Client
) -> None:
    with time_machine.travel(NOW, tick=False):
        lead = receive(make_channel("email"), letter(EVENT.replace("METHOD:REQUEST", "METHOD:CANCEL")))
        client.force_login(admin.user)
        page = client.get(f"/activities/timeline/?lead={lead.pk}").content.decode()
        assert "Встреча отменена" in page
        assert "kind=meeting" not in page.partition("tl-meeting")[2].partition("</li>")[0]


ANSWER = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Guest//EN
METHOD:REPLY
BEGIN:VEVENT
UID:{uid}@crm.example
DTSTAMP:20261125T090000Z
DTSTART:20261201T070000Z
SUMMARY:Visit
ORGANIZER:mailto:seller@example.com
ATTENDEE;PARTSTAT=DECLINED;CN=Ann:mailto:Ann@example.com
END:VEVENT
END:VCALENDAR
"""


def test_answer_to_our_invitation_is_kept_with_the_guest(
    make_channel: Callable[..., CreatedChannel], admin: Membership
) -> None:
    made = make_channel("email")
    with tenant_scope(made.channel.tenant_id):
        meeting = plan_activity(
            kind="meeting", subject="Visit", due_at=timezone.now() + dt.timedelta(days=2), owner=admin,
            by=admin, now=timezone.now(), guests=["ann@example.com"],
        )  # fmt: skip
        raw = letter(ANSWER.format(uid=meeting.pk))
        record(channel=made.channel, delivery=RawDelivery(raw, method="IMAP"), now=timezone.now())
    work(made.channel)
    with tenant_scope(made.channel.tenant_id):
        assert meeting.participants.get().answer == "declined"
