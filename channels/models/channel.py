"""Channels: connected accounts that bring inquiries."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contacts.models import Source
from core.tenancy import TenantForeignKey, TenantOwned, TenantQuerySet, manager_of
from deals.models import Pipeline
from tenants.models import Membership, Role


class ChannelQuerySet(TenantQuerySet["Channel"]):
    def active(self) -> ChannelQuerySet:
        """Switched on."""
        return self.filter(is_active=True)

    def off(self) -> ChannelQuerySet:
        """Switched off."""
        return self.filter(is_active=False)


class Channel(TenantOwned):
    """A mailbox, a bot, a phone line, a form."""

    class Kind(models.TextChoices):  # domain: ChannelKind
        EMAIL = "email", _("E-mail")
        MESSENGER = "messenger", _("Messenger")
        CALL = "call", _("Calls")
        REQUEST = "request", _("Requests")
        CHAT = "chat", _("Chat")
        CALLBACK = "callback", _("Callback")

    name = models.CharField(_("name"), max_length=100)
    kind = models.CharField(
        _("kind"), max_length=20, editable=False
    )  # the adapter's: email, telegram, mango …
    channel_kind = models.CharField(max_length=12, choices=Kind.choices, editable=False)
    is_active = models.BooleanField(_("switched on"), default=True)
    is_lead_source = models.BooleanField(_("lead source"), default=True)  # L2
    settings: Any = models.JSONField(default=dict, editable=False)  # the adapter's fields that are no secrets
    encrypted_secrets = models.BinaryField(default=bytes, editable=False)  # the others: channels.secrets
    responsible = TenantForeignKey(
        Membership,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("responsible person"),
    )
    responsible_role = TenantForeignKey(
        Role, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("responsible role")
    )
    source = TenantForeignKey(
        Source, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("source of its leads")
    )
    pipeline = TenantForeignKey(
        Pipeline,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("pipeline of its leads"),
    )
    response_limit_min = models.PositiveIntegerField(_("answer within, working minutes"), default=15)
    new_lead_after_h = models.PositiveIntegerField(_("a new lead after hours of silence"), default=72)  # L4
    is_reason_required = models.BooleanField(_("rejection reason is mandatory"), default=False)  # L8
    cursor: Any = models.JSONField(default=dict, editable=False)  # where reading a mailbox goes on
    last_event_at = models.DateTimeField(null=True, editable=False)
    last_error = models.CharField(max_length=500, blank=True, editable=False)
    last_error_at = models.DateTimeField(null=True, editable=False)
    # How often it usually brings something (channels.rhythm), and of which troubles its administrators know
    rhythm: Any = models.JSONField(default=dict, editable=False)
    silence_noticed_at = models.DateTimeField(null=True, editable=False)
    trouble_noticed_at = models.DateTimeField(null=True, editable=False)
    dead_noticed_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    # Who works off its journal now: one at a time keeps the order. Given up for dead after drained_until.
    drained_by = models.UUIDField(null=True, editable=False)
    drained_until = models.DateTimeField(null=True, editable=False)
    updated_at = models.DateTimeField(
        default=timezone.now, editable=False
    )  # its settings; pollers read them anew

    objects = manager_of(ChannelQuerySet)

    class Meta(TenantOwned.Meta):
        verbose_name = _("channel")
        verbose_name_plural = _("channels")
        ordering = ["created_at"]
        constraints = [
            models.UniqueConstraint("tenant", Lower("name"), name="channels_channel_name"),
            models.CheckConstraint(
                condition=models.Q(responsible=None) | models.Q(responsible_role=None),
                name="channels_channel_one_responsible",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class HookRoute(models.Model):
    """Routing row: which tenant's channel a hook address belongs to. Global, small, without secrets."""

    token_hash = models.CharField(max_length=64, primary_key=True)  # sha256 of the token in the URL
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="+")
    channel_id = models.UUIDField(unique=True)
    kind = models.CharField(max_length=20)
