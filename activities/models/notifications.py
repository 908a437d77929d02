"""What a person should hear about."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contacts.models import Company, Contact
from core.tenancy import TenantForeignKey, TenantOneToOneField, TenantOwned
from tenants.models import Membership


class Notification(TenantOwned):
    """One line in the bell's list. Its text is made in the reader's language from code and params."""

    member = TenantForeignKey(Membership, models.CASCADE, related_name="notifications")
    code = models.CharField(
        max_length=40
    )  # 'lead_assigned', 'activity_due', …: activities.notices knows the texts
    params: Any = models.JSONField(default=dict)
    url = models.CharField(max_length=300, blank=True)
    read_at = models.DateTimeField(null=True)
    mail_at = models.DateTimeField(null=True)  # to be told by mail then, if it is still unread
    mailed_at = models.DateTimeField(null=True)
    is_quiet = models.BooleanField(default=False)  # in the list only: no message, no sound
    is_silent = models.BooleanField(default=False)  # no sound
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(TenantOwned.Meta):
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["tenant", "member", "-created_at"], name="activities_notice_new"),
            models.Index(
                fields=["tenant", "member"], name="activities_notice_unread", condition=models.Q(read_at=None)
            ),
            models.Index(
                fields=["tenant", "mail_at"],
                name="activities_notice_to_mail",
                condition=models.Q(mail_at__isnull=False, mailed_at=None, read_at=None),
            ),
        ]


class NoticeSettings(TenantOwned):
    """How one person wants to hear of what: in the browser, with a sound, by mail, and when not."""

    class Digest(models.TextChoices):
        AT_ONCE = "", _("At once")
        HOURLY = "hour", _("Once an hour")
        DAILY = "day", _("Once a day")

    member = TenantOneToOneField(Membership, models.CASCADE, related_name="notice_settings")
    # {group: ["browser", "sound", "mail"]}, see activities.hearing; never filtered by, always read whole
    ways: Any = models.JSONField(default=dict)
    digest = models.CharField(_("letters"), max_length=4, choices=Digest.choices, blank=True)
    digest_at = models.TimeField(_("at"), default=dt.time(9))
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_until = models.TimeField(_("quiet until"), null=True, blank=True)

    class Meta(TenantOwned.Meta):
        verbose_name = _("notification settings")
        verbose_name_plural = _("notification settings")


class Watch(TenantOwned):
    """A person follows a record and hears what happens with it, or has muted it and hears nothing."""

    member = TenantForeignKey(Membership, models.CASCADE, related_name="+")
    contact = TenantForeignKey(Contact, models.CASCADE, null=True, blank=True, related_name="+")
    company = TenantForeignKey(Company, models.CASCADE, null=True, blank=True, related_name="+")
    deal = TenantForeignKey("deals.Deal", models.CASCADE, null=True, blank=True, related_name="+")
    lead = TenantForeignKey("leads.Lead", models.CASCADE, null=True, blank=True, related_name="+")
    is_muted = models.BooleanField(default=False)
    seen_at = models.DateTimeField(default=timezone.now)  # entries up to then have been told

    class Meta(TenantOwned.Meta):
        verbose_name = _("followed or muted record")
        verbose_name_plural = _("followed and muted records")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "member", name],
                name=f"activities_watch_{name}",
                condition=models.Q(**{f"{name}__isnull": False}),
            )
            for name in ("contact", "company", "deal", "lead")
        ]
