"""Bulk costs of sources, as advertising platforms tell them: day by day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

from contacts.models import SourceCost
from core.ids import uuid7
from demo.bulk.world import Row, Size, World


def costs(world: World, size: Size) -> Iterator[Row]:
    """Make what every advertising source cost on each day of the past."""
    paid = [source for source in world.sources if source.is_advertising]
    for ago in range(size.days, 0, -1):
        day = (world.now - dt.timedelta(days=ago)).date()
        for source in paid:
            yield (
                SourceCost,
                {
                    "id": uuid7(),
                    "source_id": source.pk,
                    "starts_on": day,
                    "ends_on": day,
                    "amount": Decimal(world.rng.randrange(200, 20_000)),
                    "currency": world.tenant.currency,
                },
            )
