"""The secret link of a document: who holds it sees the document and nothing else.

The token is made from the document's id and a nonce with the installation's key, so it needs no column of its own
and a copy of the database opens nothing; the routing table keeps its hash. A new nonce is a new link.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid
from typing import NamedTuple

from django.conf import settings
from django.http import Http404

from core.tenancy import current_tenant_id
from deals.documents.happenings import Document
from deals.models import DocumentRoute, Invoice, Proposal

_PURPOSE = b"crm document link"
KINDS: dict[str, type[Proposal | Invoice]] = {
    DocumentRoute.Kind.PROPOSAL: Proposal,
    DocumentRoute.Kind.INVOICE: Invoice,
}


class Place(NamedTuple):
    """Where a link leads: whose document, and which."""

    tenant_id: int
    kind: str
    document_id: uuid.UUID


def token_of(document: Document) -> str:
    """Make the token of a document's present link; nothing where it has none."""
    if document.link_nonce is None:
        return ""
    told = f"{current_tenant_id()}:{document.pk}:{document.link_nonce}".encode()
    digest = hmac.new(_PURPOSE + settings.SECRET_KEY.encode(), told, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:24]).decode()


def url_of(document: Document) -> str:
    """Build the public address of a document; nothing where it has no link."""
    token = token_of(document)
    return f"{settings.PUBLIC_URL}/d/{token}/" if token else ""


def publish(document: Document) -> None:
    """Let the present link, and no other, lead to the document."""
    withdraw(document)
    DocumentRoute.objects.create(
        token_hash=_hash(token_of(document)),
        tenant_id=current_tenant_id(),
        kind=kind_of(document),
        document_id=document.pk,
    )


def withdraw(document: Document) -> None:
    """Let no link lead to the document."""
    DocumentRoute.objects.filter(tenant_id=current_tenant_id(), document_id=document.pk).delete()


def find(token: str) -> Place:
    """Find whose document a link opens; 404 for any other token."""
    route = DocumentRoute.objects.filter(token_hash=_hash(token)).first()
    if route is None:
        raise Http404
    return Place(route.tenant_id, route.kind, route.document_id)


def kind_of(document: Document) -> str:
    """Name the kind of a document as routes and addresses do."""
    return str(DocumentRoute.Kind.PROPOSAL if isinstance(document, Proposal) else DocumentRoute.Kind.INVOICE)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
