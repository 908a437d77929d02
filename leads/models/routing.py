"""Who gets a new lead: ordered rules, whose turn it is, what happens while nobody answers (L5, K4)."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contacts.models import Source
from core.tenancy import TenantForeignKey, TenantOwned, TenantQuerySet, manager_of
from tenants.models import Department, Membership, Role


class RoutingRuleQuerySet(TenantQuerySet["RoutingRule"]):
    def active(self) -> RoutingRuleQuerySet:
        """Those that decide, in the order they are asked."""
        return self.filter(is_active=True).order_by("position", "id")


class RoutingRule(TenantOwned):
    """Inquiries that meet its conditions go to its people; the first rule that finds somebody decides.

    Its people are those of the list; without a list those of the department, of the role, or of both.
    """

    class Method(models.TextChoices):
        ANYONE = "anyone", _("The role sees it, whoever takes it")
        ORDER = "order", _("The first of the list who can")
        TURN = "turn", _("In turn")
        LOAD = "load", _("Whoever has the fewest open inquiries")

    name = models.CharField(_("name"), max_length=100)
    position = models.PositiveIntegerField(default=0, editable=False)
    is_active = models.BooleanField(_("switched on"), default=True)
    method = models.CharField(_("how"), max_length=10, choices=Method.choices, default=Method.TURN)
    department = TenantForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("department")
    )
    role = TenantForeignKey(
        Role, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("role")
    )
    is_owner_first = models.BooleanField(_("the client's manager first"), default=False)
    is_on_duty_only = models.BooleanField(_("only who is at work"), default=True)
    lead_capacity = models.PositiveSmallIntegerField(
        _("at most so many open inquiries at once"), null=True, blank=True
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = manager_of(RoutingRuleQuerySet)

    class Meta(TenantOwned.Meta):
        verbose_name = _("routing rule")
        verbose_name_plural = _("routing rules")
        ordering = ["position", "id"]
        indexes = [models.Index(fields=["tenant", "position"], name="leads_rule_order")]

    def __str__(self) -> str:
        return self.name


class RoutingCondition(TenantOwned):
    """One allowed value of a condition. Rows of one kind are alternatives, kinds are demanded together."""

    rule = TenantForeignKey(RoutingRule, models.CASCADE, related_name="conditions")
    kind = models.CharField(max_length=20)  # code of leads.routing.conditions
    # Protected: a rule that lost its last value would be for everything.
    channel = TenantForeignKey("channels.Channel", models.PROTECT, null=True, related_name="+")
    source = TenantForeignKey(Source, models.PROTECT, null=True, related_name="+")
    label = models.CharField(max_length=200, blank=True)  # of a form field
    value = models.CharField(max_length=200, blank=True)

    class Meta(TenantOwned.Meta):
        indexes = [models.Index(fields=["tenant", "rule"], name="leads_condition_rule")]


class RoutingPerson(TenantOwned):
    """Somebody on a rule's list."""

    rule = TenantForeignKey(RoutingRule, models.CASCADE, related_name="people")
    member = TenantForeignKey(Membership, models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta(TenantOwned.Meta):
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "rule", "member"], name="leads_routing_person_once")
        ]


class RoutingTurn(TenantOwned):
    """When somebody had their last turn in a rule: whoever had it longest ago is next."""

    rule = TenantForeignKey(RoutingRule, models.CASCADE, related_name="turns")
    member = TenantForeignKey(Membership, models.CASCADE, related_name="+")
    serial = models.PositiveIntegerField()  # counts the turns of the rule

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "rule", "member"], name="leads_routing_turn_once")
        ]


class RoutingDecision(TenantOwned):
    """To whom a lead went, and why: one row on arrival, one for every later step."""

    lead = TenantForeignKey("leads.Lead", models.CASCADE, related_name="routing_decisions")
    at = models.DateTimeField()
    step = models.PositiveSmallIntegerField(default=0)  # 0: when it came
    rule = TenantForeignKey(RoutingRule, models.SET_NULL, null=True, related_name="decisions")
    member = TenantForeignKey(Membership, models.SET_NULL, null=True, related_name="+")
    role = TenantForeignKey(Role, models.SET_NULL, null=True, related_name="+")
    reason = models.CharField(max_length=40)
    params: Any = models.JSONField(default=dict)  # what the reason's text needs; shown, never filtered by

    class Meta(TenantOwned.Meta):
        indexes = [
            models.Index(fields=["tenant", "lead", "at"], name="leads_decision_line"),
            models.Index(fields=["tenant", "rule", "at"], name="leads_decision_rule"),
        ]


class EscalationStep(TenantOwned):
    """What happens when nobody has taken or answered a lead in time: a step of a rule or of a channel.

    The steps of the rule that decided count, without any those of the channel.
    """

    class Watch(models.TextChoices):
        TAKEN = "taken", _("nobody has taken it")
        ANSWERED = "answered", _("nobody has answered")

    class Action(models.TextChoices):
        NEXT = "next", _("Hand it to the next one by the rules")
        MEMBER = "member", _("Hand it to a person")
        ROLE = "role", _("Hand it to a role")
        TELL_HEAD = "tell_head", _("Tell the head of the department")
        TELL_MEMBER = "tell_member", _("Tell a person")

    rule = TenantForeignKey(RoutingRule, models.CASCADE, null=True, related_name="steps")
    channel = TenantForeignKey("channels.Channel", models.CASCADE, null=True, related_name="escalation_steps")
    position = models.PositiveSmallIntegerField()
    # Working minutes and seconds since the lead was handed over, or the step before
    after_min = models.PositiveIntegerField()
    after_s = models.PositiveSmallIntegerField(default=0)
    watch = models.CharField(max_length=10, choices=Watch.choices)
    action = models.CharField(max_length=12, choices=Action.choices)
    member = TenantForeignKey(Membership, models.CASCADE, null=True, related_name="+")
    role = TenantForeignKey(Role, models.PROTECT, null=True, related_name="+")

    class Meta(TenantOwned.Meta):
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(rule=None, channel__isnull=False)
                | models.Q(rule__isnull=False, channel=None),
                name="leads_step_of_one",
            ),
            models.CheckConstraint(
                condition=models.Q(after_min__gte=1) | models.Q(after_s__gte=1), name="leads_step_waits"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "rule", "position"], name="leads_step_rule"),
            models.Index(fields=["tenant", "channel", "position"], name="leads_step_channel"),
        ]

    @property
    def patience(self) -> dict[str, Any]:
        """How long it waits, as its words need it (leads.routing.words.waited)."""
        return {"minutes": self.after_min, "seconds": self.after_s}
