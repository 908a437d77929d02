"""Who takes no mailings, and which addresses lead nowhere."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.tenancy import TenantForeignKey, TenantOwned, TenantQuerySet, manager_of
from mailings.models.mailings import Mailing
from tenants.models import Membership


class SubscriptionQuerySet(TenantQuerySet["Subscription"]):
    def stopped(self) -> SubscriptionQuerySet:
        """Those to whom nothing goes."""
        return self.exclude(unsubscribed_at=None, bounced_at=None)


class Subscription(TenantOwned):
    """How an address stands to mailings. By the address and not the contact, so that merging and deleting keep it.

    An address nobody has ever said anything about has no row, and takes mailings.
    """

    class How(models.TextChoices):
        NONE = "", "—"
        LINK = "link", _("by the link in a letter")
        ONE_CLICK = "one_click", _("by the button of their mail program")
        WORD = "word", _("by a word in an answer")
        COMPLAINT = "complaint", _("by calling a letter spam")
        MANAGER = "manager", _("by a colleague")

    kind = models.CharField(max_length=20)  # IdentityKey.Kind of an e-mail, else the channel's kind
    value = models.CharField(max_length=254)  # as contacts.identity writes it, else the dialog's own key
    unsubscribed_at = models.DateTimeField(null=True)
    how = models.CharField(max_length=10, choices=How.choices, blank=True)
    by = TenantForeignKey(Membership, models.SET_NULL, null=True, related_name="+")
    mailing = TenantForeignKey(Mailing, models.SET_NULL, null=True, related_name="+")  # in answer to which
    bounced_at = models.DateTimeField(null=True)
    soft_count = models.PositiveSmallIntegerField(
        default=0
    )  # bounces in a row after which it may yet be good
    changed_at = models.DateTimeField()

    objects = manager_of(SubscriptionQuerySet)

    class Meta(TenantOwned.Meta):
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "kind", "value"], name="mailings_subscription_once")
        ]

    def __str__(self) -> str:
        return self.value
