"""The secret in a letter's links: who holds it may unsubscribe one recipient, and nothing else.

Made from the recipient's id with the installation's key, so it needs no column and a copy of the database opens
nothing; the routing table keeps its hash, and old letters keep working when the key is changed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid
from collections.abc import Iterable
from typing import NamedTuple

from django.conf import settings
from django.http import Http404

from core.tenancy import current_tenant_id
from mailings.models import MailingRoute

_PURPOSE = b"crm mailing link"
TRIAL = "trial"  # of a test letter: its page shows, and does nothing


class Place(NamedTuple):
    """Where a link leads: whose recipient, and which."""

    tenant_id: int
    recipient_id: uuid.UUID


def token_of(recipient_id: uuid.UUID) -> str:
    """Make a recipient's token."""
    told = f"{current_tenant_id()}:{recipient_id}".encode()
    digest = hmac.new(_PURPOSE + settings.SECRET_KEY.encode(), told, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:24]).decode()


def url_of(token: str) -> str:
    """Build the address of the page where one unsubscribes."""
    return f"{settings.PUBLIC_URL}/u/{token}/"


def picture_url(token: str) -> str:
    """Build the address of the dot that tells that a letter was opened."""
    return f"{settings.PUBLIC_URL}/u/{token}/dot.gif"


def click_url(token: str, number: int) -> str:
    """Build the address that leads on to a letter's link, by its number from 1."""
    return f"{settings.PUBLIC_URL}/u/{token}/{number}/"


def publish(recipient_ids: Iterable[uuid.UUID]) -> None:
    """Let the recipients' links lead to them; those that do already stay."""
    tenant_id = current_tenant_id()
    MailingRoute.objects.bulk_create(
        [
            MailingRoute(token_hash=_hash(token_of(pk)), tenant_id=tenant_id, recipient_id=pk)
            for pk in recipient_ids
        ],
        ignore_conflicts=True,
    )


def find(token: str) -> Place:
    """Find whose recipient a link belongs to; 404 for any other token."""
    route = MailingRoute.objects.filter(token_hash=_hash(token)).first()
    if route is None:
        raise Http404
    return Place(route.tenant_id, route.recipient_id)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
