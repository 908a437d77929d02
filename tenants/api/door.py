"""The door of the API: whose token it is, what may be asked of it, and every failure told as JSON.

A request has no session, no cookie and no CSRF token; the token is all. The tenant comes from the routing table, never from
the request, and everything else happens in its scope: one transaction, rolled back when the answer is a refusal.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django.conf import settings
from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import URLPattern
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation.trans_real import parse_accept_lang_header
from django.views.decorators.csrf import csrf_exempt
from ninja.security import HttpBearer

from core.errors import Conflict, Refusal
from core.tenancy import tenant_scope
from core.visitors import address_of, count
from core.zones import zones
from tenants.api import answers
from tenants.api.errors import (
    LengthUnknown,
    MissingScope,
    NoToken,
    NotYourRight,
    TooLarge,
    TooManyRequests,
)
from tenants.api.scopes import ApiScope
from tenants.field_rights import seen_by
from tenants.middleware import public
from tenants.models import ApiToken, ApiTokenRoute
from tenants.services.api_tokens import find_route, note_use

logger = logging.getLogger(__name__)
View = Callable[..., HttpResponse]
MOST_BYTES = 1024 * 1024
A_MINUTE = 300  # requests with one token
WRONG_A_MINUTE = 30  # tokens of one address that open nothing
_RELATED = ("member__role", "member__department", "member__user", "member__tenant")


class Token(HttpBearer):
    """What an endpoint demands: a token with a scope, whose member may do that now."""

    def __init__(self, scope: ApiScope) -> None:
        super().__init__()
        self.scope = scope

    def __call__(self, request: HttpRequest) -> ApiToken:
        return self.authenticate(request, "")

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken:
        """Raise MissingScope or NotYourRight; who it is, the door knows already."""
        known: ApiToken = request.api_token  # type: ignore[attr-defined]
        if self.scope.code not in known.scopes:
            raise MissingScope(self.scope.code)
        if not self.scope.is_allowed(known.member):
            raise NotYourRight
        return known


def guarded(patterns: Iterable[URLPattern]) -> list[URLPattern]:
    """Put the door before views of the API."""
    found = list(patterns)
    for pattern in found:
        pattern.callback = _behind_door(pattern.callback)
    return found


@public
@csrf_exempt
@transaction.non_atomic_requests
def unknown(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Say that an address was mistyped: the way to the login page would be taken for success."""
    return answers.problem(404, "not_found", _("There is nothing here."))


def _behind_door(view: View) -> View:
    @wraps(view)
    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with translation.override(_asked_language(request) or translation.get_language()):
            response = _answer(request, lambda: view(request, *args, **kwargs))
        response.headers["Cache-Control"] = "no-store"
        return response

    guarded_view: Any = public(transaction.non_atomic_requests(opened))
    guarded_view.is_api = True  # read by the URL walkers
    return guarded_view


def _answer(request: HttpRequest, view: Callable[[], HttpResponse]) -> HttpResponse:
    try:
        return _serve(request, view)
    except Refusal as refusal:
        return answers.of_refusal(request, refusal)
    except IntegrityError as error:  # of two at once the second one meets a constraint
        logger.info("API: %s %s: %s", request.method, request.path, type(error).__name__)
        return answers.of_refusal(request, Conflict(_("Somebody else was faster.")))
    except (OperationalError, InterfaceError) as error:
        logger.error("API: the database is away: %s", type(error).__name__)
        text = _("The database is away, try again soon.")
        return answers.problem(503, "unavailable", text, headers={"Retry-After": "10"})
    except Exception:  # whatever it is, a program has to read it as JSON
        code = secrets.token_hex(3).upper()
        logger.exception("Failure %s: %s %s", code, request.method, request.path)
        text = _("Something broke here. Code %(code)s.") % {"code": code}
        return answers.problem(500, "failure", text)


def _serve(request: HttpRequest, view: Callable[[], HttpResponse]) -> HttpResponse:
    _check_size(request)
    now = timezone.now()
    route = _route_of(request)
    with tenant_scope(route.tenant_id):
        token = ApiToken.objects.select_related(*_RELATED).filter(pk=route.token_id).first()
        if token is None or not token.is_working(now) or not _is_at_work(token):
            raise NoToken
        response = _in_the_name_of(token, request, view)
        if response.status_code >= 400:
            transaction.set_rollback(True)
    note_use(token=token, now=now)
    return response


def _in_the_name_of(token: ApiToken, request: HttpRequest, view: Callable[[], HttpResponse]) -> HttpResponse:
    """Ask the view as the member's own request would: with their rights, language and zone."""
    member = token.member
    request.member, request.tenant, request.api_token = member, member.tenant, token  # type: ignore[attr-defined]
    language = _asked_language(request) or member.user.language or member.tenant.language
    with (
        translation.override(language),
        zones(reader=member.user.time_zone, company=member.tenant.time_zone),
        seen_by(member),
    ):
        request.LANGUAGE_CODE = language
        response = view()
        return _not_allowed(response) if isinstance(response, HttpResponseNotAllowed) else response


def _not_allowed(response: HttpResponse) -> HttpResponse:
    text = _("This address doesn’t take this method.")
    return answers.problem(405, "method_not_allowed", text, headers={"Allow": response.headers["Allow"]})


def _is_at_work(token: ApiToken) -> bool:
    member = token.member
    return member.is_active and member.user.is_active and member.tenant.is_active


def _route_of(request: HttpRequest) -> ApiTokenRoute:
    """Find whose token was sent; raises NoToken, or TooManyRequests."""
    kind, _space, secret = request.headers.get("Authorization", "").partition(" ")
    route = find_route(secret.strip()) if kind.lower() == "bearer" else None
    if route is None:
        if count("api-wrong", address_of(request), within_s=60) > WRONG_A_MINUTE:
            raise TooManyRequests
        raise NoToken
    if count("api", str(route.token_id), within_s=60) > A_MINUTE:
        raise TooManyRequests
    return route


def _check_size(request: HttpRequest) -> None:
    """Refuse a body before it is read; one of unknown length too, for Django would take it for none."""
    if "chunked" in request.headers.get("Transfer-Encoding", "").lower():
        raise LengthUnknown
    declared = request.headers.get("Content-Length") or "0"
    if not declared.isdecimal() or int(declared[:20]) > MOST_BYTES:
        raise TooLarge


def _asked_language(request: HttpRequest) -> str:
    """Choose the first language of Accept-Language that we speak; nothing where none is asked for."""
    spoken = dict(settings.LANGUAGES)
    for code, _weight in parse_accept_lang_header(request.headers.get("Accept-Language", "").lower()):
        if code.partition("-")[0] in spoken:
            return code.partition("-")[0]
    return ""
