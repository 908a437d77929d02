"""How clients are answered: by letter, message, chat or phone, and how talks end."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from activities.services import log_activity
from channels.models import Dialog, DialogOutcome, Message
from channels.services import close_dialog, send_reply
from channels.widget.talks import rate_talk
from demo import payloads
from demo.arrivals import deliver
from demo.site_words import SITE_WORDS
from leads.models import Lead
from leads.services import note_answer
from tenants.models import Membership

if TYPE_CHECKING:
    from demo.year import Year

RATED = 0.6  # of the chats
Effect = DialogOutcome.Effect


def answer(year: Year, lead: Lead, who: Membership, text: str, at: dt.datetime) -> None:
    """Answer a lead the way it came."""
    dialog = Dialog.objects.select_related("channel", "contact").filter(pk=lead.dialog_id).first()
    if dialog is not None and dialog.recipient:
        say(dialog, who, text, at)
        return
    if lead.is_missed:
        _call_back(year, lead, who, at)
    elif lead.channel_kind != "call":
        log_activity(
            kind="message",
            direction="out",
            occurred_at=at,
            author=who,
            text=text,
            lead=lead,
            contact=lead.contact,
        )
    note_answer(lead=lead, at=at)


def say(dialog: Dialog, who: Membership, text: str, at: dt.datetime) -> None:
    """Write in a dialog. The message counts as sent at once: it must not leave for a provider."""
    message = send_reply(by=who, text=text, now=at, dialog=dialog)
    message.state = Message.State.SENT if dialog.is_mail else Message.State.READ
    message.next_try_at = None
    message.external_id = message.external_id or f"demo-{message.pk}"
    message.save(update_fields=["state", "next_try_at", "external_id"])


def _call_back(year: Year, lead: Lead, who: Membership, at: dt.datetime) -> None:
    """Call back who was missed: the task to do so is done by that."""
    calls = payloads.call(
        at=at,
        serial=next(year.serial),
        phone=lead.phone.lstrip("+"),
        line=year.company.plan.line,
        extension=who.phone_extension,
        wait_s=year.rng.randint(4, 20),
        talk_s=year.rng.randint(40, 300),
        is_out=True,
    )
    deliver(year, year.company.channels["mango"], calls)


def end_dialog(year: Year, lead: Lead, who: Membership, at: dt.datetime) -> None:
    """Close the dialog of a lead that was decided about; who talked in the chat of the site may rate it."""
    dialog = Dialog.objects.select_related("channel").filter(pk=lead.dialog_id, closed_at=None).first()
    if dialog is None:
        return
    close_dialog(dialog=dialog, outcome=_outcome(year, lead), by=who, now=at)
    if dialog.channel.kind == "chat" and year.rng.random() < RATED:
        stars, comment = year.rng.choice(SITE_WORDS[year.company.plan.language].ratings)
        rate_talk(dialog=dialog, stars=stars, comment=comment, now=at + dt.timedelta(minutes=1))


def _outcome(year: Year, lead: Lead) -> DialogOutcome:
    """Choose what fits the decision: the outcome of its reason, or one that says nothing of the inquiry."""
    current, offered = Lead.objects.get(pk=lead.pk), list(DialogOutcome.objects.offered())
    if current.state == Lead.State.CONVERTED:
        return next(one for one in offered if one.effect == Effect.ACCEPT)
    of_reason = [one for one in offered if one.reason_id and one.reason_id == current.rejection_reason_id]
    neutral = [one for one in offered if one.effect == Effect.KEEP]
    return year.rng.choice(of_reason or neutral)
