"""Dialogs and their messages."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Case, OuterRef, Q, When
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from activities.models import Activity, Attachment, Call
from channels.models.channel import Channel
from channels.models.outcomes import DialogOutcome
from contacts.models import Contact
from contacts.searching import is_found, parse
from core.among import has_one
from core.indexes import trigram_index
from core.tenancy import TenantForeignKey, TenantOneToOneField, TenantOwned, TenantQuerySet, manager_of
from deals.models import Deal
from leads.models import Lead, lead_reach
from tenants.access import Action, Scope, Section, reach, scope_of
from tenants.models import Membership

PREVIEW = 300
_OF_OPEN_LEAD = Q(lead__state__in=(Lead.State.NEW, Lead.State.IN_WORK), lead__deleted_at=None)


class DialogQuerySet(TenantQuerySet["Dialog"]):
    def visible_to(self, member: Membership, action: str = Action.VIEW) -> DialogQuerySet:
        """Those within the member's right to leads: by the inquiry, its deal, the assignee or the client's owner.

        A dialog without an inquiry (mail to a mailbox that is no source of leads) goes by its client. Each way is asked
        for by itself: with the three tables joined, all dialogs were (a counter took half a second).
        """
        if (scope := scope_of(member, Section.LEADS, action)) == Scope.ALL:
            return self.all()
        if scope == Scope.NONE:
            return self.none()

        def held(*people: str) -> Q:
            return reach(member, Section.LEADS, action, people=people)

        leads = Lead.objects.filter(pk=OuterRef("lead"))
        clients = Contact.objects.filter(pk=OuterRef("contact"))
        own_clients = clients.present().filter(reach(member, Section.CONTACTS, action))
        return self.filter(
            held("assignee")
            | Q(has_one(leads.filter(lead_reach(member, action))))
            | Q(has_one(leads.filter(held("deal__owner"))))
            | Q(has_one(clients.filter(held("owner"))))
            | (Q(lead=None) & Q(has_one(own_clients)))
        )

    def open(self) -> DialogQuerySet:
        """Somebody may still have to say something."""
        return self.filter(closed_at=None)

    def closed(self) -> DialogQuerySet:
        return self.filter(closed_at__isnull=False)

    def with_holder(self) -> DialogQuerySet:
        """Annotate `holder_pk`, what Dialog.holder says, for filters and counts."""
        of_lead = Coalesce("lead__taken_by", "lead__responsible")
        otherwise = Coalesce("assignee", "lead__deal__owner")
        holder = Case(
            When(_OF_OPEN_LEAD, then=of_lead), default=otherwise, output_field=models.UUIDField(null=True)
        )
        return self.annotate(holder_pk=holder)

    def search(self, text: str) -> DialogQuerySet:
        """Found by who it is, the end of a phone, or what was said lately."""
        query = parse(text)
        return self.filter(is_found("dialogs", query, None)) if query.words else self


class Dialog(TenantOwned):
    """A correspondence with one contact in one chat or mail thread.

    Kept by channels.dialogs.progress as messages come and go: whether the client waits, what was said last.
    """

    channel = TenantForeignKey(Channel, models.PROTECT, related_name="dialogs")
    external_id = models.CharField(max_length=300)  # chat id; Message-ID of a thread's first mail
    contact = TenantForeignKey(Contact, models.SET_NULL, null=True, related_name="dialogs")
    recipient = models.CharField(max_length=254, blank=True)  # where an answer goes: address, chat id
    subject = models.CharField(max_length=300, blank=True)
    last_message_at = models.DateTimeField(default=timezone.now)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    lead = TenantForeignKey(
        Lead, models.SET_NULL, null=True, related_name="+"
    )  # the newest it became or joined
    # Who has it where no open lead says so
    assignee = TenantForeignKey(Membership, models.SET_NULL, null=True, related_name="+")
    preview = models.CharField(max_length=PREVIEW, blank=True)  # first line of the last message
    last_direction = models.CharField(max_length=3, blank=True)  # in or out; empty before the first message
    unread_count = models.PositiveIntegerField(default=0)
    # The client's first unanswered word; null when the last word was ours, or nobody has to answer
    waiting_since = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = TenantForeignKey(Membership, models.SET_NULL, null=True, related_name="+")
    outcome = TenantForeignKey(DialogOutcome, models.SET_NULL, null=True, related_name="+")
    search_text = models.TextField(blank=True)  # what was said lately
    version = models.PositiveIntegerField(default=1)  # of decisions; undo only while it stands so

    has_begun = True  # no column: false of one that its first message has just opened

    objects = manager_of(DialogQuerySet)

    class Meta(TenantOwned.Meta):
        verbose_name = _("dialog")
        verbose_name_plural = _("dialogs")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "channel", "external_id"], name="channels_dialog_once")
        ]
        indexes = [
            models.Index(fields=["tenant", "-last_message_at"], name="channels_dialog_recent"),
            models.Index(
                fields=["tenant", "-last_message_at", "-id"],
                name="channels_dialog_open",
                condition=models.Q(closed_at=None),
            ),
            models.Index(
                fields=["tenant", "waiting_since", "id"],
                name="channels_dialog_waiting",
                condition=models.Q(closed_at=None),
            ),
            trigram_index("search_text", "channels_dialog_search"),
        ]

    def get_absolute_url(self) -> str:
        return reverse("channels:dialog", args=[self.pk])

    @property
    def open_lead(self) -> Lead | None:
        """The inquiry somebody still has to decide about; read the dialog with its lead."""
        lead: Lead | None = self.lead
        return lead if lead is not None and lead.deleted_at is None and lead.is_open else None

    @property
    def deal(self) -> Deal | None:
        """The deal its inquiry became part of."""
        return self.lead.deal if self.lead is not None and self.open_lead is None else None

    @property
    def holder(self) -> Membership | None:
        """Who has the dialog: whoever has its open inquiry, else its assignee, else the deal's owner."""
        if (lead := self.open_lead) is not None:
            return lead.taken_by or lead.responsible
        return self.assignee or (self.deal.owner if self.deal is not None else None)

    @property
    def is_mail(self) -> bool:
        return bool(self.channel.channel_kind == Channel.Kind.EMAIL)


