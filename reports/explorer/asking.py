"""What an address asks the explorer for."""

from __future__ import annotations

import dataclasses
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from core.listing import listing_for
from core.listing.filters import PeriodFilterSet
from reports.axes import axes_of
from reports.dimensions import Dimension
from reports.explorer.measures import Figure, figure_of
from tenants.custom_fields.definitions import is_custom

SUBJECTS = {"leads": _("Leads"), "deals": _("Deals")}
LISTS = {"leads": "leads:list", "deals": "deals:list"}
SHARES = {
    "": _("As it is"),
    "row": _("Share of the row"),
    "column": _("Share of the column"),
    "total": _("Share of the total"),
}
CHARTS = {"bars": _("Bars"), "stacked": _("Stacked"), "line": _("Over time")}
ORDERS = ("-value", "value", "label", "-label")
TOPS = (10, 25, 50)
NOTHING = ("", "none")  # chosen as rows or columns
# Parameters that are no filters of the lists
OWN = (
    "subject",
    "rows",
    "columns",
    "measure",
    "share",
    "chart",
    "order",
    "top",
    "compare",
    "format",
    "view",
    "filters",
)
SAME_OF_BOTH = ("period", "first", "last", "source", "no_source", "source_group", "no_source_group", "campaign",
                "channel_kind", "quality", "department", "compare")  # fmt: skip


@dataclasses.dataclass(frozen=True, slots=True)
class Asked:
    """A question to the explorer, with everything in it known and possible."""

    subject: str
    axes: dict[str, Dimension]  # to choose from
    rows: Dimension | None  # None: nothing was chosen yet
    columns: Dimension | None
    figure: Figure
    share: str
    chart: str
    order: str
    top: int
    unknown: tuple[str, ...] = ()  # dimensions the address names and the reader can't have

    @property
    def is_over_time(self) -> bool:
        return self.rows is not None and self.rows.key in ("day", "week", "month")

    @property
    def charts(self) -> list[str]:
        """Name the charts that can be right."""
        stacked = ["stacked"] if self.columns and self.figure.adds_up else []
        return ["line", *stacked] if self.is_over_time else ["bars", *stacked]

    @property
    def usual_chart(self) -> str:
        return self.charts[0 if self.is_over_time else -1]


def subject_of(params: QueryDict) -> str:
    subject = str(params.get("subject", ""))
    return subject if subject in SUBJECTS else "leads"


def read(params: QueryDict, filters: PeriodFilterSet) -> Asked:
    """Understand an address; what it says that can't be is as if it said nothing, but a dimension is told as unknown."""
    subject = subject_of(params)
    axes = axes_of(subject, person=person_of(subject, filters))
    rows, columns = axes.get(params.get("rows", "")), axes.get(params.get("columns", ""))
    figure = figure_of(subject, params.get("measure", ""))
    share, order, top = params.get("share", ""), params.get("order", ""), params.get("top", "")
    asked = Asked(
        subject=subject,
        axes=axes,
        rows=rows or columns,
        columns=columns if rows and columns != rows else None,
        figure=figure,
        share=share if figure.adds_up and share in SHARES else "",
        chart="",
        order=order if order in ORDERS else "",
        top=int(top) if top.isdigit() and int(top) in TOPS else TOPS[1],
        unknown=_unknown(params, axes),
    )
    chart = str(params.get("chart", ""))
    return dataclasses.replace(asked, chart=chart if chart in asked.charts else asked.usual_chart)


def person_of(subject: str, filters: Any) -> str:
    """Name whom the manager filters mean, as cells call it."""
    if subject == "deals" or filters.person_field() == "deal__owner":
        return "owner"
    return "taken_by"


def _unknown(params: QueryDict, axes: dict[str, Dimension]) -> tuple[str, ...]:
    named = [str(params.get(name, "")) for name in ("rows", "columns")]
    return tuple(
        "" if is_custom(name) else name[:30] for name in named if name not in axes and name not in NOTHING
    )


def list_of(subject: str) -> Any:
    """Return the list whose rows the numbers open."""
    return listing_for(LISTS[subject])
