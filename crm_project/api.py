"""The API as a whole: whose endpoints it has, how errors are told, its description and the page that reads it out."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.core.serializers.json import DjangoJSONEncoder
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.http import require_safe
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.operation import Operation

from contacts.api import costs, sources
from core.errors import Refusal
from tenants.api import answers, door, reading
from tenants.middleware import public

VERSION = "1.0"
PREFIX = "api/v1/"


class Api(NinjaAPI):
    """The library's, with short names of operations."""

    def get_openapi_operation_id(self, operation: Operation) -> str:
        return str(operation.view_func.__name__)


def _raise(request: HttpRequest, error: Exception) -> HttpResponse:
    """Leave it to the door: it rolls back and tells it as the rest."""
    raise error


TELLERS: dict[Any, Any] = {
    Refusal: answers.of_refusal,
    Http404: answers.of_missing,
    ObjectDoesNotExist: answers.of_missing,
    HttpError: answers.of_unreadable,
    ValidationError: answers.of_invalid,
    Exception: _raise,
}
api = Api(title="CRM API", version=VERSION, urls_namespace="api", openapi_url=None, docs_url=None)
for kind, teller in TELLERS.items():
    api.add_exception_handler(kind, teller)
api.add_router("", costs.router)
api.add_router("", sources.router)


@cache
def description() -> dict[str, Any]:
    """Describe the API as OpenAPI 3.1, as programs read it; the same for everybody."""
    told = api.get_openapi_schema(path_prefix=PREFIX) | {"servers": [{"url": settings.PUBLIC_URL}]}
    found: dict[str, Any] = json.loads(json.dumps(told, cls=DjangoJSONEncoder))
    return found


@public
@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """Give the description to programs."""
    return JsonResponse(description())


@public
@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    """Read the description out to people: made here, so it loads nothing from elsewhere."""
    context = {"sections": reading.sections(description()), "a_minute": door.A_MINUTE}
    return render(request, "tenants/api_reference.html", context)


def urlpatterns() -> list[URLPattern]:
    """List the addresses of the API, each behind the door; what isn't among them is told as JSON too."""
    # The library gives a pattern for each method; one view answers them all
    patterns = [pattern for pattern in api.urls[0] if isinstance(pattern, URLPattern)]
    endpoints = {pattern.name: pattern for pattern in patterns if pattern.name != "api-root"}
    return [
        path("openapi.json", openapi, name="openapi"),
        path("", reference, name="reference"),
        *door.guarded(endpoints.values()),
        path("<path:rest>", door.unknown, name="unknown"),
    ]
