"""Activities: each row is one entry of a timeline, planned or done."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contacts.models import Company, Contact
from core.among import IsAmong
from core.tenancy import TenantForeignKey, TenantOneToOneField, TenantOwned, TenantQuerySet, manager_of
from tenants.access import Action, Section, reach
from tenants.models import Membership

TARGETS = ("contact", "company", "deal", "lead")  # what an activity may be about
# What people do; requests and recorded changes stand in timelines and in no list of activities
LISTED_KINDS = ("call", "meeting", "email", "message", "task", "note")


def stands_at() -> models.Case:
    """Build the moment of an activity among all others: when it was done, else when it is due, else written down."""
    return models.Case(
        models.When(is_done=True, then="occurred_at"), default=Coalesce("due_at", "created_at")
    )


class ActivityQuerySet(TenantQuerySet["Activity"]):
    def listed(self) -> ActivityQuerySet:
        """What people did or will do, with the moment `stands_at`."""
        return self.filter(kind__in=LISTED_KINDS).annotate(stands_at=stands_at())

    def planned(self) -> ActivityQuerySet:
        """Still to do."""
        return self.filter(is_done=False)

    def done(self) -> ActivityQuerySet:
        """Happened: the timeline."""
        return self.filter(is_done=True)

    def overdue(self, *, now: dt.datetime) -> ActivityQuerySet:
        """Planned for a moment that has passed."""
        return self.planned().filter(due_at__lt=now)

    def due_on(self, day_start: dt.datetime, day_end: dt.datetime) -> ActivityQuerySet:
        """Planned between two moments (a day in the reader's zone)."""
        return self.planned().filter(due_at__gte=day_start, due_at__lt=day_end)

    def visible_to(self, member: Membership, action: str = Action.VIEW) -> ActivityQuerySet:
        """Those the member may see, or do `action` to, by who does them or wrote them."""
        return self.filter(reach(member, Section.ACTIVITIES, action, people=("owner", "author")))

    def of(self, member: Membership) -> ActivityQuerySet:
        """Those the member does, or takes part in."""
        participants: Any = self.model._meta.get_field("participants").related_model
        asked = participants.objects.filter(member=member).values("activity")
        return self.filter(models.Q(owner=member) | models.Q(IsAmong("pk", ArraySubquery(asked))))

    def to_remind(self, *, now: dt.datetime) -> ActivityQuerySet:
        """Planned, their moment to remind came within the last day, and nobody was reminded yet."""
        came = self.planned().filter(remind_at__lte=now, remind_at__gt=now - dt.timedelta(days=1))
        return came.filter(reminded_at=None, owner__is_active=True)


class Activity(TenantOwned):
    """A call, meeting, mail, message, task, note or recorded change, tied to whom and what it is about."""

    class Kind(models.TextChoices):
        CALL = "call", _("Call")
        MEETING = "meeting", _("Meeting")
        EMAIL = "email", _("E-mail")
        MESSAGE = "message", _("Message")
        REQUEST = "request", _("Request")  # a form as it was filled in
        TASK = "task", _("Task")
        NOTE = "note", _("Note")
        CHANGE = "change", _("Change")  # stage moves, conversions, merges: data says what

    class Direction(models.TextChoices):
        NONE = "", "—"
        IN = "in", _("Incoming")
        OUT = "out", _("Outgoing")

    class Outcome(models.TextChoices):
        """How a call or meeting ended, as far as one word can tell."""

        NONE = "", "—"
        TALKED = "talked", _("Talked")
        NO_ANSWER = "no_answer", _("Nobody answered")
        LATER = "later", _("Asked to call later")
        WRONG = "wrong", _("Wrong number")
        HELD = "held", _("Took place")
        ABSENT = "absent", _("The client did not come")
        POSTPONED = "postponed", _("The client put it off")

    class Repeat(models.TextChoices):
        NONE = "", _("Never")
        DAILY = "day", _("Every day")
        WORKDAYS = "workday", _("Every working day")
        WEEKLY = "week", _("Every week")
        MONTHLY = "month", _("Every month")

    kind = models.CharField(max_length=10, choices=Kind.choices)
    direction = models.CharField(max_length=3, choices=Direction.choices, blank=True)
    subject = models.CharField(_("subject"), max_length=300, blank=True)
    text = models.TextField(_("text"), blank=True)
    result = models.TextField(_("result"), blank=True)
    # of a change: {"code": "stage_moved", "from": "…", "to": "…"}; shown, never filtered by
    data: Any = models.JSONField(default=dict, blank=True)
    is_done = models.BooleanField(default=True)
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    duration_min = models.PositiveSmallIntegerField(_("length, minutes"), default=0)
    place = models.CharField(_("place"), max_length=300, blank=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices, blank=True)
    repeat = models.CharField(_("repeat"), max_length=7, choices=Repeat.choices, blank=True)
    remind_at = models.DateTimeField(_("remind"), null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, editable=False)
    occurred_at = models.DateTimeField(default=timezone.now)  # place in the timeline
    author = TenantForeignKey(Membership, models.SET_NULL, null=True, blank=True, related_name="+")
    owner = TenantForeignKey(
        Membership,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="activities",
        verbose_name=_("who does it"),
    )
    contact = TenantForeignKey(Contact, models.CASCADE, null=True, blank=True, related_name="activities")
    company = TenantForeignKey(Company, models.CASCADE, null=True, blank=True, related_name="activities")
    deal = TenantForeignKey("deals.Deal", models.CASCADE, null=True, blank=True, related_name="activities")
    lead = TenantForeignKey("leads.Lead", models.CASCADE, null=True, blank=True, related_name="activities")
    # The chain it is a step of, and the bulk action that planned it
    process = TenantForeignKey(
        "activities.Process", models.SET_NULL, null=True, blank=True, related_name="activities"
    )
    batch = models.UUIDField(null=True, editable=False)  # id of its job, which is forgotten earlier
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = manager_of(ActivityQuerySet)

    class Meta(TenantOwned.Meta):
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
        indexes = [
            models.Index(fields=["tenant", "contact", "-occurred_at", "-id"], name="activities_contact_line"),
            models.Index(fields=["tenant", "company", "-occurred_at", "-id"], name="activities_company_line"),
            models.Index(fields=["tenant", "deal", "-occurred_at", "-id"], name="activities_deal_line"),
            models.Index(fields=["tenant", "lead", "-occurred_at", "-id"], name="activities_lead_line"),
            models.Index(
                fields=["tenant", "owner", "due_at"],
                include=["kind", "author"],
                name="activities_to_do",
                condition=models.Q(is_done=False),
            ),
            # Everybody's day, in its order
            models.Index(
                fields=["tenant", "due_at", "id"],
                include=["kind", "owner", "author"],
                name="activities_planned",
                condition=models.Q(is_done=False),
            ),
            # A team's day, and what its people did
            models.Index(
                fields=["tenant", "due_at"], name="activities_due", condition=models.Q(due_at__isnull=False)
            ),
            models.Index(
                fields=["tenant", "-occurred_at", "-id"],
                include=["kind", "due_at", "owner", "author"],
                name="activities_done",
                condition=models.Q(is_done=True),
            ),
            models.Index(
                fields=["tenant", "remind_at"],
                name="activities_to_remind",
                condition=models.Q(is_done=False, reminded_at=None),
            ),
            models.Index(
                fields=["tenant", "batch"],
                name="activities_of_batch",
                condition=models.Q(batch__isnull=False),
            ),
            # The list of all activities in its order
            models.Index(
                models.F("tenant"),
                stands_at().desc(),
                models.F("id").desc(),
                name="activities_list",
                condition=models.Q(kind__in=LISTED_KINDS),
            ),
        ]

    def __str__(self) -> str:
        return self.subject or self.get_kind_display()

    @property
    def ends_at(self) -> dt.datetime | None:
        """When it ends as planned; the moment it is due where it has no length."""
        return self.due_at + dt.timedelta(minutes=self.duration_min) if self.due_at else None


class Call(TenantOwned):
    """The facts of a call as the PBX told them, in whatever order its events came (K3)."""

    class Result(models.TextChoices):
        UNKNOWN = "", "—"
        ANSWERED = "answered", _("Answered")
        MISSED = "missed", _("No answer")
        BUSY = "busy", _("Busy")
        FAILED = "failed", _("Failed")

    class State(models.TextChoices):
        RINGING = "ringing", _("Ringing")
        ANSWERED = "answered", _("Talking")
        FINISHED = "finished", _("Finished")

    activity = TenantOneToOneField(Activity, models.CASCADE, related_name="call")
    channel = TenantForeignKey("channels.Channel", models.SET_NULL, null=True, related_name="+")
    external_id = models.CharField(max_length=200)  # the PBX's id of the whole call
    direction = models.CharField(
        max_length=8, choices=[("in", _("Incoming")), ("out", _("Outgoing")), ("internal", _("Internal"))]
    )
    phone = models.CharField(max_length=32, blank=True)  # the client's, E.164 where it could be read
    line = models.CharField(max_length=64, blank=True)
    extension = models.CharField(max_length=64, blank=True)
    answered_by = TenantForeignKey(Membership, models.SET_NULL, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.RINGING)
    result = models.CharField(max_length=10, choices=Result.choices, blank=True)
    started_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    duration_s = models.PositiveIntegerField(null=True)
    talk_s = models.PositiveIntegerField(null=True)
    recording_url = models.TextField(blank=True)
    recording_ref = models.CharField(max_length=300, blank=True)
    last_sequence = models.IntegerField(default=0)
    # The exchange never told how it ended: worked out of what its legs did (leads.services.call_facts)
    is_end_derived = models.BooleanField(default=False)
    # Of a missed call: the task to call back; done by itself when the client is spoken to
    callback = TenantForeignKey(Activity, models.SET_NULL, null=True, related_name="+")

    class Meta(TenantOwned.Meta):
        verbose_name = _("call")
        verbose_name_plural = _("calls")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "channel", "external_id"], name="activities_call_once")
        ]
        indexes = [
            models.Index(fields=["tenant", "started_at"], name="activities_call_started"),
            models.Index(fields=["tenant", "phone", "started_at"], name="activities_call_phone"),
            models.Index(
                fields=["tenant", "started_at"],
                name="activities_call_going",
                condition=models.Q(state__in=["ringing", "answered"]),
            ),
        ]


class Attachment(TenantOwned):
    """A file of a timeline entry, kept under a key of our own; the name is only for showing."""

    class State(models.TextChoices):
        STORED = "stored", _("Stored")
        WAITING = "waiting", _("Being fetched")
        FAILED = "failed", _("Could not be fetched")

    activity = TenantForeignKey(Activity, models.CASCADE, related_name="attachments")
    key = models.CharField(max_length=100, blank=True)
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=150)
    size_bytes = models.PositiveBigIntegerField(default=0)
    content_id = models.CharField(max_length=200, blank=True)
    ref = models.CharField(max_length=500, blank=True)  # the provider's reference while waiting
    state = models.CharField(max_length=10, choices=State.choices, default=State.STORED)
    error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(TenantOwned.Meta):
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ["created_at"]

    def __str__(self) -> str:
        return self.name
