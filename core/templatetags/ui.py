"""Template tags of the interface: icons, times, money, chips, fields. docs/ui.md shows each in use."""

from __future__ import annotations

import datetime as dt
import functools
import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import template
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import formats
from core.addresses import row_url

register = template.Library()

# Value of a lead's quality: class of the shape, word beside it.
QUALITIES: Mapping[str, tuple[str, Any]] = {
    "targeted": ("", gettext_lazy("Targeted")),
    "repeat": ("q-rep", gettext_lazy("Repeat")),
    "non_targeted": ("q-non", gettext_lazy("Non-targeted")),
    "unverified": ("q-unv", gettext_lazy("Unverified")),
    "unsorted": ("q-uns", gettext_lazy("Unsorted")),
}
# Channel or inquiry kind: icon. Kinds that are one medium to the reader share one.
CHANNEL_ICONS: Mapping[str, str] = (
    {
        "email": "mail",
        "form": "forms",
        "tilda": "forms",
        "meta_leads": "brand-facebook",
        "google_leads": "brand-google",
        "telegram": "brand-telegram",
        "vk": "brand-vk",
        "whatsapp": "brand-whatsapp",
        "messenger": "brand-messenger",
        "instagram": "brand-instagram",
        "max": "message-dots",
        "viber": "message-dots",
        "avito": "shopping-bag",
        "jivo": "message-circle",
        "chat": "message-circle",
        "callback": "phone-call",
        "webhook": "webhook",
        "dialog": "message",
        "manual": "user-plus",
        "call": "phone",
        "call_in": "phone-incoming",
        "call_out": "phone-outgoing",
        "call_missed": "phone-x",
        "missed_call": "phone-x",
        "request": "forms",
        "task": "checkbox",
        "meeting": "users",
        "note": "note",
    }
    | dict.fromkeys(
        ("mango", "zadarma", "uis", "vats", "beeline", "binotel", "twilio", "exolve", "asterisk"), "phone"
    )
    | dict.fromkeys(("calltouch", "callibri", "numbers"), "phone-call")
)
ICON_SIZES = {"": "i", "s": "i i-s", "l": "i i-l"}


@register.simple_tag
def icon(name: str, size: str = "", css: str = "", label: str = "") -> SafeString:
    """Draw a sprite icon; without a label it is hidden from screen readers."""
    return _drawing(name, size, css, str(label))


@functools.lru_cache(maxsize=2048)
def _drawing(name: str, size: str, css: str, label: str) -> SafeString:
    # Kept because a page has hundreds, few of them different.
    classes = f"{ICON_SIZES[size]} {css}".strip()
    href = f"{static('icons/sprite.svg')}#{name}"
    if label:
        return format_html(
            '<svg class="{}" role="img" aria-label="{}"><use href="{}"/></svg>', classes, label, href
        )
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}"/></svg>', classes, href)


@register.simple_tag
def ago(value: dt.datetime | None, length: str = "", css: str = "") -> SafeString:
    """Show a moment relative to now, exact on hover; length "long" says 'ago'."""
    if value is None:
        return SafeString("")
    return format_html(
        '<time datetime="{}" title="{}" data-ago="{}" class="{}">{}</time>',
        value.isoformat(),
        formats.exact(value),
        length,
        f"nw {css}".strip(),
        formats.ago(value, is_long=length == "long"),
    )


@register.simple_tag
def moment(value: dt.datetime | None, css: str = "") -> SafeString:
    """Show the time of day for today's moments, else the day; exact on hover."""
    if value is None:
        return SafeString("")
    is_today = timezone.localtime(value).date() == timezone.localdate()
    text = formats.clock(value) if is_today else formats.short_date(value)
    return format_html(
        '<time datetime="{}" title="{}" class="{}">{}</time>',
        value.isoformat(),
        formats.exact(value),
        f"nw {css}".strip(),
        text,
    )


@register.simple_tag
def money(amount: formats.Number | None, currency: str, length: str = "") -> SafeString:
    """Show money with its currency, never broken over lines; length "short" rounds, exact on hover."""
    if amount is None:
        return SafeString("")
    full = formats.money(amount, currency)
    if length == "short":
        return format_html(
            '<span class="money" title="{}">{}</span>', full, formats.money_short(amount, currency)
        )
    return format_html('<span class="money">{}</span>', full)


@register.filter
def phone(value: str | None) -> str:
    """Show an E.164 phone the way people read it."""
    return formats.phone(value) if value else ""


@register.filter
def duration(value: formats.Number | None) -> str:
    """Show seconds as m:ss."""
    return formats.duration(value)


@register.filter
def minutes(value: formats.Number | None) -> str:
    """Show a count of minutes as 47 min, 3 h, 2 d."""
    return formats.minutes(value)


@register.filter
def number(value: formats.Number | None, digits: int = 0) -> str:
    """Show a number with the reader's separators."""
    return formats.number(value, digits=digits)


