"""Admin of activities and calls, for a tenant's administrators: all read-only."""

from __future__ import annotations

from django.contrib import admin

from activities.models import Activity, Attachment, Call
from contacts.admin import ReadOnlyInline
from tenants.admin_site import OwnedAdmin


class AttachmentsInline(ReadOnlyInline):
    model = Attachment
    fields = readonly_fields = ("name", "content_type", "size_bytes", "state", "error")


@admin.register(Activity)
class ActivitiesAdmin(OwnedAdmin):
    list_display = ("occurred_at", "kind", "direction", "subject", "owner", "author", "due_at", "is_done")
    list_display_links = ("occurred_at", "subject")
    list_select_related = ("owner", "author")
    list_filter = ("kind", "direction", "is_done", "owner")
    search_fields = ("subject", "text")
    ordering = ("-id",)  # time-ordered, and by index
    inlines = (AttachmentsInline,)


@admin.register(Call)
class CallsAdmin(OwnedAdmin):
    list_display = (
        "started_at",
        "direction",
        "phone",
        "line",
        "extension",
        "answered_by",
        "state",
        "result",
        "talk_s",
    )
    list_display_links = ("started_at", "phone")
    list_select_related = ("answered_by",)
    list_filter = ("direction", "state", "result")
    search_fields = ("phone", "external_id")
    ordering = ("-id",)
