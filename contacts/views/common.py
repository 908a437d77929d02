"""What the pages of contacts and companies share."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404

from contacts.models import Company, Contact
from core import responses
from tenants.access import Action
from tenants.requests import MemberRequest

CHANGED = "client:changed"


def contact_or_404(request: MemberRequest, pk: uuid.UUID, action: str = Action.VIEW) -> Contact:
    """Load a contact the member may see, or do `action` to."""
    rows = Contact.objects.visible_to(request.member, action).select_related("owner", "source")
    found: Contact = get_object_or_404(rows, pk=pk)
    return found


def company_or_404(request: MemberRequest, pk: uuid.UUID, action: str = Action.VIEW) -> Company:
    """Load a company the member may see, or do `action` to."""
    rows = Company.objects.visible_to(request.member, action).select_related(
        "owner", "source", "head_company"
    )
    found: Company = get_object_or_404(rows, pk=pk)
    return found


def changed(response: HttpResponse) -> HttpResponse:
    """Tell the card's other parts and its timeline that something changed."""
    return responses.trigger(response, **{CHANGED: {}, "timeline:changed": {}})


def posted(request: MemberRequest) -> Any:
    """Give what was sent to bind a form to."""
    return request.POST if request.method == "POST" else None


def pk_of(raw: str) -> uuid.UUID:
    """Read an id; raises Http404 for anything else."""
    try:
        return uuid.UUID(raw)
    except ValueError:
        raise Http404 from None
