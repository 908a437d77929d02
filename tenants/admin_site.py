"""The admin at /admin/: the operator's place, and that of a tenant's administrators for their own rows.

Both walls stand here too: every page of the operator runs outside any tenant, or inside the one chosen
with ?tenant=short-name, which is written down; an administrator's pages run in their own tenant's scope.
"""

from __future__ import annotations

import json
from functools import wraps
from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib import admin, messages
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.tenancy import active_tenant_id, tenant_scope
from tenants.models import Membership, Tenant

SESSION_KEY = "admin_tenant_id"
# Groups aren't used (rights are the tenants'); one-time codes and sessions are their owners' to look at.
HIDDEN = {"auth.Group", "mfa.Authenticator", "usersessions.UserSession"}


def is_operator(request: HttpRequest) -> bool:
    """Say whether the request is the platform operator's."""
    user: Any = request.user
    return bool(user.is_active and user.is_staff and user.is_superuser)


def administrator(request: HttpRequest) -> Membership | None:
    """Return the member when they administer the tenant they are in."""
    member: Membership | None = getattr(request, "member", None)
    return member if member is not None and member.is_active and member.role.is_admin else None


class CrmAdminSite(admin.AdminSite):
    """One site for both; what a person sees is decided by each model's admin."""

    site_title = gettext_lazy("CRM")
    site_header = gettext_lazy("CRM administration")
    index_title = gettext_lazy("Administration")
    enable_nav_sidebar = True

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        given: list[Any] = (
            [model_or_iterable] if isinstance(model_or_iterable, type) else list(model_or_iterable)
        )
        shown = [model for model in given if model._meta.label not in HIDDEN]
        super().register(shown, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        return is_operator(request) or administrator(request) is not None

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send visitors to the one login page there is, with its limits and second step."""
        if request.user.is_authenticated:
            if self.has_permission(request):
                return HttpResponseRedirect(reverse("admin:index"))
            raise PermissionDenied
        response: HttpResponse = secure_admin_login(super().login)(request)
        return response

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Open the chosen tenant's scope around an operator's page, its rendering included."""
        inner = super().admin_view(view, cacheable)

        @wraps(view)
        def scoped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not is_operator(request):
                return inner(request, *args, **kwargs)
            if "tenant" in request.GET and request.method == "GET":
                return _choose_tenant(request)
            tenant = Tenant.objects.filter(pk=request.session.get(SESSION_KEY)).first()
            request.tenant = tenant  # type: ignore[attr-defined]
            if tenant is None:
                return inner(request, *args, **kwargs)
            with tenant_scope(tenant):
                response = inner(request, *args, **kwargs)
                return response.render() if isinstance(response, TemplateResponse) else response

        return scoped

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        context = super().each_context(request)
        context["admin_tenant"] = getattr(request, "tenant", None)
        context["is_operator"] = is_operator(request)
        return context


def _choose_tenant(request: HttpRequest) -> HttpResponse:
    """Remember the tenant named in the query, write the visit down, and go on without the query."""
    tenant = Tenant.objects.filter(slug=request.GET["tenant"]).first()
    if tenant is None:
        request.session.pop(SESSION_KEY, None)
    elif request.session.get(SESSION_KEY) != tenant.pk:
        request.session[SESSION_KEY] = tenant.pk
        LogEntry.objects.create(
            user_id=request.user.pk,
            content_type=ContentType.objects.get_for_model(Tenant),
            object_id=str(tenant.pk),
            object_repr=tenant.slug,
            action_flag=CHANGE,
            change_message="Entered.",
        )
    rest = request.GET.copy()
    del rest["tenant"]
    return HttpResponseRedirect(f"{request.path}?{rest.urlencode()}" if rest else request.path)


class PlatformAdmin(admin.ModelAdmin):
    """Base for what belongs to no tenant: the operator's alone."""

    may_add = may_change = may_delete = False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_operator(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_operator(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may_add and is_operator(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_change and is_operator(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_delete and is_operator(request)


class OwnedAdmin(admin.ModelAdmin):
    """Base for a tenant's rows: its administrators work with them, the operator looks.

    Nothing is written past the services: `editable` names the fields that save_through() hands to one,
    everything else is shown read-only.
    """

    editable: tuple[str, ...] = ()
    may_add = may_delete = False
    list_per_page = 50
    show_full_result_count = False  # a second count of the whole table for a number nobody needs

    # --- who -----------------------------------------------------------------------------------
    def has_module_permission(self, request: HttpRequest) -> bool:
        return administrator(request) is not None or (is_operator(request) and active_tenant_id() is not None)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may_add and administrator(request) is not None

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(self.editable) and administrator(request) is not None

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_delete and administrator(request) is not None

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if is_operator(request) and active_tenant_id() is None:
            messages.info(request, _("Choose a tenant first."))
            return HttpResponseRedirect(reverse("admin:tenants_tenant_changelist"))
        return super().changelist_view(request, extra_context)

    def _get_obj_does_not_exist_redirect(
        self, request: HttpRequest, opts: Any, object_id: str
    ) -> HttpResponse:
        """Answer a foreign row as a missing one: 404."""
        raise Http404

    # --- what ----------------------------------------------------------------------------------
    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        shown = self.get_fields_shown()
        return [name for name in shown if name not in self.editable]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:  # type: ignore[override]
        return list(self.editable) if obj is None else self.get_fields_shown()

    def get_fields_shown(self) -> list[str]:
        """List the fields of the page: those named in `fields`, else all the row has."""
        if self.fields:
            return [name for name in self.fields if isinstance(name, str)]
        return [f.name for f in self.opts.local_fields if f.name not in ("id", "tenant", "search_text")]

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Search as the product's lists do, by index, where the queryset knows how."""
        if search_term.strip() and hasattr(queryset, "search"):
            return queryset.search(search_term), False
        return super().get_search_results(request, queryset, search_term)

    # --- writing -------------------------------------------------------------------------------
    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        member = administrator(request)
        if member is None:
            raise PermissionDenied
        values = {
            name: form.cleaned_data[name] for name in self.editable if name in form.changed_data or not change
        }
        # The form has changed `obj` already; the service compares with what stands in the database.
        current = self.model._default_manager.get(pk=obj.pk) if change else None
        saved = self.save_through(member, current, values)
        obj.__dict__.update(saved.__dict__)

    def save_through(self, member: Membership, current: Any, values: dict[str, Any]) -> Any:
        """Write through the app's service and return the row; `current` is None for a new one."""
        raise NotImplementedError

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return self._log(request, obj, ADDITION, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return self._log(request, obj, CHANGE, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        return [self._log(request, obj, DELETION, []) for obj in queryset]

    def _log(self, request: HttpRequest, obj: Any, flag: int, message: Any) -> LogEntry:
        """Log by key and names of fields only: the log belongs to no tenant and must not tell a client's name."""
        kept = [
            part for part in message if isinstance(part, dict) and "object" not in next(iter(part.values()))
        ]
        return LogEntry.objects.create(
            user_id=request.user.pk,
            content_type=ContentType.objects.get_for_model(self.model),
            object_id=str(obj.pk),
            object_repr=str(obj.pk),
            action_flag=flag,
            change_message=json.dumps(kept),
        )
