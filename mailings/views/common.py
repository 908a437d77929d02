"""What the views of mailings share."""

from __future__ import annotations

import uuid

from django.shortcuts import get_object_or_404

from mailings.models import Mailing
from tenants.access import Action
from tenants.requests import MemberRequest

FORM = ["GET", "HEAD", "POST"]


def mailing_or_404(request: MemberRequest, pk: uuid.UUID, action: str = Action.VIEW) -> Mailing:
    """Load a mailing the member may see, or do `action` to; another's is a missing one."""
    rows = Mailing.objects.visible_to(request.member, action)
    found: Mailing = get_object_or_404(rows.select_related("channel", "owner__tenant"), pk=pk)
    return found


def may_edit(request: MemberRequest, mailing: Mailing) -> bool:
    """Say whether the member may do something with a mailing they see."""
    return Mailing.objects.visible_to(request.member, Action.EDIT).filter(pk=mailing.pk).exists()
