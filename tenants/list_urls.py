"""Addresses of what lists share; included by tenants.urls."""

from __future__ import annotations

from django.urls import path

from tenants import list_views as views

urlpatterns = [
    path("lists/columns/", views.save_columns, name="list_columns"),
    path("lists/views/", views.save_view, name="list_view_save"),
    path("lists/views/<uuid:pk>/delete/", views.delete_view, name="list_view_delete"),
    path("lists/export/", views.export, name="list_export"),
    path("jobs/", views.jobs, name="jobs"),
    path("jobs/<uuid:pk>/", views.job, name="job"),
    path("jobs/<uuid:pk>/file/", views.job_file, name="job_file"),
]
