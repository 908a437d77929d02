"""One text for many clients: what is sent, from where, how fast."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from channels.models import Channel
from core.tenancy import TenantForeignKey, TenantOwned, TenantQuerySet, manager_of
from tenants.access import Action, Section, reach
from tenants.models import Membership

MAX_PER_HOUR = 3600


class MailingQuerySet(TenantQuerySet["Mailing"]):
    def visible_to(self, member: Membership, action: str = Action.VIEW) -> MailingQuerySet:
        """Those the member may see, or do `action` to."""
        return self.filter(reach(member, Section.MAILINGS, action))

    def under_way(self) -> MailingQuerySet:
        """Those that leave by themselves, now or at their moment."""
        return self.filter(state__in=(Mailing.State.SCHEDULED, Mailing.State.SENDING))

    def with_work(self) -> MailingQuerySet:
        """Those that the worker has something to do for: letters, or people to judge."""
        return self.filter(_WITH_WORK)


_WITH_WORK = models.Q(state__in=["scheduled", "sending"]) | models.Q(check_total__isnull=False)


class Mailing(TenantOwned):
    """A letter or message to many clients, each of whom gets it once (C5)."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SCHEDULED = "scheduled", _("Scheduled")
        SENDING = "sending", _("Being sent")
        PAUSED = "paused", _("Paused")
        DONE = "done", pgettext_lazy("mailing", "Sent")
        CANCELLED = "cancelled", _("Cancelled")

    class Card(models.TextChoices):
        """The list its people were chosen from."""

        CONTACTS = "contacts", _("Contacts")
        COMPANIES = "companies", _("Companies")
        DEALS = "deals", _("Deals")
        LEADS = "leads", _("Leads")
        RECIPIENTS = "recipients", _("Recipients of a mailing")

    name = models.CharField(_("name"), max_length=150)
    channel = TenantForeignKey(Channel, models.PROTECT, related_name="+", verbose_name=_("sent from"))
    subject = models.CharField(_("subject"), max_length=300, blank=True)
    text = models.TextField(_("text"), max_length=20_000, blank=True)
    owner = TenantForeignKey(Membership, models.PROTECT, related_name="+", verbose_name=_("responsible"))
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT, editable=False)
    per_hour = models.PositiveSmallIntegerField(
        _("at most an hour"), default=100, validators=[MinValueValidator(1), MaxValueValidator(MAX_PER_HOUR)]
    )
    is_working_time = models.BooleanField(_("in working time only"), default=True)
    is_tracked = models.BooleanField(_("count who opens and who clicks"), default=True)
    starts_at = models.DateTimeField(_("start at"), null=True, blank=True)
    # The list it began from: its page, and the filter where all that matched were meant
    card = models.CharField(max_length=10, choices=Card.choices, default=Card.CONTACTS, editable=False)
    query = models.TextField(blank=True, editable=False)
    is_all = models.BooleanField(default=False, editable=False)
    out_of_reach = models.PositiveIntegerField(default=0, editable=False)  # not its maker's to see
    without_people = models.PositiveIntegerField(
        default=0, editable=False
    )  # companies and deals without a person
    # While its people are still being taken from its list: how many rows there are, how many were looked at, the last of them
    check_total = models.PositiveIntegerField(null=True, editable=False)
    checked_count = models.PositiveIntegerField(default=0, editable=False)
    checked_to = models.UUIDField(null=True, editable=False)
    # The worker's: when it has something to do next, how many were refused in a row, why it stopped by itself
    due_at = models.DateTimeField(null=True, editable=False)
    failed_in_row = models.PositiveSmallIntegerField(default=0, editable=False)
    stopped_why = models.CharField(max_length=500, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    started_at = models.DateTimeField(null=True, editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)

    objects = manager_of(MailingQuerySet)

    class Meta(TenantOwned.Meta):
        verbose_name = _("mailing")
        verbose_name_plural = _("mailings")
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="mailings_mailing_new"),
            models.Index(
                fields=["tenant", "due_at"],
                name="mailings_mailing_due",
                condition=_WITH_WORK,
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("mailings:detail", args=[self.pk])

    @property
    def is_mail(self) -> bool:
        return bool(self.channel.channel_kind == Channel.Kind.EMAIL)

    @property
    def is_draft(self) -> bool:
        return self.state == self.State.DRAFT

    @property
    def is_being_checked(self) -> bool:
        """Whether the worker is still taking its people from its list."""
        return self.check_total is not None

    @property
    def checked_percent(self) -> int:
        return min(100 * self.checked_count // self.check_total, 100) if self.check_total else 0

    @property
    def is_under_way(self) -> bool:
        return self.state in (self.State.SCHEDULED, self.State.SENDING)


class MailingFile(TenantOwned):
    """A file every letter of a mailing carries: kept once."""

    mailing = TenantForeignKey(Mailing, models.CASCADE, related_name="files")
    key = models.CharField(max_length=100, editable=False)
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=150)
    size_bytes = models.PositiveBigIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(TenantOwned.Meta):
        ordering = ["created_at", "id"]

    def __str__(self) -> str:
        return self.name


class MailingSettings(TenantOwned):
    """What holds for all mailings of a tenant."""

    is_consent_required = models.BooleanField(
        _("only to contacts who have given consent"),
        default=False,
        help_text=_("The consent stands in the contact's card."),
    )
    is_tracked = models.BooleanField(
        _("count who opens and who clicks"),
        default=True,
        help_text=_("A letter then carries a picture of one dot, and its links lead through this CRM."),
    )
    per_hour = models.PositiveSmallIntegerField(
        _("letters an hour"),
        default=100,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_PER_HOUR)],
        help_text=_(
            "What a new mailing begins with. Ordinary mailboxes take some 100 an hour and 500 a day."
        ),
    )
    footer = models.TextField(
        _("under every letter"),
        max_length=1000,
        blank=True,
        help_text=_("Who writes, and why. The link for unsubscribing follows by itself."),
    )

    class Meta(TenantOwned.Meta):
        verbose_name = _("settings of mailings")
        verbose_name_plural = _("settings of mailings")
        constraints = [models.UniqueConstraint(fields=["tenant"], name="mailings_settings_one")]
