"""Whom a mailing goes to, and what became of each."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from channels.models import Dialog, Message
from contacts.models import Contact
from core.tenancy import TenantForeignKey, TenantOneToOneField, TenantOwned, TenantQuerySet, manager_of
from mailings.models.mailings import Mailing
from tenants.access import Action
from tenants.models import Membership


class RecipientQuerySet(TenantQuerySet["Recipient"]):
    def visible_to(self, member: Membership, action: str = Action.VIEW) -> RecipientQuerySet:
        """Those of the mailings the member may see, or do `action` to."""
        return self.filter(mailing__in=Mailing.objects.visible_to(member, action))

    def waiting(self) -> RecipientQuerySet:
        """Their letter has not been written yet."""
        return self.filter(state=Recipient.State.WAITING)

    def included(self) -> RecipientQuerySet:
        """Whom the mailing is for, those left out aside."""
        return self.exclude(state=Recipient.State.EXCLUDED)

    def written_to(self) -> RecipientQuerySet:
        """To whom a letter left, as far as anybody knows."""
        return self.filter(state=Recipient.State.SENT)


class Recipient(TenantOwned):
    """One contact in one mailing: the address it goes to, and how it went; or why it goes nowhere."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        QUEUED = "queued", _("On its way")
        SENT = "sent", _("Sent")
        REFUSED = "refused", _("Refused")
        UNKNOWN = "unknown", _("Unknown")  # it may have arrived: nobody sends it again by himself
        DROPPED = "dropped", _("Not sent")  # the mailing was cancelled before
        EXCLUDED = "excluded", _("Left out")

    class Reason(models.TextChoices):
        """Why somebody is left out."""

        NONE = "", "—"
        NO_ADDRESS = "no_address", _("no e-mail address")
        NO_DIALOG = "no_dialog", _("has not written in this channel")
        UNSUBSCRIBED = "unsubscribed", _("unsubscribed")
        BOUNCED = "bounced", _("the address does not exist")
        EXCLUSION = "exclusion", _("on the exclusion list")
        NO_CONSENT = "no_consent", _("no consent")
        SAME_ADDRESS = "same_address", _("the address is already in the mailing")
        WINDOW = "window", _("wrote too long ago for this messenger")
        GONE = "gone", _("the contact is deleted or out of reach")

    mailing = TenantForeignKey(Mailing, models.CASCADE, related_name="recipients")
    contact = TenantForeignKey(Contact, models.CASCADE, related_name="+")
    address = models.CharField(max_length=254, blank=True)  # an e-mail, or the dialog's own key
    dialog = TenantForeignKey(Dialog, models.SET_NULL, null=True, related_name="+")
    message = TenantOneToOneField(Message, models.SET_NULL, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    reason = models.CharField(max_length=12, choices=Reason.choices, blank=True)
    error = models.CharField(max_length=500, blank=True)
    sent_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)  # for the first time
    open_count = models.PositiveIntegerField(default=0)
    clicked_at = models.DateTimeField(null=True)
    replied_at = models.DateTimeField(null=True)
    bounced_at = models.DateTimeField(null=True)
    complained_at = models.DateTimeField(null=True)
    unsubscribed_at = models.DateTimeField(null=True)

    objects = manager_of(RecipientQuerySet)

    class Meta(TenantOwned.Meta):
        verbose_name = _("recipient")
        verbose_name_plural = _("recipients")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "mailing", "contact"], name="mailings_recipient_once"),
            models.UniqueConstraint(
                fields=["tenant", "mailing", "address"],
                name="mailings_address_once",
                condition=~models.Q(state="excluded"),
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "mailing", "state", "id"], name="mailings_recipient_state"),
            models.Index(fields=["tenant", "dialog", "-id"], name="mailings_recipient_dialog"),
        ]

    def __str__(self) -> str:
        return self.address


class Click(TenantOwned):
    """A link of a letter that its recipient followed."""

    recipient = TenantForeignKey(Recipient, models.CASCADE, related_name="clicks")
    position = models.PositiveSmallIntegerField()  # of the link in the letter, from 1
    url = models.TextField()
    count = models.PositiveIntegerField(default=0)
    clicked_at = models.DateTimeField()  # for the first time

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "recipient", "position"], name="mailings_click_once")
        ]


class MailingRoute(models.Model):
    """Routing row: which tenant's recipient a link in a letter belongs to. Global, small, without secrets."""

    token_hash = models.CharField(max_length=64, primary_key=True)  # sha256 of the token in the URL
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="+")
    recipient_id: models.UUIDField[uuid.UUID, uuid.UUID] = models.UUIDField(unique=True)
