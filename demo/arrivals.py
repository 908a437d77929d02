"""Inquiries as clients make them: what each channel of a demo company would deliver."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from channels import journal
from channels.adapters.base import RawDelivery
from channels.adapters.site_note import PostNote, agreed
from channels.journal.settle import settle
from channels.models import Channel, Event, EventItem
from channels.services import lend_number
from demo import payloads
from demo.site_words import SITE_WORDS, SiteWords
from leads.models import Lead

if TYPE_CHECKING:
    from demo.year import Client, Year

SHARES = {
    "mango": 32,
    "telegram": 18,
    "form": 18,
    "email": 15,
    "chat": 10,
    "callback": 5,
    "vk": 6,
    "avito": 6,
}
BY_SITE_NUMBER = 0.4  # of the calls
LEAVES_PHONE = 0.7  # in a chat


def choose(year: Year) -> str:
    """Choose by which kind of channel the next inquiry comes."""
    kinds = year.company.plan.kinds
    return year.rng.choices(kinds, weights=[SHARES[kind] for kind in kinds])[0]


def arrive_by(year: Year, kind: str, client: Client, moment: dt.datetime) -> Lead | None:
    """Deliver one inquiry of a client; return the lead it became, or None where it joined one."""
    return deliver(year, year.company.channels[kind], _INQUIRIES[kind](year, client, moment))


def deliver(year: Year, channel: Channel, deliveries: list[RawDelivery]) -> Lead | None:
    """Journal deliveries and work them off, as the workers would; return the lead they became."""
    lead: Lead | None = None
    for delivery in deliveries:
        assert delivery.received_at is not None
        event = journal.record(channel=channel, delivery=delivery, now=delivery.received_at)
        lead = _settled(event, channel, now=delivery.received_at) or lead
    _settle_marks(year)
    return lead


def _settled(event: Event, channel: Channel, *, now: dt.datetime) -> Lead | None:
    settle(event, channel=channel, now=now)
    channel.last_event_at = now
    channel.save(update_fields=["last_event_at"])
    item = EventItem.objects.filter(event=event).select_related("lead").first()
    return item.lead if item and item.outcome == EventItem.Outcome.LEAD else None


def _settle_marks(year: Year) -> None:
    """Work off what a call by a number of the site has journaled."""
    numbers = year.company.channels["numbers"]
    for event in Event.objects.filter(channel=numbers, state=Event.State.RECEIVED):
        _settled(event, numbers, now=event.received_at)


# --- What is said and where it came from -------------------------------------------------------------
def text_of(year: Year) -> str:
    rng = year.rng
    if rng.random() < 0.06:
        return rng.choice(year.story.spam)
    if rng.random() < 0.12:
        return rng.choice(year.story.troubles)
    return year.story.inquiry(rng, year.product())


def _words(year: Year) -> SiteWords:
    return SITE_WORDS[year.company.plan.language]


def _marks(year: Year) -> dict[str, str]:
    marked = [utm for _name, _group, utm, _adv, _cost in year.company.plan.sources if utm]
    source = year.rng.choices([*marked, ""], weights=[*range(len(marked) + 2, 2, -1), 3])[0]
    if not source:
        return {}
    campaign = year.rng.choice(_words(year).campaigns)
    return {"utm_source": source, "utm_medium": "cpc", "utm_campaign": campaign}


def _first_visit(year: Year, moment: dt.datetime) -> dict[str, str]:
    """Where the visitor came from the very first time, as the script of the site remembers it."""
    words, rng = _words(year), year.rng
    seen_at = moment - dt.timedelta(days=rng.randint(0, 30), minutes=rng.randint(5, 600))
    first = {f"first_{name}": value for name, value in _marks(year).items()}
    path, _title = rng.choice(words.pages)
    return first | {
        "first_page": f"https://{words.site}{path}",
        "first_referrer": rng.choice(words.referrers),
        "first_seen_at": seen_at.isoformat(),
    }


def _page(year: Year) -> dict[str, object]:
    """The page at hand, as a widget tells it."""
    words, rng = _words(year), year.rng
    marks = "&".join(f"{name}={value}" for name, value in _marks(year).items())
    first, _title = rng.choice(words.pages)
    path, title = rng.choice(words.pages)
    return {
        "url": f"https://{words.site}{path}",
        "title": title,
        "first_url": f"https://{words.site}{first}?{marks}",
        "seconds": rng.randint(20, 900),
        "lang": year.company.plan.language,
    }


# --- Channels ----------------------------------------------------------------------------------------
def _telegram(year: Year, client: Client, moment: dt.datetime) -> list[RawDelivery]:
    return [write(year, "telegram", client, moment, text_of(year))]


def _vk(year: Year, client: Client, moment: dt.datetime) -> list[RawDelivery]:
    return [write(year, "vk", client, moment, text_of(year))]


def _avito(year: Year, client: Client, moment: dt.datetime) -> list[RawDelivery]:
    return [write(year, "avito", client, moment, text_of(year))]


def write(year: Year, kind: str, client: Client, moment: dt.datetime, text: str) -> RawDelivery:
    """One message of a client in a messenger or the chat, which goes on in the client's dialog there."""
    serial, number = next(year.serial), client.telegram_id
    if kind == "chat":
        return payloads.chat(at=moment, serial=serial, visitor=_visitor(client), text=text)
    if kind == "avito":
        ad = year.story.products[number % len(year.story.products)]
        told = {"title": ad.name, "price": f"{ad.price} ₽"}
        return payloads.avito(
            at=moment, serial=serial, person_id=number, name=client.name, text=text, product=told
        )
    make = payloads.vk if kind == "vk" else payloads.telegram
    return make(at=moment, serial=serial, person_id=number, name=client.name, text=text)


