"""The platform's own outbox: PostgreSQL keeps the letter, Celery only rings the bell."""

from __future__ import annotations

import datetime as dt
import logging
import smtplib

from celery import current_app
from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.db import transaction
from kombu.exceptions import OperationalError

from tenants.models import OutgoingLetter

logger = logging.getLogger(__name__)
TASK = "tenants.tasks.send_letters"
MAX_ATTEMPTS = 8
_FIRST_PAUSE = dt.timedelta(minutes=1)


def queue(message: EmailMessage, *, calendar: str = "", calendar_method: str = "") -> OutgoingLetter:
    """Store a letter to one recipient and send it once the surrounding transaction is durable.

    `calendar` is an invitation as calendar programs read it, `calendar_method` what it asks: REQUEST, CANCEL.
    Of the message's attachments the first is kept.
    """
    html = next((part[0] for part in getattr(message, "alternatives", ()) if part[1] == "text/html"), "")
    name, content, kind = next(iter(message.attachments), ("", None, ""))
    letter = OutgoingLetter.objects.create(
        recipient=message.to[0],
        sender=message.from_email or settings.DEFAULT_FROM_EMAIL,
        subject=message.subject[:300],
        text=str(message.body),
        html=str(html),
        reply_to=next(iter(message.reply_to), ""),
        calendar=calendar,
        calendar_method=calendar_method,
        attachment_name=name or "",
        attachment_type=kind or "",
        attachment=content,
    )
    transaction.on_commit(lambda: ring(letter.pk))
    return letter


def send_due(*, now: dt.datetime, only: int | None = None) -> int:
    """Send letters whose time has come, each in its own transaction; return how many went out."""
    due = OutgoingLetter.objects.filter(next_try_at__lte=now).order_by("next_try_at")
    ids = list((due.filter(pk=only) if only else due).values_list("pk", flat=True)[:100])
    return sum(_send_one(pk, now) for pk in ids)


def _send_one(pk: int, now: dt.datetime) -> bool:
    """Claim the letter for the length of one attempt, then talk to the mail server outside a transaction."""
    with transaction.atomic():
        letter = (
            OutgoingLetter.objects.select_for_update(skip_locked=True)
            .filter(pk=pk, next_try_at__lte=now)
            .first()
        )
        if letter is None:
            return False
        letter.attempt_count += 1
        letter.next_try_at = now + _FIRST_PAUSE * 2 ** (letter.attempt_count - 1)
        letter.save(update_fields=["attempt_count", "next_try_at"])
    try:
        _message(letter).send()
    except (OSError, smtplib.SMTPException) as error:
        _keep(letter, error)
        return False
    letter.delete()
    return True


def _keep(letter: OutgoingLetter, error: Exception) -> None:
    logger.warning(
        "letter %s was not sent (attempt %s): %s", letter.pk, letter.attempt_count, type(error).__name__
    )
    if letter.attempt_count >= MAX_ATTEMPTS:
        letter.delete()  # two hours late; its link is better asked for again
        return
    letter.error = f"{type(error).__name__}: {error}"[:300]
    letter.save(update_fields=["error"])


def _message(letter: OutgoingLetter) -> EmailMessage:
    reply_to = [letter.reply_to] if letter.reply_to else None
    message = EmailMultiAlternatives(
        letter.subject, letter.text, letter.sender, [letter.recipient], reply_to=reply_to
    )
    if letter.html:
        message.attach_alternative(letter.html, "text/html")
    if letter.calendar:
        message.attach_alternative(letter.calendar, f"text/calendar; method={letter.calendar_method}")
    if letter.attachment is not None:
        message.attach(letter.attachment_name, bytes(letter.attachment), letter.attachment_type)
    return message


def ring(letter_id: int) -> None:
    """Ask a worker to send a letter; a broker that is away is no error."""
    try:
        current_app.send_task(TASK, kwargs={"letter_id": letter_id}, retry=False)
    except (OperationalError, OSError) as error:
        logger.warning("broker is away, letter %s waits for the sweeper: %s", letter_id, error)
