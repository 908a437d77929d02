"""Addresses of the shell itself."""

from django.urls import path

from core import views

app_name = "core"

urlpatterns = [
    path("go/", views.palette, name="palette"),
    path("prefs/theme/", views.set_theme, name="theme"),
    path("prefs/rail/", views.set_rail, name="rail"),
    path("prefs/language/", views.set_language, name="language"),
    path("badges/", views.badges, name="badges"),
    path("ping/", views.ping, name="ping"),
    path("help/", views.help_page, name="help"),
]
