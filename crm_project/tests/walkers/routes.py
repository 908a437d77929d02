"""Every address of the product, and what kind it is."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

# Pages of every member that live below the app that knows rights, so they can't say so themselves.
OPEN_IN_CORE = {"core:palette", "core:rail", "core:badges", "core:help"}
UNDECLARED: Any = object()


@dataclasses.dataclass(frozen=True)
class Route:
    """One address: its name, where it is, what its view declares."""

    name: str
    path: str
    kwargs: tuple[str, ...]
    view: Callable[..., Any]

    @property
    def kind(self) -> str:
        """One of public, account, platform, api, tenant, or '' when nobody has said."""
        if self.path.startswith("admin/"):
            return "platform"
        if self.path.startswith("accounts/"):
            return "account"
        if getattr(self.view, "is_api", False):
            return "api"
        if getattr(self.view, "is_public", False):
            return "public"
        return "tenant" if self.access is not UNDECLARED else ""

    @property
    def access(self) -> Any:
        """(section, action), None for every member, or UNDECLARED."""
        default = None if self.name in OPEN_IN_CORE else UNDECLARED
        return getattr(self.view, "access", default)

    def __str__(self) -> str:
        return f"{self.name} /{self.path}"


def routes() -> list[Route]:
    """List every address, in the order of the URLconf."""
    return list(_walk(get_resolver().url_patterns, "", "", ()))


def of_kind(kind: str) -> list[Route]:
    """List the addresses of one kind."""
    return [route for route in routes() if route.kind == kind]


def _walk(
    patterns: list[URLPattern | URLResolver], path: str, namespace: str, outer: tuple[str, ...]
) -> Iterator[Route]:
    for pattern in patterns:
        here = path + str(pattern.pattern)
        names = (*outer, *(pattern.pattern.converters or pattern.pattern.regex.groupindex))
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _walk(pattern.url_patterns, here, inner, names)
        else:
            yield Route(f"{namespace}{pattern.name}", here, names, pattern.callback)
