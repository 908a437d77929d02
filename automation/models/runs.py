"""What robots are about to do and have done: the log, and the queue."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from automation.models.robots import Robot
from core.tenancy import TenantForeignKey, TenantOwned, TenantQuerySet, manager_of
from deals.models import Deal, Stage
from tenants.access import Action
from tenants.models import Membership


class RobotRunQuerySet(TenantQuerySet["RobotRun"]):
    def waiting(self) -> RobotRunQuerySet:
        """Still to be done."""
        return self.filter(state=RobotRun.State.WAITING)

    def visible_to(self, member: Membership, action: str = Action.VIEW) -> RobotRunQuerySet:
        """Those with deals the member may see."""
        return self.filter(deal__in=Deal.objects.visible_to(member, action).values("pk"))


class RobotRun(TenantOwned):
    """One robot and one deal, once for each occasion: waits for its moment, then did it, refused or gave up."""

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("robot", "Waits")
        DONE = "done", pgettext_lazy("robot", "Done")
        PASSED = (
            "passed",
            pgettext_lazy("robot", "Not needed"),
        )  # its conditions weren't met, or the deal went on
        FAILED = "failed", pgettext_lazy("robot", "Failed")

    robot = TenantForeignKey(Robot, models.SET_NULL, null=True, related_name="runs")
    name = models.CharField(max_length=120)  # of the robot, as it was called
    deal = TenantForeignKey(Deal, models.CASCADE, related_name="robot_runs")
    stage = TenantForeignKey(Stage, models.SET_NULL, null=True, related_name="+")  # where it was set off
    trigger = models.CharField(max_length=20, choices=Robot.Trigger.choices)
    occasion = models.CharField(max_length=80)
    depth = models.PositiveSmallIntegerField(default=0)  # robots that set one another off before this one
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    due_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    try_count = models.PositiveSmallIntegerField(default=0)
    outcome = models.CharField(max_length=40, blank=True)  # code of automation.words
    params: Any = models.JSONField(default=dict)  # what the outcome's text needs; shown, never filtered by
    created_at = models.DateTimeField(default=timezone.now, db_default=Now(), editable=False)

    objects = manager_of(RobotRunQuerySet)

    class Meta(TenantOwned.Meta):
        verbose_name = _("robot's run")
        verbose_name_plural = _("robots' runs")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "robot", "deal", "occasion"], name="automation_run_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["tenant", "due_at"], name="automation_run_due", condition=models.Q(state="waiting")
            ),
            models.Index(fields=["tenant", "-created_at", "-id"], name="automation_run_log"),
            models.Index(fields=["tenant", "deal", "-created_at"], name="automation_run_deal"),
            models.Index(fields=["tenant", "robot", "-created_at"], name="automation_run_robot"),
        ]
