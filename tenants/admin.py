"""Admin of tenants, logins and people."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import ResetPasswordForm
from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants import mail
from tenants.admin_site import OwnedAdmin, PlatformAdmin, is_operator
from tenants.models import (
    Department,
    Invitation,
    Job,
    Membership,
    Office,
    OutgoingLetter,
    Role,
    Seat,
    Tenant,
    User,
)
from tenants.services import create_login, open_tenant, set_active


class OpenTenantForm(forms.ModelForm):
    """A new tenant and the address its first administrator is invited at."""

    admin_email = forms.EmailField(label=gettext_lazy("E-mail of the first administrator"))

    class Meta:
        model = Tenant
        fields = ("name", "slug", "language", "time_zone", "currency", "phone_region")


@admin.register(Tenant)
class TenantsAdmin(PlatformAdmin):
    """Tenants: opened, switched on and off, entered."""

    may_add = may_change = True
    list_display = ("name", "slug", "is_active", "seat_count", "created_at", "enter")
    list_filter = ("is_active", "language")
    search_fields = ("name", "slug")
    date_hierarchy = "created_at"
    actions = ("switch_on", "switch_off")
    readonly_fields = ("slug", "created_at")
    fields = ("name", "slug", "language", "time_zone", "currency", "phone_region", "is_active", "created_at")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).annotate(seat_count=Count("seats"))

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = OpenTenantForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (
            (*OpenTenantForm.Meta.fields, "admin_email") if obj is None else super().get_fields(request, obj)
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if obj is None else super().get_readonly_fields(request, obj)

    @admin.display(description=gettext_lazy("logins"), ordering="seat_count")
    def seat_count(self, obj: Any) -> int:
        return int(obj.seat_count)

    @admin.display(description="")
    def enter(self, obj: Tenant) -> SafeString:
        url = reverse("admin:index")
        return format_html('<a href="{}?tenant={}">{}</a>', url, obj.slug, _("Enter"))

    def save_model(self, request: HttpRequest, obj: Tenant, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        tenant, invited = open_tenant(now=timezone.now(), **form.cleaned_data)
        obj.__dict__.update(tenant.__dict__)
        told = _("The administrator is invited. The link, shown only now: %(url)s") % {"url": invited.url}
        self.message_user(request, told, messages.SUCCESS)

    @admin.action(description=gettext_lazy("Switch on"), permissions=["change"])
    def switch_on(self, request: HttpRequest, queryset: Any) -> None:
        for tenant in queryset:
            set_active(tenant=tenant, is_active=True)

    @admin.action(
        description=gettext_lazy("Switch off: nobody can log in, rows stay"), permissions=["change"]
    )
    def switch_off(self, request: HttpRequest, queryset: Any) -> None:
        for tenant in queryset:
            set_active(tenant=tenant, is_active=False)


class LoginForm(forms.ModelForm):
    """A login made by the operator: it has no password until its owner sets one by the reset link."""

    class Meta:
        model = User
        fields = ("email", "name", "language", "is_staff", "is_superuser")

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


@admin.register(User)
class UsersAdmin(PlatformAdmin):
    """Logins. Passwords are never set here: a reset link is sent instead."""

    may_add = may_change = True
    list_display = ("email", "name", "is_active", "is_staff", "last_login", "date_joined")
    list_filter = ("is_active", "is_staff", "is_superuser")
    search_fields = ("email", "name")
    ordering = ("email",)
    date_hierarchy = "date_joined"
    fields = (
        "email",
        "name",
        "language",
        "time_zone",
        "is_active",
        "is_staff",
        "is_superuser",
        "last_login",
        "date_joined",
    )
    readonly_fields = ("email", "last_login", "date_joined")
    actions = ("send_reset_link",)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = LoginForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return LoginForm.Meta.fields if obj is None else super().get_fields(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ()
        own = ("is_active", "is_staff", "is_superuser") if obj.pk == request.user.pk else ()
        return (*super().get_readonly_fields(request, obj), *own)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        user = create_login(password=None, **form.cleaned_data)
        obj.__dict__.update(user.__dict__)
        self._send_link(request, user)

    @admin.action(description=gettext_lazy("Send a link to set a new password"), permissions=["change"])
    def send_reset_link(self, request: HttpRequest, queryset: Any) -> None:
        for user in queryset:
            self._send_link(request, user)

    def _send_link(self, request: HttpRequest, user: User) -> None:
        form = ResetPasswordForm({"email": user.email})
        if form.is_valid():
            form.save(request)
        self.message_user(request, _("A link was sent to %(email)s.") % {"email": user.email})


@admin.register(Seat)
class SeatsAdmin(PlatformAdmin):
    """Which login may enter which tenant."""

    list_display = ("user", "tenant")
    list_select_related = ("user", "tenant")
    list_filter = ("tenant",)
    search_fields = ("user__email", "tenant__name", "tenant__slug")
    ordering = ("tenant", "user")


@admin.register(OutgoingLetter)
class LettersAdmin(PlatformAdmin):
    """Letters that wait for the mail server. What they say may hold a secret link and isn't shown."""

    may_delete = True
    list_display = ("recipient", "subject", "created_at", "attempt_count", "next_try_at", "error")
    search_fields = ("recipient",)
    fields = ("recipient", "sender", "subject", "created_at", "attempt_count", "next_try_at", "error")
    ordering = ("next_try_at",)
    actions = ("send_now",)

    @admin.action(description=gettext_lazy("Send now"), permissions=["view"])
    def send_now(self, request: HttpRequest, queryset: Any) -> None:
        if not is_operator(request):
            raise PermissionDenied
        queryset.update(next_try_at=timezone.now())
        for letter in queryset:
            mail.ring(letter.pk)
        self.message_user(request, _("They are on their way."))


# --- of one tenant -----------------------------------------------------------------------------
@admin.register(Membership)
class MembersAdmin(OwnedAdmin):
    """People of the tenant; they are changed in its settings, where the rules are."""

    list_display = ("name", "email", "role", "department", "office", "phone_extension", "is_active")
    list_select_related = ("role", "department", "office")
    list_filter = ("is_active", "role", "department")
    search_fields = ("name", "email", "phone_extension")
    ordering = ("name",)


@admin.register(Role)
class RolesAdmin(OwnedAdmin):
    list_display = ("name", "is_admin")
    fields = ("name", "is_admin", "grants")
    search_fields = ("name",)


@admin.register(Department)
class DepartmentsAdmin(OwnedAdmin):
    list_display = ("name", "parent")
    list_select_related = ("parent",)
    search_fields = ("name",)


@admin.register(Office)
class OfficesAdmin(OwnedAdmin):
    list_display = ("name", "address")
    search_fields = ("name", "address")


@admin.register(Invitation)
class InvitationsAdmin(OwnedAdmin):
    list_display = ("email", "role", "invited_by", "created_at", "expires_at", "accepted_at")
    list_select_related = ("role", "invited_by")
    search_fields = ("email",)
    fields = ("email", "name", "role", "department", "invited_by", "created_at", "expires_at", "accepted_at")


@admin.register(Job)
class JobsAdmin(OwnedAdmin):
    list_display = ("title", "member", "state", "done_count", "total_count", "created_at", "finished_at")
    list_select_related = ("member",)
    list_filter = ("state", "kind")
    search_fields = ("title",)
    date_hierarchy = "created_at"
    fields = (
        "title",
        "member",
        "kind",
        "state",
        "done_count",
        "total_count",
        "error",
        "created_at",
        "finished_at",
    )
