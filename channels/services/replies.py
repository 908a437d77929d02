"""Answering clients: through which channel, and the message that is queued for it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings as django_settings
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from activities import services as activities
from activities.models import Activity
from channels import bell, happenings
from channels.adapters import adapter_for
from channels.adapters.text import clean_line, clean_text
from channels.dialogs import progress
from channels.happenings import Happening
from channels.models import Channel, Dialog, Message
from channels.telling import tell
from channels.widget import talks
from contacts.models import Contact, IdentityKey
from core import placeholders
from core.errors import Conflict, Refusal
from deals import services as deals
from deals.models import Deal
from leads import services as leads
from leads.inquiry import File
from leads.models import Lead
from tenants.models import Membership

MAX_ROUTES = 8
MAX_FILES = 10


class NoWayToAnswer(Refusal):
    """No channel reaches this client."""

    code = "no_way_to_answer"

    def default_message(self) -> str | Promise:
        return _("There is no channel through which this client can be written to.")


class NothingToSend(Refusal):
    """Neither text nor file."""

    code = "nothing_to_send"

    def default_message(self) -> str | Promise:
        return _("Write something first.")


class TooManyFiles(Refusal):
    """More files than one message may carry."""

    code = "too_many_files"

    def default_message(self) -> str | Promise:
        return _("Send at most %(count)s files at once.") % {"count": MAX_FILES}


class AlreadyOnItsWay(Conflict):
    """Only a message that failed can be sent again."""

    code = "already_on_its_way"

    def default_message(self) -> str | Promise:
        return _("This message is on its way already.")


@dataclasses.dataclass(frozen=True, slots=True)
class Route:
    """One way to write to a client: an existing dialog, or a first mail to an address."""

    channel: Channel
    recipient: str
    dialog: Dialog | None = None

    @property
    def key(self) -> str:
        """Name the route in a form."""
        return f"dialog:{self.dialog.pk}" if self.dialog else f"mail:{self.channel.pk}:{self.recipient}"

    @property
    def is_mail(self) -> bool:
        return self.channel.channel_kind == "email"

    @property
    def to(self) -> str:
        """Who reads the answer: the address of a mail, else the person behind a chat's number."""
        person = self.dialog.contact if self.dialog else None
        if self.channel.kind == talks.KIND:  # a visitor's own name is a random one
            return str(person) if person is not None else gettext("the visitor")
        return self.recipient if self.is_mail or person is None or not person.name else person.name

    @property
    def subject(self) -> str:
        """What a mail by this route is headed."""
        return reply_subject(self.dialog.subject) if self.dialog and self.is_mail else ""


def routes_for(
    *, lead: Lead | None = None, deal: Deal | None = None, contact: Contact | None = None
) -> list[Route]:
    """List the ways to write to a client, best first: the lead's own dialog, the latest ones, a new mail."""
    return _routes(Channel.objects.active(), lead, deal, contact)


def closed_channels_for(
    *, lead: Lead | None = None, deal: Deal | None = None, contact: Contact | None = None
) -> list[Channel]:
    """List the switched-off channels through which the client could be written to if they were on."""
    found = {route.channel.pk: route.channel for route in _routes(Channel.objects.off(), lead, deal, contact)}
    return list(found.values())


def _routes(
    rows: Iterable[Channel], lead: Lead | None, deal: Deal | None, contact: Contact | None
) -> list[Route]:
    person = contact or (lead.contact if lead else None) or (deal.contact if deal else None)
    channels = {c.pk: c for c in rows if can_answer(c)}
    routes: dict[tuple[uuid.UUID, str], Route] = {}
    for dialog in _dialogs(lead, deal, person):
        channel = channels.get(dialog.channel_id)
        if channel is not None and dialog.recipient:
            routes.setdefault((channel.pk, dialog.recipient), Route(channel, dialog.recipient, dialog))
    for channel in channels.values():
        if channel.channel_kind == "email":
            for address in _addresses(lead, person):
                routes.setdefault((channel.pk, address), Route(channel, address))
    return list(routes.values())[:MAX_ROUTES]


def can_answer(channel: Channel) -> bool:
    """Say whether messages can leave by this channel; a mailbox may be for reading only."""
    if channel.channel_kind == "email" and not channel.settings.get("smtp_host"):
        return False
    return adapter_for(channel.kind).can_send


