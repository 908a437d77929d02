"""A lane of their own for deliveries: they arrive in waves, and need nothing of what serves people."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import resolve
from django_prometheus.middleware import PrometheusAfterMiddleware

PREFIX = "/hooks/"


class HookLaneMiddleware:
    """Hand deliveries to their view past sessions, languages, log-ins and page policies; count them as pages are."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._take = PrometheusAfterMiddleware(_take)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(PREFIX):
            return self._take(request)
        return self.get_response(request)


def _take(request: HttpRequest) -> HttpResponse:
    request.get_host()  # refuses hosts that aren't ours
    match = request.resolver_match = resolve(request.path_info)
    response: HttpResponse = match.func(request, *match.args, **match.kwargs)
    response.headers["Content-Length"] = str(len(response.content))
    return response
