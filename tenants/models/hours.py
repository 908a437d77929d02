"""When people work: weeks, holidays, absences and duty shifts (K6)."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.tenancy import TenantForeignKey, TenantOwned
from tenants.models.people import Department, Membership

DAY_MIN = 24 * 60


class WorkSchedule(TenantOwned):
    """How the company, a department or one person works; what it leaves open is as one level above."""

    class Hours(models.TextChoices):
        INHERITED = "inherited", _("As one level above")
        WEEK = "week", _("By the week")
        ROTA = "rota", _("Only by the duty rota")

    department = TenantForeignKey(Department, models.CASCADE, null=True, related_name="+")
    member = TenantForeignKey(Membership, models.CASCADE, null=True, related_name="+")
    hours = models.CharField(_("hours"), max_length=10, choices=Hours.choices, default=Hours.INHERITED)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    lead_capacity = models.PositiveSmallIntegerField(
        _("at most so many open inquiries at once"), null=True, blank=True
    )

    class Meta(TenantOwned.Meta):
        verbose_name = _("work schedule")
        verbose_name_plural = _("work schedules")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant"],
                condition=models.Q(department=None, member=None),
                name="tenants_schedule_company",
            ),
            models.UniqueConstraint(
                fields=["tenant", "department"],
                condition=models.Q(department__isnull=False),
                name="tenants_schedule_department",
            ),
            models.UniqueConstraint(
                fields=["tenant", "member"],
                condition=models.Q(member__isnull=False),
                name="tenants_schedule_member",
            ),
            models.CheckConstraint(
                condition=models.Q(department=None) | models.Q(member=None), name="tenants_schedule_of_one"
            ),
        ]


class WorkInterval(TenantOwned):
    """A stretch of work on a weekday; two of them leave a break. One that passes midnight ends after 24:00."""

    class Weekday(models.IntegerChoices):
        MONDAY = 0, _("Monday")
        TUESDAY = 1, _("Tuesday")
        WEDNESDAY = 2, _("Wednesday")
        THURSDAY = 3, _("Thursday")
        FRIDAY = 4, _("Friday")
        SATURDAY = 5, _("Saturday")
        SUNDAY = 6, _("Sunday")

    schedule = TenantForeignKey(WorkSchedule, models.CASCADE, related_name="intervals")
    weekday = models.PositiveSmallIntegerField(choices=Weekday.choices)
    starts_min = models.PositiveSmallIntegerField()  # since midnight
    ends_min = models.PositiveSmallIntegerField()

    class Meta(TenantOwned.Meta):
        ordering = ["weekday", "starts_min"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "schedule", "weekday", "starts_min"], name="tenants_interval_once"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    weekday__lt=7,
                    starts_min__lt=DAY_MIN,
                    ends_min__gt=models.F("starts_min"),
                    ends_min__lte=models.F("starts_min") + DAY_MIN,
                ),
                name="tenants_interval_order",
            ),
        ]


class Holiday(TenantOwned):
    """A day when the company does not work, or a day off that was made a working day."""

    on = models.DateField(_("day"))
    name = models.CharField(_("name"), max_length=150)
    is_working = models.BooleanField(_("a working day"), default=False)

    class Meta(TenantOwned.Meta):
        verbose_name = _("holiday")
        verbose_name_plural = _("holidays")
        ordering = ["on"]
        constraints = [models.UniqueConstraint(fields=["tenant", "on"], name="tenants_holiday_once")]

    def __str__(self) -> str:
        return self.name


class Absence(TenantOwned):
    """Somebody is away for whole days, and perhaps somebody stands in."""

    class Kind(models.TextChoices):
        VACATION = "vacation", _("Vacation")
        SICK = "sick", _("Sick leave")
        TRIP = "trip", _("Business trip")
        OTHER = "other", _("Other")

    member = TenantForeignKey(
        Membership, models.CASCADE, related_name="absences", verbose_name=_("who is away")
    )
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    kind = models.CharField(_("why"), max_length=10, choices=Kind.choices, default=Kind.VACATION)
    substitute = TenantForeignKey(
        Membership,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("who stands in"),
    )
    comment = models.CharField(_("comment"), max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(TenantOwned.Meta):
        verbose_name = _("absence")
        verbose_name_plural = _("absences")
        ordering = ["starts_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")), name="tenants_absence_order"
            )
        ]
        indexes = [
            models.Index(fields=["tenant", "ends_on"], name="tenants_absence_ends"),
            models.Index(fields=["tenant", "member", "starts_on"], name="tenants_absence_member"),
        ]


class DutyShift(TenantOwned):
    """Somebody is on duty on one day; on such a day the shifts are the person's only hours."""

    member = TenantForeignKey(Membership, models.CASCADE, related_name="shifts")
    on = models.DateField(_("day"))  # in the person's own time zone
    starts_min = models.PositiveSmallIntegerField()  # since midnight
    ends_min = models.PositiveSmallIntegerField()  # after 24:00 where the shift passes midnight
    lead_capacity = models.PositiveSmallIntegerField(
        _("at most so many open inquiries at once"), null=True, blank=True
    )

    class Meta(TenantOwned.Meta):
        verbose_name = _("duty shift")
        verbose_name_plural = _("duty shifts")
        ordering = ["on", "starts_min"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "member", "on", "starts_min"], name="tenants_shift_once"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    starts_min__lt=DAY_MIN,
                    ends_min__gt=models.F("starts_min"),
                    ends_min__lte=models.F("starts_min") + DAY_MIN,
                ),
                name="tenants_shift_order",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "on"], name="tenants_shift_day")]
