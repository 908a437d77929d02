"""Declaring an endpoint: what every one of them has to say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ninja import Router

from tenants.api.answers import PROBLEMS
from tenants.api.door import Token
from tenants.api.scopes import ApiScope


def endpoint(
    router: Router,
    method: str,
    path: str,
    *,
    scope: ApiScope,
    url_name: str,
    summary: str,
    returns: Any,
    about: str = "",
    status: int = 200,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add an endpoint for tokens with a scope.

    `summary`, a line, and `about`, what else one has to know, are the description's: English, marked by gettext_noop so
    that the page which reads it out speaks the reader's language.
    """
    return router.api_operation(
        [method],
        path,
        auth=Token(scope),
        response={status: returns, **PROBLEMS},
        summary=summary,
        description=about or None,
        url_name=url_name,
        openapi_extra={"x-scope": scope.code},
    )
