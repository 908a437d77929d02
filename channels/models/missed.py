"""What a telephone line does about calls nobody picked up."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from channels.models.channel import Channel
from core.tenancy import TenantForeignKey, TenantOneToOneField, TenantOwned


class MissedCallPlan(TenantOwned):
    """What follows a missed call of a channel by itself: a task to call back, a text to the client (K4).

    A channel without a plan does neither; who gets the inquiry next is said by its escalation steps.
    """

    channel = TenantOneToOneField(Channel, models.CASCADE, related_name="missed_call_plan")
    callback_within_min = models.PositiveIntegerField(
        _("call back within, working minutes"), null=True, blank=True
    )
    sms_channel = TenantForeignKey(
        Channel, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("texts go through")
    )
    sms_text = models.CharField(_("text in working hours"), max_length=500, blank=True)
    sms_text_closed = models.CharField(_("text outside working hours"), max_length=500, blank=True)
    sms_pause_h = models.PositiveIntegerField(_("one text to a number in so many hours"), default=24)

    class Meta(TenantOwned.Meta):
        verbose_name = _("plan for missed calls")
        verbose_name_plural = _("plans for missed calls")
