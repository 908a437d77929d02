"""A few deliveries of every kind of channel that belong together: a call, a talk with an edit, a form sent again."""

from __future__ import annotations

import urllib.parse
from typing import Any

from channels.adapters.base import RawDelivery
from channels.tests.adapters import test_avito as avito
from channels.tests.adapters import test_beeline as beeline
from channels.tests.adapters import test_google_leads as google
from channels.tests.adapters import test_jivo as jivo
from channels.tests.adapters import test_mango as mango
from channels.tests.adapters import test_max as max_messenger
from channels.tests.adapters import test_messenger as messenger
from channels.tests.adapters import test_meta_leads as meta_leads
from channels.tests.adapters import test_twilio as twilio
from channels.tests.adapters import test_uis as uis
from channels.tests.adapters import test_vats as vats
from channels.tests.adapters import test_viber as viber
from channels.tests.adapters import test_vk as vk
from channels.tests.adapters import test_whatsapp as whatsapp
from channels.tests.adapters import test_zadarma as zadarma
from channels.tests.adapters.samples import delivery, form
from channels.tests.adapters.test_call_tracking import CALL as TRACKED
from channels.tests.adapters.test_chat import post as chat_post
from channels.tests.adapters.test_telephony import FIELDS
from channels.tests.conftest import telegram_message

PEOPLE = ({"name": "Анна", "phone": "+7 916 111-22-33"}, {"name": "Борис", "email": "boris@client.example"})
LETTER = """From: Anna <anna@client.example>\r\nTo: sales@romashka.example\r\nSubject: {subject}\r\nMessage-ID: <{id}@client>\r\n\
Date: Fri, 20 Nov 2026 09:{minute}:00 +0000\r\n{more}Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"""


def deliveries_of(kind: str) -> list[RawDelivery]:
    """The deliveries of a kind in the order in which they happened."""
    made = STREAMS[kind]()
    return [one if isinstance(one, RawDelivery) else delivery(one) for one in made]


def _posts(**extra: str) -> list[RawDelivery]:
    return [
        form({**fields, "message": f"Цена {number}", **extra}, headers={"idempotency-key": f"post-{number}"})
        for number, fields in enumerate((*PEOPLE, PEOPLE[0]))
    ]


def _telegram() -> list[Any]:
    first, second = telegram_message(1, text="first"), telegram_message(2, text="second")
    changed = {
        "update_id": 3,
        "edited_message": first["message"] | {"text": "changed", "edit_date": 1_760_000_100},
    }
    later = {
        "update_id": 4,
        "edited_message": first["message"] | {"text": "again", "edit_date": 1_760_000_200},
    }
    return [first, second, changed, later, telegram_message(5, chat=501, text="another")]


def _vk() -> list[Any]:
    said = vk.message(id=5, text="first")["message"]
    return [
        vk.event("message_new", vk.message(id=5, text="first"), "e1"),
        vk.event("message_new", vk.message(id=6, text="second", date=1763631020), "e2"),
        vk.event("message_edit", {**said, "text": "changed", "update_time": 1763631030}, "e3"),
    ]


def _max() -> list[Any]:
    edit = max_messenger.created(kind="message_edited", mid="mid.1", text="changed")
    return [
        max_messenger.created(mid="mid.1", text="first"),
        max_messenger.created(mid="mid.2", text="second"),
        edit | {"timestamp": max_messenger.AT + 60_000},
    ]


def _whatsapp() -> list[Any]:
    status = {
        "id": "wamid.9",
        "status": "delivered",
        "timestamp": "1763631030",
        "recipient_id": "79120001122",
    }
    return [
        whatsapp.batch(messages=[whatsapp.message(content={"body": "first"})]),
        whatsapp.batch(
            messages=[whatsapp.message(content={"body": "second"}, id="wamid.2", timestamp="1763631020")]
        ),
        whatsapp.batch(statuses=[status]),
    ]


def _meta(product: str) -> list[Any]:
    return [
        messenger.batch(messenger.said(mid="m_1", text="first"), product=product),
        messenger.batch(messenger.said(mid="m_2", text="second"), product=product),
    ]


def _mango() -> list[Any]:
    calls = [
        mango.call("Appeared", 1),
        mango.call("Connected", 2, mango.START + 10),
        mango.call("Disconnected", 3, mango.START + 70),
    ]
    return [
        *(mango.signed(one) for one in calls),
        mango.signed(mango.summary(), url="https://crm/hooks/mango/t/events/summary"),
    ]


