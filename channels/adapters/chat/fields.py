"""Settings that the chat and the callback button share, and those of the chat alone."""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Callable

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels.adapters.base import Field, Settings
from channels.adapters.chat import scenario
from core.colours import is_colour

USUAL_COLOUR = "#3f51d1"
_HOST = re.compile(r"\A(\*\.)?[\w-]+(\.[\w-]+)*(:\d{1,5})?\Z")
MAX_SITES = 50


def check_colour(text: str) -> None:
    """Raise ValueError unless this is a colour of the web."""
    if not is_colour(text):
        raise ValueError(gettext("Write a colour as #3f51d1."))


def check_sites(text: str) -> None:
    """Raise ValueError that says which line names no site."""
    lines = site_lines(text)
    wrong = next((line for line in lines if not _HOST.match(line)), "")
    if wrong:
        raise ValueError(
            gettext("Write one site a line, as in shop.example. Not so: {line}").format(line=wrong[:80])
        )
    if len(lines) > MAX_SITES:
        raise ValueError(gettext("At most {count} lines.").format(count=MAX_SITES))


def check_address(text: str) -> None:
    """Raise ValueError unless a page can be opened at this address."""
    if urllib.parse.urlsplit(text).scheme not in ("http", "https"):
        raise ValueError(gettext("Write the address with https:// at the beginning."))


def whole_between(least: int, most: int) -> Callable[[str], None]:
    """Make a check of a number's bounds."""

    def check(text: str) -> None:
        if not text.isdecimal() or not least <= int(text) <= most:
            raise ValueError(gettext("Write a number from {least} to {most}.").format(least=least, most=most))

    return check


def site_lines(text: str) -> list[str]:
    """Read the sites of a setting: without scheme and path, in lower case."""
    lines = (
        line.strip().lower().removeprefix("https://").removeprefix("http://") for line in text.splitlines()
    )
    return [line.partition("/")[0] for line in lines if line]


def is_allowed_site(origin: str, settings: Settings) -> bool:
    """Say whether a page of this origin may use the widget; without a list every site may."""
    sites = site_lines(str(settings.get("allowed_sites") or ""))
    host = origin.partition("://")[2].lower()
    return not sites or any(_is_at(host, site) for site in sites)


def _is_at(host: str, site: str) -> bool:
    if site.startswith("*."):
        return host.endswith(site[1:])
    bare = host.partition(":")[0]
    return site in (host, bare) or site == bare.removeprefix("www.")


SECRET = Field(
    "secret",
    _("Key of the sessions"),
    kind="secret",
    is_generated=True,
    help_text=_(
        "It signs what visitors' browsers keep, so that nobody reads a talk of others. Made by us when left empty."
    ),
)
ALLOWED_SITES = Field(
    "allowed_sites",
    _("Sites it works on"),
    kind="lines",
    rows=3,
    validate=check_sites,
    help_text=_("One a line: shop.example, *.shop.example. Empty: on any site that has the code."),
)
LANGUAGE = Field(
    "language",
    _("Language"),
    kind="choice",
    default="auto",
    choices=(("auto", _("As the page")), ("ru", _("Russian")), ("en", _("English"))),
    help_text=_("“As the page” goes by the page's own mark of its language, then by the browser's."),
)
COLOUR = Field(
    "colour",
    _("Colour of the button"),
    default=USUAL_COLOUR,
    validate=check_colour,
    help_text=_("As #3f51d1. Text on it becomes black or white, whichever is easier to read."),
)
THEME = Field(
    "theme",
    _("Light or dark"),
    kind="choice",
    default="auto",
    choices=(("auto", _("As the visitor's system")), ("light", _("Light")), ("dark", _("Dark"))),
)


def corner(usual: str) -> Field:
    """Make the setting of where the button stands."""
    return Field(
        "corner",
        _("Corner of the page"),
        kind="choice",
        default=usual,
        choices=(("right", _("At the right")), ("left", _("At the left"))),
    )


CONSENT_TEXT = Field(
    "consent_text",
    _("Consent text"),
    kind="lines",
    rows=3,
    help_text=_("Stands with a box to tick where contacts are asked for. Empty: no box."),
)
CONSENT_URL = Field(
    "consent_url",
    _("Address of the privacy policy"),
    validate=check_address,
    help_text=_("The consent text leads there."),
)
HOURS = Field(
    "hours",
    _("When somebody is there"),
    kind="choice",
    default="duty",
    choices=(("duty", _("While the responsible are at work")), ("always", _("Always"))),
    help_text=_(
        "The responsible person of the channel, or anybody of the responsible role, by working hours, duty and "
        "absences. Where neither is chosen, the company's hours count."
    ),
)


