"""What a widget needs to know before anybody has said a word: looks, words, and whether somebody is there."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from channels.adapters.base import Settings
from channels.adapters.chat.fields import USUAL_COLOUR
from channels.adapters.chat.scenario import read_scenario
from channels.adapters.text import as_int
from channels.models import Channel
from channels.widget import reading, texts
from channels.widget.door import Door
from channels.widget.staffing import staffing_of
from core.colours import ink_on


def config_of(
    channel: Channel, door: Door, *, language: str, zone: str = "", now: dt.datetime
) -> dict[str, Any]:
    """Describe the widget in a language, with moments by the visitor's `zone`.

    Says nothing of the company beyond its own texts and its clock.
    """
    code = texts.choose_language(door.settings, language, usual=door.language)
    with translation.override(code):
        facts = _callback(channel, door, now) if door.kind == "callback" else _chat(channel, door, zone, now)
        return _looks(door) | {"kind": door.kind, "lang": code} | facts


def _looks(door: Door) -> dict[str, Any]:
    settings = door.settings
    colour = str(settings.get("colour") or USUAL_COLOUR)
    return {
        "colour": colour,
        "ink": ink_on(colour),
        "theme": settings.get("theme") or "auto",
        "corner": settings.get("corner") or "right",
        "consent": {
            "text": str(settings.get("consent_text") or "").strip(),
            "url": str(settings.get("consent_url") or ""),
        },
    }


def _chat(channel: Channel, door: Door, zone: str, now: dt.datetime) -> dict[str, Any]:
    settings, staffing = door.settings, staffing_of(channel, now=now)
    is_there = staffing.is_there(now)
    return {
        "title": texts.own_or(settings, "title", _("Write to us")),
        "greeting": texts.own_or(settings, "greeting", _("Hello! What can we do for you?")),
        "is_online": is_there,
        "when_away": settings.get("when_away") or "form",
        "away_text": "" if is_there else texts.away_words(channel, staffing.next_at(now), zone=zone, now=now),
        "ask_contact": _ask_contact(settings),
        "invite_after_s": as_int(settings.get("invite_after_s")) or 0,
        "invite_text": texts.own_or(settings, "invite_text", _("Any questions? We are here to help.")),
        "has_sound": bool(settings.get("has_sound", True)),
        "bot": reading.question(None, channel),
        "bot_name": texts.own_or(settings, "bot_name", _("Assistant")),
        "t": {**texts.shared_words(), **texts.chat_words()},
    }


def _callback(channel: Channel, door: Door, now: dt.datetime) -> dict[str, Any]:
    settings, staffing = door.settings, staffing_of(channel, now=now)
    is_there, next_at = staffing.is_there(now), staffing.next_at(now)
    return {
        "title": texts.own_or(settings, "title", _("We will call you back")),
        "text": texts.own_or(settings, "text", _("Leave your number. It costs you nothing.")),
        "is_online": is_there,
        "next_at": None if is_there or next_at is None else next_at.isoformat(),
        "zone": channel.tenant.time_zone,
        "city": texts.home_city(channel.tenant.time_zone),
        "when_away": settings.get("when_away") or "form",
        "slots": [at.isoformat() for at in staffing.slots(now)] if settings.get("offers_times") else [],
        "asks_name": bool(settings.get("asks_name")),
        "countdown_s": as_int(settings.get("countdown_s")) or 0,
        "done_text": texts.own_or(settings, "done_text", _("Thank you! We are dialling your number.")),
        "t": {**texts.shared_words(), **texts.callback_words()},
    }


def _ask_contact(settings: Settings) -> str:
    """Say when the widget asks for a contact; what the bot asks for is not asked twice."""
    wanted = str(settings.get("ask_contact") or "after")
    kinds = {step.kind for step in read_scenario(str(settings.get("scenario") or ""))}
    return "never" if wanted == "after" and kinds & {"phone", "email"} else wanted
