"""What pages and scripts for visitors of any site have in common: no session, any origin, nothing of a tenant's."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

from csp.decorators import csp_replace
from django.conf import settings
from django.db import DatabaseError, InterfaceError, transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import condition, require_safe

from channels.adapters.text import digest
from channels.webhooks import database_away, unlogged
from tenants.middleware import public

SCRIPT_AGE_S = 600
_STATIC = Path(settings.BASE_DIR) / "static"
_SCRIPT = "site/site.js"


def for_everybody(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Answer without a session, in frames and to scripts of any site; 503 while the database is away."""

    @functools.wraps(view)
    def answer(request: HttpRequest, token: str) -> HttpResponse:
        try:
            response = view(request, token)
        except (DatabaseError, InterfaceError):
            response = database_away()
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return unlogged(response)

    framed: Any = xframe_options_exempt(transaction.non_atomic_requests(answer))
    return public(csp_replace({"frame-ancestors": ["*"]})(framed))  # type: ignore[arg-type]


@require_safe
@for_everybody
@condition(etag_func=lambda request, token: f'"{digest(text_of(_SCRIPT))}"')
def site_script(request: HttpRequest, token: str) -> HttpResponse:
    """Give the script that sites include: the same for all, it learns from its address whose it is."""
    response = HttpResponse(text_of(_SCRIPT), content_type="text/javascript; charset=utf-8")
    response.headers["Cache-Control"] = f"public, max-age={SCRIPT_AGE_S}"
    return response


def text_of(name: str) -> str:
    """Read a static file of ours that is handed out inside something else."""
    path = _STATIC / name
    return _read(path, path.stat().st_mtime)


@functools.lru_cache(maxsize=8)
def _read(path: Path, _changed_at: float) -> str:
    return path.read_text(encoding="utf-8")
