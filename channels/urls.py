"""Addresses of channels."""

from __future__ import annotations

from django.urls import URLPattern, path

from channels import webhooks
from channels.views import consent, files, form_page, journal, ledger, missed, replies, settings

app_name = "channels"
urlpatterns: list[URLPattern] = [
    path("hooks/<str:kind>/<str:token>", webhooks.hook, name="hook"),
    path("hooks/<str:kind>/<str:token>/", webhooks.hook, name="hook_slash"),
    path("hooks/<str:kind>/<str:token>/<path:rest>", webhooks.hook, name="hook_rest"),
    path("hooks/<path:rest>", webhooks.unknown, name="hook_unknown"),
    path("f/<str:token>", form_page.form_page, name="form_page"),
    path("settings/channels/", settings.channel_list, name="list"),
    path("settings/channels/new/", settings.choose_kind, name="create"),
    path("settings/channels/new/<str:kind>/", settings.create, name="create_kind"),
    path("settings/channels/consent/", consent.done, name="consent_done"),
    path("settings/channels/<uuid:pk>/consent/", consent.start, name="consent"),
    path("settings/channels/<uuid:pk>/", settings.detail, name="detail"),
    path("settings/channels/<uuid:pk>/check/", settings.check, name="check"),
    path("settings/channels/<uuid:pk>/address/", settings.rotate, name="rotate"),
    path("settings/channels/<uuid:pk>/switch/", settings.switch, name="switch"),
    path("settings/channels/<uuid:pk>/lead-source/", settings.lead_source, name="lead_source"),
    path("settings/channels/<uuid:pk>/missed/", missed.missed_calls, name="missed_calls"),
    path("settings/channels/<uuid:pk>/text/", missed.try_text, name="try_text"),
    path("settings/journal/", journal.journal, name="journal"),
    path("settings/journal/ledger/", ledger.ledger_page, name="ledger"),
    path("settings/journal/replay/", journal.replay_events, name="replay"),
    path("settings/journal/<uuid:pk>/", journal.event, name="event"),
    path("settings/journal/<uuid:pk>/raw/", journal.raw, name="event_raw"),
    path("replies/", replies.composer, name="composer"),
    path("replies/send/", replies.reply, name="reply"),
    path("calls/start/", replies.call, name="call"),
    path("messages/<uuid:pk>/again/", replies.send_again, name="send_again"),
    path("messages/<uuid:activity_id>/letter/", files.letter, name="letter"),
    path("recordings/<uuid:pk>/", files.recording, name="recording"),
    path("recordings/<uuid:pk>/file/", files.recording_file, name="recording_file"),
    path("recordings/<uuid:pk>/again/", files.fetch_recording, name="fetch_recording"),
]
