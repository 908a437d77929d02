"""What every operation on a deal shares: the lock, the version, the timeline entry, the live event."""

from __future__ import annotations

import datetime as dt
import decimal
from collections.abc import Mapping
from typing import Any

from django.db import connection
from django.urls import reverse

from activities.services import log_activity, notify
from contacts.folding import fold_all
from core import live
from core.errors import Forbidden
from core.tenancy import current_tenant_id
from deals import rights
from deals.errors import DealChangedMeanwhile, DealGone, DealsOnlySeen, NotAllowed, OwnerDismissed, StageGone
from deals.models import Deal, DealLine, Stage, StageChange
from deals.products.errors import CurrencyHeldByLines
from tenants.access import Action
from tenants.custom_fields import setting
from tenants.models import CustomField, Membership

RELATED = ("pipeline", "stage", "owner")
# What update_deal and move_deal(values=…) may set; stage, state and rank go through move_deal alone.
EDITABLE = (
    "title",
    "amount",
    "currency",
    "contact",
    "company",
    "owner",
    "source",
    "campaign",
    "channel_kind",
    "quality",
    "note",
    "city",
    "object_of_interest",
    "tags",
    "expected_on",
)


_HOLD = "SELECT 1 FROM deals_stage WHERE tenant_id = %s AND id = %s FOR KEY SHARE"
_HOLD_ALONE = "SELECT 1 FROM deals_stage WHERE tenant_id = %s AND id = %s FOR NO KEY UPDATE"


def hold_stage(stage: Stage) -> None:
    """Keep a stage from being deleted until commit; raise StageGone when it has been. Other moves don't wait.

    The reference is checked at commit, so without this a move into a stage that vanishes would break there.
    Taken before any deal is locked, as delete_stage does. Where the card limit is strict, moves into the stage do
    wait for each other: two never take the last place.
    """
    with connection.cursor() as cursor:
        cursor.execute(_HOLD_ALONE if stage.is_limit_strict else _HOLD, [current_tenant_id(), stage.pk])
        if cursor.fetchone() is None:
            raise StageGone()


def lock_deal(
    *, deal: Deal, by: Membership | None, now: dt.datetime, version: int | None, action: str = Action.EDIT
) -> Deal:
    """Lock the deal and read it as it stands now.

    Raises DealGone, NotAllowed, and DealChangedMeanwhile when `version` is not the deal's any more.
    """
    # No join under the lock: after a wait PostgreSQL would look for the old stage and find no row at all.
    if not Deal.objects.present().select_for_update().filter(pk=deal.pk).values_list("pk", flat=True):
        raise DealGone()
    return read_deal(deal=deal, by=by, now=now, version=version, action=action)


def read_deal(
    *, deal: Deal, by: Membership | None, now: dt.datetime, version: int | None, action: str = Action.EDIT
) -> Deal:
    """Read a locked deal with its references; refuse as lock_deal does."""
    rows = Deal.objects.all() if by is None else Deal.objects.visible_to(by, action)
    current = rows.select_related(*RELATED).filter(pk=deal.pk).first()
    if current is None:
        raise _why_not(deal, by)
    if version is not None and current.version != version:
        raise changed_meanwhile(current, now=now)
    return current


def _why_not(deal: Deal, by: Membership | None) -> Forbidden:
    """Tell a deal that stands where the member only looks from one that is out of reach."""
    seen = Deal.objects.visible_to(by).select_related("stage").filter(pk=deal.pk).first() if by else None
    is_looked_at = seen is not None and not rights.may_change(by, seen.stage)
    return DealsOnlySeen(stage=seen.stage.name) if seen is not None and is_looked_at else NotAllowed()


def changed_meanwhile(deal: Deal, *, now: dt.datetime) -> DealChangedMeanwhile:
    """Build the refusal that says who was faster, when, and where the card is now."""
    last_move = StageChange.objects.filter(deal=deal).order_by("-at", "-id").first()
    name = deal.changed_by.name if deal.changed_by else ""
    was_moved = last_move is not None and bool(last_move.from_name) and last_move.at >= deal.changed_at
    stage = last_move.to_name if was_moved and last_move is not None else ""
    return DealChangedMeanwhile(who=name, at=deal.changed_at, now=now, stage=stage)


