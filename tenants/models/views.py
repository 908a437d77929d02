"""What a person keeps about lists: named views and columns."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.tenancy import TenantForeignKey, TenantOwned, TenantQuerySet, manager_of
from tenants.models.people import Membership


class SavedViewQuerySet(TenantQuerySet["SavedView"]):
    def seen_by(self, member: Membership) -> SavedViewQuerySet:
        """One's own and those that everybody sees."""
        return self.filter(models.Q(member=member) | models.Q(is_shared=True))


class SavedView(TenantOwned):
    """A named state of a list: filters, sort and columns, as they stand in its URL."""

    member = TenantForeignKey(Membership, models.CASCADE, related_name="saved_views")
    page = models.CharField(max_length=60)  # URL name of the list: 'leads:list'
    name = models.CharField(_("name"), max_length=80)
    query = models.TextField(blank=True)  # query string without '?'
    is_shared = models.BooleanField(_("everybody sees it"), default=False)
    is_pinned = models.BooleanField(_("pinned to the menu"), default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = manager_of(SavedViewQuerySet)

    class Meta(TenantOwned.Meta):
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering = ["name"]
        indexes = [models.Index(fields=["tenant", "page"], name="tenants_view_page")]

    def __str__(self) -> str:
        return self.name


class ListPreference(TenantOwned):
    """Columns of one list as one person arranged them."""

    member = TenantForeignKey(Membership, models.CASCADE, related_name="list_preferences")
    page = models.CharField(max_length=60)
    # [{"name": "source", "width": 160}, …] in order; read whole, never filtered by
    columns: Any = models.JSONField(default=list)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "member", "page"], name="tenants_listpref_once")
        ]
