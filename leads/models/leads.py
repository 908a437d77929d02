"""The lead: one inquiry of a contact, from arrival to its one end (L7)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import RETURN_VALUE, transition

from activities.models import Call
from contacts.models import Company, Contact, Source
from contacts.searching import is_found, parse
from core.among import among_found, among_sql
from core.indexes import trigram_index
from core.life_cycles import LifeCycleField
from core.tenancy import TenantForeignKey, TenantOwned, TenantQuerySet, manager_of
from deals.models import Deal, RejectionReason
from tenants.access import Scope, colleague_role_ids, reach, scope_of
from tenants.models import CustomValued, Membership, Role, custom_values_index
from tenants.tags import tags_index


def lead_reach(member: Membership, action: str = "view") -> models.Q:
    """Build the filter for leads within the member's right.

    Who answers for a department also answers for the shared queues its people work from.
    """
    people = ("responsible", "taken_by")
    condition = reach(member, "leads", action, people=people, roles=("responsible_role",))
    if scope_of(member, "leads", action) == Scope.DEPARTMENT and (roles := colleague_role_ids(member)):
        condition |= models.Q(responsible_role__in=roles)
    return condition


# Of an answer: it took longer than the channel allows
LATE = models.Q(response_limit_min__gt=0, response_min__gt=models.F("response_limit_min"))
UNANSWERED = (
    models.Q(first_response_at=None, waiting_since__isnull=False, state__in=("new", "in_work", "rejected"))
    & ~models.Q(kind="manual")
    & ~models.Q(quality="non_targeted")
)
UNPROCESSED = UNANSWERED | (LATE & models.Q(channel_kind__in=("chat", "messenger")))


class LeadQuerySet(TenantQuerySet["Lead"]):
    def visible_to(self, member: Membership, action: str = "view") -> LeadQuerySet:
        """Those the member may see (or edit, delete, …)."""
        return self.filter(lead_reach(member, action))

    def search(self, text: str, *, newest: int | None = None) -> LeadQuerySet:
        """Found by who it is, what was said, its number, or the end of a phone.

        `newest`: look at no more than so many, the last made ones.
        """
        query = parse(text)
        if not query.words:
            return self
        search = among_found if newest is None else among_sql
        return self.filter(is_found("leads", query, newest, entity="lead", search=search))

    def present(self) -> LeadQuerySet:
        """Not deleted."""
        return self.filter(deleted_at=None)

    def open(self) -> LeadQuerySet:
        """Nobody has decided about them yet, or somebody is at it."""
        return self.present().filter(state__in=(Lead.State.NEW, Lead.State.IN_WORK))

    def unsorted(self, *, now: dt.datetime) -> LeadQuerySet:
        """The queue: open and not snoozed."""
        return self.open().filter(models.Q(snoozed_until=None) | models.Q(snoozed_until__lte=now))

    def snoozed(self, *, now: dt.datetime) -> LeadQuerySet:
        """Open, but put off."""
        return self.open().filter(snoozed_until__gt=now)

    def rejected(self) -> LeadQuerySet:
        return self.present().filter(state=Lead.State.REJECTED)

    def advertising(self) -> LeadQuerySet:
        """Those that count in advertising statistics (Q2)."""
        return self.filter(is_advertising=True)

    def unanswered(self) -> LeadQuerySet:
        """The client wrote or called and nobody has answered, though it was no spam and became nothing.

        Whoever was typed in by hand was spoken to; a talk that somebody closed waits for no answer.
        """
        return self.filter(UNANSWERED)

    def unowned(self) -> LeadQuerySet:
        """Open, and neither taken by a person nor waiting for one: for a role, or for nobody at all."""
        return self.open().filter(taken_by=None, responsible=None)

    def with_answer(self) -> LeadQuerySet:
        """Annotate how we answered: an `answer` of Lead.Answer (R4)."""
        is_answered = models.Q(first_response_at__isnull=False)
        return self.annotate(
            answer=models.Case(
                models.When(is_answered & LATE, then=models.Value(Lead.Answer.LATE)),
                models.When(is_answered, then=models.Value(Lead.Answer.IN_TIME)),
                models.When(UNANSWERED, then=models.Value(Lead.Answer.NONE)),
                default=models.Value(Lead.Answer.NOT_NEEDED),
                output_field=models.CharField(),
            )
        )

    def unprocessed(self) -> LeadQuerySet:
        """Missed calls nobody returned, mails and requests without an answer, chats answered too late or never (R4)."""
        return self.filter(UNPROCESSED)

    def unmeasured(self) -> LeadQuerySet:
        """Answered, but nobody has counted in how many working minutes."""
        return self.filter(first_response_at__isnull=False, response_min=None)


class Lead(CustomValued, TenantOwned):
    """One inquiry of a contact. Ends in exactly one of: converted, rejected."""

    class State(models.TextChoices):
        NEW = "new", _("New")
        IN_WORK = "in_work", _("In work")
        CONVERTED = "converted", _("Converted")
        REJECTED = "rejected", _("Rejected")

    class Kind(models.TextChoices):  # L1, L14
        EMAIL = "email", _("E-mail")
        MESSAGE = "message", _("Message")
        REQUEST = "request", _("Form")
        MANUAL = "manual", _("Manual")
        CALL = "call", _("Call")
        MISSED_CALL = "missed_call", _("Missed call")
        CALLBACK = "callback", _("Callback request")
        CHAT = "chat", _("Chat")

    class Quality(models.TextChoices):  # Q1
        TARGETED = "targeted", _("Targeted")
        REPEAT = "repeat", _("Repeat")
        NON_TARGETED = "non_targeted", _("Non-targeted")
        UNVERIFIED = "unverified", _("Unverified")
        UNSORTED = "unsorted", _("Unsorted")

    class Answer(models.TextChoices):  # R4
        IN_TIME = "in_time", _("Answered in time")
        LATE = "late", _("Answered late")
        NONE = "none", _("Not answered")
        NOT_NEEDED = "not_needed", _("No answer needed")

    number = models.PositiveIntegerField()
    kind = models.CharField(_("type"), max_length=12, choices=Kind.choices)
    channel = TenantForeignKey(
        "channels.Channel",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="leads",
        verbose_name=_("channel"),
    )
    channel_kind = models.CharField(max_length=12)  # email, messenger, call, request, chat, callback
    dialog = TenantForeignKey("channels.Dialog", models.SET_NULL, null=True, blank=True, related_name="leads")
    call = TenantForeignKey(Call, models.SET_NULL, null=True, blank=True, related_name="leads")

    state: Any = LifeCycleField(
        _("state"), max_length=10, choices=State.choices, default=State.NEW, protected=True
    )
    received_at = models.DateTimeField(default=timezone.now)
    last_inquiry_at = models.DateTimeField(default=timezone.now)  # the newest incoming message of it
    opened_at = models.DateTimeField(null=True, blank=True)
    taken_by = TenantForeignKey(
        Membership,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="taken_leads",
        verbose_name=_("taken by"),
    )
    taken_at = models.DateTimeField(null=True, blank=True)
    # The client's first unanswered word; null when the last word was ours
    waiting_since = models.DateTimeField(null=True, blank=True)
    first_response_at = models.DateTimeField(null=True, blank=True)
    # Working minutes from arrival to that, by the hours of then: never told anew when schedules change
    response_min = models.PositiveIntegerField(null=True, editable=False)
    response_limit_min = models.PositiveIntegerField(
        null=True, blank=True
    )  # working minutes, from the channel
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = TenantForeignKey(Membership, models.SET_NULL, null=True, blank=True, related_name="+")
    snoozed_until = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    # Responsible: a person, or a role any member of which takes it (L5)
    responsible = TenantForeignKey(
        Membership, models.PROTECT, null=True, blank=True, related_name="leads", verbose_name=_("responsible")
    )
    responsible_role = TenantForeignKey(
        Role, models.PROTECT, null=True, blank=True, related_name="leads", verbose_name=_("responsible role")
    )
    assignment_reason = models.CharField(max_length=40, blank=True)  # code; leads.routing knows the texts
    assignment_params: Any = models.JSONField(default=dict, blank=True)  # what the text needs
    routing_rule = TenantForeignKey(
        "leads.RoutingRule", models.SET_NULL, null=True, blank=True, related_name="leads", editable=False
    )
    # Escalation: how many steps were done, since when the next one counts, and when to look again
    escalation_step = models.PositiveSmallIntegerField(default=0, editable=False)
    step_started_at = models.DateTimeField(null=True, editable=False)
    escalate_at = models.DateTimeField(null=True, editable=False)

    # Who and what
    # as the client called themselves
    name = models.CharField(pgettext_lazy("of a person", "name"), max_length=200, blank=True)
    phone = models.CharField(_("phone"), max_length=32, blank=True)  # E.164 where it could be read
    email = models.CharField(_("e-mail"), max_length=254, blank=True)
    company_name = models.CharField(_("company"), max_length=200, blank=True)
    subject = models.CharField(_("subject"), max_length=300, blank=True)
    summary = models.CharField(max_length=300, blank=True)  # first line of what they said
    # Form answers [[label, value], …] and the product of a shop message (L20); shown, never filtered by
    fields: Any = models.JSONField(default=list, blank=True)
    product: Any = models.JSONField(default=dict, blank=True)
    object_of_interest = models.CharField(_("object of interest"), max_length=250, blank=True)
    contact = TenantForeignKey(
        Contact, models.SET_NULL, null=True, blank=True, related_name="leads", verbose_name=_("contact")
    )
    company = TenantForeignKey(
        Company, models.SET_NULL, null=True, blank=True, related_name="leads", verbose_name=_("company")
    )
    deal = TenantForeignKey(
        Deal, models.SET_NULL, null=True, blank=True, related_name="leads", verbose_name=_("deal")
    )
    tags = ArrayField(models.CharField(max_length=50), default=list, blank=True, verbose_name=_("tags"))

    # Where from
    source = TenantForeignKey(
        Source, models.PROTECT, null=True, blank=True, related_name="leads", verbose_name=_("source")
    )
    utm_source = models.CharField(max_length=100, blank=True, db_default="")  # as marked, also when unknown
    medium = models.CharField(max_length=100, blank=True)
    campaign = models.CharField(_("campaign"), max_length=200, blank=True)
    ad_content = models.CharField(max_length=200, blank=True)
    term = models.CharField(max_length=200, blank=True)
    page_url = models.CharField(max_length=500, blank=True)
    referrer = models.CharField(max_length=500, blank=True)
    click_ids: Any = models.JSONField(default=dict, blank=True)
    first_page_url = models.CharField(
        max_length=500, blank=True, default=""
    )  # of the first visit, and its marks
    first_marks: Any = models.JSONField(default=dict, blank=True)
    region = models.CharField(_("region"), max_length=100, blank=True)

    # Quality and its reason (Q3): a code of leads.quality and what the text needs
    quality = models.CharField(_("quality"), max_length=14, choices=Quality.choices, default=Quality.UNSORTED)
    quality_reason = models.CharField(max_length=40, blank=True)
    quality_params: Any = models.JSONField(default=dict, blank=True)
    is_quality_manual = models.BooleanField(default=False)
    is_advertising = models.BooleanField(_("advertising"), default=True)
    suspicion = models.CharField(
        max_length=20, blank=True, default="", editable=False
    )  # a code of leads.suspicion
    rejection_reason = TenantForeignKey(
        RejectionReason, models.PROTECT, null=True, blank=True, related_name="leads", verbose_name=_("reason")
    )
    rejection_comment = models.TextField(_("comment"), blank=True)

    unread_count = models.PositiveIntegerField(default=0, editable=False)
    next_activity_at = models.DateTimeField(null=True, editable=False)
    next_activity_title = models.CharField(max_length=300, blank=True, editable=False)
    next_activity_kind = models.CharField(max_length=10, blank=True, editable=False)
    last_activity_at = models.DateTimeField(null=True, editable=False)
    search_text = models.TextField(blank=True, editable=False)
    version = models.PositiveIntegerField(default=1)
    created_by = TenantForeignKey(Membership, models.SET_NULL, null=True, editable=False, related_name="+")

    objects = manager_of(LeadQuerySet)

    class Meta(TenantOwned.Meta):
        verbose_name = _("lead")
        verbose_name_plural = _("leads")
        constraints = [models.UniqueConstraint(fields=["tenant", "number"], name="leads_lead_number")]
        indexes = [
            # The list in its order; reports and counts find all they ask in it, without a visit to the rows
            models.Index(
                fields=["tenant", "-received_at", "-id"],
                include=[
                    "is_advertising",
                    "state",
                    "quality",
                    "channel_kind",
                    "channel",
                    "source",
                    "campaign",
                    "rejection_reason",
                    "deal",
                    "taken_by",
                    "responsible",
                    "responsible_role",
                ],
                name="leads_lead_new",
                condition=models.Q(deleted_at=None),
            ),
            models.Index(
                fields=["tenant", "taken_at"],
                include=["state", "taken_by", "responsible", "responsible_role"],
                name="leads_lead_taken",
                condition=models.Q(deleted_at=None),
            ),
            models.Index(
                fields=["tenant", "waiting_since", "id"],
                include=[
                    "taken_by",
                    "responsible",
                    "responsible_role",
                    "response_limit_min",
                    "snoozed_until",
                ],
                name="leads_lead_waiting",
                condition=models.Q(state__in=["new", "in_work"], deleted_at=None),
            ),
            models.Index(
                fields=["tenant", "-last_inquiry_at", "-id"],
                name="leads_lead_last",
                condition=models.Q(deleted_at=None),
            ),
            models.Index(fields=["tenant", "phone"], name="leads_lead_phone"),
            # Searches by a client's name find the leads in it, without a visit to the rows
            models.Index(
                fields=["tenant", "contact", "received_at"], include=["id"], name="leads_lead_contact_line"
            ),
            models.Index(fields=["tenant", "state", "-received_at"], name="leads_lead_state"),
            # Nearly empty, and asked for among all that were ever rejected
            models.Index(
                fields=["tenant", "closed_at"],
                name="leads_lead_reasonless",
                condition=models.Q(state="rejected", rejection_reason=None, deleted_at=None),
            ),
            models.Index(
                fields=["tenant", "escalate_at"],
                name="leads_lead_escalate",
                condition=models.Q(escalate_at__isnull=False),
            ),
            # Empty but for answers from before their minutes were kept
            models.Index(
                fields=["tenant", "first_response_at"],
                name="leads_lead_unmeasured",
                condition=models.Q(first_response_at__isnull=False, response_min=None),
            ),
            trigram_index("search_text", "leads_lead_search"),
            custom_values_index("leads_lead_custom"),
            tags_index("leads_lead_tags"),
        ]

    def __str__(self) -> str:
        return self.name or self.phone or self.email or f"#{self.number}"

    def get_absolute_url(self) -> str:
        return reverse("leads:detail", args=[self.pk])

    @property
    def is_missed(self) -> bool:
        """Nobody picked up, and nobody has spoken to the client since."""
        is_settled = self.is_open and self.waiting_since is None
        return self.kind == Lead.Kind.MISSED_CALL and not is_settled

    @property
    def is_open(self) -> bool:
        return self.state in (self.State.NEW, self.State.IN_WORK)

    # The life cycle is fixed; leads.services is the only caller.
    @transition(field=state, source=[State.NEW, State.IN_WORK], target=State.IN_WORK)
    def take(self) -> None: ...

    @transition(field=state, source=State.IN_WORK, target=State.NEW)
    def release(self) -> None: ...

    @transition(field=state, source=[State.NEW, State.IN_WORK], target=State.CONVERTED)
    def convert(self) -> None: ...

    @transition(field=state, source=[State.NEW, State.IN_WORK], target=State.REJECTED)
    def reject(self) -> None: ...

    @transition(field=state, source=State.REJECTED, target=RETURN_VALUE(State.NEW, State.IN_WORK))
    def reopen(self) -> str:
        return self.State.IN_WORK if self.taken_by_id else self.State.NEW

    @transition(field=state, source="*", target=RETURN_VALUE(State.NEW, State.IN_WORK))
    def step_back(self, state: str) -> str:
        """Undo of a decision: back to where the lead stood before it."""
        return state
