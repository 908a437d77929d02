"""The order of cards in a column: a fractional rank, smallest on top, so that a move updates one row."""

from __future__ import annotations

from django.db import connection
from django.db.models import Max, Min

from core.tenancy import current_tenant_id
from deals.models import Deal, Stage

STEP = 1024.0
# Halving a gap of 1024 takes some 30 drops between the same two cards to get here; a double still
# tells such neighbours apart while ranks stay below 10 million.
SMALLEST_GAP = 1e-6

# Columns are locked in the order of ids, as bulk moves lock their deals: two rebalancings never wait for each other.
_LOCK = "SELECT id FROM deals_deal WHERE tenant_id = %s AND stage_id = %s ORDER BY id FOR UPDATE"
_RENUMBER = """
UPDATE deals_deal d SET rank = n.position * %s
FROM (SELECT id, row_number() OVER (ORDER BY rank, id) AS position
      FROM deals_deal WHERE tenant_id = %s AND stage_id = %s) n
WHERE d.tenant_id = %s AND d.id = n.id
"""


def on_top(stage: Stage) -> float:
    """Return the rank above every card of the stage."""
    least: float | None = Deal.objects.filter(stage=stage, deleted_at=None).aggregate(least=Min("rank"))[
        "least"
    ]
    return STEP if least is None else least - STEP


def between(stage: Stage, *, above: Deal | None, below: Deal | None, moved: Deal | None = None) -> float:
    """Return the rank under the card `above` and over the card `below`.

    Either may be None, and cards hidden by a filter may lie between them. Renumbers the column when
    the gap has become too small. Call it before locking the moved deal: renumbering locks the column.
    """
    if above is None and below is None:
        return on_top(stage)
    low, high = _bounds(stage, above, below, moved)
    if low is not None and high is not None and high - low < SMALLEST_GAP:
        rebalance(stage)
        for card in (above, below):
            if card is not None:
                card.refresh_from_db(fields=["rank"])
        low, high = _bounds(stage, above, below, moved)
    if low is None:
        return (high or 0.0) - STEP
    return low + STEP if high is None else (low + high) / 2


def rebalance(stage: Stage) -> None:
    """Give the stage's cards equal distances again, in the order they have."""
    tenant_id = current_tenant_id()
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [tenant_id, stage.pk])
        cursor.execute(_RENUMBER, [STEP, tenant_id, stage.pk, tenant_id])


def _bounds(
    stage: Stage, above: Deal | None, below: Deal | None, moved: Deal | None
) -> tuple[float | None, float | None]:
    """Find the ranks on both sides of the new place; None at an end of the column."""
    others = Deal.objects.filter(stage=stage, deleted_at=None)
    if moved is not None:
        others = others.exclude(pk=moved.pk)
    if above is not None and above.stage_id == stage.pk:
        if below is not None and below.stage_id == stage.pk and below.rank >= above.rank:
            return above.rank, below.rank
        return above.rank, others.filter(rank__gt=above.rank).aggregate(r=Min("rank"))["r"]
    if below is not None and below.stage_id == stage.pk:
        return others.filter(rank__lt=below.rank).aggregate(r=Max("rank"))["r"], below.rank
    least = others.aggregate(r=Min("rank"))["r"]
    return None, STEP * 2 if least is None else least
