"""People of a tenant, where they sit and what their role allows."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.tenancy import TenantForeignKey, TenantOwned, TenantQuerySet, manager_of


class Department(TenantOwned):
    """A part of the company; heads see their department and everything below it."""

    name = models.CharField(_("name"), max_length=150)
    parent = TenantForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("part of")
    )

    class Meta(TenantOwned.Meta):
        verbose_name = _("department")
        verbose_name_plural = _("departments")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Office(TenantOwned):
    """A place where people work."""

    name = models.CharField(_("name"), max_length=150)
    address = models.CharField(_("address"), max_length=300, blank=True)

    class Meta(TenantOwned.Meta):
        verbose_name = _("office")
        verbose_name_plural = _("offices")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Role(TenantOwned):
    """A named set of rights: for each section and action, whose rows. See tenants.access."""

    class Code(models.TextChoices):
        ADMIN = "admin", _("Administrator")
        HEAD = "head", _("Head of sales")
        DISPATCHER = "dispatcher", _("Dispatcher")
        MANAGER = "manager", _("Manager")
        MARKETER = "marketer", _("Marketer")

    name = models.CharField(_("name"), max_length=100)
    code = models.CharField(
        max_length=20, blank=True, editable=False
    )  # of the roles every tenant starts with
    # {"leads": {"view": "all", "edit": "own", …}, …}; never filtered by, always read whole
    grants: Any = models.JSONField(_("rights"), default=dict)
    # {pipeline id: {"all": level, stage id: level}}, see tenants.places; read whole with the role as well
    pipeline_rights: Any = models.JSONField(default=dict, editable=False)
    # {key of a custom field: level}, see tenants.field_rights; a key that is gone for ever keeps its level
    field_rights: Any = models.JSONField(default=dict, editable=False)
    is_admin = models.BooleanField(_("administrator: everything in this company"), default=False)

    class Meta(TenantOwned.Meta):
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        ordering = ["name"]
        constraints = [models.UniqueConstraint("tenant", Lower("name"), name="tenants_role_name")]

    def __str__(self) -> str:
        return self.name


class MembershipQuerySet(TenantQuerySet["Membership"]):
    def active(self) -> MembershipQuerySet:
        """Those who work here now; dismissed people keep their history."""
        return self.filter(is_active=True)


class Membership(TenantOwned):
    """A person in a tenant: owns leads and deals, has a role."""

    user = models.ForeignKey("tenants.User", on_delete=models.PROTECT, related_name="+", db_index=False)
    name = models.CharField(_("name"), max_length=150)
    email = models.EmailField(_("e-mail"))
    role = TenantForeignKey(Role, models.PROTECT, related_name="members", verbose_name=_("role"))
    department = TenantForeignKey(
        Department,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="members",
        verbose_name=_("department"),
    )
    office = TenantForeignKey(
        Office, models.PROTECT, null=True, blank=True, related_name="members", verbose_name=_("office")
    )
    phone_extension = models.CharField(_("phone extension"), max_length=20, blank=True)
    mail_signature = models.TextField(_("signature of letters"), max_length=1000, blank=True)
    is_active = models.BooleanField(_("works here"), default=True)
    dismissed_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = manager_of(MembershipQuerySet)

    class Meta(TenantOwned.Meta):
        verbose_name = _("member")
        verbose_name_plural = _("members")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["tenant", "user"], name="tenants_membership_once")]

    def __str__(self) -> str:
        return self.name


class Invitation(TenantOwned):
    """A letter that lets one person join; the link's token is stored hashed and works once."""

    email = models.EmailField(_("e-mail"))
    name = models.CharField(_("name"), max_length=150, blank=True)
    role = TenantForeignKey(Role, models.CASCADE, related_name="+", verbose_name=_("role"))
    department = TenantForeignKey(
        Department, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("department")
    )
    token_hash = models.CharField(max_length=64, editable=False)
    invited_by = TenantForeignKey(Membership, models.SET_NULL, null=True, related_name="+", editable=False)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(TenantOwned.Meta):
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "token_hash"], name="tenants_invitation_token")
        ]

    def __str__(self) -> str:
        return self.email
