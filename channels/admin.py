"""Admin of channels and the inbox journal. Secrets are on no page."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy, ngettext

from channels.journal.replay import replay
from channels.models import Channel, Event, EventItem
from channels.services import switch_channel
from contacts.admin import ReadOnlyInline
from tenants.admin_site import OwnedAdmin, administrator


@admin.register(Channel)
class ChannelsAdmin(OwnedAdmin):
    list_display = (
        "name",
        "kind",
        "is_active",
        "is_lead_source",
        "last_event_at",
        "last_error_at",
        "last_error",
    )
    list_filter = ("kind", "is_active", "is_lead_source")
    search_fields = ("name",)
    fields = (
        "name",
        "kind",
        "channel_kind",
        "is_active",
        "is_lead_source",
        "responsible",
        "responsible_role",
        "source",
        "pipeline",
        "response_limit_min",
        "new_lead_after_h",
        "is_reason_required",
        "last_event_at",
        "last_error_at",
        "last_error",
        "created_at",
    )
    actions = ("switch_on", "switch_off")

    @admin.action(description=gettext_lazy("Switch on"), permissions=["switch"])
    def switch_on(self, request: HttpRequest, queryset: Any) -> None:
        self._switch(request, queryset, is_active=True)

    @admin.action(description=gettext_lazy("Switch off"), permissions=["switch"])
    def switch_off(self, request: HttpRequest, queryset: Any) -> None:
        self._switch(request, queryset, is_active=False)

    def has_switch_permission(self, request: HttpRequest) -> bool:
        return administrator(request) is not None

    def _switch(self, request: HttpRequest, queryset: Any, *, is_active: bool) -> None:
        for channel in queryset:
            switch_channel(
                channel=channel, is_active=is_active, now=timezone.now(), by=administrator(request)
            )


class ItemsInline(ReadOnlyInline):
    model = EventItem
    fields = readonly_fields = ("key", "outcome", "reason", "at")


@admin.register(Event)
class EventsAdmin(OwnedAdmin):
    """Raw deliveries; the operator helps here too, so replaying is open to both."""

    list_display = (
        "received_at",
        "channel",
        "method",
        "state",
        "attempt_count",
        "next_try_at",
        "processed_at",
        "error",
    )
    list_select_related = ("channel",)
    list_filter = ("state", "channel")
    search_fields = ("error", "url")
    date_hierarchy = "received_at"
    # Headers and the query may carry a provider's token; the product's journal page shows them masked.
    fields = (
        "channel",
        "received_at",
        "method",
        "state",
        "attempt_count",
        "next_try_at",
        "processed_at",
        "error",
    )
    inlines = (ItemsInline,)
    actions = ("replay_events",)

    @admin.action(description=gettext_lazy("Process again"), permissions=["view"])
    def replay_events(self, request: HttpRequest, queryset: Any) -> None:
        count = replay(event_ids=list(queryset.values_list("pk", flat=True)), now=timezone.now())
        told = ngettext("%(n)s event is queued again.", "%(n)s events are queued again.", count)
        self.message_user(request, told % {"n": count})


@admin.register(EventItem)
class EventItemsAdmin(OwnedAdmin):
    list_display = ("at", "channel", "outcome", "reason", "key", "lead")
    list_select_related = ("channel", "lead")
    list_filter = ("outcome", "channel")
    search_fields = ("key", "reason")
    ordering = ("-id",)