def _zadarma() -> list[Any]:
    told = [
        zadarma.event("NOTIFY_START"),
        zadarma.event("NOTIFY_INTERNAL", internal="100"),
        zadarma.event("NOTIFY_ANSWER", internal="100", destination="100"),
        zadarma.event("NOTIFY_END", disposition="answered", duration="40", internal="100", status_code="16"),
    ]
    return [form(one) for one in told]


def _uis() -> list[Any]:
    return [
        uis.told("in_call_session"),
        uis.told("call_waiting", 3, **uis.EMPLOYEE, leg_id=1),
        uis.told("call_connected", 14, **uis.EMPLOYEE),
        uis.told("call_finished", 74, **uis.EMPLOYEE, talk_time_duration=60, total_time_duration=74),
    ]


def _vats() -> list[Any]:
    told = {"type": "in", "status": "Success", "start": "20261120T093456Z", "duration": "61", "user": "anna"}
    events = [
        {"cmd": "event", "type": name, "user": "anna", **vats.CALL}
        for name in ("INCOMING", "ACCEPTED", "COMPLETED")
    ]
    return [form(one) for one in (*events, {"cmd": "history", "ext": "701", **told, **vats.CALL})]


def _beeline() -> list[Any]:
    return [
        delivery(text, "text/xml")
        for text in (
            beeline.xml("CallReceivedEvent", (0,), state="Alerting"),
            beeline.xml("CallAnsweredEvent", (0, 9), state="Active"),
            beeline.xml("CallReleasedEvent", (0, 9, 60), state="Released"),
        )
    ]


def _twilio() -> list[Any]:
    steps = ("ringing", "in-progress", "completed")
    calls = [
        {**twilio.CALL, "CallStatus": step, "Timestamp": f"Fri, 20 Nov 2026 09:30:{10 * n:02} +0000"}
        for n, step in enumerate(steps)
    ]
    return [form(one, url=twilio.URL) for one in (*calls, twilio.TEXT)]


def _letters() -> list[Any]:
    answer = "In-Reply-To: <first@client>\r\nReferences: <first@client>\r\n"
    texts = [
        LETTER.format(subject="Price", id="first", minute="10", more="", text="What does it cost?"),
        LETTER.format(
            subject="Re: Price", id="second", minute="20", more=answer, text="And when is it ready?"
        ),
        LETTER.format(subject="Another", id="third", minute="30", more="", text="Do you deliver?"),
    ]
    return [
        RawDelivery(text.encode(), method="IMAP", received_at=delivery(b"").received_at) for text in texts
    ]


def _calls(kind: str) -> list[Any]:
    return [form({name: str(value) for name, value in FIELDS[kind].items()})]


STREAMS: dict[str, Any] = {
    "email": _letters,
    "form": _posts,
    "tilda": lambda: _posts(tranid="1:2"),
    "webhook": _posts,
    "meta_leads": lambda: [meta_leads.told("444")],
    "google_leads": lambda: [google.lead(), google.lead(lead_id="TeSt-2")],
    "chat": lambda: [
        chat_post({"type": "message", "id": str(n), "text": f"text {n}", "contact": {"phone": "+79161112233"}}) for n in (1, 2)
    ],
    "callback": lambda: [delivery({"id": "1", "phone": "+79161112233", "name": "Анна"})],
    "jivo": lambda: [
        jivo.event("chat_accepted"),
        jivo.finished(),
        jivo.event("offline_message", chat_id=4399, message="Hello", visitor={"name": "Борис", "phone": "+79120003344"}),
    ],
    "telegram": _telegram,
    "whatsapp": _whatsapp,
    "messenger": lambda: _meta("page"),
    "instagram": lambda: _meta("instagram"),
    "vk": _vk,
    "max": _max,
    "avito": lambda: [avito.note(), avito.note(id="m2", content={"text": "second"}, created=1763631020)],
    "viber": lambda: [viber.said(text="first"), viber.said(text="second") | {"message_token": viber.TOKEN + 1}],
    "mango": _mango,
    "zadarma": _zadarma,
    "uis": _uis,
    "vats": _vats,
    "beeline": _beeline,
    "binotel": lambda: _calls("binotel"),
    "twilio": _twilio,
    "exolve": lambda: [FIELDS["exolve"]],
    "asterisk": lambda: [FIELDS["asterisk"]],
    "calltouch": lambda: [delivery(b"", method="GET", query=urllib.parse.urlencode(TRACKED))],
    "callibri": lambda: [FIELDS["callibri"]],
}  # fmt: skip