CHAT_FIELDS: tuple[Field, ...] = (
    Field("title", _("Title of the window"), help_text=_("Empty: “Write to us”.")),
    Field(
        "greeting",
        _("Greeting"),
        kind="lines",
        rows=3,
        help_text=_("The first words a visitor reads. Empty: the usual greeting in the visitor's language."),
    ),
    LANGUAGE,
    COLOUR,
    THEME,
    corner("right"),
    HOURS,
    Field(
        "when_away",
        _("When nobody is there"),
        kind="choice",
        default="form",
        choices=(
            ("form", _("A form instead: name, contact, question")),
            ("chat", _("The chat goes on, with the off-hours text")),
            ("hide", _("The button is not shown")),
        ),
    ),
    Field(
        "away_text",
        _("Off-hours text"),
        kind="lines",
        rows=3,
        help_text=_("Stands over the form, or answers who writes then. Empty: when somebody will be there."),
    ),
    Field(
        "ask_contact",
        _("Ask for a phone or e-mail"),
        kind="choice",
        default="after",
        choices=(
            ("before", _("Before the first message")),
            ("after", _("After the first message")),
            ("never", _("Never")),
        ),
        help_text=_(
            "After the first message it can be passed over. Where the bot asks for it, it is asked once."
        ),
    ),
    CONSENT_TEXT,
    CONSENT_URL,
    Field(
        "invite_after_s",
        _("Invite after seconds"),
        kind="number",
        default="",
        validate=whole_between(3, 3600),
        help_text=_("The button speaks first, once a visit and never out of hours. Empty: it waits."),
    ),
    Field(
        "invite_text",
        _("Text of the invitation"),
        kind="lines",
        rows=3,
        help_text=_("Empty: the usual one in the visitor's language."),
    ),
    Field(
        "scenario",
        _("What the bot asks"),
        kind="lines",
        rows=3,
        validate=scenario.check,
        help_text=_(
            "One question a line: “name: What is your name?”, “phone: …”, “email: …”, “text: …”, "
            "“choice: What is it about? = Delivery | Payment”. Asked after the first message, a choice at the very "
            "beginning. Each can be passed over; a person's answer ends it. Empty: no bot."
        ),
    ),
    Field("bot_name", _("Name of the bot"), help_text=_("Empty: “Assistant”.")),
    Field(
        "close_after_min",
        _("A talk ends after minutes of silence"),
        kind="number",
        default=60,
        validate=whole_between(5, 7 * 24 * 60),
        help_text=_(
            "Then the visitor may rate it. What is written later begins a new talk in the same dialog."
        ),
    ),
    Field(
        "asks_rating",
        _("Ask how it was"),
        kind="bool",
        default=True,
        help_text=_("One to five stars and a word. It is written to the inquiry and mailed to the head."),
    ),
    Field("has_sound", _("A sound when an answer comes"), kind="bool", default=True),
    ALLOWED_SITES,
    SECRET,
)

CALLBACK_FIELDS: tuple[Field, ...] = (
    Field("title", _("Title of the window"), help_text=_("Empty: “We will call you back”.")),
    Field(
        "text",
        _("Text over the form"),
        kind="lines",
        rows=3,
        help_text=_("Empty: the usual one in the visitor's language."),
    ),
    LANGUAGE,
    COLOUR,
    THEME,
    corner("left"),
    HOURS,
    Field(
        "when_away",
        _("When nobody is there"),
        kind="choice",
        default="form",
        choices=(("form", _("Calls are ordered for later")), ("hide", _("The button is not shown"))),
        help_text=_("Who orders a call then reads when it will come."),
    ),
    Field("asks_name", _("Ask for a name"), kind="bool", default=False),
    Field(
        "offers_times",
        _("Offer times"),
        kind="bool",
        default=True,
        help_text=_("Half hours of the next days within working hours, by the visitor's own clock."),
    ),
    Field(
        "countdown_s",
        _("Count down seconds"),
        kind="number",
        default="",
        validate=whole_between(5, 600),
        help_text=_(
            "After an order for now, while somebody is there. Promise what you keep. Empty: no countdown."
        ),
    ),
    Field(
        "done_text",
        _("Text after the order"),
        kind="lines",
        rows=3,
        help_text=_("For calls ordered for now. Empty: the usual one in the visitor's language."),
    ),
    CONSENT_TEXT,
    CONSENT_URL,
    ALLOWED_SITES,
    SECRET,
)