def check_owner(owner: Membership | None, *, by: Membership | None) -> None:
    """Raise OwnerDismissed unless the colleague who is given a deal works here, and keep it so until commit.

    A dismissal waits for those who give, and they for it: a handover finds everything. The system may give a deal to
    whom the client's history names.
    """
    if owner is None or by is None:
        return
    with connection.cursor() as cursor:
        cursor.execute(_WORKS_HERE, [current_tenant_id(), owner.pk])
        row = cursor.fetchone()
    if row is None or not row[0]:
        raise OwnerDismissed()


_WORKS_HERE = "SELECT is_active FROM tenants_membership WHERE tenant_id = %s AND id = %s FOR SHARE"


def set_values(deal: Deal, values: Mapping[str, Any]) -> list[dict[str, str]]:
    """Set the given fields and say what changed: [{"field", "from", "to"}, …] in words for the timeline.

    Custom fields go by their keys. An amount that is given is somebody's word from then on. Raises
    CurrencyHeldByLines, UnknownField, BadValue.
    """
    own, custom = setting.split(values)
    changes = []
    for name, value in own.items():
        if name not in EDITABLE:
            raise TypeError(f"{name} of a deal is not set this way.")
        before = getattr(deal, name)
        if before != value:
            if name == "currency" and not deal._state.adding and DealLine.objects.filter(deal=deal).exists():
                raise CurrencyHeldByLines
            if name == "amount":
                deal.is_amount_of_lines = False
            setattr(deal, name, value)
            changes.append({"field": name, "from": in_words(before), "to": in_words(value)})
    return changes + setting.set_custom(deal, CustomField.Entity.DEAL, custom)


def in_words(value: Any) -> str:
    """Write a value for the timeline, the same in every language."""
    if value is None:
        return ""
    if isinstance(value, decimal.Decimal):
        return f"{value:f}"
    return ", ".join(value) if isinstance(value, list) else str(value)


def touch(deal: Deal, *, by: Membership | None, now: dt.datetime) -> None:
    """Mark the deal as changed: the next version, by whom and when."""
    deal.version += 1
    deal.changed_at, deal.changed_by = now, by
    deal.search_text = search_text(deal)


def search_text(deal: Deal) -> str:
    """Build what the search looks in; the client's names are searched where they live, so none goes stale."""
    return fold_all(deal.title, f"#{deal.number}", deal.object_of_interest, deal.city)


def record(deal: Deal, *, by: Membership | None, now: dt.datetime, code: str, **data: Any) -> None:
    """Write one entry into the timeline of the deal, and so of its client."""
    log_activity(
        kind="change",
        occurred_at=now,
        author=by,
        deal=deal,
        data={"code": code, "deal": deal.title} | data,
    )


def record_handover(
    deal: Deal,
    before: Membership | None,
    edits: list[dict[str, str]],
    *,
    by: Membership | None,
    now: dt.datetime,
) -> list[dict[str, str]]:
    """Record another responsible than before in an entry of its own; return the other edits."""
    if deal.owner != before:
        words = {"from": in_words(before), "to": in_words(deal.owner)}
        record(deal, by=by, now=now, code="owner_changed", **words)
    return [edit for edit in edits if edit["field"] != "owner"]


def tell_owner(deal: Deal, *, by: Membership | None, now: dt.datetime) -> None:
    """Notify the responsible of a deal somebody else gave them."""
    if deal.owner is None or deal.owner == by:
        return
    url = reverse("deals:detail", args=[deal.pk])
    params = {"deal": deal.title, "number": deal.number, "by": in_words(by)}
    notify(members=[deal.owner], code="deal_assigned", params=params, url=url, now=now)


def tell(deal: Deal, *, came_from: object = None) -> None:
    """Tell open pages after commit which card changed, and between which columns it moved."""
    payload = {"id": str(deal.pk), "stage": str(deal.stage_id), "version": deal.version}
    if came_from is not None:
        payload["from"] = str(came_from)
    live.publish(tenant_id=current_tenant_id(), topic="deal.changed", payload=payload)
