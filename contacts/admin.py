"""Admin of clients and sources, for a tenant's administrators."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.utils import timezone

from contacts.models import Company, Contact, IdentityKey, LegalDetails, Source, SourceCost, SourceGroup
from contacts.services import update_company, update_contact
from contacts.sources import services as sources
from tenants.admin_actions import AssigneeForm, assign_action
from tenants.admin_site import OwnedAdmin
from tenants.models import Membership


class ReadOnlyInline(admin.TabularInline):
    """Rows that are changed on the product's page, where the rules are."""

    extra = 0
    can_delete = False
    show_change_link = False

    def has_add_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: Any, obj: Any = None) -> bool:
        return True  # the page around it has decided


class KeysInline(ReadOnlyInline):
    model = IdentityKey
    fields = readonly_fields = ("kind", "value", "label", "is_primary")


class LegalDetailsInline(ReadOnlyInline):
    model = LegalDetails
    fields = readonly_fields = ("title", "inn", "kpp", "bank", "account")


@admin.register(Contact)
class ContactsAdmin(OwnedAdmin):
    list_display = ("name", "position", "owner", "source", "created_at", "last_activity_at", "deleted_at")
    list_select_related = ("owner", "source")
    list_filter = ("source", "owner", ("deleted_at", admin.EmptyFieldListFilter))
    search_fields = ("name",)
    date_hierarchy = "created_at"
    editable = ("last_name", "first_name", "middle_name", "position", "comment")
    inlines = (KeysInline,)
    action_form = AssigneeForm
    actions = (assign_action(lambda row, to, by, now: update_contact(contact=row, by=by, now=now, owner=to)),)

    def save_through(self, member: Membership, current: Any, values: dict[str, Any]) -> Any:
        return update_contact(contact=current, by=member, now=timezone.now(), **values)


@admin.register(Company)
class CompaniesAdmin(OwnedAdmin):
    list_display = ("name", "client_type", "owner", "source", "created_at", "last_activity_at", "deleted_at")
    list_select_related = ("owner", "source")
    list_filter = ("client_type", "source", "owner", ("deleted_at", admin.EmptyFieldListFilter))
    search_fields = ("name",)
    date_hierarchy = "created_at"
    editable = ("name", "site", "city", "address", "comment")
    inlines = (LegalDetailsInline,)
    action_form = AssigneeForm
    actions = (assign_action(lambda row, to, by, now: update_company(company=row, by=by, now=now, owner=to)),)

    def save_through(self, member: Membership, current: Any, values: dict[str, Any]) -> Any:
        return update_company(company=current, by=member, now=timezone.now(), **values)


@admin.register(Source)
class SourcesAdmin(OwnedAdmin):
    list_display = ("name", "group", "utm_source", "is_advertising", "is_archived")
    list_select_related = ("group",)
    list_filter = ("group", "is_advertising", "is_archived")
    search_fields = ("name", "utm_source")
    fields = ("name", "group", "utm_source", "is_advertising", "is_archived")
    editable = ("name", "group", "utm_source", "is_advertising")
    may_add = True

    def save_through(self, member: Membership, current: Any, values: dict[str, Any]) -> Any:
        if current is None:
            return sources.create_source(by=member, **values)
        return sources.update_source(
            source=current,
            by=member,
            **{name: values.get(name, getattr(current, name)) for name in self.editable},
        )


@admin.register(SourceGroup)
class SourceGroupsAdmin(OwnedAdmin):
    list_display = ("name", "position")
    search_fields = ("name",)
    fields = ("name", "position")
    editable = ("name",)
    may_add = True

    def save_through(self, member: Membership, current: Any, values: dict[str, Any]) -> Any:
        if current is None:
            return sources.create_group(by=member, **values)
        return sources.update_group(group=current, by=member, name=values.get("name", current.name))


@admin.register(SourceCost)
class SourceCostsAdmin(OwnedAdmin):
    list_display = ("source", "campaign", "origin", "starts_on", "ends_on", "amount", "currency")
    list_select_related = ("source",)
    list_filter = ("source",)
    search_fields = ("source__name",)
    date_hierarchy = "starts_on"