def _dialogs(lead: Lead | None, deal: Deal | None, person: Contact | None) -> list[Dialog]:
    own = [lead.dialog_id] if lead and lead.dialog_id else []
    if deal is not None:
        own += list(
            Lead.objects.filter(deal=deal).exclude(dialog=None).values_list("dialog_id", flat=True)[:20]
        )
    found = list(Dialog.objects.filter(pk__in=own).order_by("-last_message_at").select_related("contact"))
    if person is not None:
        others = Dialog.objects.filter(contact=person).exclude(pk__in=own).select_related("contact")
        found += others.order_by("-last_message_at")[:20]
    return found


def _addresses(lead: Lead | None, person: Contact | None) -> list[str]:
    found = [lead.email] if lead and lead.email else []
    if person is not None:
        keys = IdentityKey.objects.filter(contact=person, kind=IdentityKey.Kind.EMAIL)
        found += keys.values_list("value", flat=True)[:5]
    return list(dict.fromkeys(found))


@transaction.atomic
def send_reply(
    *,
    by: Membership,
    text: str,
    now: dt.datetime,
    lead: Lead | None = None,
    dialog: Dialog | None = None,
    deal: Deal | None = None,
    contact: Contact | None = None,
    route: Route | None = None,
    subject: str = "",
    files: Sequence[File] = (),
    is_signed: bool = True,
) -> Message:
    """Queue a message to a client and write it into the timeline; it leaves after commit.

    A mail ends with signature_of(), unless it is not to be signed. Without a route or dialog it goes the first
    way of routes_for(). Raises NothingToSend, NoWayToAnswer, TooManyFiles and the refusals of store_attachment().
    """
    _check_content(text, files)
    way = route or _way_to(dialog=dialog, lead=lead, deal=deal, contact=contact)
    message_id = new_message_id(way.channel) if way.is_mail else ""
    if way.dialog is not None:  # before its client, as arrivals do
        progress.lock(way.dialog)
    target = way.dialog or _open_dialog(
        way, message_id, lead=lead, deal=deal, contact=contact, subject=subject
    )
    about = lead or _open_lead(target)
    activity = activities.log_activity(
        kind=Activity.Kind.EMAIL if way.is_mail else Activity.Kind.MESSAGE,
        direction=Activity.Direction.OUT,
        occurred_at=now,
        author=by,
        subject=clean_line(subject or way.subject, 300),
        text=clean_text(text),
        contact=target.contact or contact,
        deal=deal,
        lead=about,
    )
    _attach(files, activity)
    signature = signature_of(way.channel, by) if is_signed else ""
    message = _queue(activity, target, message_id, lead=about, now=now, signature=signature)
    _note_answer(message, way.channel, by=by, now=now)
    return message


def _check_content(text: str, files: Sequence[File]) -> None:
    if not text.strip() and not files:
        raise NothingToSend
    if len(files) > MAX_FILES:
        raise TooManyFiles


def _way_to(*, dialog: Dialog | None, lead: Lead | None, deal: Deal | None, contact: Contact | None) -> Route:
    """Choose how a message leaves that nobody chose a way for."""
    way = route_of(dialog) if dialog else None
    way = way or next(iter(routes_for(lead=lead, deal=deal, contact=contact)), None)
    if way is None:
        raise NoWayToAnswer
    return way


def _attach(files: Sequence[File], activity: Activity) -> None:
    for file in files:
        activities.store_attachment(
            activity=activity, name=file.name, content_type=file.content_type, data=file.data or b""
        )


def _note_answer(message: Message, channel: Channel, *, by: Membership, now: dt.datetime) -> None:
    """Tell what the client waits in that they wait no longer: the inquiry, the deal, the talk on a site."""
    if message.lead is not None:
        leads.note_answer(lead=message.lead, at=now)
    if message.activity.deal is not None:
        deals.note_answer(deal=message.activity.deal)
    if channel.kind == talks.KIND:
        talks.note_answer(dialog=message.dialog, by=by, now=now)


