"""Advertising costs and their campaigns, for programs."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any

from django.db.models import Max, Min, OuterRef, Q, QuerySet, Subquery
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_noop
from ninja import Query, Router, Status
from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from contacts.api.scopes import COSTS_READ, COSTS_WRITE
from contacts.models import CampaignSource, CostOrigin, Source, SourceCost
from contacts.sources import errors, sent_costs, services
from contacts.sources.cuts import detail_of, parts_of
from contacts.sources.rules import amount_of
from core.errors import Refusal, RowsRefused
from core.listing.keyset import Sort
from tenants.api import paging
from tenants.api.endpoints import endpoint
from tenants.api.fields import Body, Day, Filters, Limit, Text
from tenants.requests import MemberRequest

MOST_ROWS = 500
router = Router(tags=["Costs"])

ExternalId = Annotated[Text, Field(min_length=1, max_length=100)]
Amount = Annotated[Text, Field(max_length=24, examples=["1250.00"])]
Currency = Annotated[Text, Field(max_length=3), AfterValidator(str.upper)]
Campaign = Annotated[Text, Field(max_length=200)]
Word = Annotated[Text, StringConstraints(min_length=1, max_length=100)]
Breakdown = Annotated[dict[Word, Word], Field(max_length=5, examples=[{"group": "Brand", "device": "phone"}])]


# --- What is sent and told ---------------------------------------------------------------------------
class CostIn(Body):
    """Money spent over some days, both included; reports spread it evenly over them."""

    external_id: ExternalId = Field(
        description=gettext_noop("Your own name for this cost: sent again, it replaces the cost.")
    )
    starts_on: Day
    ends_on: Day | None = Field(None, description=gettext_noop("The day of starts_on when left out."))
    amount: Amount = Field(description=gettext_noop("A text, so that no kopeck is lost in a fraction."))
    currency: Currency | None = Field(None, description=gettext_noop("The company's own when left out."))
    campaign: Campaign = ""
    breakdown: Breakdown = Field(
        {}, description=gettext_noop("What tells rows of one campaign and day apart.")
    )
    source_id: uuid.UUID | None = Field(
        None, description=gettext_noop("Left out: as was said of the campaign, else the source of its name.")
    )


class CostsIn(Body):
    """Costs to write down: all of them or none."""

    costs: list[CostIn] = Field(min_length=1, max_length=MOST_ROWS)


class CostChange(Body):
    """What to change of a cost; what is left out stays."""

    starts_on: Day | None = None
    ends_on: Day | None = None
    amount: Amount | None = None
    currency: Currency | None = None
    campaign: Campaign | None = None
    breakdown: Breakdown | None = None
    source_id: uuid.UUID | None = None


class CostOut(BaseModel):
    """A cost as it is."""

    id: uuid.UUID
    external_id: str
    starts_on: dt.date
    ends_on: dt.date
    amount: str
    currency: str
    campaign: str
    breakdown: dict[str, str]
    source_id: uuid.UUID | None
    origin: CostOrigin = Field(description=gettext_noop("Typed in by hand, of a file, or sent by a program."))


class CostPage(BaseModel):
    items: list[CostOut]
    next: str | None = Field(description=gettext_noop("Give it as `after` to go on; null at the end."))


class CostsPut(BaseModel):
    """What became of the costs that were sent; `items` in their order."""

    created: int
    changed: int
    unchanged: int
    items: list[CostOut]


class CostFilters(Filters):
    first: Day | None = Field(None, description=gettext_noop("Costs with a day from here on."))
    last: Day | None = Field(None, description=gettext_noop("Costs with a day up to here."))
    source_id: uuid.UUID | None = None
    campaign: Text | None = Field(None, max_length=200)
    external_id: Text | None = Field(None, max_length=100)
    origin: CostOrigin | None = None
    after: str = Field("", max_length=200)
    limit: Limit = paging.USUAL


class CampaignOut(BaseModel):
    """A campaign some costs name."""

    campaign: str
    origin: CostOrigin
    source_id: uuid.UUID | None = Field(
        description=gettext_noop("The source its costs are given, where somebody said so.")
    )
    first_on: dt.date
    last_on: dt.date


class CampaignIn(Body):
    """Which source the costs of a campaign belong to, those that are there and those that come."""

    campaign: Campaign
    origin: CostOrigin = CostOrigin.API
    source_id: uuid.UUID | None = None


class CampaignPut(BaseModel):
    changed: int = Field(description=gettext_noop("How many costs have another source now."))


class CampaignPage(BaseModel):
    items: list[CampaignOut]
    next: str | None = Field(description=gettext_noop("Give it as `after` to go on; null at the end."))


class CampaignFilters(Filters):
    after: Text = Field("", max_length=300)
    limit: Limit = paging.USUAL


# --- Costs -------------------------------------------------------------------------------------------
@endpoint(router, "GET", "/costs", scope=COSTS_READ, url_name="costs", returns=CostPage,
          summary=gettext_noop("List costs, the newest first"),
          about=gettext_noop("Filters narrow together. Costs that come while you read pages shift nothing."))  # fmt: skip
def list_costs(request: MemberRequest, filters: Query[CostFilters]) -> dict[str, Any]:
    """List costs with a day in a period, of a source, a campaign or a way they came."""
    found = paging.page(
        _filtered(filters), Sort("starts", "starts_on", True), after=filters.after, limit=filters.limit
    )
    return found | {"items": [_told(cost) for cost in found["items"]]}


@endpoint(router, "POST", "/costs", scope=COSTS_WRITE, url_name="costs", returns=CostsPut,
          summary=gettext_noop("Write costs down, or replace those sent before"),
          about=gettext_noop(
              "All rows or none: of a wrong row the answer tells the number, and nothing is written. "
              "The same rows may be sent any number of times. A day of a campaign is told in one "
              "breakdown only, for two would double the money."
          ))  # fmt: skip
def put_costs(request: MemberRequest, body: CostsIn) -> dict[str, Any]:
    """Write all of the costs down or none; raises RowsRefused."""
    put = sent_costs.put_costs(rows=_rows(body.costs, request), by=request.member)
    told = [_told(cost) for cost in put.costs]
    return {"created": put.created, "changed": put.changed, "unchanged": put.unchanged, "items": told}


@endpoint(router, "GET", "/costs/{uuid:cost_id}", scope=COSTS_READ, url_name="cost", returns=CostOut,
          summary=gettext_noop("Read a cost"))  # fmt: skip
def read_cost(request: MemberRequest, cost_id: uuid.UUID) -> dict[str, Any]:
    """Tell one cost."""
    return _told(get_object_or_404(SourceCost, pk=cost_id))


@endpoint(router, "PATCH", "/costs/{uuid:cost_id}", scope=COSTS_WRITE, url_name="cost", returns=CostOut,
          summary=gettext_noop("Change a cost"),
          about=gettext_noop(
              "What is left out stays. A cost that came with a file is refused: load a newer file, or "
              "undo that import."
          ))  # fmt: skip
def change_cost(request: MemberRequest, cost_id: uuid.UUID, body: CostChange) -> dict[str, Any]:
    """Change what is given of a cost."""
    cost = get_object_or_404(SourceCost, pk=cost_id)
    changed = sent_costs.change_cost(cost=cost, by=request.member, **_changes(body))
    return _told(changed)


@endpoint(router, "DELETE", "/costs/{uuid:cost_id}", scope=COSTS_WRITE, url_name="cost", returns=None, status=204,
          summary=gettext_noop("Delete a cost"))  # fmt: skip
def delete_cost(request: MemberRequest, cost_id: uuid.UUID) -> Status[None]:
    """Take a cost back."""
    services.delete_cost(cost=get_object_or_404(SourceCost, pk=cost_id), by=request.member)
    return Status(204, None)


# --- Campaigns ---------------------------------------------------------------------------------------
@endpoint(router, "GET", "/campaigns", scope=COSTS_READ, url_name="campaigns", returns=CampaignPage,
          summary=gettext_noop("List the campaigns of costs"),
          about=gettext_noop("By name, each once for every way its costs came. Costs typed in by hand have none."))  # fmt: skip
def list_campaigns(request: MemberRequest, filters: Query[CampaignFilters]) -> dict[str, Any]:
    """Group what came with files and programs by campaign."""
    said = CampaignSource.objects.filter(origin=OuterRef("origin"), campaign=OuterRef("campaign"))
    costs = SourceCost.objects.exclude(origin=CostOrigin.HAND)
    if filters.after:
        origin, _colon, campaign = filters.after.partition(":")
        costs = costs.filter(Q(campaign__gt=campaign) | Q(campaign=campaign, origin__gt=origin))
    rows = costs.order_by("campaign", "origin").values("campaign", "origin").annotate(
        first_on=Min("starts_on"), last_on=Max("ends_on"), said=Subquery(said.values("source_id")[:1])
    )  # fmt: skip
    found = [row | {"source_id": row["said"]} for row in rows[: filters.limit + 1]]
    last = found[filters.limit - 1] if len(found) > filters.limit else None
    return {"items": found[: filters.limit], "next": f"{last['origin']}:{last['campaign']}" if last else None}


@endpoint(router, "PUT", "/campaigns", scope=COSTS_WRITE, url_name="campaigns", returns=CampaignPut,
          summary=gettext_noop("Say which source a campaign belongs to"),
          about=gettext_noop("It is kept for costs that come later. Without a source_id the campaign has none."))  # fmt: skip
def set_campaign_source(request: MemberRequest, body: CampaignIn) -> dict[str, int]:
    """Give a campaign's costs a source, or take it away."""
    if body.origin == CostOrigin.HAND:
        raise Http404
    source = _source(body.source_id) if body.source_id else None
    changed = services.set_campaign_source(
        origin=body.origin, campaign=body.campaign, source=source, by=request.member
    )
    return {"changed": changed}


