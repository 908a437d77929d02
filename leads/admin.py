"""Admin of leads, for a tenant's administrators."""

from __future__ import annotations

from django.contrib import admin

from contacts.admin import ReadOnlyInline
from leads.models import Lead, LeadAction
from leads.services import assign_lead
from tenants.admin_actions import AssigneeForm, assign_action
from tenants.admin_site import OwnedAdmin


class DecisionsInline(ReadOnlyInline):
    model = LeadAction
    fields = readonly_fields = ("at", "action", "by_name", "undone_at")

    def get_queryset(self, request: object) -> object:  # type: ignore[override]
        return super().get_queryset(request).select_related("by")  # type: ignore[arg-type]

    def by_name(self, obj: LeadAction) -> str:
        return str(obj.by or "")


@admin.register(Lead)
class LeadsAdmin(OwnedAdmin):
    """Leads. State and quality change only by the decisions of Unsorted, so everything here is read-only."""

    list_display = (
        "number",
        "received_at",
        "kind",
        "name",
        "phone",
        "state",
        "quality",
        "responsible",
        "responsible_role",
        "channel",
        "source",
    )
    list_display_links = ("number", "name")
    list_select_related = ("responsible", "responsible_role", "channel", "source")
    list_filter = (
        "state",
        "kind",
        "quality",
        "is_advertising",
        "channel",
        "source",
        ("deleted_at", admin.EmptyFieldListFilter),
    )
    search_fields = ("name", "phone", "email")
    date_hierarchy = "received_at"
    inlines = (DecisionsInline,)
    action_form = AssigneeForm
    actions = (assign_action(lambda row, to, by, now: assign_lead(lead=row, member=to, by=by, now=now)),)
