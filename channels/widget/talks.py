"""What happens in a talk: words of either side, the bot's questions, the end and the rating."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from activities.models import Activity
from activities.services import log_activity
from channels.adapters.chat.scenario import Progress, read_scenario
from channels.adapters.text import as_int, clean_text
from channels.models import Channel, Dialog, Message, Talk
from channels.telling import tell_activity
from channels.widget import rating, texts
from channels.widget.guests import KIND, tell_visitor
from channels.widget.staffing import staffing_of
from contacts.identity import get_or_create_contact, messenger_key
from core.errors import Conflict, Refusal
from leads.inquiry import Person
from leads.models import Lead
from tenants.models import Membership

UNSEEN = (Message.State.QUEUED, Message.State.SENDING, Message.State.SENT)


class NoTalk(Refusal):
    """There is no talk this could be done to."""

    code = "no_talk"

    def default_message(self) -> str | Promise:
        return _("There is no talk going on.")


class AlreadyRated(Conflict):
    """A talk is rated once."""

    code = "already_rated"

    def default_message(self) -> str | Promise:
        return _("This talk is rated already.")


# --- Words -------------------------------------------------------------------------------------------
@transaction.atomic
def hear(*, message: Message, channel: Channel, person: Person, now: dt.datetime) -> Talk | None:
    """Take in what a visitor wrote: it begins a talk or goes on with it, and the bot says what follows.

    Of the person their language and time zone count.
    """
    dialog = message.dialog
    if message.activity.kind != Activity.Kind.MESSAGE:  # the form of those who found nobody
        tell_visitor(dialog)
        return None
    talk = _open_talk(dialog) or Talk(dialog=dialog, started_at=now)
    talk.lead, talk.last_word_at = message.lead or talk.lead, now
    talk.language = texts.choose_language(channel.settings, person.language, usual=channel.tenant.language)
    _tell_contact_the_name(talk, now=now)
    if talk.operator_id is None:
        _let_bot_speak(talk, message, channel, now=now)
    _tell_away(talk, channel, person.time_zone, now=now)
    talk.save()
    tell_visitor(dialog)
    return talk


@transaction.atomic
def note_answer(*, dialog: Dialog, by: Membership, now: dt.datetime) -> None:
    """Note that a person has answered: the bot is silent from now on."""
    talk = _open_talk(dialog)
    if talk is not None:
        progress = Progress.read(talk.bot)
        progress.is_over = True
        talk.bot, talk.operator, talk.last_word_at = progress.as_dict(), by, now
        talk.save(update_fields=["bot", "operator", "last_word_at"])
    tell_visitor(dialog)


@transaction.atomic
def skip_question(*, dialog: Dialog, channel: Channel, to_person: bool, now: dt.datetime) -> None:
    """Pass over what the bot asked, or all it would ask still. Raises NoTalk."""
    talk = _open_talk(dialog)
    if talk is None:
        raise NoTalk
    progress = Progress.read(talk.bot)
    if to_person:
        progress.step, progress.is_over = None, True
        _say(talk, texts.bot_says("person", talk.language), channel, now=now)
    else:
        progress.skip()
        _ask(talk, progress, channel, now=now)
    talk.bot = progress.as_dict()
    talk.save(update_fields=["bot"])
    tell_visitor(dialog)


def _tell_contact_the_name(talk: Talk, *, now: dt.datetime) -> None:
    """Name the contact that a phone or an address made after the name had been told."""
    lead, contact = talk.lead, talk.dialog.contact
    if lead is not None and contact is not None and lead.name and not contact.name:
        keys = messenger_key(KIND, talk.dialog.external_id)
        get_or_create_contact(name=lead.name, keys=keys, now=now)


def _let_bot_speak(talk: Talk, message: Message, channel: Channel, *, now: dt.datetime) -> None:
    steps = read_scenario(str(channel.settings.get("scenario") or ""))
    progress = Progress.read(talk.bot)
    if not steps or progress.is_over:
        return
    step, said = as_int(message.headers.get("step")), message.activity.text
    if not talk.bot and step == 0 and steps[0].kind == "choice":  # chosen where the greeting offers it
        progress.step = 0
    elif not talk.bot and steps[0].kind == "choice":  # offered and passed over
        progress.next = 1
    if progress.heard(steps, step=step, answer=said, known=_known(talk.lead)):
        _ask(talk, progress, channel, now=now)
    talk.bot = progress.as_dict()


def _ask(talk: Talk, progress: Progress, channel: Channel, *, now: dt.datetime) -> None:
    steps = read_scenario(str(channel.settings.get("scenario") or ""))
    was_over = progress.is_over
    asked = progress.ask(steps, known=_known(talk.lead))
    if asked is not None:
        _say(talk, asked.prompt, channel, now=now)
    elif progress.is_over and not was_over:
        _say(talk, texts.bot_says("thanks", talk.language), channel, now=now)


def _known(lead: Lead | None) -> frozenset[str]:
    """Say which facts nobody has to be asked for."""
    return frozenset(name for name in ("name", "phone", "email") if lead is not None and getattr(lead, name))


def _tell_away(talk: Talk, channel: Channel, zone: str, *, now: dt.datetime) -> None:
    """Say once a talk that nobody is there, to whoever writes out of hours."""
    staffing = staffing_of(channel, now=now)
    if talk.has_told_away or talk.operator_id is not None or staffing.is_there(now):
        return
    talk.has_told_away = True
    text = texts.away_text(channel, staffing.next_at(now), talk.language, zone=zone, now=now)
    _say(talk, text, channel, now=now)


def _say(talk: Talk, text: str, channel: Channel, *, now: dt.datetime) -> None:
    """Write words of nobody into the dialog: they are no answer, the client goes on waiting."""
    dialog = talk.dialog
    activity = log_activity(
        kind=Activity.Kind.MESSAGE,
        direction=Activity.Direction.OUT,
        occurred_at=now,
        text=text,
        contact=dialog.contact,
        lead=talk.lead,
        data={
            "channel": channel.name,
            "channel_kind": channel.kind,
            "automatic": texts.bot_name(channel, talk.language),
        },
    )
    Message.objects.create(
        activity=activity,
        dialog=dialog,
        channel_id=dialog.channel_id,
        lead=talk.lead,
        state=Message.State.SENT,
        is_automatic=True,
    )


# --- Looking -----------------------------------------------------------------------------------------
@transaction.atomic
def note_seen(*, dialog: Dialog, is_read: bool, now: dt.datetime) -> int:
    """Note that our messages have reached the visitor's page, or that the visitor has read them."""
    before = (*UNSEEN, Message.State.DELIVERED) if is_read else UNSEEN
    rows = Message.objects.select_for_update(of=("self",)).filter(
        dialog=dialog, activity__direction="out", state__in=before
    )
    found = list(rows.select_related("activity").order_by("id"))
    state = Message.State.READ if is_read else Message.State.DELIVERED
    ids = [message.pk for message in found]
    Message.objects.filter(pk__in=ids).update(state=state, next_try_at=None, error="")
    if found:
        tell_activity(found[-1].activity)
    return len(found)


