"""Addresses of the sources among the settings; crm_project.urls puts them into the namespace 'tenants'."""

from __future__ import annotations

from django.urls import path

from contacts.sources import campaigns, views

urlpatterns = [
    path("settings/sources/", views.sources, name="sources"),
    path("settings/sources/new/", views.source_create, name="source_create"),
    path("settings/sources/<uuid:pk>/", views.source, name="source"),
    path("settings/sources/<uuid:pk>/archive/", views.source_archive, name="source_archive"),
    path("settings/sources/<uuid:pk>/costs/", views.source_costs, name="source_costs"),
    path("settings/source-costs/<uuid:pk>/delete/", views.cost_delete, name="source_cost_delete"),
    path("settings/campaigns/", campaigns.campaigns, name="campaigns"),
    path("settings/campaigns/source/", campaigns.campaign_source, name="campaign_source"),
    path("settings/source-groups/new/", views.group_create, name="source_group_create"),
    path("settings/source-groups/<uuid:pk>/", views.group, name="source_group"),
    path("settings/source-groups/<uuid:pk>/delete/", views.group_delete, name="source_group_delete"),
]
