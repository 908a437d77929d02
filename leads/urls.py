"""Addresses of leads."""

from __future__ import annotations

from django.urls import URLPattern, path, re_path

from leads.views import (
    attach,
    bulk,
    calls,
    decisions,
    detail,
    exclusions,
    lead_list,
    queue,
    routing,
    trials,
    wizard,
)

app_name = "leads"
urlpatterns: list[URLPattern] = [
    path("unsorted/", queue.unsorted, name="unsorted"),
    path("unsorted/column/", queue.column, name="unsorted_column"),
    path("unsorted/undo/", bulk.undo, name="undo"),
    re_path(r"^unsorted/bulk/(?P<action>take|assign|reject|snooze)/$", bulk.bulk, name="bulk"),
    path("unsorted/<uuid:pk>/", queue.row, name="row"),
    path("settings/exclusions/", exclusions.exclusions, name="exclusions"),
    path("settings/exclusions/new/", exclusions.add, name="exclusion_add"),
    path("settings/exclusions/<uuid:pk>/remove/", exclusions.remove, name="exclusion_remove"),
    path("calls/", calls.cards, name="calls"),
    path("calls/<uuid:pk>/take/", calls.take, name="call_take"),
    path("calls/<uuid:pk>/note/", calls.note, name="call_note"),
    path("calls/<uuid:pk>/dismiss/", calls.dismiss, name="call_dismiss"),
    path("leads/", lead_list.lead_list, name="list"),
    path("leads/new/", detail.create, name="create"),
    path("leads/panel/", detail.panel, name="deal_panel"),
    path("leads/companies/", wizard.companies, name="wizard_companies"),
    path("leads/<uuid:pk>/", detail.detail, name="detail"),
    path("leads/<uuid:pk>/preview/", queue.preview, name="preview"),
    path("leads/<uuid:pk>/seen/", queue.seen, name="seen"),
    path("leads/<uuid:pk>/accept/", wizard.wizard, name="wizard"),
    path("leads/<uuid:pk>/accept/stages/", wizard.stages, name="wizard_stages"),
    path("leads/<uuid:pk>/take/", decisions.take, name="take"),
    path("leads/<uuid:pk>/release/", decisions.release, name="release"),
    path("leads/<uuid:pk>/assign/", decisions.assign, name="assign"),
    path("leads/<uuid:pk>/attach/", attach.attach, name="attach"),
    path("leads/<uuid:pk>/reject/", decisions.reject, name="reject"),
    path("leads/<uuid:pk>/spam/", decisions.spam, name="spam"),
    path("leads/<uuid:pk>/reopen/", decisions.reopen, name="reopen"),
    path("leads/<uuid:pk>/snooze/", decisions.snooze, name="snooze"),
    path("leads/<uuid:pk>/wake/", decisions.wake, name="wake"),
    path("leads/<uuid:pk>/quality/", decisions.set_quality, name="quality"),
    path("leads/<uuid:pk>/delete/", decisions.delete, name="delete"),
    path("settings/routing/", routing.rules, name="routing_rules"),
    path("settings/routing/new/", routing.create, name="routing_create"),
    path("settings/routing/order/", routing.order, name="routing_order"),
    path("settings/routing/try/", trials.try_rules, name="routing_try"),
    path("settings/routing/tried/<uuid:pk>/", trials.trial, name="routing_trial"),
    path("settings/routing/channels/<uuid:pk>/", routing.channel_steps, name="routing_channel"),
    path("settings/routing/<uuid:pk>/", routing.rule, name="routing_rule"),
    path("settings/routing/<uuid:pk>/switch/", routing.switch, name="routing_switch"),
    path("settings/routing/<uuid:pk>/delete/", routing.delete, name="routing_delete"),
]
