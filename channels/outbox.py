"""The outbox: messages leave after they are saved, outside any transaction; failures are tried again.

A provider without a key against repeats (Telegram) may have taken a message whose answer got lost. Such a
message is not repeated by itself: it is shown as uncertain and a person decides.
"""

from __future__ import annotations

import datetime as dt
import logging
import random
import uuid
from typing import NamedTuple

from django.core.files.storage import default_storage
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from activities.models import Attachment
from channels import bell, dressing, happenings
from channels.adapter_settings import settings_of
from channels.adapters import adapter_for
from channels.adapters.base import Adapter, OutgoingMessage, SendError, Settings
from channels.happenings import Happening
from channels.journal.correspondence import undelivered, wake
from channels.missed import needless
from channels.models import Message
from channels.telling import tell
from core.tenancy import tenant_scope
from leads.inquiry import File

logger = logging.getLogger(__name__)
PAUSES_S = (10, 60, 300, 1800)
LEASE = dt.timedelta(minutes=3)  # longer than any sending may take
State = Message.State


class _Claim(NamedTuple):
    message_id: uuid.UUID
    kind: str
    settings: Settings
    outgoing: OutgoingMessage
    language: str


def send(tenant_id: int, message_id: uuid.UUID) -> bool:
    """Send one message, unless it isn't due or somebody does; say whether it was tried."""
    claim = _claim(tenant_id, message_id)
    if claim is None:
        return False
    with translation.override(claim.language):
        try:
            external_id = _leave(adapter_for(claim.kind), claim)
        except SendError as error:
            _failed(tenant_id, claim, error)
        except Exception as error:  # an adapter's fault is shown on the message like a refusal
            logger.error("message %s: %s", message_id, type(error).__name__)
            _failed(tenant_id, claim, SendError(type(error).__name__, is_permanent=True))
        else:
            _sent(tenant_id, claim, external_id)
    return True


def _leave(adapter: Adapter, claim: _Claim) -> str:
    """Send by the channel's own way; an exchange that doesn't correspond sends texts all the same."""
    if adapter.can_send or not adapter.can_sms:
        return adapter.send(claim.outgoing, claim.settings)
    out = claim.outgoing
    return adapter.send_sms(phone=out.recipient or out.thread_key, text=out.text, settings=claim.settings)


def due(tenant_id: int) -> list[uuid.UUID]:
    """List the messages to send now, in the order they were written."""
    with tenant_scope(tenant_id):
        waiting = Message.objects.filter(
            state__in=[State.QUEUED, State.SENDING], next_try_at__lte=timezone.now()
        )
        return list(waiting.order_by("id").values_list("pk", flat=True)[:500])


def may_repeat(adapter: Adapter, message: Message) -> bool:
    """Say whether sending the same message twice shows once: a mail keeps its Message-ID.

    One of a mailing is never sent again by itself: many servers show the same letter twice.
    """
    return not message.is_once and bool(getattr(adapter, "is_repeatable", adapter.channel_kind == "email"))


def _claim(tenant_id: int, message_id: uuid.UUID) -> _Claim | None:
    now = timezone.now()
    with tenant_scope(tenant_id):
        rows = Message.objects.select_for_update(of=("self",), skip_locked=True).select_related(
            "activity__author", "dialog__contact", "channel__tenant", "missed_call"
        )
        message = rows.filter(
            pk=message_id, state__in=[State.QUEUED, State.SENDING], next_try_at__lte=now
        ).first()
        if message is None or not _is_next(message):
            return None
        adapter = adapter_for(message.channel.kind)
        if message.state == State.SENDING and not may_repeat(
            adapter, message
        ):  # its sender died in the middle
            with translation.override(message.channel.tenant.language):
                _fail(message, _uncertain(), is_uncertain=True)
            return None
        with translation.override(message.channel.tenant.language):
            if reason := needless(message):
                _fail(message, reason)
                return None
        message.state, message.attempt_count = State.SENDING, message.attempt_count + 1
        message.next_try_at = now + LEASE
        message.save(update_fields=["state", "attempt_count", "next_try_at"])
        return _Claim(
            message.pk,
            adapter.kind,
            settings_of(message.channel),
            _outgoing(message),
            message.channel.tenant.language,
        )