class Message(TenantOwned):
    """How a mail or message travelled; what it says is in its activity."""

    class State(models.TextChoices):
        RECEIVED = "received", _("Received")
        QUEUED = "queued", _("Waiting to be sent")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        DELIVERED = "delivered", _("Delivered")
        READ = "read", _("Read")
        FAILED = "failed", _("Not sent")

    activity = TenantOneToOneField(Activity, models.CASCADE, related_name="message")
    dialog = TenantForeignKey(Dialog, models.CASCADE, related_name="messages")
    channel = TenantForeignKey(Channel, models.PROTECT, related_name="messages")
    lead = TenantForeignKey(Lead, models.SET_NULL, null=True, related_name="messages")
    external_id = models.CharField(max_length=300, blank=True)  # Message-ID without <>, provider's id
    state = models.CharField(max_length=10, choices=State.choices, default=State.RECEIVED)
    error = models.CharField(max_length=500, blank=True)
    attempt_count = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)  # while sending: when the sender is given up for dead
    html = models.TextField(blank=True)  # sanitised
    quoted_text = models.TextField(blank=True)
    headers: Any = models.JSONField(default=dict)
    is_automatic = models.BooleanField(default=False)
    # Of a mailing: it leaves once at most, and where nobody knows whether it did, a person decides
    is_once = models.BooleanField(default=False, db_default=False)
    is_uncertain = models.BooleanField(default=False, db_default=False)  # failed, and may have arrived
    edited_at = models.DateTimeField(null=True)
    is_deleted = models.BooleanField(default=False)  # by its author; the text stays for us
    # The call nobody picked up that this text answers by itself (channels.missed)
    missed_call = TenantOneToOneField(Call, models.SET_NULL, null=True, related_name="missed_text")

    class Meta(TenantOwned.Meta):
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            # Telegram numbers messages by chat, so the dialog is part of the key.
            models.UniqueConstraint(
                fields=["tenant", "dialog", "external_id"],
                condition=~models.Q(external_id=""),
                name="channels_message_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["tenant", "next_try_at"],
                name="channels_message_due",
                condition=models.Q(state__in=["queued", "sending"]),
            ),
            models.Index(fields=["tenant", "channel", "external_id"], name="channels_message_external"),
        ]


class FileFetch(TenantOwned):
    """An attachment that still has to be fetched from its provider; gone when that is done or given up."""

    attachment = TenantOneToOneField(Attachment, models.CASCADE, related_name="+")
    channel = TenantForeignKey(Channel, models.CASCADE, related_name="+")
    ref = models.TextField()  # the provider's reference, or a recording's address
    attempt_count = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(default=timezone.now)

    class Meta(TenantOwned.Meta):
        indexes = [models.Index(fields=["tenant", "next_try_at"], name="channels_fetch_due")]
