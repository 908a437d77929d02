"""Invitations in letters: what is read of them, and which letters are a calendar program's own."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.adapters.mail import EmailAdapter
from channels.adapters.mail.calendars import read_meeting
from channels.adapters.mail.mime_tree import bare_part
from channels.tests.adapters.samples import delivery

EVENT = """BEGIN:VCALENDAR
VERSION:2.0
METHOD:REQUEST
BEGIN:VTIMEZONE
TZID:Russian Standard Time
BEGIN:STANDARD
DTSTART:16010101T000000
TZOFFSETFROM:+0300
TZOFFSETTO:+0300
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
UID:one@client.example
SUMMARY:Показ станка
DTSTART;TZID=Russian Standard Time:20261201T100000
DTEND;TZID=Russian Standard Time:20261201T113000
LOCATION:Москва\\, Лесная 5
ORGANIZER;CN=Анна:mailto:anna@client.example
END:VEVENT
END:VCALENDAR
"""


def read(text: str, content_type: str = "text/calendar"):
    return read_meeting([bare_part(text.replace("\n", "\r\n").encode(), content_type)])


def letter(calendar: str, body: str = "Приезжайте", method: str = "REQUEST") -> bytes:
    return (
        "From: Anna <anna@client.example>\r\nTo: sales@crm.example\r\nSubject: Demo\r\nMessage-ID: <1@c.example>\r\n"
        "MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n"
        f"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{body}\r\n"
        f"--b\r\nContent-Type: text/calendar; charset=utf-8; method={method}\r\n\r\n"
        + calendar.replace("\n", "\r\n")
        + "--b--\r\n"
    ).encode()


def parse(raw: bytes):
    return EmailAdapter().parse(delivery(raw, method="IMAP"), {"address": "sales@crm.example"})[0]


def test_invitation_is_read():
    meeting = read(EVENT)
    assert meeting.title == "Показ станка"
    assert meeting.starts_at == dt.datetime(2026, 12, 1, 7, 0, tzinfo=dt.UTC)
    assert meeting.ends_at == dt.datetime(2026, 12, 1, 8, 30, tzinfo=dt.UTC)
    assert (meeting.place, meeting.organizer) == ("Москва, Лесная 5", "anna@client.example")
    assert (meeting.method, meeting.is_whole_day) == ("request", False)


def test_whole_days_floating_times_and_durations_are_read():
    whole = EVENT.replace("DTSTART;TZID=Russian Standard Time:20261201T100000", "DTSTART;VALUE=DATE:20261201")
    whole = whole.replace("DTEND;TZID=Russian Standard Time:20261201T113000", "DTEND;VALUE=DATE:20261202")
    meeting = read(whole)
    assert meeting.is_whole_day
    assert meeting.starts_at == dt.datetime(2026, 12, 1, tzinfo=dt.UTC)
    lasting = EVENT.replace("DTEND;TZID=Russian Standard Time:20261201T113000", "DURATION:PT45M")
    assert read(lasting).ends_at - read(lasting).starts_at == dt.timedelta(minutes=45)
    floating = read(EVENT.replace(";TZID=Russian Standard Time", ""))
    assert floating.starts_at == dt.datetime(2026, 12, 1, 10, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "This is an ics calendar invite",
        "BEGIN:VCALENDAR\nEND:VCALENDAR\n",
        EVENT.replace("DTSTART;TZID=Russian Standard Time:20261201T100000", "X:1"),
        EVENT.replace("20261201T100000", "soon"),
        EVENT.replace("20261201T100000", "00010101T000000"),
        EVENT[:200],
    ],
)
def test_what_is_no_calendar_is_no_meeting(text):
    assert read(text) is None


def test_end_before_the_start_is_none():
    assert read(EVENT.replace("20261201T113000", "20261201T090000")).ends_at is None


def test_letter_tells_of_its_meeting():
    item = parse(letter(EVENT))
    assert item.meeting.title == "Показ станка"
    assert item.text == "Приезжайте"
    assert not item.is_automatic
    assert parse(letter(EVENT, body="")).text == "Показ станка"


def test_answer_of_a_calendar_program_is_automatic_and_a_cancellation_is_not():
    answer = parse(letter(EVENT.replace("METHOD:REQUEST", "METHOD:REPLY"), method="REPLY"))
    assert answer.is_automatic
    assert answer.automatic_reason
    cancelled = parse(letter(EVENT.replace("METHOD:REQUEST", "METHOD:CANCEL"), method="CANCEL"))
    assert (cancelled.is_automatic, cancelled.meeting.method) == (False, "cancel")


@given(text=st.text(max_size=300), cut=st.integers(0, len(EVENT)))
@settings(max_examples=60, deadline=None)
def test_any_calendar_is_read_or_not(text, cut):
    read(EVENT[:cut] + text + EVENT[cut:])