# --- The end -----------------------------------------------------------------------------------------
@transaction.atomic
def end_talk(*, dialog: Dialog, ended_by: str, now: dt.datetime, by: Membership | None = None) -> Talk:
    """End what is going on in the dialog. Raises NoTalk."""
    talk = _open_talk(dialog)
    if talk is None:
        raise NoTalk
    talk.ended_at, talk.ended_by = now, ended_by
    talk.operator = talk.operator or by
    talk.save(update_fields=["ended_at", "ended_by", "operator"])
    _record(talk, "chat_ended", now=now, by=by, ended_by=ended_by)
    tell_visitor(dialog)
    return talk


def silent_talks(*, now: dt.datetime) -> list[uuid.UUID]:
    """List the talks of the active tenant in which nobody has said anything for long."""
    found: list[uuid.UUID] = []
    for channel in Channel.objects.filter(kind=KIND):
        silent = Talk.objects.open().filter(
            dialog__channel=channel, last_word_at__lt=now - _patience(channel)
        )
        found += silent.order_by("last_word_at").values_list("pk", flat=True)[:500]
    return found


@transaction.atomic
def end_silent_talk(talk_id: uuid.UUID, *, now: dt.datetime) -> bool:
    """End a talk, unless somebody has said something or ended it meanwhile; say whether it was."""
    dialog = Dialog.objects.select_related("channel").get(talks=talk_id)
    talk = _open_talk(dialog)
    if talk is None or talk.pk != talk_id or talk.last_word_at >= now - _patience(dialog.channel):
        return False
    end_talk(dialog=dialog, ended_by=Talk.EndedBy.SILENCE, now=now)
    return True


def _patience(channel: Channel) -> dt.timedelta:
    return dt.timedelta(minutes=as_int(channel.settings.get("close_after_min")) or 60)


@transaction.atomic
def rate_talk(*, dialog: Dialog, stars: int, comment: str, now: dt.datetime) -> Talk:
    """Keep how the visitor found the last talk, and tell whoever leads. Raises NoTalk, AlreadyRated."""
    talk = Talk.objects.select_for_update(of=("self",)).filter(dialog=dialog).order_by("-started_at").first()
    if talk is None or talk.ended_at is None or not 1 <= stars <= 5:
        raise NoTalk
    if talk.rating is not None:
        raise AlreadyRated
    talk.rating, talk.rating_comment, talk.rated_at = stars, clean_text(comment, 1000).strip(), now
    talk.save(update_fields=["rating", "rating_comment", "rated_at"])
    _record(talk, "chat_rated", now=now, stars=stars, comment=talk.rating_comment)
    rating.tell_heads(talk, now=now)
    tell_visitor(dialog)
    return talk


def open_talk_of(dialogs: Sequence[Dialog]) -> Talk | None:
    """Return the talk that goes on in one of these dialogs."""
    chats = [dialog.pk for dialog in dialogs]
    return Talk.objects.open().filter(dialog__in=chats).order_by("-last_word_at").first() if chats else None


def _open_talk(dialog: Dialog) -> Talk | None:
    rows = Talk.objects.open().select_for_update(of=("self",)).select_related("lead", "operator")
    return rows.filter(dialog=dialog).first()


def _record(talk: Talk, code: str, *, now: dt.datetime, by: Membership | None = None, **data: Any) -> None:
    """Write a line into the timeline of the lead, and so of its client."""
    if talk.lead is not None:
        operator = talk.operator.name if talk.operator else ""
        log_activity(
            kind="change",
            occurred_at=now,
            author=by,
            lead=talk.lead,
            data={"code": code, "operator": operator} | data,
        )
