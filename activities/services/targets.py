"""What an activity is about. Deals and leads belong to apps above, so they are known by columns only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db.models import Q

from activities.models import TARGETS, Activity
from core import live
from core.tenancy import current_tenant_id
from tenants.models import Membership


def about(*, contact: Any = None, company: Any = None, deal: Any = None, lead: Any = None) -> dict[str, Any]:
    """Return the references of a new entry: what a deal or lead is tied to gets the entry as well."""
    ids: dict[str, Any] = {
        f"{name}_id": getattr(value, "pk", None)
        for name, value in (("contact", contact), ("company", company), ("deal", deal), ("lead", lead))
    }
    for holder in (lead, deal):
        for column in ("contact_id", "company_id", "deal_id"):
            if ids[column] is None:
                ids[column] = getattr(holder, column, None)
    return ids


def tell(activity: Activity) -> None:
    """Tell open pages after commit whose timeline changed."""
    payload = {name: str(pk) for name in TARGETS if (pk := getattr(activity, f"{name}_id"))}
    live.publish(
        tenant_id=current_tenant_id(), topic="activity.changed", payload={"id": str(activity.pk)} | payload
    )


def plans_changed(activity: Activity, *owners: Membership | None, is_new: bool = False) -> None:
    """Keep the next steps of deal and lead true, and tell timelines and the counters of owners and participants.

    `is_new`: nobody can have been asked to take part yet.
    """
    refresh_next_step(activity)
    tell(activity)
    members = {owner.pk for owner in (activity.owner, *owners) if owner is not None}
    if not is_new:
        members.update(activity.participants.exclude(member=None).values_list("member_id", flat=True))
    payload = {"id": str(activity.pk)}
    live.publish(tenant_id=current_tenant_id(), topic="activity.due", payload=payload, member_ids=members)


def bump_last_activity(activity: Activity, at: dt.datetime, *, known: Iterable[Any] = ()) -> None:
    """Tell everything the entry is about when something last happened with it; never backwards.

    `known` are rows in memory: nothing is written to one that says already that something happened since.
    """
    told = {row.pk for row in known if (last := getattr(row, "last_activity_at", None)) and last >= at}
    for name in TARGETS:
        pk = getattr(activity, f"{name}_id")
        if pk is not None and pk not in told:
            rows: Any = Activity._meta.get_field(name).related_model.objects.filter(pk=pk)  # type: ignore[union-attr]
            rows.filter(Q(last_activity_at=None) | Q(last_activity_at__lt=at)).update(last_activity_at=at)


def refresh_next_step(activity: Activity) -> None:
    """Keep next_activity_* of the deal and lead true after a planned activity changed."""
    for name in ("deal", "lead"):
        pk = getattr(activity, f"{name}_id")
        if pk is not None:
            refresh_next_step_of(name, pk)


def refresh_next_step_of(name: str, pk: Any) -> None:
    """Keep next_activity_* of one deal or lead true; `name` says which of the two."""
    nearest = (
        Activity.objects.planned()
        .filter(**{f"{name}_id": pk}, due_at__isnull=False)
        .order_by("due_at", "id")
        .only("due_at", "subject", "kind", "tenant_id")
        .first()
    )
    rows: Any = Activity._meta.get_field(name).related_model.objects.filter(pk=pk)  # type: ignore[union-attr]
    rows.update(
        next_activity_at=nearest.due_at if nearest else None,
        next_activity_title=nearest.subject if nearest else "",
        next_activity_kind=nearest.kind if nearest else "",
    )
