"""What a token can be allowed to do. An app whose API begins registers its scopes; nothing else knows them all."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from django.utils.functional import Promise

from tenants.models import Membership

_scopes: dict[str, ApiScope] = {}


@dataclasses.dataclass(frozen=True, slots=True)
class ApiScope:
    """A thing a token may do, and whether a member may: a token never does more than its member."""

    code: str
    label: str | Promise
    is_allowed: Callable[[Membership], bool]


def register(code: str, label: str | Promise, is_allowed: Callable[[Membership], bool]) -> ApiScope:
    """Add a scope, named `things:read` or `things:write`; offered in the order they are registered in."""
    scope = _scopes[code] = ApiScope(code, label, is_allowed)
    return scope


def every_scope() -> list[ApiScope]:
    """List all scopes there are."""
    return list(_scopes.values())


def allowed_to(member: Membership) -> list[ApiScope]:
    """List the scopes whose doings are among the member's own rights."""
    return [scope for scope in _scopes.values() if scope.is_allowed(member)]


def labels_of(codes: list[str]) -> list[str]:
    """Say what a token may do; a scope that is no more keeps its code."""
    return [str(_scopes[code].label) if code in _scopes else code for code in codes]
