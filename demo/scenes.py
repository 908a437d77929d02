"""What a simulated year leaves out and a look at today needs: talks about deals, comments, duplicates, exclusions."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

from activities.services import add_note
from channels.adapters.base import RawDelivery
from channels.models import Dialog
from channels.services import assign_dialog
from contacts.duplicates.waiting import work_off
from contacts.merging.joining import merge_cards
from contacts.models import Contact
from core.tenancy import tenant_scope
from demo import answers, arrivals, payloads
from demo.site_words import SITE_WORDS
from leads.services import due_leads, escalate_lead, exclude, read_exclusion

if TYPE_CHECKING:
    from demo.year import Client, Year

TALKS, COMMENTED = 14, 10
# One person twice: by letter and in Telegram. The first pair is merged.
TWICE = {
    "ru": (
        ("Константин Шаповалов", "Костя Шаповалов", "k.shapovalov"),
        ("Аделина Рахматуллина", "Аделина Рахматуллина", "adelina.rakhmatullina"),
        ("Юлия Щербатова", "Yulia Shcherbatova", "y.shcherbatova"),
        ("Александр Верещагин", "Саша Верещагин", "vereschagin"),
    ),
    "en": (
        ("Theodore Lancaster", "Theo Lancaster", "t.lancaster"),
        ("Philippa Whitcombe", "Philippa Whitcombe", "philippa.whitcombe"),
        ("Catherine Ashdown", "Katherine Ashdown", "c.ashdown"),
        ("Benedict Thornbury", "Benedict Thornbury", "thornbury"),
    ),
}
EXCLUDED = {
    "ru": (("seo-top10.example", "Рассылка о продвижении сайтов"), ("+7 495 120-99-00", "Обзвон роботом")),
    "en": (("seo-top10.example", "Mailings about search engines"), ("+44 20 7946 0990", "Robot calls")),
}
SPAMMER = "promo@seo-top10.example"


def play(year: Year) -> None:
    """Add what the year left out, shortly before its end."""
    with tenant_scope(year.company.tenant):
        _talk_on(year)
        _comment(year)
        _exclude(year)
        _come_twice(year)
    work_off(year.company.tenant.pk)  # compares all cards of the year
    with tenant_scope(year.company.tenant):
        _merge_first(year)
        for pk in due_leads(now=year.now):
            escalate_lead(lead_id=pk, now=year.now)


# --- Dialogs -----------------------------------------------------------------------------------------
def _talk_on(year: Year) -> None:
    """Let clients with deals write again: some are answered, some wait, one was handed to a colleague."""
    words, rng = SITE_WORDS[year.company.plan.language], year.rng
    clients = {client.telegram_id: client for client in year.clients}
    rows = (
        Dialog.objects.open().filter(lead__deal__state="open").select_related("channel", "lead__deal__owner")
    )
    known = [row for row in rows.order_by("-last_message_at") if _number(row) in clients]
    for place, dialog in enumerate(known[:TALKS]):
        at = year.now - dt.timedelta(minutes=rng.randint(15, 60 * 20))
        delivery = _word(year, clients[_number(dialog)], dialog, at, words.later[place % len(words.later)])
        arrivals.deliver(year, dialog.channel, [delivery])
        dialog = Dialog.objects.select_related("channel", "contact", "lead__deal__owner").get(pk=dialog.pk)
        if place % 3 == 0 and dialog.holder is not None:
            text = words.answers[place % len(words.answers)]
            answers.say(dialog, dialog.holder, text, at + dt.timedelta(minutes=9))
        elif place == 1:
            member = next(m for m in year.company.managers if m != dialog.holder)
            assign_dialog(dialog=dialog, member=member, by=year.company.member_in("head"), now=year.now)


def _word(year: Year, client: Client, dialog: Dialog, at: dt.datetime, text: str) -> RawDelivery:
    return arrivals.write(year, dialog.channel.kind, client, at, text)


def _number(dialog: Dialog) -> int:
    """Which client a dialog in a messenger or the chat is with; 0 for mail."""
    found = re.search(r"(\d+)\Z", dialog.external_id)
    return int(found[1]) if found and not dialog.is_mail else 0


def _comment(year: Year) -> None:
    words = SITE_WORDS[year.company.plan.language]
    rows = Dialog.objects.open().exclude(lead=None).select_related("lead").order_by("-last_message_at")
    for place, dialog in enumerate(rows[: COMMENTED * 2 : 2]):
        by = year.company.managers[place % len(year.company.managers)]
        at = dialog.last_message_at + dt.timedelta(minutes=1)
        add_note(text=words.comments[place % len(words.comments)], by=by, now=at, lead=dialog.lead)


# --- Clients -----------------------------------------------------------------------------------------
def _exclude(year: Year) -> None:
    """Keep spammers out, and let one of them try."""
    by, story = year.company.member_in("dispatcher"), year.story
    for text, note in EXCLUDED[year.company.plan.language]:
        exclude(key=read_exclusion(text), by=by, now=year.now - dt.timedelta(days=20), note=note)
    for days in (9, 2):
        letter = payloads.mail(
            at=year.now - dt.timedelta(days=days),
            serial=next(year.serial),
            name="Promo",
            address=SPAMMER,
            to=year.company.plan.mailbox,
            subject=story.subjects[0],
            text=story.spam[0],
        )
        arrivals.deliver(year, year.company.channels["email"], [letter])


def _come_twice(year: Year) -> None:
    """Let some people write a letter and, days later, in Telegram: two cards of one person."""
    for place, (name, other, address) in enumerate(TWICE[year.company.plan.language]):
        client = year.newcomer(name=name, email=f"{address}@mail.example")
        at = year.now - dt.timedelta(days=6 + place, hours=3)
        arrivals.arrive_by(year, "email", client, at)
        again = year.newcomer(name=other, email="")
        arrivals.arrive_by(year, "telegram", again, at + dt.timedelta(days=3, minutes=40 * place))


def _merge_first(year: Year) -> None:
    name, other, _address = TWICE[year.company.plan.language][0]
    cards: Any = Contact.objects.present()
    merge_cards(
        survivor=cards.get(name=name),
        others=[cards.get(name=other)],
        by=year.company.member_in("head"),
        now=year.now - dt.timedelta(hours=5),
    )
