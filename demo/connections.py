"""What the demo companies are connected to: mail, messengers, a telephone line, and what stands on their sites.

Nothing here exists: addresses end in .example, which nobody can own, so nothing ever reaches a provider. What would
only fail is switched off once the day has begun (`rest`); chat, callback, form and numbers need nobody but us.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from channels.models import Channel
from channels.services import (
    add_site_numbers,
    create_channel,
    save_site_form,
    set_missed_call_plan,
    switch_channel,
)
from contacts.models import Source
from demo.site_words import SITE_WORDS
from tenants.models import Membership, Role

if TYPE_CHECKING:
    from demo.companies import Plan

LIMITS_MIN = {"email": 60, "form": 15, "telegram": 10, "mango": 5, "chat": 2, "callback": 10}
USUAL_LIMIT_MIN = 15
CALL_BACK_WITHIN_MIN = 20
# Of accounts that exist nowhere: an answer would only fail.
AT_REST = ("email", "vk", "avito")


def channel_settings(plan: Plan) -> dict[str, dict[str, Any]]:
    """Settings of the demo's channels by adapter kind. The accounts exist nowhere."""
    words = SITE_WORDS[plan.language]
    found: dict[str, dict[str, Any]] = {
        "email": {
            "address": plan.mailbox,
            "username": plan.mailbox,
            "password": "demo",
            "imap_host": "imap.example.com",
            "smtp_host": "smtp.example.com",
            "signature": words.signature,
        },
        "form": {},
        "telegram": {"token": "1000:demo", "base_url": "https://telegram.example"},
        "mango": {"api_key": "demo", "api_salt": "demo", "base_url": "https://mango.example"},
        "chat": {
            "greeting": words.greeting,
            "scenario": words.scenario,
            "consent_text": words.consent,
            "invite_after_s": "20",
        },
        "callback": {"asks_name": True, "countdown_s": "60", "consent_text": words.consent},
        "numbers": {"printed": f"+{plan.line}"},
    }
    if "vk" in plan.kinds:
        found["vk"] = {"token": "demo", "group_id": "1000", "base_url": "https://vk.example"}
        found["avito"] = {"client_id": "demo", "client_secret": "demo", "base_url": "https://avito.example"}
    return found


def connect(plan: Plan, members: dict[str, Membership], now: dt.datetime) -> dict[str, Channel]:
    """Connect everything in the active tenant; by adapter kind."""
    words, by = SITE_WORDS[plan.language], members[plan.people[0].email]
    roles = {m.role.code: m.role for m in members.values()}
    sources = {source.name: source for source in Source.objects.all()}
    names = words.channels | {"email": plan.mailbox, "telegram": plan.bot, "mango": f"+{plan.line}"}
    channels = {
        kind: create_channel(
            kind=kind,
            name=names[kind],
            by=by,
            now=now,
            settings=settings,
            responsible_role=roles[Role.Code.DISPATCHER if kind == "email" else Role.Code.MANAGER],
            response_limit_min=LIMITS_MIN.get(kind, USUAL_LIMIT_MIN),
            source=sources.get(plan.channel_sources.get(kind, "")),
            is_reason_required=kind == "form",
        ).channel
        for kind, settings in channel_settings(plan).items()
    }
    save_site_form(channel=channels["form"], definition=words.form, version=0, by=by, now=now)
    set_missed_call_plan(channel=channels["mango"], by=by, callback_within_min=CALL_BACK_WITHIN_MIN)
    for number, utm_source in zip(plan.site_numbers, (plan.sources[0][2], ""), strict=True):
        add_site_numbers(
            channel=channels["numbers"],
            text=number,
            by=by,
            now=now,
            **({"utm_source": utm_source} if utm_source else {}),
        )
    return channels


def rest(channels: dict[str, Channel], *, now: dt.datetime) -> None:
    """Switch off what exists nowhere: nobody should wait for it or see it fail."""
    for kind in AT_REST:
        if kind in channels:
            switch_channel(channel=channels[kind], is_active=False, now=now)
