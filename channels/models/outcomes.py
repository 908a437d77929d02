"""How dialogs end: the tenant's directory of outcomes."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from core.tenancy import TenantForeignKey, TenantOwned, TenantQuerySet, manager_of
from deals.models import RejectionReason


class OutcomeQuerySet(TenantQuerySet["DialogOutcome"]):
    def offered(self) -> OutcomeQuerySet:
        """Those that can be chosen, in their order."""
        return self.filter(is_archived=False)


class DialogOutcome(TenantOwned):
    """What a dialog was closed with, and what that means for its open inquiry (L4, L7)."""

    class Effect(models.TextChoices):
        KEEP = "keep", _("stays as it is")
        REJECT = "reject", _("is rejected")
        ACCEPT = "accept", _("is accepted first")

    name = models.CharField(_("name"), max_length=100)
    effect = models.CharField(
        _("the open inquiry"),
        max_length=10,
        choices=Effect.choices,
        default=Effect.KEEP,
        help_text=_(
            "One that stays is joined by the client's next message; after the other two a new inquiry starts."
        ),
    )
    reason = TenantForeignKey(
        RejectionReason,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("reason of the rejection"),
    )
    position = models.PositiveIntegerField(default=0)
    is_archived = models.BooleanField(_("archived"), default=False)

    objects = manager_of(OutcomeQuerySet)

    class Meta(TenantOwned.Meta):
        verbose_name = _("outcome of a dialog")
        verbose_name_plural = _("outcomes of dialogs")
        ordering = ["position", "name"]
        constraints = [models.UniqueConstraint("tenant", Lower("name"), name="channels_outcome_name")]

    def __str__(self) -> str:
        return self.name
