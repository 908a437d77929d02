"""What the reports about the deals of one pipeline share: the pipeline, the filters and the links."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.listing import listing_for
from deals.models import Pipeline
from reports import periods
from reports.rollups.reading import Figured, figured_deals
from reports.views import report_page
from tenants.access import may_export

READINGS = (
    ("reports:funnel", _("Funnel")),
    ("reports:flows", _("Moves")),
    ("reports:cohorts", _("Cohorts")),
    ("reports:losses", _("Losses")),
)
OWN = ("by", "compare", "filters", "cursor", "format", "on")  # what a list of deals knows nothing of


class DealReport:
    """The deals of a period in the pipeline that the address names, or in the first."""

    def __init__(self, request: HttpRequest, **settled: str) -> None:
        self.request = request
        self.member: Any = request.member  # type: ignore[attr-defined]
        self.listing = listing_for("deals:list")
        self.params = periods.with_default(request.GET)
        for name, value in settled.items():
            self.params[name] = value
        self.pipelines, self.pipeline = chosen_pipeline(self.params.get("pipeline", ""))
        if self.pipeline:
            self.params["pipeline"] = str(self.pipeline.pk)
        self.period = periods.of(self.params)
        self.comparison = periods.comparison(self.params, self.period)
        self.page = report_page(self.listing, self.member, self.params)

    def deals(self, *columns: str) -> Figured:
        return figured_deals(self.page.filterset, self.member, self.period, columns)

    def before(self, *columns: str) -> Figured | None:
        """The deals of the period they are compared with, or None."""
        period = self.comparison.period
        if period is None:
            return None
        return figured_deals(self.filters_before(), self.member, period, columns)

    def filters_before(self) -> Any:
        """The filters over the period that is compared with; only where there is one."""
        assert self.comparison.period is not None
        return self.listing.filtered(self.member, periods.moved(self.params, self.comparison.period))

    def rows_of(self, **narrowing: Any) -> str:
        """The list of deals that shows exactly the counted rows."""
        return deals_url(self.params, **narrowing)

    def comparing(self) -> dict[str, Any]:
        return self.page.comparing(self.comparison)

    def context(self, **extra: Any) -> dict[str, Any]:
        kept = self.request.GET.urlencode()
        return {
            "page": self.page,
            "listing": self.listing,
            "period": self.period,
            "pipelines": [
                {"label": one.name, "url": self.page.url(pipeline=str(one.pk)), "is_on": one == self.pipeline}
                for one in self.pipelines
            ],
            "readings": [
                {
                    "label": label,
                    "url": f"{reverse(name)}?{kept}" if kept else reverse(name),
                    "is_on": reverse(name) == self.request.path,
                }
                for name, label in READINGS
            ],
            "may_export": may_export(self.member, "reports"),
            "query": self.page.query,
        } | extra


def chosen_pipeline(pk: Any) -> tuple[list[Pipeline], Pipeline | None]:
    """Read the pipelines with their stages, and pick the one that is asked for, or the first."""
    every = list(Pipeline.objects.active().prefetch_related("stages"))
    return every, next((one for one in every if str(one.pk) == pk), every[0] if every else None)


def deals_url(params: QueryDict, **narrowing: Any) -> str:
    """The list of deals with the filters of a report, narrowed further."""
    copy = params.copy()
    for name in OWN:
        copy.pop(name, None)
    for name, value in narrowing.items():
        copy.setlist(name, [str(one) for one in value] if isinstance(value, list | tuple) else [str(value)])
    return f"{reverse('deals:list')}?{copy.urlencode()}"
