"""Clients that may be one: the keys they meet at, and the pairs that were found."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contacts.models.companies import Company
from contacts.models.contacts import Contact
from core.tenancy import TenantForeignKey, TenantOwned, TenantQuerySet, manager_of
from tenants.models import Membership


class ContactMatchKey(TenantOwned):
    """One thing a contact could have in common with its double; contacts.duplicates.keys makes them.

    Equal keys bring two contacts together to be compared; equality, unlike likeness, uses its index under
    row-level security.
    """

    contact = TenantForeignKey(Contact, models.CASCADE, related_name="match_keys")
    value = models.CharField(max_length=100)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "value", "contact"], name="contacts_matchkey_once")
        ]


class CompanyMatchKey(TenantOwned):
    """The same of a company."""

    company = TenantForeignKey(Company, models.CASCADE, related_name="match_keys")
    value = models.CharField(max_length=100)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "value", "company"], name="contacts_companykey_once")
        ]


class PairQuerySet(TenantQuerySet[Any]):
    def likely(self) -> PairQuerySet:
        """Not decided yet, and both cards are still there."""
        return self.filter(state=Pair.State.LIKELY, first__deleted_at=None, second__deleted_at=None)

    def of(self, client: Contact | Company) -> PairQuerySet:
        """Those one of whose sides is the client."""
        return self.filter(models.Q(first=client) | models.Q(second=client))


class Pair(TenantOwned):
    """Two cards that are probably one client; `first` has the smaller id."""

    class State(models.TextChoices):
        LIKELY = "likely", _("Likely")
        DISTINCT = "distinct", _("Not the same")

    score = models.PositiveSmallIntegerField()  # 0-100; contacts.duplicates.scoring
    reasons: Any = models.JSONField(
        default=list
    )  # [[code, params], …]: contacts.duplicates.wording has the texts
    state = models.CharField(max_length=8, choices=State.choices, default=State.LIKELY)
    found_at = models.DateTimeField(default=timezone.now)
    decided_by = TenantForeignKey(Membership, models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        abstract = True


class ContactPair(Pair):
    """Two contacts that are probably one person."""

    first = TenantForeignKey(Contact, models.CASCADE, related_name="+")
    second = TenantForeignKey(Contact, models.CASCADE, related_name="+")

    objects = manager_of(PairQuerySet)

    class Meta(Pair.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "first", "second"], name="contacts_pair_once"),
            models.CheckConstraint(
                condition=models.Q(first__lt=models.F("second")), name="contacts_pair_order"
            ),
        ]
        indexes = [models.Index(fields=["tenant", "state", "-score", "-id"], name="contacts_pair_likeliest")]


class CompanyPair(Pair):
    """Two companies that are probably one."""

    first = TenantForeignKey(Company, models.CASCADE, related_name="+")
    second = TenantForeignKey(Company, models.CASCADE, related_name="+")

    objects = manager_of(PairQuerySet)

    class Meta(Pair.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "first", "second"], name="contacts_companypair_once"),
            models.CheckConstraint(
                condition=models.Q(first__lt=models.F("second")), name="contacts_companypair_order"
            ),
        ]
        indexes = [models.Index(fields=["tenant", "state", "-score", "-id"], name="contacts_companypair_top")]
