"""All addresses of the product."""

from django.contrib import admin
from django.urls import include, path

from contacts.categories import urls as categories
from contacts.sources import urls as sources
from core import health
from crm_project import api
from deals.reasons import urls as reasons
from tenants import urls as tenants

# The settings are one place to their readers; their pages live with what they set.
settings_pages = [*tenants.urlpatterns, *sources.urlpatterns, *categories.urlpatterns, *reasons.urlpatterns]

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path(
        "", include("channels.urls")
    ),  # first: hooks arrive in waves, and trying all other patterns takes time
    path(api.PREFIX, include((api.urlpatterns(), "api"))),
    path("", include("core.urls")),
    path("", include("reports.urls")),  # the dashboard is the first page
    path("", include("leads.urls")),
    path("", include("deals.urls")),
    path("", include("contacts.urls")),
    path("", include("automation.urls")),
    path("", include("mailings.urls")),
    path("", include("activities.urls")),
    path("", include((settings_pages, "tenants"))),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]

handler400 = "core.views.bad_request"
handler403 = "core.views.permission_denied"
handler404 = "core.views.page_not_found"
handler500 = "core.views.server_error"
