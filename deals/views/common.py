"""What the pages of deals share: who asks, which deal, which filters."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, QueryDict
from django.shortcuts import get_object_or_404

from deals import rights
from deals.models import Deal, Pipeline, Stage
from tenants.access import Action
from tenants.models import Membership

RELATED = (
    "pipeline", "stage", "contact", "company", "owner", "source", "rejection_reason", "folded_into",
)  # fmt: skip


def member_of(request: HttpRequest) -> Membership:
    """Return the acting member."""
    member: Membership = request.member  # type: ignore[attr-defined]
    return member


def deal_or_404(
    request: HttpRequest, pk: uuid.UUID, action: str = Action.VIEW, *, related: Sequence[str] = RELATED
) -> Deal:
    """Load a deal the member may do this with; 404 for any other, as for one that doesn't exist."""
    rows = Deal.objects.present().visible_to(member_of(request), action).select_related(*related)
    return get_object_or_404(rows, pk=pk)


def found(rows: Any, text: str | None) -> Any:
    """Find a row by an id from a URL or form; None for anything that isn't one of them."""
    try:
        return rows.filter(pk=uuid.UUID(text or "")).first()
    except ValueError:
        return None


def stage_of(text: str | None, *, deal: Deal | None = None) -> Stage | None:
    """Find a stage of a pipeline in use, or of the deal's own, which may be archived."""
    stage: Stage | None = found(Stage.objects.within_reach_of([deal] if deal else []), text)
    return stage


def pipelines_in_use(member: Membership) -> list[Pipeline]:
    """List the pipelines the member works in, in their order."""
    return [pipeline for pipeline in Pipeline.objects.active() if rights.shows(member, pipeline)]


def whole(text: str | None) -> int | None:
    """Read a version from a form; None when there is none."""
    return int(text) if text and text.isdecimal() and len(text) < 10 else None


def query_without(params: QueryDict, *names: str) -> str:
    """Write a query string without some of its parameters."""
    kept = params.copy()
    for name in names:
        kept.pop(name, None)
    return kept.urlencode()
