"""Addresses of the start page and the reports."""

from __future__ import annotations

from django.urls import path

from reports import (
    cohorts,
    costs,
    flows,
    funnel,
    leaks,
    losses,
    money,
    peaks,
    regions,
    response,
    schedule_views,
    views,
)
from reports.explorer.views import explorer
from reports.managers import views as managers
from reports.start import views as start

app_name = "reports"
urlpatterns = [
    path("", start.dashboard, name="dashboard"),
    path("start/panels/<slug:key>/", start.panel, name="panel"),
    path("start/arrange/", start.arrange, name="arrange"),
    path("start/arrange/roles/<uuid:pk>/", start.arrange_role, name="arrange_role"),
    path("reports/", views.index, name="index"),
    path("reports/schedules/new/", schedule_views.create, name="schedule_create"),
    path("reports/schedules/<uuid:pk>/", schedule_views.edit, name="schedule"),
    path("reports/schedules/<uuid:pk>/delete/", schedule_views.delete, name="schedule_delete"),
    path("reports/schedules/<uuid:pk>/send/", schedule_views.send_now, name="schedule_send"),
    path("reports/leads/", views.leads, name="leads"),
    path("reports/quality/", views.quality, name="quality"),
    path("reports/reasons/", views.reasons, name="reasons"),
    path("reports/funnel/", funnel.funnel, name="funnel"),
    path("reports/funnel/moves/", flows.flows, name="flows"),
    path("reports/funnel/cohorts/", cohorts.cohorts, name="cohorts"),
    path("reports/funnel/losses/", losses.losses, name="losses"),
    path("reports/response/", response.response, name="response"),
    path("reports/peaks/", peaks.peaks, name="peaks"),
    path("reports/leaks/", leaks.leaks, name="leaks"),
    path("reports/regions/", regions.regions, name="regions"),
    path("reports/explorer/", explorer, name="explorer"),
    path("reports/managers/", managers.managers, name="managers"),
    path("reports/managers/board/", managers.best_board, name="best_board"),
    path("reports/money/", money.report, name="money"),
    path("reports/costs/", costs.costs, name="costs"),
]
