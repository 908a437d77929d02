"""Addresses of the dashboard and the reports."""

from __future__ import annotations

from django.urls import path

from reports import costs, dashboard, funnel, money, views

app_name = "reports"
urlpatterns = [
    path("", dashboard.dashboard, name="dashboard"),
    path("reports/", views.index, name="index"),
    path("reports/leads/", views.leads, name="leads"),
    path("reports/quality/", views.quality, name="quality"),
    path("reports/reasons/", views.reasons, name="reasons"),
    path("reports/funnel/", funnel.funnel, name="funnel"),
    path("reports/money/", money.report, name="money"),
    path("reports/costs/", costs.costs, name="costs"),
]
