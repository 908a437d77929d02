"""Platform tables: the tenants and the people who log in. They hold no business data."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

LANGUAGES = [("ru", _("Russian")), ("en", _("English"))]


class Tenant(models.Model):
    """One customer of the CRM; owns every other row."""

    class Mode(models.TextChoices):
        CLASSIC = "classic", _("Leads first")
        SIMPLE = "simple", _("No leads: every inquiry becomes a deal")

    class ShownManager(models.TextChoices):
        TAKER = "taker", _("Who took the lead")
        OWNER = "owner", _("Who owns the deal")

    name = models.CharField(_("name"), max_length=200)
    slug = models.SlugField(_("short name"), unique=True)
    language = models.CharField(_("language"), max_length=5, choices=LANGUAGES, default="ru")
    time_zone = models.CharField(_("time zone"), max_length=64, default="Europe/Moscow")
    currency = models.CharField(_("currency"), max_length=3, default="RUB")
    phone_region = models.CharField(_("country of phone numbers"), max_length=2, default="RU")
    mode = models.CharField(_("working mode"), max_length=10, choices=Mode.choices, default=Mode.CLASSIC)
    is_active = models.BooleanField(_("active"), default=True)
    is_export_restricted = models.BooleanField(_("only administrators may export"), default=False)
    is_lead_bound_to_taker = models.BooleanField(_("taking a lead binds it to the taker"), default=True)
    shown_manager = models.CharField(
        _("manager shown in lists"), max_length=10, choices=ShownManager.choices, default=ShownManager.TAKER
    )
    min_call_s = models.PositiveIntegerField(_("a shorter call is non-targeted, seconds"), default=20)
    # The Bank of Russia's rates of currencies: taken every day or not, when asked last, and what went wrong
    follows_bank_rates = models.BooleanField(_("take the Bank of Russia’s rates"), default=False)
    bank_asked_at = models.DateTimeField(null=True, editable=False)
    bank_error = models.CharField(max_length=200, blank=True, editable=False)
    workday_starts_at = models.TimeField(_("working day starts"), default="09:00")
    workday_ends_at = models.TimeField(_("working day ends"), default="18:00")
    # Changes with everybody's hours: what is computed from them is kept under this stamp (tenants.hours)
    hours_stamp = models.UUIDField(default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("tenant")
        verbose_name_plural = _("tenants")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A login. What the person may do is said by the membership in each tenant.

    `is_staff` marks the platform's operator; tenant administrators aren't staff.
    """

    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=150, blank=True)
    language = models.CharField(_("language"), max_length=5, choices=LANGUAGES, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    is_staff = models.BooleanField(_("platform operator"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    date_joined = models.DateTimeField(default=timezone.now, editable=False)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UserManager()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split(" ")[0] if self.name else self.email


class Seat(models.Model):
    """Routing row: which tenants a user may try to enter. The membership there has the last word."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="seats")
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="seats")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "tenant"], name="tenants_seat_once")]
