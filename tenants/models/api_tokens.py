"""Tokens of the API: what a program may do in the name of a member."""

from __future__ import annotations

import datetime as dt
import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.tenancy import TenantForeignKey, TenantOwned, TenantQuerySet, manager_of
from tenants.models.people import Membership


class ApiTokenQuerySet(TenantQuerySet["ApiToken"]):
    def working(self, *, now: dt.datetime) -> ApiTokenQuerySet:
        """Those that open the door: neither revoked nor expired."""
        return self.filter(models.Q(expires_at=None) | models.Q(expires_at__gt=now), revoked_at=None)


class ApiToken(TenantOwned):
    """A key with which a program works in the name of a member, and does no more than they may."""

    member = TenantForeignKey(
        Membership, models.CASCADE, related_name="api_tokens", verbose_name=_("member"), editable=False
    )
    name = models.CharField(_("name"), max_length=100)
    scopes = ArrayField(models.CharField(max_length=40), verbose_name=_("may do"))
    ending = models.CharField(max_length=4, editable=False)  # the last signs, to tell one's tokens apart
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("valid until"), null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, editable=False)  # to the minute
    revoked_at = models.DateTimeField(null=True, editable=False)
    revoked_by = TenantForeignKey(
        Membership, models.SET_NULL, null=True, related_name="+", verbose_name=_("revoked by"), editable=False
    )

    objects = manager_of(ApiTokenQuerySet)

    class Meta(TenantOwned.Meta):
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.name

    def is_working(self, now: dt.datetime) -> bool:
        """Say whether it opens the door; as working() does."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)


class ApiTokenRoute(models.Model):
    """Routing row: which tenant's token a secret is. Global, small, without secrets; a revoked token has none."""

    token_hash = models.CharField(max_length=64, primary_key=True)  # sha256 of the secret
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="+")
    token_id: models.UUIDField[uuid.UUID, uuid.UUID] = models.UUIDField(unique=True)
