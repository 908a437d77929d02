"""The board: the page, more cards of a column, and what changed since."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from core.listing.filters import active_chips
from deals import rights
from deals.board import BoardReader
from deals.filters import DealFilterSet
from deals.grouped_board import GroupedReader
from deals.grouping import Grouping, board_groupings
from deals.models import Deal, Pipeline, Stage
from deals.views.common import member_of, pipelines_in_use
from tenants.access import Action, Section, may, require

PIPELINE_COOKIE = "pipeline"
# Filters the board obeys when they are in its address, but doesn't ask for: its columns are stages already
NOT_ASKED = ("pipeline", "stage", "state", "reason", "reached", "left_from")
# Of the board's address, not its filters
STATE = ("filters", "ids", "stage_id", "after")


class BoardRequest:
    """One request for (a part of) the board: the pipeline, the filters, the reader."""

    def __init__(self, request: HttpRequest, params: QueryDict) -> None:
        self.request, self.member = request, member_of(request)
        self.params = params.copy()
        for name in STATE:
            self.params.pop(name, None)
        self.pipelines = pipelines_in_use(self.member)
        self.pipeline = self._chosen()
        self.filterset = DealFilterSet(self.narrowing, queryset=Deal.objects.visible_to(self.member))

    def _chosen(self) -> Pipeline | None:
        """The pipeline of the URL, else the one looked at last, else the first."""
        by_id = {str(pipeline.pk): pipeline for pipeline in self.pipelines}
        asked = self.params.get("pipeline")
        if asked:
            if asked not in by_id:
                raise Http404
            return by_id[asked]
        return by_id.get(self.request.COOKIES.get(PIPELINE_COOKIE, "")) or next(iter(self.pipelines), None)

    @property
    def narrowing(self) -> QueryDict:
        """The filters without the pipeline: the columns are its stages already."""
        kept = self.params.copy()
        kept.pop("pipeline", None)
        return kept

    @property
    def grouping(self) -> Grouping | None:
        """By what the columns are made, where they are no stages."""
        return board_groupings().get(self.params.get("by", ""))

    def reader(self) -> BoardReader:
        if self.pipeline is None:
            raise Http404
        options: dict[str, Any] = {
            "pipeline": self.pipeline,
            "deals": self.filterset.qs,
            "member": self.member,
            "now": timezone.now(),
            "link": self.url,
            "chosen_steps": self.params.getlist("next"),
            "query": "?" + urlencode({"from": f"board?{self.state}"}),
            "may_edit": may(self.member, Section.DEALS, Action.EDIT),
        }
        grouping = self.grouping
        return BoardReader(**options) if grouping is None else GroupedReader(grouping=grouping, **options)

    def groupings(self) -> list[tuple[str | Promise, str, bool]]:
        """List what the columns can be: label, address, whether they are."""
        chosen = self.grouping.name if self.grouping is not None else ""
        offered = [("", _("Stages")), *((one.name, one.label) for one in board_groupings().values())]
        return [(label, self.url(by=name or None), name == chosen) for name, label in offered]

    @property
    def state(self) -> str:
        """The board as it is filtered, always with its pipeline: what cards and fragments carry on."""
        params = self.params.copy()
        if self.pipeline is not None:
            params["pipeline"] = str(self.pipeline.pk)
        return params.urlencode()

    def url(self, **changes: str | Sequence[str] | None) -> str:
        """Build the board's address with some filters changed; None removes one."""
        params = QueryDict(self.state).copy()
        for name, value in changes.items():
            params.pop(name, None)
            if isinstance(value, str):
                params[name] = value
            elif value is not None:
                params.setlist(name, list(value))
        return f"{reverse('deals:board')}?{params.urlencode()}"

    def context(self) -> dict[str, Any]:
        """What every fragment of the board prints."""
        return {
            "may_add": may(self.member, Section.DEALS, Action.ADD),
            "may_edit": may(self.member, Section.DEALS, Action.EDIT),
            "may_set_up": may(self.member, Section.SETTINGS, Action.EDIT),
            "may_see_rates": may(self.member, Section.SETTINGS),
            "grouping": self.grouping,
        }


