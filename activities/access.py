"""Whose timeline a member may read: the rights are those of the card it belongs to.

Deals and leads belong to apps above; their querysets are asked by name.
"""

from __future__ import annotations

import dataclasses
import uuid
from typing import Any

from django.http import Http404, QueryDict

from activities.addresses import page_of_card
from activities.models import TARGETS, Activity
from tenants.access import Action, Section, may
from tenants.models import Membership


@dataclasses.dataclass(frozen=True, slots=True)
class Target:
    """The card a timeline belongs to: a lead, deal, contact or company."""

    name: str
    instance: Any

    @property
    def query(self) -> str:
        """Name the card in a URL: "deal=0192…"."""
        return f"{self.name}={self.instance.pk}"

    @property
    def url(self) -> str:
        """The card's page."""
        return page_of_card(self.name, self.instance.pk)

    def may_edit(self, member: Membership) -> bool:
        """Say whether the member may do more than look at the card."""
        rows: Any = type(self.instance).objects
        return bool(rows.visible_to(member, Action.EDIT).filter(pk=self.instance.pk).exists())

    @property
    def as_keywords(self) -> dict[str, Any]:
        return {self.name: self.instance}


def find_target(params: QueryDict, member: Membership) -> Target | None:
    """Load the card named by ?lead=, ?deal=, ?contact= or ?company=; None where none is named.

    Raises Http404 for a card that is missing, another tenant's or not the member's to see.
    """
    for name in ("lead", "deal", "contact", "company"):
        if raw := params.get(name):
            return Target(name, load_card(name, raw, member))
    return None


def target_of(params: QueryDict, member: Membership) -> Target:
    """Load the card named in a URL; raises Http404 where none is."""
    target = find_target(params, member)
    if target is None:
        raise Http404
    return target


def load_card(name: str, raw: str, member: Membership) -> Any:
    """Load one card the member may see; raises Http404."""
    try:
        pk = uuid.UUID(raw)
    except ValueError:
        raise Http404 from None
    card = visible_cards(name, member).filter(pk=pk).first()
    if card is None:
        raise Http404
    return card


def visible_cards(name: str, member: Membership, action: str = Action.VIEW) -> Any:
    """Return the cards of one kind the member may see, or do `action` to."""
    model: Any = Activity._meta.get_field(name).related_model
    return model.objects.visible_to(member, action)


def activity_is_visible(member: Membership, activity: Activity) -> bool:
    """Say whether the member may read an entry: it is theirs, they take part, or it is on a card they may see."""
    if activity.author_id == member.pk or activity.owner_id == member.pk:
        return True
    if activity.participants.filter(member=member).exists():
        return True
    for name in TARGETS:
        pk = getattr(activity, f"{name}_id")
        if pk is not None and visible_cards(name, member).filter(pk=pk).exists():
            return True
    return (
        may(member, Section.ACTIVITIES)
        and Activity.objects.visible_to(member).filter(pk=activity.pk).exists()
    )


def readable_activity(member: Membership, pk: uuid.UUID) -> Activity:
    """Load an entry the member may read, by itself or by its card; raises Http404."""
    rows = Activity.objects.select_related("owner", "author", "contact", "company", "deal", "lead")
    activity = rows.filter(pk=pk).first()
    if activity is None or not activity_is_visible(member, activity):
        raise Http404
    found: Activity = activity
    return found


def may_take(member: Membership, activity: Activity) -> bool:
    """Say whether the member may take a planned activity over: it, or its card, is theirs to change."""
    if activity.is_done or activity.owner_id == member.pk:
        return False
    if not may(member, Section.ACTIVITIES, Action.EDIT):
        return False
    if Activity.objects.visible_to(member, Action.EDIT).filter(pk=activity.pk).exists():
        return True
    for name in TARGETS:
        pk = getattr(activity, f"{name}_id")
        if pk is not None and visible_cards(name, member, Action.EDIT).filter(pk=pk).exists():
            return True
    return False


def may_write(member: Membership) -> bool:
    """Say whether the member may add notes and tasks."""
    return may(member, Section.ACTIVITIES, Action.ADD)
