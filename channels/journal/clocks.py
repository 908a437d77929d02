"""Moments that providers tell: a clock that is ahead must not make anybody wait until it is reached."""

from __future__ import annotations

import dataclasses
import datetime as dt

from leads.inquiry import CallUpdate, Inquiry, Item

AHEAD = dt.timedelta(minutes=1)  # less than that is how clocks are, and tells in which order things happened


def believed(item: Item, *, received_at: dt.datetime) -> Item:
    """Take what is said to happen after it reached us for what happened then; the journal keeps what was said.

    A message comes with its arrival, an event of a call is moved as a whole, so that lengths stay. Edits and
    receipts are told apart by the provider's clock alone, and keep it.
    """
    if not isinstance(item, Inquiry | CallUpdate):
        return item
    ahead = item.occurred_at - received_at
    if ahead <= AHEAD:
        return item
    if isinstance(item, Inquiry):
        return dataclasses.replace(item, occurred_at=received_at)
    moments = ("occurred_at", "started_at", "answered_at", "ended_at")
    moved = {name: told - ahead for name in moments if (told := getattr(item, name)) is not None}
    return dataclasses.replace(item, **moved)