@transaction.atomic
def retry_message(*, message: Message, by: Membership, now: dt.datetime) -> Message:
    """Send a failed message again. Raises AlreadyOnItsWay."""
    current = Message.objects.select_for_update(of=("self",)).select_related("activity").get(pk=message.pk)
    if current.state != Message.State.FAILED:
        raise AlreadyOnItsWay
    current.state, current.attempt_count, current.error, current.next_try_at = (
        Message.State.QUEUED,
        0,
        "",
        now,
    )
    current.is_uncertain = False
    current.save(update_fields=["state", "attempt_count", "error", "next_try_at", "is_uncertain"])
    happenings.tell(Happening(happenings.QUEUED_AGAIN, current, now))
    bell.after_commit("send_message", message_id=str(current.pk))
    progress.recount(current.dialog)
    if current.lead is not None:
        leads.recount_answers(lead=current.lead, now=now)
    tell(current)
    return current


def reply_subject(subject: str) -> str:
    """Head an answer: one 'Re:' is enough."""
    line = clean_line(subject, 300)
    return line if not line or line.lower().startswith(("re:", "re[")) else f"Re: {line}"[:300]


def route_of(dialog: Dialog) -> Route | None:
    """Give the way to answer in a dialog; None where nothing can leave by its channel."""
    channel = dialog.channel
    if not dialog.recipient or not channel.is_active or not can_answer(channel):
        return None
    return Route(dialog.channel, dialog.recipient, dialog)


def _open_lead(dialog: Dialog) -> Lead | None:
    return Lead.objects.open().filter(dialog=dialog).order_by("-received_at").first()


def _open_dialog(route: Route, message_id: str, *, subject: str, **about: Any) -> Dialog:
    """Begin a correspondence: its key is its first mail's id, as with those that clients begin."""
    holders = (about["lead"], about["deal"])
    person = about["contact"] or next(
        (holder.contact for holder in holders if holder and holder.contact), None
    )
    dialog: Dialog = Dialog.objects.create(
        channel=route.channel,
        external_id=message_id,
        contact=person,
        recipient=route.recipient[:254],
        subject=clean_line(subject, 300),
    )
    return dialog


def signature_of(channel: Channel, by: Membership) -> str:
    """Return what a letter that the member sends through the mailbox ends with: their own words, else the mailbox's."""
    if channel.channel_kind != "email":
        return ""
    template = by.mail_signature or str(channel.settings.get("signature") or "")
    values = {
        "name": by.name,
        "company": by.tenant.name,
        "address": str(channel.settings.get("address") or ""),
        "extension": by.phone_extension,
    }
    return placeholders.fill(template, values)


def _queue(
    activity: Activity,
    dialog: Dialog,
    message_id: str,
    *,
    lead: Lead | None,
    now: dt.datetime,
    signature: str,
) -> Message:
    message: Message = Message.objects.create(
        activity=activity,
        dialog=dialog,
        channel_id=dialog.channel_id,
        lead=lead,
        external_id=message_id,
        state=Message.State.QUEUED,
        next_try_at=now,
        headers=(_threading(dialog) if message_id else {}) | ({"signature": signature} if signature else {}),
    )
    dialog.last_message_at = max(dialog.last_message_at, now)
    dialog.save(update_fields=["last_message_at"])
    progress.note_sent(dialog, activity, lead=lead)
    bell.after_commit("send_message", message_id=str(message.pk))
    tell(message)
    return message


def _threading(dialog: Dialog) -> dict[str, Any]:
    """Answer the client's last mail, and name the chain before it, nearest first."""
    mails = Message.objects.filter(dialog=dialog).exclude(external_id="").order_by("-activity__occurred_at")
    parent = mails.filter(state=Message.State.RECEIVED).first() or mails.first()
    if parent is None:
        return {}
    chain = [ref for ref in dict.fromkeys([parent.external_id, *parent.headers.get("references", [])]) if ref]
    return {"in_reply_to": parent.external_id, "references": chain[:20]}


def new_message_id(channel: Channel) -> str:
    """Make a Message-ID of the mailbox's own domain."""
    named = (str(channel.settings.get(name) or "") for name in ("address", "username"))
    domain = next((value.rpartition("@")[2] for value in named if "@" in value), "")
    host = django_settings.PUBLIC_URL.partition("://")[2].partition("/")[0].partition(":")[0]
    return f"{uuid.uuid4().hex}@{domain or host or 'localhost'}"