def _is_next(message: Message) -> bool:
    """Keep the order of a dialog: what was written earlier leaves earlier."""
    unsent = Message.objects.filter(dialog_id=message.dialog_id, state__in=[State.QUEUED, State.SENDING])
    return not unsent.filter(id__lt=message.pk).exists()


def _ring_for_next(message: Message) -> None:
    """Let the dialog's next message follow at once."""
    following = Message.objects.filter(dialog_id=message.dialog_id, state=State.QUEUED, id__gt=message.pk)
    if (pk := following.order_by("id").values_list("pk", flat=True).first()) is not None:
        bell.after_commit("send_message", message_id=str(pk))


def _outgoing(message: Message) -> OutgoingMessage:
    """Put together what the adapter sends."""
    dialog, activity, headers = message.dialog, message.activity, message.headers
    is_mail = message.channel.channel_kind == "email"
    outgoing = OutgoingMessage(
        text=text_of(message),
        thread_key="" if is_mail else dialog.external_id,
        recipient=dialog.recipient,
        recipient_name=dialog.contact.name if dialog.contact else "",
        subject=activity.subject,
        message_id=message.external_id if is_mail else str(message.pk),
        in_reply_to=headers.get("in_reply_to", ""),
        references=tuple(headers.get("references", ())),
        sender_name=activity.author.name if activity.author else "",
        files=tuple(
            _read(attachment) for attachment in activity.attachments.filter(state=Attachment.State.STORED)
        ),
    )
    return dressing.dressed(message, outgoing)


def text_of(message: Message) -> str:
    """Return what a message says, its signature with it."""
    return _signed(message.activity.text, message.headers.get("signature", ""))


def _signed(text: str, signature: str) -> str:
    """End a letter with the usual line of two dashes, by which mail programs know where the signature begins."""
    return f"{text.rstrip()}\n\n-- \n{signature}" if signature else text


def _read(attachment: Attachment) -> File:
    with default_storage.open(attachment.key) as stored:
        return File(name=attachment.name, content_type=attachment.content_type, data=stored.read())


def _sent(tenant_id: int, claim: _Claim, external_id: str) -> None:
    with tenant_scope(tenant_id):
        message = (
            Message.objects.select_for_update(of=("self",))
            .select_related("activity", "dialog")
            .get(pk=claim.message_id)
        )
        if message.state == State.SENDING:  # a delivery report may have been faster
            message.state = State.SENT
        message.error, message.next_try_at = "", None
        message.external_id = message.external_id or external_id[:300]
        message.save(update_fields=["state", "error", "next_try_at", "external_id"])
        wake(message)
        _ring_for_next(message)
        happenings.tell(Happening(happenings.SENT, message, timezone.now()))
        tell(message)


def _failed(tenant_id: int, claim: _Claim, error: SendError) -> None:
    adapter = adapter_for(claim.kind)
    with tenant_scope(tenant_id):
        message = (
            Message.objects.select_for_update(of=("self",))
            .select_related("activity")
            .get(pk=claim.message_id)
        )
        if error.is_uncertain and not may_repeat(adapter, message):
            _fail(message, _uncertain(), is_uncertain=True)
        elif error.is_permanent or message.attempt_count > len(PAUSES_S):
            _fail(message, str(error))
        else:
            message.state, message.error = State.QUEUED, str(error)[:500]
            message.next_try_at = timezone.now() + _pause(message, error)
            message.save(update_fields=["state", "error", "next_try_at"])
            tell(message)


def _pause(message: Message, error: SendError) -> dt.timedelta:
    """Wait as long as the provider asked, else longer each time, never in step with others."""
    usual = PAUSES_S[min(message.attempt_count, len(PAUSES_S)) - 1] * random.uniform(1, 1.3)  # noqa: S311
    return dt.timedelta(seconds=max(usual, error.retry_after_s or 0))


def _fail(message: Message, reason: str, *, is_uncertain: bool = False) -> None:
    message.state, message.error, message.next_try_at = State.FAILED, reason[:500], None
    message.is_uncertain = is_uncertain
    message.save(update_fields=["state", "error", "next_try_at", "is_uncertain"])
    _ring_for_next(message)
    happenings.tell(Happening(happenings.REFUSED, message, timezone.now()))
    tell(message)
    undelivered(message, now=timezone.now())


def _uncertain() -> str:
    return _("The provider did not answer: it may have arrived. Look before you send it again.")
