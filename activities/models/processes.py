"""Processes: what is done in the same order again and again, planned from a template (A5)."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contacts.models import Company, Contact
from core.tenancy import TenantForeignKey, TenantOwned, TenantQuerySet, manager_of
from tenants.models import Membership


class ProcessTemplateQuerySet(TenantQuerySet["ProcessTemplate"]):
    def usable(self) -> ProcessTemplateQuerySet:
        """Those that may be started: not archived, and with something to do."""
        return self.filter(is_archived=False, steps__isnull=False).distinct()


class ProcessTemplate(TenantOwned):
    """One task, or a chain of them, that is planned with one click."""

    class Mode(models.TextChoices):
        ONE_BY_ONE = "one", _("The next when the one before is done")
        ALL_AT_ONCE = "all", _("All at once")

    name = models.CharField(_("name"), max_length=150)
    mode = models.CharField(_("how it goes"), max_length=3, choices=Mode.choices, default=Mode.ONE_BY_ONE)
    is_archived = models.BooleanField(default=False)

    objects = manager_of(ProcessTemplateQuerySet)

    class Meta(TenantOwned.Meta):
        verbose_name = _("task template")
        verbose_name_plural = _("task templates")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="activities_template_name")]

    def __str__(self) -> str:
        return self.name


class ProcessStep(TenantOwned):
    """One activity of a template: what, how long after the one before in working time, and for whom."""

    class Unit(models.TextChoices):
        MINUTES = "min", _("working minutes")
        HOURS = "hour", _("working hours")
        DAYS = "day", _("working days")

    class Doer(models.TextChoices):
        RESPONSIBLE = "owner", _("Who is responsible for the card")
        STARTER = "starter", _("Who starts it")
        MEMBER = "member", _("Always the same person")

    template = TenantForeignKey(ProcessTemplate, models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(_("what"), max_length=10)
    subject = models.CharField(_("what to do"), max_length=300)
    text = models.TextField(_("details"), blank=True)
    delay = models.PositiveSmallIntegerField(_("after"), default=0)
    unit = models.CharField(_("unit"), max_length=4, choices=Unit.choices, default=Unit.DAYS)
    duration_min = models.PositiveSmallIntegerField(_("length, minutes"), default=0)
    doer = models.CharField(_("who does it"), max_length=7, choices=Doer.choices, default=Doer.RESPONSIBLE)
    member = TenantForeignKey(
        Membership, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("person")
    )

    class Meta(TenantOwned.Meta):
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        ordering = ["position", "id"]
        indexes = [models.Index(fields=["tenant", "template", "position"], name="activities_step_order")]

    def __str__(self) -> str:
        return self.subject


class Process(TenantOwned):
    """A template at work on one card: which step was planned last, and whether it still goes on."""

    template = TenantForeignKey(ProcessTemplate, models.CASCADE, related_name="processes")
    contact = TenantForeignKey(Contact, models.CASCADE, null=True, blank=True, related_name="+")
    company = TenantForeignKey(Company, models.CASCADE, null=True, blank=True, related_name="+")
    deal = TenantForeignKey("deals.Deal", models.CASCADE, null=True, blank=True, related_name="+")
    lead = TenantForeignKey("leads.Lead", models.CASCADE, null=True, blank=True, related_name="+")
    started_by = TenantForeignKey(Membership, models.SET_NULL, null=True, related_name="+")
    started_at = models.DateTimeField(default=timezone.now, editable=False)
    position = models.PositiveSmallIntegerField(default=0)  # of the step planned last
    ended_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        verbose_name = _("process")
        verbose_name_plural = _("processes")
        indexes = [
            models.Index(fields=["tenant", "template", "-started_at"], name="activities_process_recent")
        ]

    def __str__(self) -> str:
        return str(self.template)
