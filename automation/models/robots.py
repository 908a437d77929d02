"""A robot of a stage: when it starts, what it asks, the one thing it does (D9)."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from activities.models import ProcessTemplate
from channels.models import Channel
from contacts.models import Source
from core.tenancy import TenantForeignKey, TenantOwned, TenantQuerySet, manager_of
from deals.models import RejectionReason, Stage
from tenants.models import Membership, Role


class RobotQuerySet(TenantQuerySet["Robot"]):
    def active(self) -> RobotQuerySet:
        """Switched on, and not stopped for running wild."""
        return self.filter(is_active=True, stopped_at=None)

    def in_order(self) -> RobotQuerySet:
        """As they stand in their column."""
        return self.order_by("position", "id")


class Robot(TenantOwned):
    """Does one thing with a deal of its stage, by itself, with the rights of whoever made it."""

    class Trigger(models.TextChoices):
        ENTERED = "entered", _("The deal enters the stage")
        LEFT = "left", _("The deal leaves the stage")
        IDLE = "idle", _("Nothing happens with the deal")
        CLIENT_WROTE = "client_wrote", _("The client writes")
        PROPOSAL_VIEWED = "proposal_viewed", _("The client opens a proposal")
        PROPOSAL_ACCEPTED = "proposal_accepted", _("The client accepts a proposal")
        PROPOSAL_DECLINED = "proposal_declined", _("The client declines a proposal")
        INVOICE_OVERDUE = "invoice_overdue", _("An invoice is overdue")
        PAID_PARTLY = "paid_partly", _("An invoice is paid in part")
        PAID = "paid", _("An invoice is paid in full")

    class Action(models.TextChoices):
        PLAN = "plan", _("Plan an activity")
        START = "start", _("Start a process")
        WRITE = "write", pgettext_lazy("robot", "Write to the client")
        TEXT = "text", _("Send an SMS to the client")
        NOTIFY = "notify", _("Notify colleagues")
        COMMENT = "comment", _("Leave a comment")
        ASSIGN = "assign", _("Change the responsible")
        SET_FIELD = "set_field", _("Fill in a field")
        MOVE = "move", _("Move the deal")
        WEBHOOK = "webhook", _("Call a webhook")

    class Unit(models.TextChoices):
        MINUTES = "min", _("minutes")
        HOURS = "h", _("hours")
        DAYS = "d", _("days")

    class Whom(models.TextChoices):
        OWNER = "owner", _("Whoever is responsible for the deal")
        HEAD = "head", _("The head of their department")
        MEMBER = "member", _("A certain person")
        ROLE = "role", _("Whoever of a role has the fewest open deals")

    stage = TenantForeignKey(Stage, models.CASCADE, related_name="robots", verbose_name=_("stage"))
    position = models.PositiveIntegerField(default=0)
    name = models.CharField(_("name"), max_length=120, blank=True)
    is_active = models.BooleanField(_("switched on"), default=True)
    trigger = models.CharField(_("when"), max_length=20, choices=Trigger.choices, default=Trigger.ENTERED)
    wait = models.PositiveIntegerField(_("after"), default=0)
    wait_unit = models.CharField(max_length=3, choices=Unit.choices, default=Unit.MINUTES)
    is_working_time = models.BooleanField(_("in working time"), default=True)
    action = models.CharField(_("what it does"), max_length=10, choices=Action.choices)
    # What the action needs; which of them it reads is told by automation.actions
    activity_kind = models.CharField(max_length=10, blank=True)
    subject = models.CharField(max_length=300, blank=True)
    text = models.TextField(blank=True)
    due = models.PositiveIntegerField(null=True, blank=True)  # of a planned activity, in due_unit
    due_unit = models.CharField(max_length=3, choices=Unit.choices, default=Unit.HOURS)
    whom = models.CharField(max_length=10, choices=Whom.choices, default=Whom.OWNER)
    member = TenantForeignKey(Membership, models.PROTECT, null=True, blank=True, related_name="+")
    role = TenantForeignKey(Role, models.PROTECT, null=True, blank=True, related_name="+")
    to_stage = TenantForeignKey(Stage, models.SET_NULL, null=True, blank=True, related_name="+")
    reason = TenantForeignKey(RejectionReason, models.PROTECT, null=True, blank=True, related_name="+")
    channel = TenantForeignKey(Channel, models.PROTECT, null=True, blank=True, related_name="+")
    field = models.CharField(max_length=60, blank=True)
    value = models.TextField(blank=True)
    process_template = TenantForeignKey(
        ProcessTemplate, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    url = models.CharField(max_length=500, blank=True)
    sealed_secret = models.TextField(blank=True, editable=False)  # signs what a webhook is sent
    # Whose rights it has; nobody's after the maker's row is gone, and then it does nothing
    maker = TenantForeignKey(
        Membership, models.SET_NULL, null=True, related_name="+", verbose_name=_("maker")
    )
    stopped_at = models.DateTimeField(null=True, editable=False)  # ran wild: automation.limits
    stopped_why = models.CharField(max_length=20, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    changed_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = manager_of(RobotQuerySet)

    class Meta(TenantOwned.Meta):
        verbose_name = pgettext_lazy("automation", "robot")
        verbose_name_plural = pgettext_lazy("automation", "robots")
        ordering = ["position", "id"]
        indexes = [models.Index(fields=["tenant", "stage", "position"], name="automation_robot_column")]

    def __str__(self) -> str:
        return self.name or str(self.Action(self.action).label)


class RobotCondition(TenantOwned):
    """One allowed value of a condition. Rows of one kind are alternatives, kinds are demanded together."""

    robot = TenantForeignKey(Robot, models.CASCADE, related_name="conditions")
    kind = models.CharField(max_length=20)  # code of automation.conditions
    # Protected: a robot that lost its last value would act on everything.
    source = TenantForeignKey(Source, models.PROTECT, null=True, related_name="+")
    member = TenantForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    value = models.CharField(max_length=200, blank=True)

    class Meta(TenantOwned.Meta):
        indexes = [models.Index(fields=["tenant", "robot"], name="automation_condition_robot")]
