"""What cells say against what the rows say: the same, read the two ways."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.http import QueryDict

from core.listing import listing_for
from deals.models import Deal, Pipeline
from reports import periods
from reports.models import (
    Cell,
    LeadAnswer,
    LeadAnswerHour,
    LeadAnswerPeople,
    LeadChannel,
    LeadHands,
    LeadHour,
    LeadOrigin,
    LeadPeople,
    LeadRegion,
    LeadRegionPeople,
    LeadSource,
)
from reports.queries import leads as lead_queries
from reports.queries import structure
from reports.rollups.cubes import AMOUNT, COUNT
from reports.rollups.reading import Figured, figured_deals, figured_leads, figured_stays
from tenants.models import Membership

ANSWERED = ("answer", "is_missed", "is_unprocessed", "step")
LEAD_CELLS: tuple[tuple[type[Cell], str, tuple[str, ...]], ...] = (
    (LeadChannel, "", ("channel_kind", "channel", "state")),
    (LeadChannel, "", ("state", "rejection_reason", "channel_kind")),
    (LeadChannel, "quality=targeted&quality=repeat&state=rejected&no_reason=on", ("channel",)),
    (LeadSource, "", ("source", "quality")),
    (LeadSource, "state=converted&no_campaign=on", ("source", "campaign")),
    (LeadHands, "", ("taken_by", "quality")),
    (LeadHands, "no_manager=on", ("taken_by", "state")),
    (LeadOrigin, "channel_kind=call", ("source", "quality")),
    (LeadOrigin, "", ("source", "channel_kind")),
    (LeadPeople, "whose=owner", ("owner", "state")),
    (LeadPeople, "channel_kind=call&channel_kind=email", ("taken_by", "state")),
    (LeadAnswer, "", ("channel_kind", *ANSWERED)),
    (LeadAnswerHour, "answer=late&answer=none", ("hour", *ANSWERED)),
    (LeadAnswerPeople, "", ("taken_by", *ANSWERED)),
    (LeadHour, "", ("weekday", "hour", "channel_kind")),
    (LeadHour, "hour=9&hour=20&weekday=1&weekday=6", ("weekday", "hour", "channel_kind")),
    (LeadRegion, "", ("region", "state")),
    (LeadRegion, "region=КАЗАНЬ", ("region", "state")),
    (LeadRegionPeople, "no_manager=on", ("region", "state")),
)


def assert_leads_agree(member: Membership, model: type[Cell], query: str, columns: tuple[str, ...]) -> None:
    """Check leads read by way of these cells against the rows alone."""
    params = QueryDict(query)
    filters = listing_for("leads:list").filtered(member, params)
    leads = figured_leads(filters, member, periods.of(params), columns)
    assert leads.cube is not None and leads.cube.model is model, (query, columns)
    of_rows = dataclasses.replace(leads, cube=None, divided={})
    assert leads.by(*columns) == of_rows.by(*columns), (query, columns)


def assert_outcomes_agree(member: Membership, query: str) -> None:
    """Check what converted leads became by way of cells against the rows alone."""
    params = QueryDict(query)
    filters = listing_for("leads:list").filtered(member, params)
    leads = figured_leads(filters, member, periods.of(params), lead_queries.OUTCOME)
    assert leads.cube is not None
    of_rows = dataclasses.replace(leads, cube=None, divided={})
    deals = Deal.objects.present()
    assert lead_queries.became(leads, deals) == lead_queries.became(of_rows, deals), query


def assert_places_agree(member: Membership, day: dt.date) -> None:
    """Check what lay in the stages at the end of a day by way of cells against the deals one by one."""
    filters = listing_for("deals:list").filtered(member, QueryDict())
    for pipeline in Pipeline.objects.prefetch_related("stages"):
        with_cells = structure.build(filters, member, pipeline, on=day)
        with monkeypatched(Figured, "has_cells", property(lambda _self: False)):
            of_deals = structure.build(filters, member, pipeline, on=day)
        assert with_cells == of_deals, day


@contextlib.contextmanager
def monkeypatched(of: type, name: str, value: Any) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(of, name, value)
        yield


def assert_deals_agree(member: Membership, query: str, columns: tuple[str, ...]) -> None:
    """Check deals, and their stays in stages, read by way of cells against the rows alone."""
    params = QueryDict(query)
    filters, period = listing_for("deals:list").filtered(member, params), periods.of(params)
    for figured in (figured_deals(filters, member, period, columns), figured_stays(filters, member, period)):
        of_rows = dataclasses.replace(figured, cube=None, divided={})
        asked = columns if "length" not in figured.cube.dimensions else ("stage", "length")
        wanted = {"count": COUNT} if asked != columns else {"count": COUNT, "amount": AMOUNT}
        assert figured.by(*asked, measures=wanted) == of_rows.by(*asked, measures=wanted), (query, asked)
