"""Tokens of the API: made for oneself, shown once, revoked by oneself or by who may."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import secrets
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q

from core.tenancy import current_tenant_id, tenant_scope
from tenants.api import scopes as known_scopes
from tenants.errors import MoreThanOwnRights
from tenants.models import ApiToken, ApiTokenRoute, Membership

PREFIX = "crm_"  # so that scanners of code and people recognise one that has leaked
USE_KEPT_FOR = dt.timedelta(minutes=1)


@dataclasses.dataclass(frozen=True, slots=True)
class Issued:
    """A fresh token and its secret; only the hash is kept."""

    token: ApiToken
    secret: str


@transaction.atomic
def create_token(
    *, name: str, scopes: Sequence[str], by: Membership, expires_at: dt.datetime | None = None
) -> Issued:
    """Make a token of one's own; raise MoreThanOwnRights for a scope that is beyond one's rights."""
    allowed = {scope.code for scope in known_scopes.allowed_to(by)}
    if not set(scopes) <= allowed:
        raise MoreThanOwnRights
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        member=by, name=name, scopes=list(scopes), ending=secret[-4:], expires_at=expires_at
    )
    ApiTokenRoute.objects.create(token_hash=_hash(secret), tenant_id=current_tenant_id(), token_id=token.pk)
    return Issued(token, secret)


@transaction.atomic
def revoke_token(*, token: ApiToken, by: Membership, now: dt.datetime) -> ApiToken:
    """Make a token useless for ever; it stays in the list with who revoked it. A second time changes nothing."""
    if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now, revoked_by=by):
        token.revoked_at, token.revoked_by = now, by
    ApiTokenRoute.objects.filter(token_id=token.pk, tenant_id=current_tenant_id()).delete()
    return token


def revoke_tokens_of(*, member: Membership, by: Membership, now: dt.datetime) -> int:
    """Revoke all tokens of one who leaves; return how many. One who is hired again makes new ones."""
    tokens = list(ApiToken.objects.filter(member=member, revoked_at=None))
    for token in tokens:
        revoke_token(token=token, by=by, now=now)
    return len(tokens)


def find_route(secret: str) -> ApiTokenRoute | None:
    """Find which tenant's token a secret is; nothing for what is none."""
    if not secret.startswith(PREFIX):
        return None
    return ApiTokenRoute.objects.filter(token_hash=_hash(secret)).first()


def note_use(*, token: ApiToken, now: dt.datetime) -> None:
    """Remember that a token was used, to the minute: a write for each request would be the dearest part of many."""
    limit = now - USE_KEPT_FOR
    if token.last_used_at is not None and token.last_used_at > limit:
        return
    with tenant_scope(token.member.tenant):
        stale = Q(last_used_at=None) | Q(last_used_at__lte=limit)
        ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
