"""Conversation scripts: what to say and to ask beside a talk (A6)."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from channels.models.channel import Channel
from channels.models.dialogs import Dialog
from core.tenancy import TenantForeignKey, TenantOwned
from deals.models import Stage
from tenants.models import Membership


class Script(TenantOwned):
    """A plan of a conversation, shown in the dialogs of a channel, at a stage of the deal, or everywhere."""

    name = models.CharField(_("name"), max_length=100)
    channel = TenantForeignKey(
        Channel, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("channel")
    )
    stage = TenantForeignKey(
        Stage, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("stage of the deal")
    )

    class Meta(TenantOwned.Meta):
        verbose_name = _("conversation script")
        verbose_name_plural = _("conversation scripts")
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint("tenant", Lower("name"), name="channels_script_name")]

    def __str__(self) -> str:
        return self.name


class ScriptStep(TenantOwned):
    """One thing to say, and perhaps a question whose answer goes to a field."""

    class Target(models.TextChoices):
        NOTE = "note", _("Comment for colleagues")
        POSITION = "contact.position", _("Client: position")
        COMMENT = "contact.comment", _("Client: comment")
        AMOUNT = "deal.amount", _("Deal: amount")
        CITY = "deal.city", _("Deal: city")
        INTEREST = "deal.object_of_interest", _("Deal: what they want")
        DEAL_NOTE = "deal.note", _("Deal: note")

    script = TenantForeignKey(Script, models.CASCADE, related_name="steps")
    position = models.PositiveIntegerField(default=0)
    text = models.TextField(_("what to say"), max_length=5000)
    question = models.CharField(_("what to ask"), max_length=300, blank=True)
    target = models.CharField(_("where the answer goes"), max_length=30, choices=Target.choices, blank=True)

    class Meta(TenantOwned.Meta):
        verbose_name = _("step of a script")
        verbose_name_plural = _("steps of scripts")
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.question or self.text[:60]


class ScriptMark(TenantOwned):
    """A step that is done in a dialog, and the answer it got."""

    dialog = TenantForeignKey(Dialog, models.CASCADE, related_name="+")
    step = TenantForeignKey(ScriptStep, models.CASCADE, related_name="+")
    answer = models.TextField(blank=True)
    by = TenantForeignKey(Membership, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta(TenantOwned.Meta):
        verbose_name = _("mark of a step")
        verbose_name_plural = _("marks of steps")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "dialog", "step"], name="channels_mark_once")
        ]
