"""Addresses of robots."""

from __future__ import annotations

from django.urls import URLPattern, path

from automation.views import board, log, robots

app_name = "automation"
urlpatterns: list[URLPattern] = [
    path("deals/robots/", board.board, name="board"),
    path("deals/robots/order/", board.order, name="order"),
    path("deals/robots/log/", log.log, name="log"),
    path("deals/robots/of/<uuid:pk>/", log.of_deal, name="of_deal"),
    path("deals/robots/runs/<uuid:pk>/call-off/", log.call_off, name="call_off"),
    path("deals/robots/runs/<uuid:pk>/now/", log.do_now, name="do_now"),
    path("deals/robots/runs/<uuid:pk>/again/", log.do_again, name="do_again"),
    path("deals/robots/stages/<uuid:pk>/new/", robots.choose, name="choose"),
    path("deals/robots/stages/<uuid:pk>/new/<slug:action>/", robots.create, name="create"),
    path("deals/robots/stages/<uuid:pk>/try/", board.trial, name="trial"),
    path("deals/robots/<uuid:pk>/", robots.edit, name="robot"),
    path("deals/robots/<uuid:pk>/switch/", robots.switch, name="switch"),
    path("deals/robots/<uuid:pk>/copy/", robots.copy, name="copy"),
    path("deals/robots/<uuid:pk>/delete/", robots.delete, name="delete"),
]