@register.filter
def percent(value: formats.Number | None) -> str:
    """Show a share given in 0-100."""
    return formats.percent(value)


@register.filter
def numbered(number: int | str) -> str:
    """Show the number a record is called by: No. 423 or № 423."""
    return formats.numbered(number)


@register.filter
def inner(text: str) -> str:
    """Show a text inside quotation marks: those of its own become inner ones."""
    return formats.inner(str(text))


@register.filter
def whole_percent(value: formats.Number | None) -> str:
    """Show a share given in 0-100 without a fraction."""
    return formats.percent(value, digits=0)


@register.filter
def short_day(value: dt.date | None) -> str:
    """Show a day as 16 Nov, with the year when it is another one."""
    return formats.short_date(value) if value else ""


@register.filter
def rate(value: Decimal) -> str:
    """Write what a currency costs."""
    return formats.rate(value)


@register.filter
def currency_sign(currency: str) -> str:
    """Show a currency by its sign."""
    return formats.currency_sign(currency)


@register.filter
def browser(user_agent: str) -> str:
    """Show which browser and system a User-Agent header tells of."""
    return formats.browser(user_agent)


@register.simple_tag
def delta(value: formats.Number | None, good: str = "up", unit: str = "", digits: int = 0) -> SafeString:
    """Show a change with sign, arrow and colour; good says which way is good: up, down or none."""
    if value is None:
        return SafeString("")
    if not value:
        return format_html('<span class="muted">{}</span>', _("no change"))
    is_up = value > 0
    tone = "" if good == "none" else "t-ok" if (good == "up") == is_up else "t-danger"
    suffix = f"{formats.NBSP}{unit}" if unit else ""
    arrow = icon("trending-up" if is_up else "trending-down", "s")
    return format_html(
        '<span class="nw {}">{} {}{}</span>', tone, arrow, formats.signed(value, digits=digits), suffix
    )


@register.simple_tag
def avatar(name: str, key: object = None, size: str = "", css: str = "") -> SafeString:
    """Show initials on a tint picked by key (an id; the name by default). Decorative: write the name too."""
    shown_size = f"av-{size}" if size else ""
    tint = formats.tint(key if key is not None else name)
    classes = " ".join(part for part in ("av", f"av-{tint}", shown_size, css) if part)
    return format_html('<span class="{}" aria-hidden="true">{}</span>', classes, formats.initials(name))


@register.simple_tag
def quality(value: str, reason: str = "", length: str = "") -> SafeString:
    """Show a lead's quality by shape and word; length "min" keeps the shape, the word goes to the tooltip."""
    css, word = QUALITIES.get(value, QUALITIES["unsorted"])
    classes = f"q {css}".strip()
    title = f"{word}: {reason}" if reason else str(word)
    if length == "min":
        return format_html(
            '<span class="{} q-min" title="{}"><span class="visually-hidden">{}</span></span>',
            classes,
            title,
            word,
        )
    return format_html('<span class="{}" title="{}">{}</span>', classes, title, word)


# How an inquiry came, where only its kind is known: a glyph alone says nothing to a screen reader.
KIND_WORDS: Mapping[str, Any] = {
    "email": gettext_lazy("E-mail"),
    "message": gettext_lazy("Message"),
    "request": gettext_lazy("Form"),
    "manual": gettext_lazy("Manual"),
    "call": gettext_lazy("Call"),
    "missed_call": gettext_lazy("Missed call"),
    "callback": gettext_lazy("Callback request"),
    "chat": gettext_lazy("Chat"),
}


@register.filter
def channel_icon(kind: str) -> str:
    """Name the icon of a channel or inquiry kind."""
    return CHANNEL_ICONS.get(kind, "message")


@register.simple_tag
def channel(kind: str, label: str, size: str = "", is_missed: bool = False) -> SafeString:
    """Show a channel's glyph in its tile; label is the tooltip and what screen readers say."""
    classes = " ".join(
        part for part in ("ch", "ch-s" if size == "s" else "", "ch-missed" if is_missed else "") if part
    )
    drawing = icon(channel_icon("call_missed" if is_missed else kind), "s" if size == "s" else "l")
    return format_html(
        '<span class="{}" title="{}">{}<span class="visually-hidden">{}</span></span>',
        classes,
        label,
        drawing,
        label,
    )


@register.simple_tag(name="row_url")
def row_url_tag(name: str, pk: uuid.UUID | str) -> str:
    """Give the address of a row's page, for loops: reversed once and not for each row."""
    return row_url(name, pk)


@register.simple_tag
def url_if(name: str, *args: Any, **kwargs: Any) -> str:
    """Reverse a URL, or give nothing where no such page is installed."""
    try:
        return reverse(name, args=args, kwargs=kwargs)
    except NoReverseMatch:
        return ""