def _visitor(client: Client) -> str:
    return f"visitor-of-the-demo-{client.telegram_id}"


def _chat(year: Year, client: Client, moment: dt.datetime) -> list[RawDelivery]:
    """A talk that begins with the bot's questions."""
    topic, page = year.rng.choice(_words(year).topics), _page(year)
    said: list[tuple[str, dict[str, object]]] = [
        (topic, {"step": 0, "is_first": True, "page": page}),
        (client.name.partition(" ")[0], {"step": 1, "page": page}),
    ]
    if year.rng.random() < LEAVES_PHONE:
        said.append((client.phone, {"step": 2, "page": page, "consent": True}))
    said.append((text_of(year), {"page": page}))
    return [
        payloads.chat(
            at=moment + dt.timedelta(seconds=20 * place),
            serial=next(year.serial),
            visitor=_visitor(client),
            text=text,
            **more,
        )
        for place, (text, more) in enumerate(said)
    ]


def _callback(year: Year, client: Client, moment: dt.datetime) -> list[RawDelivery]:
    when = year.later(moment, 5) if year.rng.random() < 0.5 else None
    return [
        payloads.callback(
            at=moment,
            serial=next(year.serial),
            name=client.name.partition(" ")[0],
            phone=client.phone,
            when=when,
            zone=year.company.plan.zone,
            page=_page(year),
        )
    ]


def _email(year: Year, client: Client, moment: dt.datetime) -> list[RawDelivery]:
    text = f"{text_of(year)}\n\n{client.name}\n{client.company}\n{client.phone}"
    return [mail(year, client, moment, text)]


def mail(year: Year, client: Client, moment: dt.datetime, text: str, *, calendar: str = "") -> RawDelivery:
    """One letter of a client."""
    return payloads.mail(
        at=moment,
        serial=next(year.serial),
        name=client.name,
        address=client.email,
        to=year.company.plan.mailbox,
        subject=year.rng.choice(year.story.subjects),
        text=text,
        calendar=calendar,
    )


def _form(year: Year, client: Client, moment: dt.datetime) -> list[RawDelivery]:
    words = _words(year)
    path, _title = year.rng.choice(words.pages)
    values = {
        "name": client.name,
        "phone": client.phone,
        "company": client.company,
        "city": year.rng.choice(year.story.cities),
        "product": year.product().name,
        "message": text_of(year),
        "consent": "on",
        "page_url": f"https://{words.site}{path}",
    }
    fields = {name: value for name, value in values.items() if value}
    fields |= _marks(year) | _first_visit(year, moment)
    note = _note(words, moment.astimezone(year.zone))
    return [payloads.form(at=moment, serial=next(year.serial), fields=fields, details=note.as_bytes())]


def _note(words: SiteWords, at: dt.datetime) -> PostNote:
    """What our own form knows of the post: its questions, and the words agreed to."""
    questions: Mapping[str, Mapping[str, str]] = {
        one.name: {"label": one.label, "type": one.type, "meaning": one.meaning} for one in words.form.fields
    }
    consent = agreed(words.form.consent.words, version=words.form.consent.version, at=at)
    return PostNote(title=words.form.title, questions=questions, consent=consent)


def _mango(year: Year, client: Client, moment: dt.datetime) -> list[RawDelivery]:
    rng = year.rng
    talk = (
        0
        if rng.random() < 0.17
        else rng.choice((rng.randint(4, 18), rng.randint(30, 420), rng.randint(30, 420)))
    )
    return payloads.call(
        at=moment,
        serial=next(year.serial),
        phone=client.phone.lstrip("+"),
        line=_line(year, client, moment),
        extension=year.manager().phone_extension,
        wait_s=rng.randint(4, 40),
        talk_s=talk,
        is_out=rng.random() < 0.07,
    )


def _line(year: Year, client: Client, moment: dt.datetime) -> str:
    """The number that was called: the printed one, or what the site showed this visitor."""
    if year.rng.random() > BY_SITE_NUMBER:
        return year.company.plan.line
    path, _title = year.rng.choice(_words(year).pages)
    told = _marks(year) | _first_visit(year, moment) | {"page_url": f"https://{_words(year).site}{path}"}
    number = lend_number(
        channel=year.company.channels["numbers"],
        visitor=_visitor(client),
        told=told,
        region="",
        now=moment - dt.timedelta(minutes=3),
    )
    return number.number.lstrip("+") if number is not None else year.company.plan.line


_INQUIRIES: dict[str, Callable[[Year, Client, dt.datetime], list[RawDelivery]]] = {
    "mango": _mango,
    "telegram": _telegram,
    "form": _form,
    "email": _email,
    "chat": _chat,
    "callback": _callback,
    "vk": _vk,
    "avito": _avito,
}
