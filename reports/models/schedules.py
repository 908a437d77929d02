"""Reports sent by mail when their time comes (R11)."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.tenancy import TenantForeignKey, TenantOwned
from tenants.models import Membership


class Schedule(TenantOwned):
    """A report as its address says it, sent to people at the company's time. Each gets what they may see."""

    class Cadence(models.TextChoices):
        DAILY = "day", _("Every day")
        WORKDAYS = "workday", _("Every working day")
        WEEKLY = "week", _("Every week")
        MONTHLY = "month", _("Every month")

    class Weekday(models.IntegerChoices):
        MONDAY = 0, _("Monday")
        TUESDAY = 1, _("Tuesday")
        WEDNESDAY = 2, _("Wednesday")
        THURSDAY = 3, _("Thursday")
        FRIDAY = 4, _("Friday")
        SATURDAY = 5, _("Saturday")
        SUNDAY = 6, _("Sunday")

    class Format(models.TextChoices):
        XLSX = "xlsx", _("Excel (XLSX)")
        PDF = "pdf", "PDF"

    page = models.CharField(max_length=60)  # of reports.catalogue
    query = models.TextField(blank=True)  # query string without '?'
    name = models.CharField(_("name"), max_length=100)
    cadence = models.CharField(_("how often"), max_length=7, choices=Cadence.choices, default=Cadence.WEEKLY)
    weekday = models.PositiveSmallIntegerField(
        _("day of the week"),
        choices=Weekday.choices,
        default=Weekday.MONDAY,
        help_text=_("Of what is sent every week."),
    )
    day = models.PositiveSmallIntegerField(
        _("day of the month"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(28)],
        help_text=_("Of what is sent every month."),
    )
    at = models.TimeField(_("at what time"), default="09:00")
    format = models.CharField(_("file"), max_length=4, choices=Format.choices, default=Format.XLSX)
    owner = TenantForeignKey(Membership, models.CASCADE, related_name="+", editable=False)
    is_paused = models.BooleanField(_("paused"), default=False)
    next_at = models.DateTimeField(editable=False)
    last_sent_at = models.DateTimeField(null=True, editable=False)

    class Meta(TenantOwned.Meta):
        verbose_name = _("scheduled report")
        verbose_name_plural = _("scheduled reports")
        ordering = ["name"]
        indexes = [models.Index(fields=["tenant", "next_at"], name="reports_schedule_due")]

    def __str__(self) -> str:
        return self.name


class Recipient(TenantOwned):
    """Who gets a scheduled report."""

    schedule = TenantForeignKey(Schedule, models.CASCADE, related_name="recipients")
    member = TenantForeignKey(Membership, models.CASCADE, related_name="+")

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "schedule", "member"], name="reports_recipient_once")
        ]
