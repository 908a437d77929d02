"""Addresses of the dashboard and the reports."""

from __future__ import annotations

from django.urls import path

from reports import dashboard, funnel, leaks, peaks, regions, response, views

app_name = "reports"
urlpatterns = [
    path("", dashboard.dashboard, name="dashboard"),
    path("reports/", views.index, name="index"),
    path("reports/leads/", views.leads, name="leads"),
    path("reports/quality/", views.quality, name="quality"),
    path("reports/reasons/", views.reasons, name="reasons"),
    path("reports/funnel/", funnel.funnel, name="funnel"),
    path("reports/response/", response.response, name="response"),
    path("reports/peaks/", peaks.peaks, name="peaks"),
    path("reports/leaks/", leaks.leaks, name="leaks"),
    path("reports/regions/", regions.regions, name="regions"),
]
