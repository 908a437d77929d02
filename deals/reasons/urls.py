"""Addresses of rejection reasons among the settings; crm_project.urls puts them into the namespace 'tenants'."""

from __future__ import annotations

from django.urls import path

from deals.reasons import views

urlpatterns = [
    path("settings/reasons/", views.reasons, name="reasons"),
    path("settings/reasons/new/", views.reason_create, name="reason_create"),
    path("settings/reasons/<uuid:pk>/", views.reason, name="reason"),
    path("settings/reasons/<uuid:pk>/archive/", views.reason_archive, name="reason_archive"),
    path("settings/reasons/<uuid:pk>/move/", views.reason_move, name="reason_move"),
]
