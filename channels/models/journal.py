"""The inbox: everything a provider delivered, and what became of each item of it (K7)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from channels.models.channel import Channel
from core.tenancy import TenantForeignKey, TenantOwned, TenantQuerySet, manager_of
from leads.models import Lead

HEAVY = ("body", "headers", "details")  # not read where only the outcome matters


class EventQuerySet(TenantQuerySet["Event"]):
    def due(self, now: dt.datetime) -> EventQuerySet:
        """Waiting for their first or next try."""
        return self.filter(state="received", next_try_at__lte=now)

    def next_due(self, channel: Channel, now: dt.datetime, count: int) -> list[Event]:
        """Lock the channel's next events in order of arrival; their bodies are left unread."""
        waiting = self.due(now).filter(channel=channel).defer(*HEAVY)
        return list(waiting.select_for_update(skip_locked=True).order_by("received_at", "id")[:count])

    def dead(self) -> EventQuerySet:
        """Given up: the dead letters."""
        return self.filter(state="dead")


class Event(TenantOwned):
    """One raw delivery, journaled before it is acknowledged. Body and headers are kept as they came."""

    class State(models.TextChoices):
        RECEIVED = "received", _("Waiting")
        PROCESSED = "processed", _("Processed")
        DEAD = "dead", _("Could not be processed")

    channel = TenantForeignKey(Channel, models.PROTECT, related_name="events")
    received_at = models.DateTimeField(default=timezone.now)
    method = models.CharField(max_length=8, default="POST")
    url = models.TextField(blank=True)
    query = models.TextField(blank=True)
    headers: Any = models.JSONField(default=dict)
    body = models.BinaryField()
    details = models.BinaryField(null=True)  # what Adapter.look_up() or our own form added
    state = models.CharField(max_length=10, choices=State.choices, default=State.RECEIVED)
    attempt_count = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(default=timezone.now)
    processed_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    objects = manager_of(EventQuerySet)

    class Meta(TenantOwned.Meta):
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["-received_at"]
        indexes = [
            models.Index(fields=["tenant", "-received_at", "-id"], name="channels_event_new"),
            # In the order they are worked off; the sweeper looks for due ones here too.
            models.Index(
                fields=["tenant", "channel", "received_at", "id"],
                name="channels_event_due",
                condition=models.Q(state="received"),
            ),
            models.Index(fields=["tenant", "channel", "-received_at"], name="channels_event_channel"),
            models.Index(
                fields=["tenant", "channel", "-received_at"],
                name="channels_event_dead",
                condition=models.Q(state="dead"),
            ),
        ]


class EventItem(TenantOwned):
    """One item of a delivery with its own key; ends in exactly one outcome, so the ledger balances.

    A delivery that could not be split has one item, whose key is a hash of what came.
    """

    class Outcome(models.TextChoices):
        LEAD = "lead", _("New lead")
        JOINED = "joined", _("Joined")
        DUPLICATE = "duplicate", _("Duplicate")
        IGNORED = "ignored", _("Ignored")
        FAILED = "failed", _("Failed")
        PENDING = "pending", _("Waiting")

    event = TenantForeignKey(Event, models.CASCADE, related_name="items")
    channel = TenantForeignKey(Channel, models.PROTECT, related_name="items")
    key = models.CharField(max_length=300)
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    reason = models.CharField(max_length=300, blank=True)
    # An edit or receipt that came before its message: the message's id, by which it is woken
    waits_for = models.CharField(max_length=300, blank=True)
    suspicion = models.CharField(
        max_length=20, blank=True, default=""
    )  # held as spam: a code of leads.suspicion
    lead = TenantForeignKey(Lead, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta(TenantOwned.Meta):
        verbose_name = _("journal item")
        verbose_name_plural = _("journal items")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "channel", "key"],
                condition=~models.Q(outcome="duplicate"),
                name="channels_item_once",
            )
        ]
        indexes = [
            models.Index(fields=["tenant", "channel", "outcome"], name="channels_item_outcome"),
            models.Index(fields=["tenant", "-at"], name="channels_item_new"),
            models.Index(
                fields=["tenant", "channel", "suspicion", "-at"],
                name="channels_item_suspicious",
                condition=~models.Q(suspicion=""),
            ),
            models.Index(
                fields=["tenant", "channel", "waits_for"],
                name="channels_item_waiting",
                condition=~models.Q(waits_for=""),
            ),
        ]
