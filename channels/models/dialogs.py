"""Dialogs and their messages."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from activities.models import Activity, Attachment, Call
from channels.models.channel import Channel
from contacts.models import Contact
from core.tenancy import TenantForeignKey, TenantOneToOneField, TenantOwned
from leads.models import Lead


class Dialog(TenantOwned):
    """A correspondence with one contact in one chat or mail thread."""

    channel = TenantForeignKey(Channel, models.PROTECT, related_name="dialogs")
    external_id = models.CharField(max_length=300)  # chat id; Message-ID of a thread's first mail
    contact = TenantForeignKey(Contact, models.SET_NULL, null=True, related_name="dialogs")
    recipient = models.CharField(max_length=254, blank=True)  # where an answer goes: address, chat id
    subject = models.CharField(max_length=300, blank=True)
    last_message_at = models.DateTimeField(default=timezone.now)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(TenantOwned.Meta):
        verbose_name = _("dialog")
        verbose_name_plural = _("dialogs")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "channel", "external_id"], name="channels_dialog_once")
        ]
        indexes = [models.Index(fields=["tenant", "-last_message_at"], name="channels_dialog_recent")]


class Message(TenantOwned):
    """How a mail or message travelled; what it says is in its activity."""

    class State(models.TextChoices):
        RECEIVED = "received", _("Received")
        QUEUED = "queued", _("Waiting to be sent")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        DELIVERED = "delivered", _("Delivered")
        READ = "read", _("Read")
        FAILED = "failed", _("Not sent")

    activity = TenantOneToOneField(Activity, models.CASCADE, related_name="message")
    dialog = TenantForeignKey(Dialog, models.CASCADE, related_name="messages")
    channel = TenantForeignKey(Channel, models.PROTECT, related_name="messages")
    lead = TenantForeignKey(Lead, models.SET_NULL, null=True, related_name="messages")
    external_id = models.CharField(max_length=300, blank=True)  # Message-ID without <>, provider's id
    state = models.CharField(max_length=10, choices=State.choices, default=State.RECEIVED)
    error = models.CharField(max_length=500, blank=True)
    attempt_count = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)  # while sending: when the sender is given up for dead
    html = models.TextField(blank=True)  # sanitised
    quoted_text = models.TextField(blank=True)
    headers: Any = models.JSONField(default=dict)
    is_automatic = models.BooleanField(default=False)
    edited_at = models.DateTimeField(null=True)
    is_deleted = models.BooleanField(default=False)  # by its author; the text stays for us
    # The call nobody picked up that this text answers by itself (channels.missed)
    missed_call = TenantOneToOneField(Call, models.SET_NULL, null=True, related_name="missed_text")

    class Meta(TenantOwned.Meta):
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            # Telegram numbers messages by chat, so the dialog is part of the key.
            models.UniqueConstraint(
                fields=["tenant", "dialog", "external_id"],
                condition=~models.Q(external_id=""),
                name="channels_message_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["tenant", "next_try_at"],
                name="channels_message_due",
                condition=models.Q(state__in=["queued", "sending"]),
            ),
            models.Index(fields=["tenant", "channel", "external_id"], name="channels_message_external"),
        ]


class FileFetch(TenantOwned):
    """An attachment that still has to be fetched from its provider; gone when that is done or given up."""

    attachment = TenantOneToOneField(Attachment, models.CASCADE, related_name="+")
    channel = TenantForeignKey(Channel, models.CASCADE, related_name="+")
    ref = models.TextField()  # the provider's reference, or a recording's address
    attempt_count = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(default=timezone.now)

    class Meta(TenantOwned.Meta):
        indexes = [models.Index(fields=["tenant", "next_try_at"], name="channels_fetch_due")]
