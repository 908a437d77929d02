"""Pages of the shell: palette, preferences kept in cookies, help, error pages."""

from __future__ import annotations

import logging
import secrets
import sys
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language
from django.views.decorators.http import require_GET, require_POST
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import RedisError

from core import search
from core.responses import is_htmx
from core.shell import COOKIE_AGE_S, RAIL_COOKIE, THEME_COOKIE, THEMES, Entry, Shell

logger = logging.getLogger(__name__)


def _matches(entry: Entry, query: str) -> bool:
    return any(word.startswith(query) for word in str(entry.label).casefold().split())


@require_GET
@login_required
def palette(request: HttpRequest) -> HttpResponse:
    """Answer the palette's list: places, creations and records that fit ?q=."""
    query = " ".join(request.GET.get("q", "").split())
    shell = Shell(request)
    folded = query.casefold()
    hits = search.search_all(query, shell.member) if shell.member is not None else []
    context = {
        "query": query,
        "places": [e for e in shell.places if not query or _matches(e, folded)],
        "creations": [e for e in shell.creations if not query or _matches(e, folded)],
        "groups": search.grouped(hits),
    }
    return render(request, "shell/palette_results.html", context)


@require_GET
@login_required
def badges(request: HttpRequest) -> HttpResponse:
    """Answer the shell's counters as out-of-band fragments, after a live event."""
    return render(request, "shell/badges.html")


def _back(request: HttpRequest) -> HttpResponseRedirect:
    """Return to the page the form was on, never to another site."""
    target = request.POST.get("next", "")
    is_safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure())
    return redirect(target if is_safe else "/")


def _remember(response: HttpResponse, name: str, value: str) -> HttpResponse:
    # Readable by scripts on purpose: theme.js switches without a request.
    response.set_cookie(
        name, value, max_age=COOKIE_AGE_S, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
    )
    return response


@transaction.non_atomic_requests
@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Keep the theme in a cookie, so that the next page is drawn in it at once."""
    theme = request.POST.get("theme", "")
    return _remember(_back(request), THEME_COOKIE, theme if theme in THEMES else "auto")


@require_POST
def set_rail(request: HttpRequest) -> HttpResponse:
    """Keep the rail's width in a cookie."""
    return _remember(_back(request), RAIL_COOKIE, "slim" if request.POST.get("rail") == "slim" else "wide")


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Keep the language in the cookie and, for a user who has one, in the profile."""
    language = request.POST.get("language", "")
    response: HttpResponse = _back(request)
    if not check_for_language(language):
        return response
    user: Any = request.user
    if user.is_authenticated and hasattr(user, "language"):
        user.language = language
        user.save(update_fields=["language"])
    return _remember(response, settings.LANGUAGE_COOKIE_NAME, language)


@transaction.non_atomic_requests
@require_GET
def ping(request: HttpRequest) -> HttpResponse:
    """Tell the connection bar that the server answers again; touches neither session nor database."""
    return HttpResponse(status=204)


@require_GET
@login_required
def help_page(request: HttpRequest) -> HttpResponse:
    """Explain keys and words of the product."""
    return render(request, "shell/help.html")


# Read by tenants.middleware: these serve the login page too.
for _view in (set_theme, set_language, ping):
    _view.is_public = True  # type: ignore[attr-defined]


# --- Error pages ---------------------------------------------------------------------------------
def _failure(request: HttpRequest, status: int, **context: Any) -> HttpResponse:
    """Render an error page that needs no database; an HTMX request gets only the message."""
    name = "errors/fragment.html" if is_htmx(request) else f"{status}.html"
    theme = request.COOKIES.get(THEME_COOKIE, "")
    context |= {
        "status": status,
        "request_path": request.path,
        "theme": theme if theme in THEMES else "auto",
        "frame": "errors/bare.html",
    }
    return HttpResponse(render_to_string(name, context), status=status)


def _refusal(request: HttpRequest, status: int, **context: Any) -> HttpResponse:
    """Render 403 or 404 inside the shell for a member at work, else bare."""
    if getattr(request, "member", None) is None or is_htmx(request):
        return _failure(request, status, **context)
    context |= {"status": status, "frame": "errors/in_shell.html", "is_in_shell": True}
    return render(request, f"{status}.html", context, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 400."""
    return _failure(request, 400)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 403 with the reason the view gave."""
    reason = str(exception) if isinstance(exception, PermissionDenied) else ""
    return _refusal(request, 403, reason=reason)


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 404; another tenant's page looks exactly the same."""
    return _refusal(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500 with a code that support finds in the log, or 503 when it was the database or Redis."""
    error = sys.exc_info()[1]
    if isinstance(error, OperationalError | InterfaceError):
        return unavailable(request)
    if isinstance(error, RedisError | BrokerError):
        return unavailable(request, what="redis")
    code = secrets.token_hex(3).upper()
    logger.error("Failure %s: %s %s", code, request.method, request.path)
    return _failure(request, 500, code=code)


def unavailable(request: HttpRequest, what: str = "database") -> HttpResponse:
    """Answer 503 while the database is away, or Redis from a page that can't do without."""
    response = _failure(request, 503, what=what)
    response.headers["Retry-After"] = "10"
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form sent with a stale token: the page was open before a login or logout."""
    response = _failure(request, 403, is_stale=True)
    response.headers["X-Stale-Page"] = "1"
    return response