@require_GET
@require(Section.DEALS)
def board(request: HttpRequest) -> HttpResponse:
    """Show the board of a pipeline; its whole state is in the URL."""
    asked = BoardRequest(request, request.GET)
    if asked.pipeline is None:
        return render(request, "deals/board_empty.html", asked.context())
    if request.headers.get("HX-Target") == "filter-form":
        return render(request, "deals/filter_form.html", _filter_context(asked))
    reader = asked.reader()
    chips = active_chips(asked.filterset, asked.narrowing, asked.url)
    has_filter_form = "filters" in request.GET
    context = (
        asked.context()
        | (_filter_context(asked) if has_filter_form else {})
        | _closing(reader)
        | _texts()
        | {
            "board": reader.read(),
            "groupings": asked.groupings(),
            "hidden_groups": reader.hidden_count,
            "pipeline": asked.pipeline,
            "pipelines": [(p, f"{reverse('deals:board')}?pipeline={p.pk}") for p in asked.pipelines],
            "chips": chips,
            "clear_url": f"{reverse('deals:board')}?pipeline={asked.pipeline.pk}",
            "state": asked.state,
            "list_url": f"{reverse('deals:list')}?{asked.state}",
            "filter_url": asked.url(filters="1"),
            "has_filter_form": has_filter_form,
            "any_id": uuid.UUID(int=0),
        }
    )
    response = render(request, "deals/board.html", context)
    response.set_cookie(
        PIPELINE_COOKIE, str(asked.pipeline.pk), max_age=31536000, samesite="Lax", httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
    )  # fmt: skip
    return response


@require_GET
@require(Section.DEALS)
def changes(request: HttpRequest) -> HttpResponse:
    """Answer the heads of all columns, and the cards of ?ids= as the filtered board shows them now."""
    asked = BoardRequest(request, request.GET)
    reader = asked.reader()
    ids = [pk for text in request.GET.get("ids", "").split(",")[:100] if (pk := _uuid(text))]
    cards = reader.cards(ids) if ids else []
    totals = reader.totals()
    context = asked.context() | {
        "heads": reader.heads(totals),
        "summary": reader.summary(totals),
        "cards": cards,
        "gone": {str(pk) for pk in ids} - {card["id"] for card in cards},
    }
    return render(request, "deals/changes.html", context)


@require_GET
@require(Section.DEALS)
def column(request: HttpRequest) -> HttpResponse:
    """Answer the next cards of one column."""
    asked = BoardRequest(request, request.GET)
    reader = asked.reader()
    lane = reader.lane(request.GET.get("stage_id", ""))
    if lane is None:
        raise Http404
    cards, after = reader.more(lane, request.GET.get("after", ""))
    context = asked.context() | {
        "cards": cards,
        "after": after,
        "more_count": reader.count_beyond(lane, after),
        "stage_id": lane.key,
        "list_query": lane.query,
        "state": asked.state,
    }
    return render(request, "deals/board.html#column_cards", context)


def _filter_context(asked: BoardRequest) -> dict[str, Any]:
    offered = [bound for bound in asked.filterset.form if bound.name not in NOT_ASKED]
    more = [bound for bound in offered if bound.name not in DealFilterSet.usual]
    return {
        "filter_fields": [bound for bound in offered if bound not in more],
        "filter_more": more,
        "is_more_open": any(asked.params.get(bound.name) for bound in more),
        "filter_action": reverse("deals:board"),
        "filter_hidden": [("pipeline", str(asked.pipeline.pk)), *_kept(asked)] if asked.pipeline else [],
        "filter_clear_url": f"{reverse('deals:board')}?pipeline={asked.pipeline.pk}"
        if asked.pipeline
        else "",
    }


def _kept(asked: BoardRequest) -> list[tuple[str, str]]:
    """What the filter form carries along besides the pipeline."""
    return [("by", asked.grouping.name)] if asked.grouping is not None else []


def _closing(reader: BoardReader) -> dict[str, Any]:
    """The stages behind the drop zones, shown as columns or not."""
    rows = Stage.objects.filter(pipeline=reader.pipeline).exclude(kind=Stage.Kind.OPEN)
    closing = {stage.kind: stage for stage in rows if rights.may_enter(reader.member, stage)}
    return {"won": closing.get(Stage.Kind.WON), "lost": closing.get(Stage.Kind.LOST)}


def _texts() -> dict[str, Any]:
    """What deal_board.js says."""
    return {
        "board_texts": {
            "moved": _("{title}: moved to {stage}"),
            "back": _("{title}: back in {stage}"),
            "here": _("Here: “{stage}”"),
            "move": _("Move to…"),
            "activity": _("Plan an activity"),
            "assign": _("Hand over"),
            "create": _("New deal in this column"),
            "arrows": _("Between cards"),
        }
    }


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
