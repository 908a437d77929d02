"""Addresses of mailings."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, path

from mailings.views import acts, clients, drafts, pages, public, settings

_CARDS = ("contacts", "companies", "deals", "leads", "recipients")


def _to(card: str) -> URLPattern:
    kwargs: dict[str, Any] = {"card": card}
    return path(f"mailings/to/{card}/", drafts.begin, kwargs, name=f"to_{card}")


app_name = "mailings"
urlpatterns: list[URLPattern] = [
    path("mailings/", pages.mailings, name="list"),
    path("mailings/new/", drafts.create, name="create"),
    *(_to(card) for card in _CARDS),
    path("mailings/recipients/", pages.recipients, name="recipients"),
    path("mailings/of-client/", clients.of_contact, name="of_contact"),
    path("mailings/of-client/<uuid:pk>/", clients.change, name="client_change"),
    path("mailings/<uuid:pk>/", pages.detail, name="detail"),
    path("mailings/<uuid:pk>/preview/", pages.preview, name="preview"),
    path("mailings/<uuid:pk>/edit/", drafts.edit, name="edit"),
    path("mailings/<uuid:pk>/files/", drafts.add_file, name="add_file"),
    path("mailings/<uuid:pk>/files/<uuid:file>/remove/", drafts.remove_file, name="remove_file"),
    path("mailings/<uuid:pk>/people/", drafts.gather_again, name="gather_again"),
    path("mailings/<uuid:pk>/delete/", drafts.delete, name="delete"),
    path("mailings/<uuid:pk>/copy/", drafts.copy, name="copy"),
    path("mailings/<uuid:pk>/test/", acts.test_letter, name="test"),
    path("mailings/<uuid:pk>/start/", acts.start, name="start"),
    path("mailings/<uuid:pk>/pace/", acts.pace, name="pace"),
    path("mailings/<uuid:pk>/pause/", acts.pause, name="pause"),
    path("mailings/<uuid:pk>/resume/", acts.resume, name="resume"),
    path("mailings/<uuid:pk>/cancel/", acts.cancel, name="cancel"),
    path("mailings/<uuid:pk>/again/", acts.again, name="again"),
    path("settings/mailings/", settings.settings, name="settings"),
    path("u/<str:token>/", public.page, name="public"),
    path("u/<str:token>/dot.gif", public.dot, name="public_dot"),
    path("u/<str:token>/<str:number>/", public.click, name="public_click"),
]