# --- Parts -------------------------------------------------------------------------------------------
def _filtered(filters: CostFilters) -> QuerySet[SourceCost]:
    costs = SourceCost.objects.all()
    if filters.first:
        costs = costs.filter(ends_on__gte=filters.first)
    if filters.last:
        costs = costs.filter(starts_on__lte=filters.last)
    same = filters.model_dump(include={"source_id", "campaign", "external_id", "origin"}, exclude_none=True)
    return costs.filter(**same)


def _told(cost: SourceCost) -> dict[str, Any]:
    same = ("id", "external_id", "starts_on", "ends_on", "currency", "campaign", "source_id", "origin")
    told = {name: getattr(cost, name) for name in same}
    return told | {"amount": f"{cost.amount:.2f}", "breakdown": parts_of(cost.detail)}


def _rows(costs: Sequence[CostIn], request: MemberRequest) -> list[sent_costs.SentCost]:
    """Read what was sent; raises RowsRefused for amounts that are none and sources that aren't there."""
    named = Source.objects.in_bulk({cost.source_id for cost in costs if cost.source_id})
    guessed = sent_costs.sources_of_campaigns({cost.campaign for cost in costs if not cost.source_id})
    own = request.tenant.currency
    rows: list[sent_costs.SentCost] = []
    refused: list[tuple[int, Refusal]] = []
    for number, cost in enumerate(costs, start=1):
        try:
            amount = amount_of(cost.amount)
            source = named[cost.source_id] if cost.source_id else guessed.get(cost.campaign)
        except errors.CostRefused as refusal:
            refused.append((number, refusal))
        except KeyError:
            refused.append((number, errors.UnknownSource()))
        else:
            rows.append(_row(cost, amount, source, own))
    if refused:
        raise RowsRefused(refused)
    return rows


def _row(cost: CostIn, amount: Decimal, source: Source | None, own_currency: str) -> sent_costs.SentCost:
    return sent_costs.SentCost(
        external_id=cost.external_id,
        starts_on=cost.starts_on,
        ends_on=cost.ends_on or cost.starts_on,
        amount=amount,
        currency=cost.currency or own_currency,
        source=source,
        campaign=cost.campaign,
        detail=detail_of(cost.breakdown.items()),
    )


def _changes(body: CostChange) -> dict[str, Any]:
    """Read what is to be changed; null takes a source away, and is as good as left out for the rest."""
    changes = body.model_dump(exclude_none=True, exclude={"breakdown", "source_id", "amount"})
    if body.amount is not None:
        changes["amount"] = amount_of(body.amount)
    if body.breakdown is not None:
        changes["detail"] = detail_of(body.breakdown.items())
    if "source_id" in body.model_fields_set:
        changes["source"] = _source(body.source_id) if body.source_id else None
    return changes


def _source(pk: uuid.UUID) -> Source:
    found = Source.objects.filter(pk=pk).first()
    if found is None:
        raise errors.UnknownSource
    return found
