"""Merges as pages show them: who merged what into what, and whether it can be taken apart."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from typing import Any

from django.urls import reverse

from contacts.models import Company, Contact, Merge
from tenants.access import Action
from tenants.models import Membership

SHOWN = 50


@dataclasses.dataclass(frozen=True, slots=True)
class ShownMerge:
    """One merge, ready to print."""

    id: uuid.UUID
    title: str
    url: str
    names: str
    who: str
    at: dt.datetime
    undone_at: dt.datetime | None
    undo_url: str  # empty where it can't be undone, or not by this member


def merges_of(client: Contact | Company) -> list[ShownMerge]:
    """List the merges into one card that still hold, the newest first; two queries."""
    name = "contact" if isinstance(client, Contact) else "company"
    rows = Merge.objects.filter(undone_at=None, **{name: client})
    return [_shown(merge, client, may_undo=True) for merge in _loaded(rows)[:SHOWN]]


def recent_merges(member: Membership, model: type[Contact] | type[Company]) -> list[ShownMerge]:
    """List the last merges into cards the member may see; four queries."""
    name = "contact" if model is Contact else "company"
    rows = Merge.objects.filter(**{f"{name}__in": model.objects.reachable_by(member)})
    found = list(_loaded(rows).select_related(name, "by")[:SHOWN])
    ids = [getattr(merge, f"{name}_id") for merge in found]
    editable = model.objects.visible_to(member, Action.EDIT).filter(pk__in=ids)
    may_undo = set(editable.values_list("pk", flat=True))
    return [
        _shown(merge, getattr(merge, name), may_undo=getattr(merge, f"{name}_id") in may_undo)
        for merge in found
    ]


def _loaded(rows: Any) -> Any:
    return rows.select_related("by").prefetch_related("cards").order_by("-at", "-pk")


def _shown(merge: Merge, client: Contact | Company, *, may_undo: bool) -> ShownMerge:
    is_contact = isinstance(client, Contact)
    undo = reverse("contacts:merge_undo" if is_contact else "contacts:company_merge_undo", args=[merge.pk])
    return ShownMerge(
        id=merge.pk,
        title=str(client),
        url=reverse("contacts:detail" if is_contact else "contacts:company_detail", args=[client.pk]),
        names=", ".join(card.name for card in merge.cards.all()),
        who=merge.by.name if merge.by else "",
        at=merge.at,
        undone_at=merge.undone_at,
        undo_url=undo if may_undo and merge.undone_at is None else "",
    )
