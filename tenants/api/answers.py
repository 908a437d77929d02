"""How the API tells what went wrong: a code for programs, a sentence for people, and where in the request it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from ninja.errors import HttpError, ValidationError
from pydantic import BaseModel, Field

from core.errors import Refusal, RowsRefused
from tenants.api.errors import MissingScope, NoToken, TooManyRequests

WAIT_S = 60


class Mistake(BaseModel):
    """One thing that is wrong with the request."""

    row: int | None = Field(None, description="Number of the row in the list that was sent; the first is 1.")
    field: str = ""
    code: str
    message: str


class Problem(BaseModel):
    """Why a request was refused."""

    code: str
    message: str = Field(description="In the language of Accept-Language, else of the member.")
    errors: list[Mistake] = []


# What any endpoint may answer besides its own
PROBLEMS = dict.fromkeys((400, 401, 403, 404, 409, 411, 413, 422, 429, 503), Problem)


class FormRefused(Refusal):
    """What a form of our pages says to what was sent."""

    code = "invalid"

    def __init__(self, form: forms.BaseForm) -> None:
        super().__init__(_("Some fields are wrong."))
        self.mistakes = [
            {"field": "" if name == NON_FIELD_ERRORS else name, **told}
            for name, errors in form.errors.get_json_data().items()
            for told in errors
        ]


def _told(refusal: Refusal) -> dict[str, Any]:
    """Give a refusal as one mistake."""
    found = {"field": getattr(refusal, "field", ""), "code": refusal.code, "message": str(refusal.message)}
    return {name: value for name, value in found.items() if value}


def of_refusal(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Answer a named refusal with its status, as every caller of our services does."""
    mistakes = list(_mistakes_of(refusal))
    return problem(refusal.status, refusal.code, str(refusal.message), mistakes, _headers_of(refusal))


def _mistakes_of(refusal: Refusal) -> Iterator[dict[str, Any]]:
    """Say where in the request it is, as far as the refusal knows."""
    if isinstance(refusal, RowsRefused):
        yield from ({"row": number, **_told(one)} for number, one in refusal.rows)
    elif isinstance(refusal, FormRefused):
        yield from refusal.mistakes
    elif getattr(refusal, "field", ""):
        yield _told(refusal)


def _headers_of(refusal: Refusal) -> dict[str, str]:
    """Say what HTTP wants said: RFC 6750 of tokens, RFC 9110 of waiting."""
    if isinstance(refusal, NoToken):
        return {"WWW-Authenticate": 'Bearer realm="api", error="invalid_token"'}
    if isinstance(refusal, MissingScope):
        scope = refusal.details["scope"]
        return {"WWW-Authenticate": f'Bearer realm="api", error="insufficient_scope", scope="{scope}"'}
    return {"Retry-After": str(WAIT_S)} if isinstance(refusal, TooManyRequests) else {}


def of_missing(request: HttpRequest, error: Http404) -> HttpResponse:
    """Answer for a row that isn't there, or is another company's: nobody can tell which."""
    return problem(404, "not_found", _("There is nothing here."))


def of_unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Answer a body that is no JSON; the one thing the library refuses by itself."""
    return problem(error.status_code, "not_json", _("The body is not readable as JSON."))


def of_invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Answer what doesn't fit the description of the endpoint."""
    return problem(422, "invalid", _("Some fields are wrong."), list(_mistakes(error.errors)))


def problem(
    status: int,
    code: str,
    message: str,
    mistakes: list[dict[str, Any]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """Build the one shape of every refusal."""
    body: dict[str, Any] = {"code": code, "message": message, "errors": mistakes or []}
    return JsonResponse(body, status=status, headers=headers, json_dumps_params={"ensure_ascii": False})


# --- What the library found, in our words ------------------------------------------------------------
_OUR_CODES = {
    "extra_forbidden": "unknown_field",
    "string_type": "not_text",
    "string_unicode": "not_text",
    "date_from_datetime_parsing": "not_a_day",
    "date_parsing": "not_a_day",
    "bool_type": "not_a_flag",
    "bool_parsing": "not_a_flag",
    "list_type": "not_a_list",
    "string_too_long": "too_long",
    "string_too_short": "too_short",
    "greater_than_equal": "too_small",
    "less_than_equal": "too_large",
}


def _mistakes(errors: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for error in errors:
        kind, place = str(error["type"]), error["loc"]
        rows = [step + 1 for step in place if isinstance(step, int)]
        limits = error.get("ctx", {})
        named = [limits["field"]] if "field" in limits else []
        names = named or [step for step in place[1:] if isinstance(step, str)]
        found: dict[str, Any] = {"row": rows[0]} if rows else {}
        if names and not (rows and place[-1] is rows[0] - 1):
            found["field"] = names[-1]
        code = _code(kind)
        yield found | {"code": code, "message": _sentence(code, limits)}


def _code(kind: str) -> str:
    if kind.startswith("uuid"):
        return "not_an_id"
    return _OUR_CODES.get(kind, kind)


def _sentence(code: str, limits: Mapping[str, Any]) -> str:
    """Say in the reader's language what the library says in English."""
    sentences = {
        "missing": _("This is required."),
        "unknown_field": _("There is no such field."),
        "not_text": _("A text is expected, without signs that can’t be kept."),
        "not_a_day": _("A day is expected, as 2026-11-28."),
        "not_an_id": _("An id is expected."),
        "not_a_flag": _("true or false is expected."),
        "not_a_list": _("A list is expected."),
        "too_long": _("Too long: at most %(max_length)s."),
        "too_short": _("Too short: at least %(min_length)s."),
        "too_small": _("At least %(ge)s."),
        "too_large": _("At most %(le)s."),
    }
    return sentences.get(code, _("This value doesn’t fit.")) % dict(limits)
