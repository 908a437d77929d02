"""Talks: what stands between a visitor's first word in a site's chat and its end."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from channels.models.dialogs import Dialog
from core.tenancy import TenantForeignKey, TenantOwned, TenantQuerySet, manager_of
from leads.models import Lead
from tenants.models import Membership


class TalkQuerySet(TenantQuerySet["Talk"]):
    def open(self) -> TalkQuerySet:
        """Not ended yet."""
        return self.filter(ended_at=None)


class Talk(TenantOwned):
    """One conversation in a site's chat: it ends, may be rated, and the same dialog's next word begins another."""

    class EndedBy(models.TextChoices):
        OPERATOR = "operator", _("Operator")
        VISITOR = "visitor", _("Visitor")
        SILENCE = "silence", _("Silence")

    dialog = TenantForeignKey(Dialog, models.CASCADE, related_name="talks")
    lead = TenantForeignKey(Lead, models.SET_NULL, null=True, related_name="+")
    operator = TenantForeignKey(Membership, models.SET_NULL, null=True, related_name="+")  # who answered last
    started_at = models.DateTimeField(default=timezone.now)
    last_word_at = models.DateTimeField(default=timezone.now)  # of either side
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=10, choices=EndedBy.choices, blank=True)
    language = models.CharField(max_length=2, blank=True)  # in which it is spoken to the visitor
    bot: Any = models.JSONField(default=dict)  # channels.adapters.chat.scenario.Progress
    has_told_away = models.BooleanField(default=False)  # the off-hours text was said
    rating = models.PositiveSmallIntegerField(null=True)  # 1 to 5
    rating_comment = models.CharField(max_length=1000, blank=True)
    rated_at = models.DateTimeField(null=True)

    objects = manager_of(TalkQuerySet)

    class Meta(TenantOwned.Meta):
        verbose_name = _("talk")
        verbose_name_plural = _("talks")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "dialog"],
                condition=models.Q(ended_at=None),
                name="channels_talk_one_open",
            ),
            models.CheckConstraint(
                condition=models.Q(rating=None) | models.Q(rating__gte=1, rating__lte=5),
                name="channels_talk_rating",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "dialog", "-started_at"], name="channels_talk_line"),
            models.Index(
                fields=["tenant", "last_word_at"],
                name="channels_talk_open",
                condition=models.Q(ended_at=None),
            ),
        ]
