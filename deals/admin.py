"""Admin of deals and pipelines, for a tenant's administrators."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.utils import timezone

from contacts.admin import ReadOnlyInline
from deals.models import Deal, Pipeline, RejectionReason, Stage, StageChange
from deals.reasons.services import create_reason, update_reason
from deals.services import assign_deal, update_deal
from tenants.admin_actions import AssigneeForm, assign_action
from tenants.admin_site import OwnedAdmin
from tenants.models import Membership


class StageChangesInline(ReadOnlyInline):
    model = StageChange
    fk_name = "deal"
    fields = readonly_fields = ("at", "from_name", "to_name", "by_name")

    def get_queryset(self, request: Any) -> Any:
        return super().get_queryset(request).select_related("by")

    def by_name(self, obj: StageChange) -> str:
        return str(obj.by or "")


class StagesInline(ReadOnlyInline):
    model = Stage
    fields = readonly_fields = ("name", "kind", "position", "probability_percent", "time_limit_h", "is_shown")


@admin.register(Deal)
class DealsAdmin(OwnedAdmin):
    """Deals. Stage, state and rank move only on the board, where the stage gate stands."""

    list_display = (
        "number",
        "title",
        "pipeline",
        "stage",
        "owner",
        "amount",
        "currency",
        "created_at",
        "deleted_at",
    )
    list_display_links = ("number", "title")
    list_select_related = ("pipeline", "stage", "owner")
    list_filter = ("state", "pipeline", "owner", ("deleted_at", admin.EmptyFieldListFilter))
    search_fields = ("title",)
    date_hierarchy = "created_at"
    editable = ("title", "amount", "note", "city", "object_of_interest", "expected_on")
    inlines = (StageChangesInline,)
    action_form = AssigneeForm
    actions = (assign_action(lambda row, to, by, now: assign_deal(deal=row, owner=to, by=by, now=now)),)

    def save_through(self, member: Membership, current: Any, values: dict[str, Any]) -> Any:
        return update_deal(deal=current, by=member, now=timezone.now(), **values)


@admin.register(Pipeline)
class PipelinesAdmin(OwnedAdmin):
    list_display = ("name", "currency", "position", "is_archived", "is_unsorted_shown")
    list_filter = ("is_archived",)
    search_fields = ("name",)
    inlines = (StagesInline,)


@admin.register(RejectionReason)
class ReasonsAdmin(OwnedAdmin):
    list_display = ("name", "is_for_leads", "is_for_deals", "is_non_targeted", "position", "is_archived")
    list_filter = ("is_for_leads", "is_for_deals", "is_non_targeted", "is_archived")
    search_fields = ("name",)
    fields = ("name", "is_for_leads", "is_for_deals", "is_non_targeted", "position", "is_archived")
    editable = ("name", "is_for_leads", "is_for_deals", "is_non_targeted")
    may_add = True

    def save_through(self, member: Membership, current: Any, values: dict[str, Any]) -> Any:
        if current is None:
            return create_reason(by=member, **values)
        return update_reason(reason=current, by=member, **values)
