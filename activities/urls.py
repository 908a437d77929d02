"""Addresses of activities."""

from __future__ import annotations

from django.urls import URLPattern, path

from activities.views import clients, composer, day, files, history, notifications, planned, timeline

app_name = "activities"
urlpatterns: list[URLPattern] = [
    path("activities/", day.day, name="list"),
    path("activities/bulk/", day.bulk, name="bulk"),
    path("activities/plan/contacts/", clients.plan, {"card": "contact"}, name="plan_contacts"),
    path("activities/plan/companies/", clients.plan, {"card": "company"}, name="plan_companies"),
    path("activities/new/", planned.create, name="create"),
    path("activities/timeline/", timeline.timeline, name="timeline"),
    path("activities/history/", history.history, name="history"),
    path("activities/composer/", composer.composer, name="composer"),
    path("activities/composer/note/", composer.add_note, name="note"),
    path("activities/composer/plan/", composer.plan, name="plan"),
    path("activities/colleagues/", composer.colleagues, name="colleagues"),
    path("activities/<uuid:pk>/edit/", planned.edit, name="edit"),
    path("activities/<uuid:pk>/done/", planned.complete, name="complete"),
    path("activities/<uuid:pk>/reopen/", planned.reopen, name="reopen"),
    path("activities/<uuid:pk>/move/", planned.move, name="move"),
    path("activities/<uuid:pk>/cancel/", planned.cancel, name="cancel"),
    path("activities/<uuid:pk>/restore/", planned.restore, name="restore"),
    path("notes/<uuid:pk>/edit/", planned.edit_note, name="edit_note"),
    path("notes/<uuid:pk>/delete/", planned.delete_note, name="delete_note"),
    path("attachments/<uuid:pk>/", files.attachment, name="attachment"),
    path("notifications/", notifications.notifications, name="notifications"),
    path("notifications/read/", notifications.read_all, name="read_all"),
    path("notifications/<uuid:pk>/", notifications.notice, name="notice"),
    path("notifications/<uuid:pk>/go/", notifications.follow, name="follow"),
]
