"""Who is behind a session key, for the live stream, which has no middleware."""

from __future__ import annotations

from asgiref.sync import sync_to_async
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import close_old_connections
from django.utils.crypto import constant_time_compare

from core.live.hub import Viewer
from core.tenancy import tenant_scope
from tenants.middleware import SESSION_KEY as TENANT_SESSION_KEY
from tenants.models import Membership, User


@sync_to_async
def authenticate(session_key: str) -> Viewer | None:
    """Return the member whose session this is, in the tenant chosen there; None when either is over.

    Short reads only: a stream lives for hours and must hold neither transaction nor connection.
    """
    close_old_connections()
    try:
        return viewer_of(session_key)
    finally:
        close_old_connections()


def viewer_of(session_key: str) -> Viewer | None:
    """Read session, user and membership afresh."""
    session = SessionStore(session_key)
    tenant_id, user = session.get(TENANT_SESSION_KEY), _user_of(session)
    if user is None or not isinstance(tenant_id, int):
        return None
    with tenant_scope(tenant_id):
        member = Membership.objects.active().filter(user_id=user.pk, tenant__is_active=True).first()
    return Viewer(tenant_id, member.pk) if member else None


def _user_of(session: SessionStore) -> User | None:
    """Do what django.contrib.auth.get_user does, but never write: cycling the key would log the page out."""
    if SESSION_KEY not in session or BACKEND_SESSION_KEY not in session:
        return None
    user = User.objects.filter(pk=session[SESSION_KEY], is_active=True).first()
    if user is None:
        return None
    known = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    given = session.get(HASH_SESSION_KEY, "")
    return user if any(constant_time_compare(given, one) for one in known) else None
