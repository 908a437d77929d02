"""Addresses of the directory among the settings; crm_project.urls puts them into the namespace 'tenants'."""

from __future__ import annotations

from django.urls import path

from contacts.categories import views

urlpatterns = [
    path("settings/company-types/", views.categories, name="categories"),
    path("settings/company-types/<slug:kind>/new/", views.category_create, name="category_create"),
    path("settings/company-types/<slug:kind>/<str:code>/", views.category, name="category"),
    path(
        "settings/company-types/<slug:kind>/<str:code>/archive/",
        views.category_archive,
        name="category_archive",
    ),
    path(
        "settings/company-types/<slug:kind>/<str:code>/delete/", views.category_delete, name="category_delete"
    ),
    path("settings/company-types/<slug:kind>/<str:code>/move/", views.category_move, name="category_move"),
]
