"""What the widget says, in the visitor's language: the company's own texts, else the usual ones."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Mapping
from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from channels.adapters.base import Settings
from channels.models import Channel
from core import formats
from core.zones import city_of, zone_named

LANGUAGES = ("ru", "en")


def choose_language(settings: Settings, asked: str, *, usual: str) -> str:
    """Choose the language: as the settings say, else as the page does, else the company's own."""
    fixed = str(settings.get("language") or "auto")
    if fixed in LANGUAGES:
        return fixed
    told = asked.strip().lower()[:2]
    if told in LANGUAGES:
        return told
    return "en" if told else usual  # a page in a third language is more likely read in English


def own_or(settings: Settings, name: str, usual: str) -> str:
    """Return the company's own text, or the usual one."""
    return str(settings.get(name) or "").strip() or usual


def bot_says(what: str, language: str) -> str:
    """Return one of the bot's usual sentences."""
    with translation.override(language):
        return {
            "person": _("I am calling a colleague. Please wait a little."),
            "thanks": _("Thank you! A colleague will answer you here."),
        }[what]


def bot_name(channel: Channel, language: str) -> str:
    """Name whoever speaks when no person does."""
    with translation.override(language):
        return own_or(channel.settings, "bot_name", _("Assistant"))


def away_text(
    channel: Channel, next_at: dt.datetime | None, language: str, *, zone: str = "", now: dt.datetime
) -> str:
    """Say that nobody is there, and when somebody will be; `zone` is the visitor's."""
    with translation.override(language):
        return away_words(channel, next_at, zone=zone, now=now)


def away_words(channel: Channel, next_at: dt.datetime | None, *, zone: str = "", now: dt.datetime) -> str:
    """Say the same in the language that is on."""
    usual = _("Nobody is here right now. Leave your question and a phone or e-mail, and we will answer.")
    if next_at is not None:
        when = when_words(next_at, home=channel.tenant.time_zone, zone=zone, now=now)
        usual = _("Nobody is here right now. We will answer %(when)s.") % {"when": when}
    return own_or(channel.settings, "away_text", usual)


def when_words(moment: dt.datetime, *, home: str, zone: str, now: dt.datetime) -> str:
    """Say a coming moment by the visitor's clock, and by ours beside it where the two differ.

    Where nobody knows the visitor's zone, ours is named: today after 09:00 (Moscow time).
    """
    ours, theirs = zoneinfo.ZoneInfo(home), zone_named(zone)
    city = home_city(home)
    with timezone.override(theirs or ours):
        when = _day_words(moment, now=now)
    if theirs is None:
        return _("%(when)s (%(city)s time)") % {"when": when, "city": city}
    if moment.astimezone(theirs).utcoffset() == moment.astimezone(ours).utcoffset():
        return when
    with timezone.override(ours):
        told = {"when": when, "time": formats.clock(moment), "city": city}
    return _("%(when)s (%(time)s our time, %(city)s)") % told


def home_city(home: str) -> str:
    """Name the company's zone in the language that is on."""
    return city_of(home, translation.get_language() or "en")


def _day_words(moment: dt.datetime, *, now: dt.datetime) -> str:
    clock = formats.clock(moment)
    days = (timezone.localtime(moment).date() - timezone.localtime(now).date()).days
    if days == 0:
        return _("today after %(time)s") % {"time": clock}
    if days == 1:
        return _("tomorrow after %(time)s") % {"time": clock}
    return _("on %(day)s after %(time)s") % {"day": formats.short_date(moment), "time": clock}


def shared_words() -> Mapping[str, Any]:
    """What both widgets say, in the language that is on."""
    return {
        "close": _("Close"),
        "name": _("Your name"),
        "phone": _("Phone"),
        "send": _("Send"),
        "needs_phone": _("Write a phone number."),
        "needs_consent": _("Tick the box, or we may not keep your data."),
        "broken": _("It did not go through. Check your connection and try again."),
        "busy": _("Too many at once. Wait a minute and try again."),
        "policy": _("Privacy policy"),
    }


def callback_words() -> Mapping[str, Any]:
    """What the callback button says."""
    return {
        "open": _("Order a call"),
        "call": _("Call me"),
        "when": _("When"),
        "now": _("Now"),
        "wrong_time": _("Nobody is there at that time any more. Choose another."),
        "done_at": _("Thank you! We will call %(when)s.") % {"when": "{when}"},
        "counting": _("We will call in %(time)s") % {"time": "{time}"},
        "soon": _("The call is about to come."),
        "our_time": _("%(when)s (%(time)s our time, %(city)s)")
        % {"when": "{when}", "time": "{time}", "city": "{city}"},
        "your_time": _("By your clock. It is %(time)s here now (%(city)s).")
        % {"time": "{time}", "city": "{city}"},
        "more": _("Another number"),
        "online": _("We are here"),
        "away": _("Nobody is here right now"),
    }


def chat_words() -> Mapping[str, Any]:
    """What the chat says."""
    return {
        "open": _("Open the chat"),
        "write": _("Write a message"),
        "attach": _("Attach a file"),
        "online": _("We are here"),
        "away": _("Nobody is here right now"),
        "types": _("%(name)s is typing…") % {"name": "{name}"},
        "seen": _("Seen"),
        "arrived": _("Sent"),
        "sending": _("Being sent"),
        "again": _("Not sent. Try again"),
        "too_large": _("The file is larger than 5 MB."),
        "wrong_file": _("Files of this type are not taken."),
        "email": _("E-mail"),
        "question": _("Your question"),
        "leave": _("Leave a phone or an e-mail, so that the answer finds you."),
        "first": _("How can we reach you if you leave the page?"),
        "later": _("Not now"),
        "needs_contact": _("Leave a phone or an e-mail."),
        "needs_text": _("Write your question."),
        "left": _("Thank you! We will answer."),
        "again_form": _("Write once more"),
        "rate": _("How was it?"),
        "stars": _("%(count)s of 5") % {"count": "{n}"},
        "comment": _("A word about it, if you like"),
        "thanks": _("Thank you for your rating!"),
        "end": _("End the talk"),
        "ended": _("The talk has ended. Write, and it goes on."),
        "skip": _("Skip"),
        "person": _("Call a person"),
        "mute": _("Switch the sound off"),
        "unmute": _("Switch the sound on"),
        "news": _("New message"),
        "offline": _("No connection. Trying again…"),
        "you": _("You"),
        "download": _("Download %(name)s") % {"name": "{name}"},
    }
